//! A run as it is asked for, and options that its numbers do not depend on.

use std::path::PathBuf;

use crate::build::Build;
use crate::progress::Loudness;
use crate::task::TaskOptions;

/// A run as the user asks for it.
#[derive(Debug)]
pub struct Request {
    /// The algorithm.
    pub algo: &'static str,
    /// The task.
    pub env: String,
    /// The seed of every random stream.
    pub seed: u64,
    /// Environment steps in total.
    pub steps: u64,
    /// Paths of the recipe and the values to put there.
    pub overrides: Vec<(String, String)>,
    /// What is changed about the task.
    pub task: TaskOptions,
    /// The run directory.
    pub place: PathBuf,
}

/// Options that the numbers of a run do not depend on.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Threads within an update.
    pub threads: usize,
    /// Environment steps between checkpoints.
    pub checkpoint_every: u64,
    /// How much to say.
    pub loudness: Loudness,
    /// The build that the results name.
    pub build: Build,
}
