//! The six columns of Table 1, a file each. A column knows no other column, no network and no algorithm: it is
//! given nodes of the update's graph and gives nodes.

pub mod estimate;
pub mod family;
pub mod g;
pub mod pi_p;
pub mod pi_q;
pub mod pi_theta;

pub use estimate::{Critics, Estimate};
pub use family::Family;
pub use g::G;
pub use pi_p::{PiP, Prior};
pub use pi_q::{Eta, PiQ};
pub use pi_theta::{Bounds, PiTheta, Policy};
