//! Column 3: how the prior pi_p is updated.

use crate::math::dual;
use coadapt_nn::Node;
use serde::{Deserialize, Serialize};

/// The update of pi_p.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "update", rename_all = "snake_case", deny_unknown_fields)]
pub enum PiP {
    /// Stochastic gradient on the weighted likelihood (Eq. 3).
    Sg {
        /// Where the actions come from that the weights are of.
        actions: Actions,
        /// What holds a step near the previous policy.
        trust_region: TrustRegion,
    },
    /// The weighted likelihood's maximum in closed form (PoWER).
    Analytic,
    /// The prior becomes the posterior of the step before (REPS, TRPO, PPO).
    Posterior,
    /// It stays what it is.
    Fixed {
        /// What that is.
        to: Prior,
    },
    /// A copy of the posterior, renewed every so many updates (App. G).
    Lagged {
        /// Updates between copies.
        period: u64,
    },
}

/// The actions of the M-step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Actions {
    /// Samples of the previous policy at the next states (MPO).
    Previous {
        /// How many a state.
        samples: usize,
    },
    /// The replay's own actions, samples of the mixture of all past policies (AWR, AWAC).
    Mixture,
    /// As `Previous`, each action replaced by a uniform one with probability alpha (App. G).
    UniformMix {
        /// How many a state.
        samples: usize,
        /// The probability.
        alpha: f64,
    },
    /// As `Mixture`, each action replaced by a uniform one with probability alpha (App. G).
    MixtureUniform {
        /// The probability.
        alpha: f64,
    },
    /// Whole trajectories from one start (UREX).
    Groups {
        /// How many.
        size: usize,
    },
}

/// A bound on the step from the previous policy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TrustRegion {
    /// None.
    Off,
    /// A KL for the means and one for the standard deviations, by dimension, each with a learned multiplier.
    MeanStd {
        /// Bound on the KL of the means, by dimension.
        mean: f64,
        /// Bound on the KL of the standard deviations, by dimension.
        std: f64,
        /// x of the means' multipliers softplus(x) + 1e-8 at the start.
        mean_raw: f64,
        /// x of the standard deviations' multipliers at the start.
        std_raw: f64,
        /// Learning rate of the multipliers' x (Adam).
        lr: f64,
    },
    /// One KL of the whole distribution (V-MPO with a softmax policy).
    Whole {
        /// The bound.
        epsilon: f64,
    },
}

/// A prior that is never updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prior {
    /// Uniform over the action space: ln pi_p is a constant and drops out of every gradient.
    Uniform,
    /// The policy that gathered the data (BRAC, BEAR).
    Behaviour,
    /// None that matters: eta is zero (DDPG, TD3).
    Any,
}

impl TrustRegion {
    /// What the policy pays for its steps, and the multipliers' own loss (Sec. 4.2.1).
    ///
    /// `multipliers` and `kl` of the means, then of the standard deviations, each [1, 1, D].
    pub fn losses<'g>(self, multipliers: [Node<'g>; 2], kl: [Node<'g>; 2]) -> Option<(Node<'g>, Node<'g>)> {
        let TrustRegion::MeanStd { mean, std, .. } = self else { return None };
        let bounds = [mean as f32, std as f32];
        let [a, b] = multipliers;
        let penalty = dual::multiplier_penalty(a, kl[0]) + dual::multiplier_penalty(b, kl[1]);
        let loss = dual::multiplier_loss(a, kl[0], bounds[0]) + dual::multiplier_loss(b, kl[1], bounds[1]);
        Some((penalty, loss))
    }
}

impl std::fmt::Display for PiP {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PiP::Sg { actions, trust_region } => {
                let of_replay = matches!(actions, Actions::Mixture | Actions::MixtureUniform { .. });
                let mixture = if of_replay { "Mixture + " } else { "" };
                let region = if matches!(trust_region, TrustRegion::Off) { "" } else { " + TR" };
                write!(f, "{mixture}SG{region}")
            }
            PiP::Analytic => write!(f, "Analytic"),
            PiP::Posterior => write!(f, "π_q"),
            PiP::Fixed { to: Prior::Uniform } => write!(f, "(Fixed to Unif.)"),
            PiP::Fixed { to: Prior::Behaviour } => write!(f, "(Fixed to π_b)"),
            PiP::Fixed { to: Prior::Any } => write!(f, "(Fixed)"),
            PiP::Lagged { period } => write!(f, "(π_q every {period})"),
        }
    }
}
