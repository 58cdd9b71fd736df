//! Details of learning from rollouts, which practitioners argue about and papers seldom print.

use serde::{Deserialize, Serialize};

/// What is done to advantages before a policy sees them: their mean taken off, divided by their standard deviation plus
/// 1e-8.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdvantageNorm {
    /// Nothing.
    #[default]
    Off,
    /// Over the rollout (PFRL, OpenAI baselines).
    Rollout,
    /// Over each minibatch (Stable-Baselines3, CleanRL).
    Minibatch,
}

/// The regression of a critic of states on returns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ValueLoss {
    /// 1/2 (V - G)^2.
    #[default]
    Plain,
    /// The larger of that and the same of V kept within epsilon of what it was before the iteration (OpenAI baselines).
    Clipped {
        /// epsilon, in units of returns.
        epsilon: f64,
    },
}

/// When an iteration ends before all of its minibatches are done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum KlStop {
    /// Never.
    #[default]
    Off,
    /// After the first minibatch in which the policy was so far from the one that took the actions.
    Above {
        /// The mean KL from that policy.
        kl: f64,
    },
}

/// What is done to rewards before anything is learned from them. Reported returns are of the task's own; the critic's bias
/// is not measured where there is a scale between the two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RewardNorm {
    /// Nothing.
    #[default]
    Off,
    /// Divided by the standard deviation, so far, of the discounted sums of rewards along episodes, then clipped (OpenAI
    /// baselines).
    Running {
        /// Largest absolute value.
        clip: f64,
    },
}

impl AdvantageNorm {
    /// Its name, as it is written.
    pub fn name(self) -> &'static str {
        match self {
            AdvantageNorm::Off => "off",
            AdvantageNorm::Rollout => "rollout",
            AdvantageNorm::Minibatch => "minibatch",
        }
    }

    pub(super) fn is_off(&self) -> bool {
        *self == AdvantageNorm::Off
    }
}

impl ValueLoss {
    pub(super) fn is_plain(&self) -> bool {
        *self == ValueLoss::Plain
    }
}

impl KlStop {
    pub(super) fn is_off(&self) -> bool {
        *self == KlStop::Off
    }
}

impl RewardNorm {
    pub(super) fn is_off(&self) -> bool {
        *self == RewardNorm::Off
    }
}

pub(super) fn is_zero(x: &f64) -> bool {
    *x == 0.0
}
