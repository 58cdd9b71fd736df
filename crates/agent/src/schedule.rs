//! When things happen: warm-up, updates, evaluation.

use serde::{Deserialize, Serialize};

/// The schedule of a run; every number counts environment steps unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Transitions in a batch.
    pub batch: usize,
    /// Transitions the replay holds; the oldest go first.
    pub replay_capacity: usize,
    /// Steps with uniformly random actions.
    pub warmup: u64,
    /// Steps before the first update.
    pub learn_after: u64,
    /// Steps between updates.
    pub update_every: u64,
    /// Updates each time.
    pub updates: u64,
    /// Steps between evaluations.
    pub eval_every: u64,
    /// Episodes of an evaluation.
    pub eval_episodes: u32,
    /// Steps over which logged numbers are averaged.
    pub log_every: u64,
}
