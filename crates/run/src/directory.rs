//! Where a run lies on disk, how its directory comes to be, and how small files in it are replaced whole.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::lock::{self, Lock};

/// The name of the configuration file, which makes a directory a run.
pub const CONFIG: &str = "config.toml";
/// Where the metrics go.
pub const METRICS: &str = "metrics.jsonl";
/// Where wall-clock times go.
pub const TIMING: &str = "timing.jsonl";
/// The TensorBoard event file; TensorBoard knows it by the `tfevents` in its name.
pub const EVENTS: &str = "events.out.tfevents.coadapt";
/// The learning curve.
pub const CURVE: &str = "curve.svg";
/// The outcome.
pub const RESULT: &str = "result.json";

/// Where a run goes if nobody says: `runs/ENV/ALGO-sSEED`, with characters outside names made safe.
pub fn default_path(env: &str, algo: &str, seed: u64) -> PathBuf {
    Path::new("runs").join(file_name(env)).join(format!("{}-s{seed}", file_name(algo)))
}

/// An id as a file name: slashes and whatever else a shell or a file system may mind become dashes.
pub fn file_name(id: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.+".contains(c) { c } else { '-' };
    id.chars().map(safe).collect()
}

/// Refuses a place that is taken, before any work is done. An empty directory is free.
pub fn refuse_existing(run: &Path) -> Result<()> {
    let place = run.display();
    if run.join(CONFIG).exists() {
        bail!(
            "{place} already holds a run: `coadapt train --resume {place}` continues it, --out names another place"
        );
    }
    if run.symlink_metadata().is_ok() && !is_empty(run) {
        bail!("{place} already exists and is not a run; --out names another place");
    }
    Ok(())
}

/// Whether nothing is in the directory but what a creation that was cut short may have left.
fn is_empty(run: &Path) -> bool {
    let Ok(mut entries) = fs::read_dir(run) else { return false };
    let ours = |name: &OsStr| name == lock::FILE || name == writing_path(Path::new(CONFIG)).as_os_str();
    entries.all(|entry| entry.is_ok_and(|entry| ours(&entry.file_name())))
}

/// Makes the directory of a new run, with its configuration in it, and takes it for this process.
///
/// If that fails, the place is as free as before.
pub fn create(run: &Path, config: &str) -> Result<Lock> {
    refuse_existing(run)?;
    let attempt = || format!("could not create the run directory {}", run.display());
    if let Some(parent) = run.parent() {
        fs::create_dir_all(parent).with_context(attempt)?;
    }
    let is_new = match fs::create_dir(run) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
        made => made.map(|()| true).with_context(attempt)?,
    };
    let written = Lock::take(run).and_then(|lock| {
        // Asked again under the lock: of two processes that start the same run, only one may pass here.
        refuse_existing(run)?;
        let written = write_whole(&run.join(CONFIG), config.as_bytes());
        if written.is_err() {
            // The write error is the one to report; so it is below.
            let _ = fs::remove_file(run.join(lock::FILE));
        }
        written.map(|()| lock)
    });
    if written.is_err() && is_new {
        // Does nothing to a directory that someone else has put something into.
        let _ = fs::remove_dir(run);
    }
    written
}

/// Refuses a path that is no run.
pub fn require_run(run: &Path) -> Result<()> {
    if !run.is_dir() {
        bail!("there is no run directory {}", run.display());
    }
    if !run.join(CONFIG).exists() {
        bail!("{} is not a run directory: it has no {CONFIG}", run.display());
    }
    Ok(())
}

/// Writes a file aside, then puts it in place: a reader sees the old one or the new one, never a part.
pub fn write_whole(path: &Path, contents: &[u8]) -> Result<()> {
    let writing = writing_path(path);
    let written = File::create(&writing)
        .and_then(|mut file| file.write_all(contents).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&writing, path))
        .and_then(|()| sync_parent(path));
    if written.is_err() {
        // The write error is the one to report; a leftover would only cost space.
        let _ = fs::remove_file(&writing);
    }
    written.with_context(|| format!("could not write {}", path.display()))
}

/// Where a file is written before it is put in place.
fn writing_path(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".writing-{name}"))
}

/// Makes a rename in the directory that holds `path` outlive a power failure.
pub fn sync_parent(path: &Path) -> std::io::Result<()> {
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_safe_names() {
        assert_eq!(
            default_path("dm_control/walker-run", "sac", 3),
            Path::new("runs/dm_control-walker-run/sac-s3")
        );
        assert_eq!(default_path("Ant-v2", "table4/sac-e+", 0), Path::new("runs/Ant-v2/table4-sac-e+-s0"));
        assert_eq!(default_path("Hopper-v4", "mpo", 0), Path::new("runs/Hopper-v4/mpo-s0"));
    }

    #[test]
    fn a_taken_place_is_refused_and_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("a/b");
        create(&run, "seed = 1\n").unwrap();
        let error = create(&run, "seed = 2\n").unwrap_err().to_string();
        assert!(error.contains("--resume") && error.contains("--out"), "{error}");
        assert_eq!(fs::read_to_string(run.join(CONFIG)).unwrap(), "seed = 1\n");
        let error = create(folder.path(), "").unwrap_err().to_string();
        assert!(error.contains("is not a run"), "{error}");
    }

    #[test]
    fn an_empty_directory_and_the_rest_of_a_cut_creation_are_free() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        fs::create_dir(&run).unwrap();
        fs::write(run.join(lock::FILE), "process 1").unwrap();
        fs::write(run.join(".writing-config.toml"), "se").unwrap();
        create(&run, "seed = 1\n").unwrap();
        assert_eq!(fs::read_to_string(run.join(CONFIG)).unwrap(), "seed = 1\n");
    }
}
