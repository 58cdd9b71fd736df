//! Positive scalars learned against a bound: temperatures and multipliers, as functions of an unbounded x.

use coadapt_nn::Node;

/// Smallest raw variable of a softplus dual; softplus of it is 1.5e-8.
pub const RAW_FLOOR: f32 = -18.0;

/// The term added to softplus, so that no dual is ever zero.
const OFFSET: f32 = 1e-8;

/// softplus(x) + 1e-8: MPO's temperatures and multipliers. `raw` x of any shape, at least [`RAW_FLOOR`].
pub fn softplus_dual(raw: Node<'_>) -> Node<'_> {
    raw.softplus() + OFFSET
}

/// e^x: SAC's temperature. `raw` x of any shape.
pub fn exp_dual(raw: Node<'_>) -> Node<'_> {
    raw.exp()
}

/// Brings the stored x of a softplus dual back to [`RAW_FLOOR`], after each step of its optimiser.
///
/// The stored variable, not the value in the formula: a clamp there has no derivative below the floor, and a
/// dual that once fell under it would stay for ever. A NaN stays a NaN.
pub fn project(raw: &mut [f32]) {
    raw.iter_mut().filter(|x| **x < RAW_FLOOR).for_each(|x| *x = RAW_FLOOR);
}

/// The loss of Lagrange multipliers, sum_d alpha_d (epsilon - sg KL_d), which raises alpha where KL is above
/// its bound (MPO's trust region, Sec. 4.2.1).
///
/// `multipliers` and `kl` [1, 1, D], or [1, 1, 1] for one bound on the whole; gives one number.
pub fn multiplier_loss<'g>(multipliers: Node<'g>, kl: Node<'g>, epsilon: f32) -> Node<'g> {
    (multipliers * (epsilon - kl.stop_gradient())).sum_all()
}

/// The price that the policy pays for its trust region, sum_d sg(alpha_d) KL_d; shapes as in [`multiplier_loss`].
pub fn multiplier_penalty<'g>(multipliers: Node<'g>, kl: Node<'g>) -> Node<'g> {
    (multipliers.stop_gradient() * kl).sum_all()
}
