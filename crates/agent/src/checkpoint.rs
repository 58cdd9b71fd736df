//! A run's whole state as named arrays and a small text, for others to write down and read back.

use crate::error::Error;
use crate::learning::LearningState;
use crate::metrics::Window;
use crate::rng::Stream;
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
/// the last place.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub step: u64,
    pub obs_bits: Vec<u64>,
    pub episode_return_bits: u64,
    pub episode_length: u32,
    pub window: Window,
    pub actor_rng: Stream,
    /// The environment's own state, in hexadecimal.
    pub env: String,
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

/// `f64` arrays as bits, for serde.
pub(crate) mod bits {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer, const N: usize>(
        values: &[f64; N],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        values.iter().map(|x| x.to_bits()).collect::<Vec<u64>>().serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        from: D,
    ) -> Result<[f64; N], D::Error> {
        let bits = Vec::<u64>::deserialize(from)?;
        let bits: [u64; N] =
            bits.try_into().map_err(|_| serde::de::Error::custom("another number of metrics"))?;
        Ok(bits.map(f64::from_bits))
    }
}
