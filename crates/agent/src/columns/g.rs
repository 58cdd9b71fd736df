//! Column 4: what is maximised, G(s, a).

use serde::{Deserialize, Serialize};

/// The choice of G.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum G {
    /// Q of the policy, discounted reward alone.
    Q,
    /// Q with the entropy of later actions as further reward (Sec. 4.2.3).
    SoftQ {
        /// The worth of an entropy.
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
    /// The cell of Table 1, for the policy with the given subscript that the values are of.
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
