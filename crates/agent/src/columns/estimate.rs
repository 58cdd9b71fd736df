//! Column 5: how G is estimated.

use coadapt_nn::{Axis, Node};
use serde::{Deserialize, Serialize};

/// The estimate of G.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Estimate {
    /// Discount factor gamma.
    pub discount: f64,
    /// The target of the critic's regression.
    pub target: Target,
    /// The critics, and what is made of their values.
    pub critics: Critics,
    /// The policy whose actions stand for the next ones.
    pub next: Next,
    /// The worth of a state in which the clock ended the episode.
    #[serde(default, skip_serializing_if = "TimeLimits::is_bootstrap")]
    pub time_limits: TimeLimits,
    /// The noise of smoothed next actions; absent where it is what is meant without.
    #[serde(default = "Smoothing::unwritten", skip_serializing_if = "Smoothing::is_unwritten")]
    pub smoothing: Smoothing,
    /// The critics that a policy climbs; absent where it is what they say together.
    #[serde(default, skip_serializing_if = "Score::is_combined")]
    pub score: Score,
}

impl Estimate {
    /// An estimate in which time limits leave the value of their last state.
    pub const fn new(discount: f64, target: Target, critics: Critics, next: Next) -> Self {
        let (time_limits, score) = (TimeLimits::Bootstrap, Score::Combined);
        Estimate { discount, target, critics, next, time_limits, smoothing: Smoothing::UNWRITTEN, score }
    }
}

/// The worth of a state in which the clock ended an episode.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeLimits {
    /// It has a value, from which the target is bootstrapped: the task did not end, the episode did.
    #[default]
    Bootstrap,
    /// Nothing, as if the task had ended there.
    Terminal,
}

impl TimeLimits {
    fn is_bootstrap(&self) -> bool {
        *self == TimeLimits::Bootstrap
    }
}

/// The noise of smoothed next actions: clip(std z, -clip, clip) with z standard normal, in units of half the box.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smoothing {
    /// Its standard deviation before it is clipped.
    pub std: f64,
    /// Its largest absolute value.
    pub clip: f64,
}

impl Smoothing {
    /// What is meant where nothing is written: the numbers of Fujimoto et al. (2018).
    pub const UNWRITTEN: Smoothing = Smoothing { std: 0.2, clip: 0.5 };

    const fn unwritten() -> Self {
        Smoothing::UNWRITTEN
    }

    fn is_unwritten(&self) -> bool {
        *self == Smoothing::UNWRITTEN
    }
}

/// The critics that a policy climbs in KL control.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// All, as in the target (SAC).
    #[default]
    Combined,
    /// The first alone (TD3).
    First,
}

impl Score {
    fn is_combined(&self) -> bool {
        *self == Score::Combined
    }
}

/// The regression target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// There is no critic: the reward itself (RWR).
    Reward,
    /// r + gamma V(s'): TD(0).
    Td,
    /// n rewards as they came, then a value; fewer where the episode ends. Nothing corrects for the policy that
    /// earned them.
    NStep {
        /// How many.
        n: usize,
    },
    /// TD(lambda) as an advantage (Schulman et al. 2016).
    Gae {
        /// lambda.
        lambda: f64,
    },
    /// TD(lambda) as a return.
    Lambda {
        /// lambda; 1 is the Monte-Carlo return.
        lambda: f64,
    },
    /// Retrace(lambda) (Munos et al. 2016).
    Retrace {
        /// lambda.
        lambda: f64,
        /// Transitions of a window at most; 1 is TD(0).
        length: usize,
    },
    /// TD(0) with a value function that solves a dual (REPS).
    Dual,
}

/// The critics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Critics {
    /// One.
    Single,
    /// Two, of which the smaller counts: clipped double Q-learning (TD3).
    Twin,
    /// Two, of which the mean counts: what the minimum of `Twin` is to be compared with.
    Mean,
    /// Two, lambda times the smaller and 1 - lambda times the larger (BRAC, BEAR).
    Mix {
        /// lambda.
        lambda: f64,
    },
}

/// The policy that draws the next actions of a TD target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// The policy as it is (SAC, AWAC).
    Online,
    /// The target policy (DDPG), averaged over the E-step's samples where there are any (MPO).
    Target,
    /// The target policy's action without its own noise, with clipped noise (TD3).
    Smoothed,
}

impl Target {
    /// lambda, of TD(lambda) as a return or an advantage and of Retrace(lambda).
    pub fn lambda(self) -> Option<f64> {
        match self {
            Target::Gae { lambda } | Target::Lambda { lambda } | Target::Retrace { lambda, .. } => {
                Some(lambda)
            }
            _ => None,
        }
    }
}

impl Critics {
    /// How many networks.
    pub fn count(self) -> usize {
        match self {
            Critics::Single => 1,
            Critics::Twin | Critics::Mean | Critics::Mix { .. } => 2,
        }
    }

    /// One value of what the critics say: [critics, B, 1] -> [1, B, 1].
    pub fn combine(self, q: Node<'_>) -> Node<'_> {
        match self {
            Critics::Single => q,
            Critics::Twin => q.minimum(Axis::Group),
            Critics::Mean => q.mean(Axis::Group),
            Critics::Mix { lambda } => crate::math::double_q::mix(q, lambda as f32),
        }
    }
}

impl std::fmt::Display for Estimate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.target {
            Target::Reward => write!(f, "–")?,
            Target::Td | Target::Dual => write!(f, "TD(0)")?,
            Target::NStep { .. } => write!(f, "n-step TD")?,
            Target::Gae { .. } => write!(f, "GAE")?,
            Target::Lambda { lambda: 1.0 } => write!(f, "TD(1)")?,
            Target::Lambda { .. } => write!(f, "TD(λ)")?,
            Target::Retrace { lambda, .. } => write!(f, "Retrace({lambda})")?,
        }
        match self.critics {
            Critics::Single => Ok(()),
            Critics::Twin => write!(f, " + TD3"),
            Critics::Mean => write!(f, " + mean of two"),
            Critics::Mix { .. } => write!(f, " + λ-mix"),
        }
    }
}
