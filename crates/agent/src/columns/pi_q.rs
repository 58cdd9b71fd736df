//! Column 2: how the variational posterior pi_q is updated.

use coadapt_nn::{Graph, Node};
use serde::{Deserialize, Serialize};

/// The update of pi_q.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "update", rename_all = "snake_case", deny_unknown_fields)]
pub enum PiQ {
    /// Stochastic gradient ascent on the objective of Sec. 4.1.2.
    Gradient {
        /// The temperature.
        eta: Eta,
    },
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
    /// Learned against a lower bound on the entropy, eta = e^x (Sec. 4.2.3).
    Entropy {
        /// The entropy bound is this times the number of action dimensions.
        target_per_dim: f64,
        /// eta at the start.
        initial: f64,
        /// Learning rate of x (Adam).
        lr: f64,
    },
}

impl Eta {
    /// The value at the start.
    pub fn initial(self) -> f64 {
        match self {
            Eta::Zero => 0.0,
            Eta::Fixed { value } => value,
            Eta::Entropy { initial, .. } => initial,
        }
    }
}

impl PiQ {
    /// The temperature.
    pub fn eta(self) -> Eta {
        let PiQ::Gradient { eta } = self;
        eta
    }

    /// The objective of Sec. 4.1.2 with its sign turned, eta multiplied through:
    /// mean over states of eta log_ratio - score.
    ///
    /// `score` G(s, a) and `log_ratio` ln pi_q(a|s) - ln pi_p(a|s) are [1, B, 1], for one action a state, drawn
    /// by the reparameterisation.
    pub fn ascent_loss<'g>(self, eta: Node<'g>, log_ratio: Node<'g>, score: Node<'g>) -> Node<'g> {
        match self.eta() {
            Eta::Zero => (-score).mean_all(),
            Eta::Fixed { .. } | Eta::Entropy { .. } => (eta.stop_gradient() * log_ratio - score).mean_all(),
        }
    }

    /// The dual g(eta) of Sec. 4.2.3: -eta (mean ln pi_q + bound), with eta = e^x; `None` if eta is not learned.
    ///
    /// `log_prob` is [1, B, 1]; only x is differentiated.
    pub fn dual_loss<'g>(self, eta: Node<'g>, log_prob: Node<'g>, action_dim: usize) -> Option<Node<'g>> {
        match self.eta() {
            Eta::Zero | Eta::Fixed { .. } => None,
            Eta::Entropy { target_per_dim, .. } => {
                let bound = (target_per_dim * action_dim as f64) as f32;
                Some(-(eta * (log_prob.stop_gradient().mean_all() + bound)))
            }
        }
    }

    /// eta as a node: of `x` (a parameter of one number) where it is learned, else a constant.
    pub fn eta_node<'g>(self, graph: &'g Graph, x: Option<Node<'g>>) -> Node<'g> {
        match (self.eta(), x) {
            (Eta::Entropy { .. }, Some(x)) => x.exp(),
            (eta, _) => graph.constant(eta.initial() as f32),
        }
    }
}

impl std::fmt::Display for PiQ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PiQ::Gradient { .. } => write!(f, "SG"),
        }
    }
}
