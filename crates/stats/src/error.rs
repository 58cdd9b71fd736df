//! Why a statistic was refused: one sentence each, naming what was given and what would be valid.

use thiserror::Error;

/// Why a statistic was refused.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    /// A score that is not a number, or too large to square.
    #[error(
        "{arm} on {task}, seed {seed}: a score of {value} cannot be used; valid is a number below 1e100 in size, \
         and a run whose return diverged is recorded as minus infinity"
    )]
    ScoreOutOfRange {
        /// The arm.
        arm: String,
        /// The task.
        task: String,
        /// The seed of the run.
        seed: u64,
        /// What was given.
        value: f64,
    },
    /// A run recorded twice.
    #[error("{arm} on {task}: seed {seed} was recorded twice; valid is one score a seed")]
    SeedTwice {
        /// The arm.
        arm: String,
        /// The task.
        task: String,
        /// The seed.
        seed: u64,
    },
    /// An arm without a task.
    #[error("{arm} has no task; record at least one run")]
    NoTasks {
        /// The arm.
        arm: String,
    },
    /// A task that this arm was not planned on.
    #[error("{arm} has no task {task}; its tasks are {known}")]
    UnknownTask {
        /// The arm.
        arm: String,
        /// The task asked for.
        task: String,
        /// The tasks there are.
        known: String,
    },
    /// A task of which every run is missing.
    #[error("{arm} has no finished run on {task} ({missing} missing); its statistics need at least one")]
    EmptyCell {
        /// The arm.
        arm: String,
        /// The task.
        task: String,
        /// Planned runs without a score.
        missing: usize,
    },
    /// Arms that cannot be compared, because their tasks differ.
    #[error("{with} has the task {task}, {without} does not; compare arms on the same tasks")]
    TasksDiffer {
        /// The arm that has it.
        with: String,
        /// The arm that does not.
        without: String,
        /// The task.
        task: String,
    },
    /// A task without reference points.
    #[error("no reference points for {task}: normalised scores need a low and a high one for every task")]
    NoReference {
        /// The task.
        task: String,
    },
    /// Reference points that span nothing.
    #[error("the reference points of {task} are {low} and {high}; valid is a finite low below a finite high")]
    BadReference {
        /// The task.
        task: String,
        /// The low point.
        low: f64,
        /// The high point.
        high: f64,
    },
    /// Arms normalised by different reference points.
    #[error("{first} and {second} were normalised by different reference points on {task}; use the same")]
    ReferencesDiffer {
        /// One arm.
        first: String,
        /// The other.
        second: String,
        /// The task.
        task: String,
    },
    /// Too few resamples for an interval.
    #[error("{reps} resamples are too few for an interval; valid is 100 or more")]
    TooFewReps {
        /// What was given.
        reps: usize,
    },
    /// A number that must be a probability.
    #[error("{name} is {value}; valid is a number above 0 and below 1")]
    NotAProbability {
        /// The number's name.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A number that must be finite.
    #[error("{name} is {value}; valid is a finite number")]
    NotFinite {
        /// The number's name.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// A list without entries.
    #[error("no {name} given; at least one is needed")]
    Nothing {
        /// What is missing.
        name: &'static str,
    },
    /// A difference of infinities.
    #[error("{what} is undefined: runs at minus infinity stand on both sides of the difference")]
    Undefined {
        /// The statistic.
        what: String,
    },
    /// No seed that both arms finished.
    #[error("{first} and {second} share no finished seed on {task}; a paired comparison needs at least one")]
    NoPairs {
        /// One arm.
        first: String,
        /// The other.
        second: String,
        /// The task.
        task: String,
    },
    /// Too few runs for a variance.
    #[error("{name} has {runs} run(s); Welch's test needs at least 2")]
    TooFewRuns {
        /// The arm and task.
        name: String,
        /// How many there are.
        runs: usize,
    },
    /// A test that needs finite scores.
    #[error(
        "{name} has {runs} run(s) at minus infinity; Welch's test needs finite scores (read P(X > Y) instead)"
    )]
    MinusInfinity {
        /// The arm and task.
        name: String,
        /// Runs at minus infinity.
        runs: usize,
    },
    /// Two arms without any spread.
    #[error("neither {first} nor {second} varies over its runs; Welch's test is undefined")]
    NoSpread {
        /// One arm.
        first: String,
        /// The other.
        second: String,
    },
    /// A difference too small to plan for.
    #[error(
        "{first} and {second} differ by {difference}: more than {limit} seeds an arm would be needed to see it"
    )]
    DifferenceTooSmall {
        /// One arm.
        first: String,
        /// The other.
        second: String,
        /// Difference of their means.
        difference: f64,
        /// The most that is searched.
        limit: usize,
    },
    /// A standard deviation that is none.
    #[error("{name}: a standard deviation of {std} is not valid; it is at least 0 and below 1e100")]
    BadStd {
        /// The cell.
        name: String,
        /// What was given.
        std: f64,
    },
    /// A factor that cannot be compared.
    #[error(
        "the factor {factor} has {levels} distinct level(s); an effect needs at least 2, each named once"
    )]
    BadFactor {
        /// The factor.
        factor: String,
        /// Distinct levels.
        levels: usize,
    },
    /// A cell of the design that is not there.
    #[error("no arm at {cell}; a factorial study needs every combination of levels")]
    MissingCombination {
        /// The combination.
        cell: String,
    },
    /// A cell of the design given twice, or outside of it.
    #[error("the arm at {cell} does not belong: each combination of the factors' levels is given once")]
    StrayCombination {
        /// The combination.
        cell: String,
    },
}
