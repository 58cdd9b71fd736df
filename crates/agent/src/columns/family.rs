//! Column 1: which of the two policies is the network.

use serde::{Deserialize, Serialize};

/// Expectation-maximisation or direct KL minimisation (Sec. 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Family {
    /// EM control (Sec. 4.1.1): the prior pi_p is parametric, the posterior pi_q is solved for.
    #[serde(rename = "EM")]
    Em,
    /// KL control (Sec. 4.1.2): the posterior pi_q is parametric, the prior is given.
    #[serde(rename = "KL")]
    Kl,
}

impl Family {
    /// The subscript of the policy that is a network.
    pub fn parametric(self) -> char {
        match self {
            Family::Em => 'p',
            Family::Kl => 'q',
        }
    }
}

impl std::fmt::Display for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Family::Em => write!(f, "EM"),
            Family::Kl => write!(f, "KL"),
        }
    }
}
