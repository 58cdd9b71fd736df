//! The six columns of Table 1, a file each: the words in which a method is written. A column knows no other column, no
//! network and no algorithm.
//!
//! The vocabulary covers all of Table 1, Appendix B and the variants of Appendices G and H. What of it runs, and as
//! what, is said in one place, [`crate::plan::Plan::of`].

pub mod estimate;
pub mod family;
pub mod g;
pub mod pi_p;
pub mod pi_q;
pub mod pi_theta;

pub use estimate::{Critics, Estimate, Next, Score, Smoothing, Target, TimeLimits};
pub use family::Family;
pub use g::{Bonus, G};
pub use pi_p::{Actions, PiP, Prior, TrustRegion};
pub use pi_q::{Baseline, Divergence, Eta, PiQ, Portion, Solver, Weights};
pub use pi_theta::{Bounds, Head, Mean, Penalty, PiTheta, Std};
