//! What keeps a Gaussian policy's actions inside the box [-1, 1]^D, as a score or as a loss.

use coadapt_nn::{Axis, Node};

/// By how much each number leaves [-1, 1]; exactly 0, with derivative 0, inside.
fn excess(x: Node<'_>) -> Node<'_> {
    x - x.clamp(-1.0, 1.0)
}

/// c = -||a - clip(a, -1, 1)||_2, the second objective of MPO's E-step: the penalty of Sec. 4.2.1, which the
/// paper puts on the mean and the released code on the sampled actions.
///
/// `actions` [N, B, D]; gives scores [N, B, 1], not squared, 0 for every action inside the box. A constant: the
/// norm has no derivative at 0, and the E-step takes none.
pub fn penalty_scores(actions: Node<'_>) -> Node<'_> {
    (-excess(actions.stop_gradient()).square().sum(Axis::Col).sqrt()).stop_gradient()
}

/// -c of [`penalty_scores`] with a derivative everywhere: sqrt(||a - clip(a, -1, 1)||^2 + 1e-12), for a policy that
/// is stepped through its samples. `actions` [N, B, D]; gives [N, B, 1].
pub fn distance(actions: Node<'_>) -> Node<'_> {
    (excess(actions).square().sum(Axis::Col) + 1e-12).sqrt()
}

/// coefficient / 2 mean_b sum_d (min(mu + 1, 0)^2 + max(mu - 1, 0)^2), AWR's penalty of the mean (Sec. 4.2.2).
///
/// `mean` [1, B, D]; gives one number.
pub fn mean_loss(mean: Node<'_>, coefficient: f32) -> Node<'_> {
    0.5 * coefficient * excess(mean).square().sum(Axis::Col).mean_all()
}
