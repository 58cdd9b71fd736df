//! Column 1: which of the two policies is the network.

use serde::{Deserialize, Serialize};

/// Expectation-maximisation or direct KL minimisation (Sec. 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Family {
    /// KL control (Sec. 4.1.2): the variational posterior pi_q is parametric, the prior is given.
    #[serde(rename = "KL")]
    Kl,
}

impl std::fmt::Display for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Family::Kl => write!(f, "KL"),
        }
    }
}
