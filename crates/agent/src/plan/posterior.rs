//! The posterior pi_q of a plan: how its weights or its gradient are made, and at which temperature.

use crate::columns::{Divergence, Eta, Portion, Solver};
use crate::math::dual;
use coadapt_nn::{Graph, Node};

/// How the posterior follows from prior and G.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Posterior {
    /// A network, stepped up the objective through its own actions (Sec. 4.1.2).
    Reparameterised {
        /// The temperature.
        eta: Temperature,
    },
    /// Weights over samples of the previous policy, normalised state by state (Eq. 2).
    PerState {
        /// The temperature.
        eta: Temperature,
        /// Samples a state.
        samples: usize,
        /// The probability with which a sample is replaced by a uniform action (App. G).
        uniform: Option<f64>,
    },
    /// Probabilities of every action of a discrete task (Eq. 2 itself).
    AllActions {
        /// The temperature.
        eta: Temperature,
    },
    /// Weights of the batch's own actions, normalised over the batch and clipped (Sec. 4.2.2).
    PerBatch {
        /// The temperature.
        eta: f64,
        /// Largest weight.
        clip: f64,
        /// The probability with which an action is replaced by a uniform one (App. G).
        uniform: Option<f64>,
    },
    /// Weights of all stored actions, not normalised but of standardised advantages, and clipped (Sec. 4.2.2).
    OverData {
        /// The temperature.
        eta: f64,
        /// Largest weight.
        clip: f64,
    },
    /// Weights of those actions of a rollout that have the largest advantages (V-MPO).
    Top {
        /// The temperature.
        eta: Temperature,
        /// The part of them that is weighed.
        fraction: f64,
        /// Of what it is a part.
        of: Portion,
    },
    /// A network, stepped up the ratio-weighted advantages of a rollout's own actions (PPO).
    Surrogate(Surrogate),
}

/// What keeps a policy that is stepped on a rollout near the one that took its actions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Surrogate {
    /// eta times a KL between the two.
    Penalised {
        /// The temperature.
        eta: Temperature,
        /// Which way round.
        divergence: Divergence,
    },
    /// Ratios earn nothing beyond 1 - epsilon and 1 + epsilon.
    Clipped {
        /// epsilon.
        epsilon: f64,
    },
    /// One step of the natural gradient, no further than a bound.
    Constrained(Constraint),
}

/// The bound on a step of the natural gradient, and how the step is found (TRPO).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constraint {
    /// The largest KL of the policies before and after it.
    pub epsilon: f64,
    /// Which way round.
    pub divergence: Divergence,
    /// Conjugate gradients and line search.
    pub solver: Solver,
}

/// The temperature eta of the objective, in the forms that run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Temperature {
    /// eta = 0: the KL term and the prior drop out.
    Zero,
    /// A constant.
    Fixed {
        /// The constant.
        value: f64,
    },
    /// eta = e^x, learned against a lower bound on the entropy (Sec. 4.2.3).
    Entropy {
        /// The bound by action dimension.
        target_per_dim: f64,
        /// eta at the start.
        initial: f64,
        /// Learning rate of x (Adam).
        lr: f64,
    },
    /// eta = softplus(x) + 1e-8, learned against an upper bound on KL(pi_q || pi_p) (Sec. 4.2.1).
    Dual {
        /// The bound.
        epsilon: f64,
        /// x at the start.
        initial_raw: f64,
        /// Learning rate of x (Adam).
        lr: f64,
    },
    /// Doubled or halved after an iteration whose KL from the prior was far from a target (PPO).
    Adaptive {
        /// The target.
        target: f64,
        /// eta at the start.
        initial: f64,
    },
}

impl Temperature {
    /// The temperature that `eta` stands for, if it runs.
    pub(super) fn of(eta: Eta) -> Option<Temperature> {
        match eta {
            Eta::Zero => Some(Temperature::Zero),
            Eta::Fixed { value } => Some(Temperature::Fixed { value }),
            Eta::Entropy { target_per_dim, initial, lr } => {
                Some(Temperature::Entropy { target_per_dim, initial, lr })
            }
            Eta::Dual { epsilon, initial_raw, lr } => Some(Temperature::Dual { epsilon, initial_raw, lr }),
            Eta::Adaptive { target, initial } => Some(Temperature::Adaptive { target, initial }),
            Eta::Joint { .. } | Eta::Learned => None,
        }
    }
}

impl Posterior {
    /// The bound on its step, where that is one of the natural gradient.
    pub fn constraint(self) -> Option<Constraint> {
        if let Posterior::Surrogate(Surrogate::Constrained(constraint)) = self {
            Some(constraint)
        } else {
            None
        }
    }

    /// The temperature.
    pub fn eta(self) -> Temperature {
        match self {
            Posterior::Reparameterised { eta }
            | Posterior::PerState { eta, .. }
            | Posterior::AllActions { eta }
            | Posterior::Top { eta, .. }
            | Posterior::Surrogate(Surrogate::Penalised { eta, .. }) => eta,
            Posterior::Surrogate(Surrogate::Clipped { .. } | Surrogate::Constrained(_)) => Temperature::Zero,
            Posterior::PerBatch { eta: value, .. } | Posterior::OverData { eta: value, .. } => {
                Temperature::Fixed { value }
            }
        }
    }
}

impl Temperature {
    /// eta at the start, or the number it stays at.
    pub fn initial(self) -> f64 {
        match self {
            Temperature::Zero => 0.0,
            Temperature::Fixed { value } => value,
            Temperature::Entropy { initial, .. } | Temperature::Adaptive { initial, .. } => initial,
            Temperature::Dual { initial_raw, .. } => initial_raw.exp().ln_1p(),
        }
    }

    /// x at the start and its learning rate, where eta is a function of a learned x.
    pub fn raw(self) -> Option<(f64, f64)> {
        match self {
            Temperature::Zero | Temperature::Fixed { .. } | Temperature::Adaptive { .. } => None,
            Temperature::Entropy { initial, lr, .. } => Some((initial.ln(), lr)),
            Temperature::Dual { initial_raw, lr, .. } => Some((initial_raw, lr)),
        }
    }

    /// Whether x must be kept from falling below the floor of a softplus dual.
    pub fn is_projected(self) -> bool {
        matches!(self, Temperature::Dual { .. })
    }

    /// The bound on KL(pi_q || pi_p) that it is learned against, where it is.
    pub fn bound(self) -> Option<f64> {
        if let Temperature::Dual { epsilon, .. } = self { Some(epsilon) } else { None }
    }

    /// The KL that it is kept near, where it is.
    pub fn target(self) -> Option<f64> {
        if let Temperature::Adaptive { target, .. } = self { Some(target) } else { None }
    }

    /// eta as a node: of x (a parameter of one number) where it is learned or adapted, else a constant.
    pub fn node<'g>(self, graph: &'g Graph, x: Option<Node<'g>>) -> Node<'g> {
        match (self, x) {
            (Temperature::Entropy { .. }, Some(x)) => dual::exp_dual(x),
            (Temperature::Dual { .. }, Some(x)) => dual::softplus_dual(x),
            // A value of the update, which can be logged, where a bare parameter could not.
            (Temperature::Adaptive { .. }, Some(x)) => x.clamp(f32::MIN_POSITIVE, f32::MAX),
            (eta, _) => graph.constant(eta.initial() as f32),
        }
    }

    /// The objective of Sec. 4.1.2 with its sign turned, eta multiplied through:
    /// mean over states of eta log_ratio - score.
    ///
    /// `score` G(s, a) and `log_ratio` ln pi_q(a|s) - ln pi_p(a|s) are [1, B, 1], for one action a state, drawn
    /// by the reparameterisation. A policy without noise has no `log_ratio`, and its eta is zero.
    pub fn ascent_loss<'g>(self, eta: Node<'g>, log_ratio: Option<Node<'g>>, score: Node<'g>) -> Node<'g> {
        match (self, log_ratio) {
            (Temperature::Zero, _) | (_, None) => (-score).mean_all(),
            (
                Temperature::Fixed { .. }
                | Temperature::Entropy { .. }
                | Temperature::Dual { .. }
                | Temperature::Adaptive { .. },
                Some(log_ratio),
            ) => (eta.stop_gradient() * log_ratio - score).mean_all(),
        }
    }

    /// The loss of eta's dual beside a posterior stepped by gradient; `None` where nothing does.
    ///
    /// Against an entropy it is g(eta) of Sec. 4.2.3, -eta (mean ln pi_q + bound); against a bound on the KL,
    /// eta (epsilon - mean KL), which raises eta where the KL is above it (App. G). `log_prob` and `log_ratio` are
    /// [1, B, 1] and constants to it.
    pub fn gradient_dual<'g>(
        self,
        eta: Node<'g>,
        (log_prob, log_ratio): (Node<'g>, Node<'g>),
        action_dim: usize,
    ) -> Option<Node<'g>> {
        match self {
            Temperature::Zero | Temperature::Fixed { .. } | Temperature::Adaptive { .. } => None,
            Temperature::Entropy { target_per_dim, .. } => {
                let bound = (target_per_dim * action_dim as f64) as f32;
                Some(-(eta * (log_prob.stop_gradient().mean_all() + bound)))
            }
            Temperature::Dual { epsilon, .. } => {
                Some(dual::multiplier_loss(eta, log_ratio.mean_all(), epsilon as f32))
            }
        }
    }
}
