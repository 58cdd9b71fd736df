//! One value of what several critics say.

use coadapt_nn::{Axis, Node};

/// lambda min_j Q_j + (1 - lambda) max_j Q_j: clipped double Q-learning (Fujimoto et al. 2018) at lambda = 1,
/// the softer mix of BEAR and BRAC (App. B) below.
///
/// `q` [critics, B, 1]; gives [1, B, 1]. For an E-step B is samples times states, reshaped to [N, B, 1] after.
pub fn mix(q: Node<'_>, lambda: f32) -> Node<'_> {
    lambda * q.minimum(Axis::Group) + (1.0 - lambda) * q.maximum(Axis::Group)
}
