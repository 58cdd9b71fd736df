//! Column 2: how the variational posterior pi_q is updated.

use crate::math::{dual, estep};
use coadapt_nn::{Graph, Node};
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
        /// What is subtracted from G.
        baseline: Baseline,
    },
    /// Stochastic gradient ascent on the objective of Sec. 4.1.2.
    Gradient {
        /// The temperature.
        eta: Eta,
        /// The divergence from the prior.
        divergence: Divergence,
    },
    /// The best step within a divergence of the prior (TRPO).
    Constrained {
        /// The bound.
        epsilon: f64,
        /// The divergence from the prior.
        divergence: Divergence,
    },
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
    /// Over the better half of the batch (V-MPO).
    TopHalf,
    /// Over the trajectories from one start (UREX).
    Group,
    /// exp(G / eta) is G's own argument, the reward or the return, divided by its sum (RWR, PoWER).
    Linear,
}

/// What is subtracted from G before it is weighed.
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
    },
    /// Learned with the reward transformation (RWR, App. B).
    Learned,
}

impl Eta {
    /// eta at the start, or the number it stays at.
    pub fn initial(self) -> f64 {
        match self {
            Eta::Zero => 0.0,
            Eta::Fixed { value } => value,
            Eta::Entropy { initial, .. } => initial,
            Eta::Dual { initial_raw, .. } => initial_raw.exp().ln_1p(),
            Eta::Joint { .. } | Eta::Adaptive { .. } | Eta::Learned => 1.0,
        }
    }

    /// x at the start and its learning rate, where eta is a function of a learned x.
    pub fn raw(self) -> Option<(f64, f64)> {
        match self {
            Eta::Entropy { initial, lr, .. } => Some((initial.ln(), lr)),
            Eta::Dual { initial_raw, lr, .. } => Some((initial_raw, lr)),
            _ => None,
        }
    }

    /// Whether x must be kept from falling below the floor of a softplus dual.
    pub fn is_projected(self) -> bool {
        matches!(self, Eta::Dual { .. })
    }

    /// eta as a node: of x (a parameter of one number) where it is learned, else a constant.
    pub fn node<'g>(self, graph: &'g Graph, x: Option<Node<'g>>) -> Node<'g> {
        match (self, x) {
            (Eta::Entropy { .. }, Some(x)) => dual::exp_dual(x),
            (Eta::Dual { .. }, Some(x)) => dual::softplus_dual(x),
            (eta, _) => graph.constant(eta.initial() as f32),
        }
    }
}

impl PiQ {
    /// The temperature; a constrained update has none.
    pub fn eta(self) -> Eta {
        match self {
            PiQ::Analytic { eta, .. } | PiQ::Gradient { eta, .. } => eta,
            PiQ::Constrained { .. } => Eta::Zero,
        }
    }

    /// The objective of Sec. 4.1.2 with its sign turned, eta multiplied through:
    /// mean over states of eta log_ratio - score.
    ///
    /// `score` G(s, a) and `log_ratio` ln pi_q(a|s) - ln pi_p(a|s) are [1, B, 1], for one action a state, drawn
    /// by the reparameterisation.
    pub fn ascent_loss<'g>(self, eta: Node<'g>, log_ratio: Node<'g>, score: Node<'g>) -> Node<'g> {
        match self.eta() {
            Eta::Zero => (-score).mean_all(),
            _ => (eta.stop_gradient() * log_ratio - score).mean_all(),
        }
    }

    /// The dual g(eta) of Sec. 4.2.3: -eta (mean ln pi_q + bound); `None` if eta is not learned that way.
    ///
    /// `log_prob` is [1, B, 1]; only eta's x is differentiated.
    pub fn entropy_dual<'g>(self, eta: Node<'g>, log_prob: Node<'g>, action_dim: usize) -> Option<Node<'g>> {
        let Eta::Entropy { target_per_dim, .. } = self.eta() else { return None };
        let bound = (target_per_dim * action_dim as f64) as f32;
        Some(-(eta * (log_prob.stop_gradient().mean_all() + bound)))
    }

    /// The dual of a bound on KL(pi_q || pi_p) for a posterior stepped by gradient: eta (epsilon - mean KL), which
    /// raises eta where the KL is above its bound (App. G); `None` if eta is not learned that way.
    ///
    /// `kl` [1, B, 1] is a constant to it.
    pub fn divergence_dual<'g>(self, eta: Node<'g>, kl: Node<'g>) -> Option<Node<'g>> {
        let PiQ::Gradient { eta: Eta::Dual { epsilon, .. }, .. } = self else { return None };
        Some(dual::multiplier_loss(eta, kl.mean_all(), epsilon as f32))
    }

    /// The dual g(eta) of Sec. 4.2.1; `None` if eta is not learned that way. `scores` [N, B, 1].
    pub fn estep_dual<'g>(self, eta: Node<'g>, scores: Node<'g>) -> Option<Node<'g>> {
        let Eta::Dual { epsilon, .. } = self.eta() else { return None };
        Some(estep::dual_loss(scores, eta, epsilon as f32))
    }

    /// The solution of Eq. 2 on samples: weights [N, B, 1] of `scores` [N, B, 1], constants to derivatives.
    ///
    /// `None` for weights that are not made of one batch alone.
    pub fn sample_weights<'g>(self, scores: Node<'g>, eta: Node<'g>) -> Option<Node<'g>> {
        let PiQ::Analytic { eta: kind, weights, .. } = self else { return None };
        match weights {
            Weights::PerState => Some(estep::boltzmann_weights(scores, eta)),
            Weights::Batch { clip } => Some(estep::batch_weights(scores, kind.initial() as f32, clip as f32)),
            Weights::Unnormalised { .. } | Weights::TopHalf | Weights::Group | Weights::Linear => None,
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
            PiQ::Constrained { .. } => write!(f, "TR"),
        }
    }
}
