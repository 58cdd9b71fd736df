//! Column 4: what is maximised, G(s, a).

use coadapt_nn::Node;
use serde::{Deserialize, Serialize};

/// The choice of G.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum G {
    /// Q of the policy, discounted reward alone.
    Q,
    /// Q with the entropy of later actions as further reward (Sec. 4.2.3).
    SoftQ,
}

impl G {
    /// The value of a next state [1, B, 1], from Q at an action drawn there and that action's log probability.
    ///
    /// V_soft(s) = E [Q_soft(s, a) - eta ln pi(a|s)] (Sec. 4.2.3).
    pub fn next_value<'g>(self, q: Node<'g>, log_prob: Node<'g>, eta: Node<'g>) -> Node<'g> {
        match self {
            G::Q => q,
            G::SoftQ => q - eta * log_prob,
        }
    }
}

impl std::fmt::Display for G {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            G::Q => write!(f, "Q^π_q"),
            G::SoftQ => write!(f, "Q^π_q_soft"),
        }
    }
}
