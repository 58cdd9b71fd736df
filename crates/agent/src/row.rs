//! A row of Table 1: six cells, printed as the paper prints them.

use crate::columns::{Estimate, Family, G, PiP, PiQ, PiTheta};

/// The six columns of Table 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Algorithm: EM or KL.
    pub family: Family,
    /// pi_q update.
    pub pi_q: PiQ,
    /// pi_p update.
    pub pi_p: PiP,
    /// G.
    pub g: G,
    /// G estimate.
    pub estimate: Estimate,
    /// pi_theta.
    pub pi: PiTheta,
}

impl Row {
    /// The paper's six cells.
    pub fn cells(&self) -> [String; 6] {
        let parametric = self.family.parametric();
        [
            self.family.to_string(),
            self.pi_q.to_string(),
            self.pi_p.to_string(),
            self.g.cell(parametric),
            self.estimate.to_string(),
            self.pi.cell(parametric),
        ]
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.cells().join(" | "))
    }
}
