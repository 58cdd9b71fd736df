//! The E-step on nodes: weights of action samples, the dual of their temperature, and what is logged of them.
//!
//! Scores G(s_b, a_n) and weights are [N, B, 1]: N samples of the prior for each of B states.

use coadapt_nn::{Axis, Node};

/// The samples of each state, relative to its best: exp((G - max_n G) / eta) and its mean over samples.
struct Relative<'g> {
    /// max_n G, [1, B, 1].
    top: Node<'g>,
    /// [N, B, 1], the largest of each state exactly 1.
    raised: Node<'g>,
    /// [1, B, 1], from 1 / N to 1.
    mean: Node<'g>,
}

/// Takes the best score out before the division by eta, not after it: at a temperature of 1e-8 the quotients
/// are near 1e10, where an f32 tells only every thousandth number apart, and their differences would be noise.
fn relative<'g>(scores: Node<'g>, eta: Node<'g>) -> Relative<'g> {
    let shape = scores.shape();
    assert!(shape.cols == 1, "scores are [N, B, 1], not {shape}");
    let scores = scores.stop_gradient();
    let top = scores.maximum(Axis::Group);
    let raised = ((scores - top) / eta).exp();
    // A quotient, not a product with 1 / N: the mean of equal samples is exactly 1, its logarithm exactly 0.
    let mean = raised.sum(Axis::Group) / shape.groups as f32;
    Relative { top, raised, mean }
}

/// Eq. 2 (E-step, its solution on samples), Furuta et al. 2021, Sec. 4.1.1.
///
/// w_n = exp(G_n / eta) / sum_m exp(G_m / eta), samples drawn from the prior standing for the prior.
/// `scores` [N, B, 1], `eta` one number; gives [N, B, 1], summing to 1 over samples, a constant to derivatives.
pub fn boltzmann_weights<'g>(scores: Node<'g>, eta: Node<'g>) -> Node<'g> {
    let Relative { raised, .. } = relative(scores, eta);
    (raised / raised.sum(Axis::Group)).stop_gradient()
}

/// The dual of Eq. 2 under a KL constraint (MPO's temperature), Furuta et al. 2021, Sec. 4.2.1.
///
/// g(eta) = eta epsilon + mean_b eta ln mean_n exp(G / eta), with the mean over states outside the logarithm, as
/// the released code has it. `scores` [N, B, 1], `eta` one number; gives one number, whose derivative is
/// epsilon less the mean KL of the weights to uniform. Scores are constants: only eta is differentiated.
pub fn dual_loss<'g>(scores: Node<'g>, eta: Node<'g>, epsilon: f32) -> Node<'g> {
    let Relative { top, mean, .. } = relative(scores, eta);
    top.mean_all() + eta * (mean.log().mean_all() + epsilon)
}

/// Eq. 2 with one Z for the whole batch (AWAC's E-step), Furuta et al. 2021, Sec. 4.2.2.
///
/// w_b = min(B exp(A_b / lambda) / sum_b' exp(A_b' / lambda), clip). `advantages` [1, B, 1]; gives [1, B, 1],
/// with mean 1 where nothing is clipped, a constant to derivatives.
pub fn batch_weights(advantages: Node<'_>, lambda: f32, clip: f32) -> Node<'_> {
    let shape = advantages.shape();
    assert!(shape.groups == 1 && shape.cols == 1, "advantages are [1, B, 1], not {shape}");
    let top = advantages.maximum(Axis::Row);
    let raised = ((advantages - top) / lambda).exp();
    let mean = raised.sum(Axis::Row) / shape.rows as f32;
    (raised / mean).clamp(0.0, clip).stop_gradient()
}

/// mean_b sum_n w ln(N w): the KL of the weights from the uniform ones, which stand for the prior.
///
/// `weights` [N, B, 1]; gives one number from 0 to ln N.
pub fn kl_to_uniform(weights: Node<'_>) -> Node<'_> {
    let samples = weights.shape().groups as f32;
    // A weight of 0 adds 0, the limit, where its logarithm alone would make that NaN.
    let log = (weights.clamp(f32::MIN_POSITIVE, f32::MAX) * samples).log();
    (weights * log).sum(Axis::Group).mean_all()
}

/// mean_b (sum_n w)^2 / (N sum_n w^2): the effective number of samples a state, as a fraction of N.
///
/// `weights` [N, B, 1]; gives one number from 1 / N to 1.
pub fn effective_sample_size(weights: Node<'_>) -> Node<'_> {
    let samples = weights.shape().groups as f32;
    let (sum, squares) = (weights.sum(Axis::Group), weights.square().sum(Axis::Group));
    (sum.square() / (squares * samples)).mean_all()
}
