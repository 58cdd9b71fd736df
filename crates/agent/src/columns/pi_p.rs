//! Column 3: how the prior pi_p is updated.

use serde::{Deserialize, Serialize};

/// The update of pi_p.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "update", rename_all = "snake_case", deny_unknown_fields)]
pub enum PiP {
    /// It stays what it is.
    Fixed {
        /// What that is.
        to: Prior,
    },
}

/// A prior that is never updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prior {
    /// Uniform over the action space: ln pi_p is a constant and drops out of every gradient.
    Uniform,
}

impl std::fmt::Display for PiP {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PiP::Fixed { to: Prior::Uniform } => write!(f, "(Fixed to Unif.)"),
        }
    }
}
