//! A collection as it is asked for.

use std::path::PathBuf;

use crate::policy::Noise;
use crate::run::task::TaskOptions;

/// The policy that is to act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Uniform draws from the box, or of the choices.
    Random,
    /// The newest checkpoint of this run directory.
    Run(PathBuf, Noise),
}

/// The part of the simulator that is written beside the transitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Physics {
    /// Nothing.
    Left,
    /// Positions and velocities before every step, and what each reset put into the model.
    Kept,
}

/// A collection as it is asked for.
#[derive(Debug)]
pub struct Request {
    /// The task; with the policy of a run it may be left out, and must be the run's.
    pub env: Option<String>,
    /// What is changed about the task; `None` for nothing, or what the run changed.
    pub task: Option<TaskOptions>,
    /// Who acts.
    pub policy: Choice,
    /// Steps of all copies together.
    pub steps: u64,
    /// Decides every start and every draw of the policy.
    pub seed: u64,
    /// Copies of the task; they divide the steps evenly.
    pub envs: usize,
    /// Threads that step them; no number of the file depends on them.
    pub threads: usize,
    /// What of the simulator is written.
    pub physics: Physics,
    /// The file.
    pub out: PathBuf,
}
