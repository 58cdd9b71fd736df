//! A run's whole state as named arrays and a small text, for others to write down and read back.

use crate::error::Error;
use crate::learning::LearningState;
use crate::metrics::MetricMeansState;
use crate::reward_scale::RewardScaleBits;
use crate::rng::Stream;
use crate::train::{CopyState, Next};
use serde::{Deserialize, Serialize};

/// The state of a run, borrowed: nothing is copied until somebody writes it.
#[derive(Debug)]
pub struct Snapshot<'a> {
    /// Counters, streams and the simulator's state, as JSON.
    pub state: String,
    /// Parameters and replay: name, shape, numbers.
    pub arrays: Vec<(String, Vec<usize>, &'a [f32])>,
}

/// Everything of a run that is not a large array. Floats are kept as bits: a restored run must not differ in
/// the last place. Everything is kept by name, so that a field which is added later has its default in older ones.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub step: u64,
    pub obs_bits: Vec<u64>,
    pub episode_return_bits: u64,
    pub episode_length: u32,
    #[serde(default)]
    pub next: Next,
    pub means: MetricMeansState,
    pub actor_rng: Stream,
    /// What goes on from step to step of the exploration noise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exploration_bits: Vec<u32>,
    /// The environment's own state, in hexadecimal.
    pub env: String,
    /// The other copies of the task.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<CopyState>,
    /// The actions of the copies in this round.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub action_bits: Vec<u32>,
    /// The scale of rewards, where they are scaled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward_scale: Option<RewardScaleBits>,
    pub learning: LearningState,
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(crate) fn from_hex(text: &str) -> Result<Vec<u8>, Error> {
    let wrong = || Error::Checkpoint { reason: "the environment's state is not hexadecimal".to_owned() };
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return Err(wrong());
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).map_err(|_| wrong())).collect()
}
