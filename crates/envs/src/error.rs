//! Everything that can go wrong with a task, each as one sentence that says what would mend it.

use std::path::{Path, PathBuf};

/// Why a task could not be made, stepped or restored.
#[derive(Debug, thiserror::Error)]
pub enum EnvError {
    /// The id names no task.
    #[error("there is no task '{id}'; the nearest names are {nearest}; `coadapt tasks` lists them all")]
    UnknownTask {
        /// The name that was asked for.
        id: String,
        /// The closest valid ids, best first.
        nearest: String,
    },

    /// An option that counts steps is zero.
    #[error("{option} is 0, but must be 1 or more")]
    ZeroOption {
        /// The option.
        option: &'static str,
    },

    /// Environments that do not make up a vector.
    #[error("these environments cannot be stepped together: {problem}")]
    Vector {
        /// The part that does not fit.
        problem: String,
    },

    /// `step` came before any `reset`.
    #[error("{id} has no episode to step: call reset (or restore a state saved within an episode) first")]
    NotReset {
        /// The task.
        id: String,
    },

    /// The action has the wrong number of elements.
    #[error("{id} takes actions of {expected} numbers, but was given {found}")]
    ActionLength {
        /// The task.
        id: String,
        /// Numbers in its action.
        expected: usize,
        /// Numbers given.
        found: usize,
    },

    /// An element of the action is infinite or not a number: the policy has diverged.
    #[error("{id} was given {value} as element {index} of the action, which must be finite")]
    ActionNotFinite {
        /// The task.
        id: String,
        /// Index of the element.
        index: usize,
        /// Its value.
        value: f64,
    },

    /// A discrete action names no choice.
    #[error("{id} takes whole-number actions from 0 to {last}, but was given {value}")]
    ActionChoice {
        /// The task.
        id: String,
        /// The action given.
        value: f64,
        /// The last valid index.
        last: usize,
    },

    /// The observation buffer has the wrong length.
    #[error("{id} writes observations of {expected} numbers, but the buffer holds {found}")]
    ObsLength {
        /// The task.
        id: String,
        /// Numbers in its observation.
        expected: usize,
        /// Length of the buffer.
        found: usize,
    },

    /// A state to start from has the wrong length or a number that is not finite.
    #[error("{id} cannot start from this {what}: it must be {expected} finite numbers")]
    StartState {
        /// The task.
        id: String,
        /// The part of the state.
        what: &'static str,
        /// Numbers in that part.
        expected: usize,
    },

    /// The simulation blew up; the episode is lost and only a reset goes on.
    #[error("{id} became unstable at step {step} of the episode: {what}")]
    Unstable {
        /// The task.
        id: String,
        /// Steps since reset, this one included.
        step: u32,
        /// The sign of it that was seen.
        what: &'static str,
    },

    /// The simulator left out contacts or constraints; the episode is lost and only a reset goes on.
    #[error(
        "{id} outgrew the simulator at step {step} of the episode: {what}, so the physics would be wrong from here; \
         reset, and keep the task from states with so many contacts"
    )]
    Full {
        /// The task.
        id: String,
        /// Steps since reset, this one included.
        step: u32,
        /// The list that had no room.
        what: &'static str,
    },

    /// No start without contact was found.
    #[error(
        "{id} found no start state free of contacts in {draws} draws; its model cannot be the pinned one"
    )]
    NoStart {
        /// The task.
        id: String,
        /// How many were drawn.
        draws: u32,
    },

    /// A saved state is not one of this task.
    #[error("this saved state cannot be restored into {id}: {problem}; the task was left as it was")]
    State {
        /// The task.
        id: String,
        /// The part that does not fit.
        problem: String,
    },

    /// MuJoCo tasks do not run here.
    #[error(
        "MuJoCo tasks run on Linux x86-64 only, and this is {os} {arch}; the classic control tasks run everywhere"
    )]
    Platform {
        /// Operating system.
        os: &'static str,
        /// Processor.
        arch: &'static str,
    },

    /// There is no place to keep what is fetched.
    #[error(
        "there is no folder to keep {package} in, because HOME is not set; set COADAPT_CACHE to a folder, or \
         COADAPT_MUJOCO to a libmujoco.so"
    )]
    NoCacheFolder {
        /// The package or file that was to be fetched.
        package: String,
    },

    /// No pip was found.
    #[error(
        "{package} has to be fetched into {} with pip, but none of `python3 -m pip`, `pip3` and `pip` runs \
         here; install pip, or set COADAPT_CACHE to a folder filled on another machine ({by_hand})",
        .cache.display()
    )]
    NoPip {
        /// The package or file that was to be fetched.
        package: String,
        /// How to do without fetching it.
        by_hand: &'static str,
        /// The cache folder.
        cache: PathBuf,
    },

    /// pip ran but could not reach its index.
    #[error(
        "{package} could not be fetched into {}: `{tool}` found no network or no index ({detail}); connect \
         once, or set COADAPT_CACHE to a folder filled on another machine ({by_hand})", .cache.display()
    )]
    Network {
        /// The package or file that was to be fetched.
        package: String,
        /// How to do without fetching it.
        by_hand: &'static str,
        /// The command that ran.
        tool: String,
        /// The last thing it said.
        detail: String,
        /// The cache folder.
        cache: PathBuf,
    },

    /// pip refused for another reason.
    #[error(
        "{package} could not be fetched into {}: `{tool}` failed ({detail}); a pip older than 20.3 cannot \
         fetch it, and {by_hand}", .cache.display()
    )]
    Download {
        /// The package or file that was to be fetched.
        package: String,
        /// How to do without fetching it.
        by_hand: &'static str,
        /// The command that ran.
        tool: String,
        /// The last thing it said.
        detail: String,
        /// The cache folder.
        cache: PathBuf,
    },

    /// A downloaded file is not the pinned one.
    #[error(
        "{file} has SHA-256 {found} where {expected} is pinned, so it was thrown away and the cache folder {} \
         is as it was; check the package index pip uses ({by_hand})",
        .cache.display()
    )]
    Checksum {
        /// The file as downloaded.
        file: String,
        /// The sum kept in this repository.
        expected: String,
        /// The sum of what came.
        found: String,
        /// How to do without fetching it.
        by_hand: &'static str,
        /// The cache folder.
        cache: PathBuf,
    },

    /// A downloaded archive cannot be unpacked.
    #[error("{file} has the pinned checksum but cannot be unpacked: {problem}")]
    Archive {
        /// The archive.
        file: String,
        /// The problem, in words.
        problem: String,
    },

    /// No space is left.
    #[error(
        "the disk of the cache folder {} is full (60 MB are needed while fetching); nothing was left behind: \
         free some space or set COADAPT_CACHE to a folder on another disk", .cache.display()
    )]
    DiskFull {
        /// The cache folder.
        cache: PathBuf,
    },

    /// A file or folder could not be read or written.
    #[error(
        "{doing} {} failed: {cause}; COADAPT_CACHE can name another cache folder, COADAPT_MUJOCO an existing \
         libmujoco.so", .path.display()
    )]
    Io {
        /// The attempt, such as "writing".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's own error. It stands in the sentence, so it is no `source`: who prints chains would say it
        /// twice.
        cause: std::io::Error,
    },

    /// The simulator library cannot be loaded.
    #[error(
        "{} cannot be used as the MuJoCo library: {problem}; set COADAPT_MUJOCO to a working libmujoco.so, or \
         unset it to have one fetched", .path.display()
    )]
    Library {
        /// The library.
        path: PathBuf,
        /// The problem, in words.
        problem: String,
    },

    /// The library is of a version whose struct layout is not known here.
    #[error(
        "{} is MuJoCo {found}, but coadapt knows the struct layout of {supported} only; set COADAPT_MUJOCO to \
         a library of that version, or unset it to have one fetched", .path.display()
    )]
    LibraryVersion {
        /// The library.
        path: PathBuf,
        /// Its version.
        found: String,
        /// The versions with a table.
        supported: String,
    },

    /// The simulator does not accept a model.
    #[error("MuJoCo cannot load the model {}: {problem}", .path.display())]
    Model {
        /// The XML file.
        path: PathBuf,
        /// MuJoCo's own words.
        problem: String,
    },

    /// No OpenGL that works without a display.
    #[error(
        "no picture of a simulation can be drawn here, because no OpenGL works without a display ({tried}); on \
         Debian and Ubuntu `apt-get install libegl1 libgl1-mesa-dri` brings EGL and `apt-get install libosmesa6` \
         OSMesa, and one of them is enough; training needs neither"
    )]
    NoOpenGl {
        /// The backends that were tried, and what came of each.
        tried: String,
    },

    /// A model lacks what its task reads.
    #[error(
        "the model of this task has no {what} called '{name}', so it is not the model the task was written for"
    )]
    Missing {
        /// Kind of object.
        what: &'static str,
        /// Its name.
        name: &'static str,
    },
}

impl EnvError {
    /// Whether this is the outcome of a run (the policy or the simulation diverged) and not a fault of its
    /// setting.
    pub fn is_divergence(&self) -> bool {
        matches!(self, EnvError::Unstable { .. } | EnvError::ActionNotFinite { .. })
    }

    /// An I/O failure under the cache folder, with a full disk told apart.
    pub(crate) fn io(doing: &'static str, path: &Path, cache: &Path, cause: std::io::Error) -> Self {
        match cause.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                EnvError::DiskFull { cache: cache.to_owned() }
            }
            _ => EnvError::Io { doing, path: path.to_owned(), cause },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_said_is_said_once() {
        let cause = std::io::Error::other("the drive is on fire");
        let error = EnvError::io("writing", Path::new("/x/y"), Path::new("/x"), cause);
        assert!(error.to_string().starts_with("writing /x/y failed: the drive is on fire; COADAPT_CACHE"));
        assert!(std::error::Error::source(&error).is_none());
    }
}
