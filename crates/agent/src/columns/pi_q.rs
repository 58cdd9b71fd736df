//! Column 2: how the variational posterior pi_q is updated.

use serde::{Deserialize, Serialize};

/// The update of pi_q.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "update", rename_all = "snake_case", deny_unknown_fields)]
pub enum PiQ {
    /// In closed form: weights on samples of the prior (Eq. 2).
    Analytic {
        /// The temperature.
        eta: Eta,
        /// How the weights are normalised.
        weights: Weights,
        /// The baseline subtracted from G.
        baseline: Baseline,
    },
    /// Stochastic gradient ascent on the objective of Sec. 4.1.2.
    Gradient {
        /// The temperature.
        eta: Eta,
        /// The divergence from the prior.
        divergence: Divergence,
    },
    /// Stochastic gradient ascent on a surrogate whose ratio pi_q / pi_p earns nothing beyond a clip (PPO's second form).
    Clipped {
        /// How far from 1 the ratio may go for more.
        epsilon: f64,
    },
    /// The best step within a divergence of the prior (TRPO).
    Constrained {
        /// The bound.
        epsilon: f64,
        /// The divergence from the prior.
        divergence: Divergence,
        /// How that step is found.
        solver: Solver,
    },
}

/// How the best step within a divergence is found: a natural gradient by conjugate gradients, then a search along it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Solver {
    /// Products of the Fisher matrix with a vector, at most.
    pub iterations: u64,
    /// Added to the Fisher matrix' diagonal.
    pub damping: f64,
    /// The factor between one trial of the search and the next.
    pub shrink: f64,
    /// Trials, the full step among them.
    pub trials: u64,
}

/// The data whose better part is weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Portion {
    /// Each minibatch by itself.
    Minibatch,
    /// The rollout as a whole.
    Rollout,
}

/// How the weights exp(G / eta) of an analytic posterior are normalised.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Weights {
    /// Over the samples of each state (MPO).
    PerState,
    /// Over the batch, times its size, then clipped (AWAC).
    Batch {
        /// Largest weight.
        clip: f64,
    },
    /// Not at all: Z(s) = 1; advantages are standardised over all data, weights clipped (AWR).
    Unnormalised {
        /// Largest weight.
        clip: f64,
    },
    /// Over those with the largest advantages alone (V-MPO).
    Top {
        /// The part of them: 0.5 is V-MPO's better half, 1 all.
        fraction: f64,
        /// Of what it is a part.
        of: Portion,
    },
    /// Over the trajectories from one start (UREX).
    Group,
    /// exp(G / eta) is G's own argument, the reward or the return, divided by its sum (RWR, PoWER).
    Linear,
}

/// The baseline that is subtracted from G before it is weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// Nothing.
    None,
    /// G of one action drawn from the policy (AWAC).
    Sampled,
}

/// A divergence between posterior and prior.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Divergence {
    /// KL(pi_q || pi_p), the objective's own.
    QToP,
    /// KL(pi_p || pi_q), reversed (TRPO, PPO).
    PToQ,
    /// Maximum mean discrepancy of samples (BEAR).
    Mmd,
}

/// The temperature eta of the objective.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Eta {
    /// eta = 0: the KL term and the prior drop out.
    Zero,
    /// A constant.
    Fixed {
        /// The constant.
        value: f64,
    },
    /// Learned against a lower bound on the entropy, eta = e^x (SAC, Sec. 4.2.3).
    Entropy {
        /// The entropy bound is this times the number of action dimensions.
        target_per_dim: f64,
        /// eta at the start.
        initial: f64,
        /// Learning rate of x (Adam).
        lr: f64,
    },
    /// Learned against an upper bound on KL(pi_q || pi_p), eta = softplus(x) + 1e-8 (MPO, Sec. 4.2.1).
    Dual {
        /// The bound.
        epsilon: f64,
        /// x at the start.
        initial_raw: f64,
        /// Learning rate of x (Adam).
        lr: f64,
    },
    /// Solved for together with the value function (REPS).
    Joint {
        /// The bound on the KL.
        epsilon: f64,
    },
    /// Doubled and halved so that the KL stays near a target (PPO).
    Adaptive {
        /// The target.
        target: f64,
        /// eta at the start.
        initial: f64,
    },
    /// Learned with the reward transformation (RWR, App. B).
    Learned,
}

impl PiQ {
    /// The temperature, where the update has one.
    pub fn eta(self) -> Option<Eta> {
        match self {
            PiQ::Analytic { eta, .. } | PiQ::Gradient { eta, .. } => Some(eta),
            PiQ::Clipped { .. } | PiQ::Constrained { .. } => None,
        }
    }
}

impl std::fmt::Display for PiQ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PiQ::Analytic { eta: Eta::Dual { .. }, .. } => write!(f, "Analytic + TR"),
            PiQ::Analytic { .. } => write!(f, "Analytic"),
            PiQ::Gradient { eta: Eta::Adaptive { .. } | Eta::Dual { .. }, .. } => write!(f, "SG + TR"),
            PiQ::Gradient { .. } => write!(f, "SG"),
            PiQ::Clipped { .. } => write!(f, "SG + clip"),
            PiQ::Constrained { .. } => write!(f, "TR"),
        }
    }
}
