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

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Row { family, pi_q, pi_p, g, estimate, pi } = self;
        write!(f, "{family} | {pi_q} | {pi_p} | {g} | {estimate} | {pi}")
    }
}
