//! Learning rates that fall while experience is collected.

use serde::{Deserialize, Serialize};

/// How the learning rates of policy and critics go on from their values; those of temperatures and multipliers stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LrDecay {
    /// They stay.
    #[default]
    Off,
    /// Linearly to 0, by the environment step after which an iteration is due, as Stable-Baselines3's linear schedule.
    Linear {
        /// The environment step from which on they are 0.
        steps: u64,
    },
}

impl LrDecay {
    /// Whether they stay.
    pub fn is_off(&self) -> bool {
        *self == LrDecay::Off
    }
}

/// 1 - min(step, steps) / steps: what a learning rate is multiplied by that falls linearly to 0 at step `steps`.
pub fn linear(step: u64, steps: u64) -> f64 {
    1.0 - step.min(steps) as f64 / steps as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_falls_from_one_to_zero_and_stays_there() {
        let factors = [0, 1, 250, 500, 999, 1000, 1001, u64::MAX].map(|step| linear(step, 1000));
        assert_eq!(factors, [1.0, 0.999, 0.75, 0.5, 1.0 - 0.999, 0.0, 0.0, 0.0]);
    }
}
