//! What can go wrong in the learner, in whole sentences.

use coadapt_envs::EnvError;

/// An error a user can meet; a diverged run is not one, it is a [`crate::Status`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No algorithm has this name.
    #[error("there is no algorithm `{name}`{hint}; the algorithms are: {known}")]
    UnknownAlgorithm {
        /// What was asked for.
        name: String,
        /// The nearest name, as a phrase, or nothing.
        hint: String,
        /// All names.
        known: String,
    },
    /// A path of an override leads nowhere.
    #[error("`{path}`: there is no `{key}`{hint}; here there is: {known}")]
    UnknownPath {
        /// The whole path.
        path: String,
        /// The part that is not there.
        key: String,
        /// The nearest name, as a phrase, or nothing.
        hint: String,
        /// What is there.
        known: String,
    },
    /// A path of an override leads to where something was once.
    #[error("`{path}` is `{to}` now")]
    Moved {
        /// The path as typed.
        path: String,
        /// Where it is.
        to: String,
    },
    /// A value of an override does not fit.
    #[error("`{path}` cannot be {value}: {reason}")]
    BadValue {
        /// The path.
        path: String,
        /// The value as typed.
        value: String,
        /// What would be valid.
        reason: String,
    },
    /// An override that leaves the method as it was.
    #[error("`{path}` is {value} already: the override changes nothing")]
    ChangesNothing {
        /// The path.
        path: String,
        /// The value as typed.
        value: String,
    },
    /// An override that would change more than one component.
    #[error(
        "`{path}` would change {count} components at once ({components}); give each an override of its own"
    )]
    ChangesSeveral {
        /// The path.
        path: String,
        /// How many.
        count: usize,
        /// The paths of the components.
        components: String,
    },
    /// No table or figure has this name.
    #[error("there are no arms of `{name}`{hint}; there are those of {known}")]
    UnknownTable {
        /// What was asked for.
        name: String,
        /// The nearest name, as a phrase, or nothing.
        hint: String,
        /// All names.
        known: String,
    },
    /// No arm has this name.
    #[error("there is no arm `{name}`{hint}; `coadapt arms` lists them all")]
    UnknownArm {
        /// What was asked for.
        name: String,
        /// The nearest name, as a phrase, or nothing.
        hint: String,
    },
    /// A label that stands for different arms in different tables.
    #[error("`{name}` is not the same in every table; name the table too: {places}")]
    AmbiguousArm {
        /// What was asked for.
        name: String,
        /// The names with their tables.
        places: String,
    },
    /// A number of the method is out of its range.
    #[error("`{field}` is {value}, but must be {valid}")]
    OutOfRange {
        /// Path of the field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What would be valid.
        valid: &'static str,
    },
    /// A row parses and prints, but a cell of it has no code behind it yet.
    #[error("`{column}` = {cell} does not run here yet: {reason}")]
    NotBuilt {
        /// The column.
        column: &'static str,
        /// The cell as the paper prints it.
        cell: String,
        /// What does run.
        reason: &'static str,
    },
    /// The system does not give the memory.
    #[error("`{field}` = {value} takes {bytes} bytes of memory, which this system does not give")]
    Memory {
        /// Path of the field.
        field: &'static str,
        /// Its value.
        value: usize,
        /// Bytes needed.
        bytes: usize,
    },
    /// The algorithm has no form for discrete actions.
    #[error("{algo} does not run on the {n} discrete actions of `{task}`; there, these do: {known}")]
    NoDiscreteForm {
        /// The algorithm.
        algo: &'static str,
        /// The task's id.
        task: String,
        /// How many choices it has.
        n: usize,
        /// The algorithms that would run.
        known: String,
    },
    /// The method does not fit the task.
    #[error("{method} needs {needs}, but the actions of `{task}` are {found}")]
    WrongTask {
        /// Which method.
        method: String,
        /// What it needs.
        needs: &'static str,
        /// The task's id.
        task: String,
        /// What the task has.
        found: String,
    },
    /// The task failed.
    #[error(transparent)]
    Env(#[from] EnvError),
    /// Bytes are not a policy that this program can read.
    #[error("this is no policy that can be loaded: {reason}")]
    PolicyFile {
        /// In which way.
        reason: String,
    },
    /// A checkpoint does not fit this run.
    #[error("the checkpoint does not fit this run: {reason}")]
    Checkpoint {
        /// In which way.
        reason: String,
    },
}

/// The name of `known` nearest to `name`, as a phrase for an error; empty if none is near.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let name = name.to_lowercase();
    known
        .map(|k| (strsim::damerau_levenshtein(&name, &k.to_lowercase()), k))
        .filter(|(distance, k)| *distance <= 1 + k.len() / 3)
        .min()
        .map_or(String::new(), |(_, k)| format!(" (did you mean `{k}`?)"))
}
