//! The E-step over every action of a discrete task: the posterior itself, with no samples standing for the prior.

use coadapt_nn::{Axis, Node};

/// Eq. 2 solved exactly: pi_q(a|s) = pi_p(a|s) exp(G / eta) / Z(s), Furuta et al. 2021, Sec. 4.1.1.
///
/// Everything of it is by logarithms: a probability that underflows in f32 still has one, and the best action may
/// be one of those.
#[derive(Clone, Copy)]
pub struct Posterior<'g> {
    eta: Node<'g>,
    /// max_a G, [1, B, 1].
    top: Node<'g>,
    /// ln pi_p(a|s), [n, B, 1].
    log_prior: Node<'g>,
    /// (G - max_a G) / eta, [n, B, 1]: the maximum taken out before the division, as in [`crate::math::estep`].
    relative: Node<'g>,
    /// ln Z(s) less max_a G / eta, [1, B, 1]: 0 or less.
    log_mass: Node<'g>,
}

impl<'g> Posterior<'g> {
    /// Of `log_prior` ln pi_p(a|s) and `scores` G(s, a), both [n, B, 1] and constants, and `eta`, one number.
    pub fn new(log_prior: Node<'g>, scores: Node<'g>, eta: Node<'g>) -> Self {
        let (p, g) = (log_prior.shape(), scores.shape());
        assert!(p == g && g.cols == 1, "log probabilities and scores are both [n, B, 1], not {p} and {g}");
        let (log_prior, scores) = (log_prior.stop_gradient(), scores.stop_gradient());
        let top = scores.maximum(Axis::Group);
        let relative = (scores - top) / eta;
        let log_mass = (log_prior + relative).log_sum_exp(Axis::Group);
        Posterior { eta, top, log_prior, relative, log_mass }
    }

    /// pi_q(a|s): [n, B, 1], summing to 1 over actions, a constant to derivatives.
    pub fn weights(self) -> Node<'g> {
        (self.log_prior + self.relative).softmax(Axis::Group).stop_gradient()
    }

    /// The dual of Eq. 2 under a KL constraint (MPO's temperature), Sec. 4.2.1.
    ///
    /// g(eta) = eta epsilon + eta mean_b ln sum_a pi_p(a|s) exp(G / eta); gives one number, whose derivative by eta
    /// is epsilon less mean_b KL(pi_q || pi_p).
    pub fn dual_loss(self, epsilon: f32) -> Node<'g> {
        self.top.mean_all() + self.eta * (self.log_mass.mean_all() + epsilon)
    }

    /// ln (pi_q / pi_p): [n, B, 1]. Kept finite, so that an action with no weight at all adds nothing to a sum.
    fn log_ratio(self) -> Node<'g> {
        (self.relative - self.log_mass).clamp(f32::MIN, f32::MAX)
    }

    /// mean_b KL(pi_q || pi_p): one number.
    pub fn kl(self) -> Node<'g> {
        (self.weights() * self.log_ratio()).sum(Axis::Group).mean_all()
    }

    /// mean_b 1 / sum_a pi_q^2 / pi_p: the fraction of the prior's samples that would count, had there been many.
    pub fn effective_sample_size(self) -> Node<'g> {
        let squares = (self.log_prior + 2.0 * self.log_ratio()).clamp(f32::MIN, f32::MAX).exp();
        (1.0 / squares.sum(Axis::Group)).mean_all()
    }
}
