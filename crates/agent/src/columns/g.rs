//! Column 4: what is maximised, G(s, a).

use coadapt_nn::Node;
use serde::{Deserialize, Serialize};

/// The choice of G.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum G {
    /// Q of the policy, discounted reward alone.
    Q,
    /// Q with the entropy of later actions as further reward (Sec. 4.2.3).
    SoftQ {
        /// What an entropy is worth.
        bonus: Bonus,
    },
    /// The advantage, with a state-value function.
    A,
    /// eta log Q (PoWER).
    LogQ,
    /// eta log r (RWR).
    LogR,
}

/// The worth of an entropy in a soft Q.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Bonus {
    /// The temperature eta of the objective (SAC).
    Eta,
    /// A number of its own: an EM row's eta is no price of entropy (Table 11).
    Fixed {
        /// The number.
        value: f64,
    },
}

impl G {
    /// The values of next states, from Q at actions drawn there and what they cost beside it; all [N, B, 1].
    ///
    /// V_soft(s) = E [Q_soft(s, a) - eta ln pi(a|s)] (Sec. 4.2.3); against a prior that is not uniform,
    /// `log_ratio` stands for ln pi_q - ln pi_p.
    pub fn next_value<'g>(self, q: Node<'g>, log_ratio: Node<'g>, eta: Node<'g>) -> Node<'g> {
        match self {
            G::SoftQ { bonus: Bonus::Eta } => q - eta * log_ratio,
            G::SoftQ { bonus: Bonus::Fixed { value } } => q - log_ratio * value as f32,
            G::Q | G::A | G::LogQ | G::LogR => q,
        }
    }

    /// Whether it is estimated by critics of state and action.
    pub fn is_q(self) -> bool {
        matches!(self, G::Q | G::SoftQ { .. })
    }

    /// Its cell, for the policy with the given subscript that the values are of.
    pub fn cell(self, parametric: char) -> String {
        match self {
            G::Q => format!("Q^π_{parametric}"),
            G::SoftQ { .. } => format!("Q^π_{parametric}_soft"),
            G::A => "A^π_p".to_owned(),
            G::LogQ => format!("η log Q^π_{parametric}"),
            G::LogR => "η log r".to_owned(),
        }
    }
}
