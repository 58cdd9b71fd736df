//! Distributions over actions as formulas on nodes; the last axis is the action, the others are samples.

use crate::graph::Node;
use crate::shape::Axis;

const HALF_LN_TAU: f32 = 0.918_938_5;

/// N(mean, diag std^2); `mean` and `std` are [g, rows, dims] or broadcast to it.
#[derive(Clone, Copy)]
pub struct Gaussian<'g> {
    /// Mean of each dimension.
    pub mean: Node<'g>,
    /// Standard deviation of each dimension.
    pub std: Node<'g>,
}

impl<'g> Gaussian<'g> {
    /// mean + std noise, `noise` standard normal; differentiable in mean and std.
    pub fn sample(self, noise: Node<'g>) -> Node<'g> {
        self.mean + self.std * noise
    }

    /// ln N(x), summed over dimensions: [g, rows, 1].
    pub fn log_prob(self, x: Node<'g>) -> Node<'g> {
        self.log_prob_per_dim(x).sum(Axis::Col)
    }

    /// ln N(x), each dimension by itself.
    pub fn log_prob_per_dim(self, x: Node<'g>) -> Node<'g> {
        let z = (x - self.mean) / self.std;
        -0.5 * z.square() - self.std.log() - HALF_LN_TAU
    }

    /// KL(self || other), each dimension by itself, split into what the means and what the standard
    /// deviations cost: ((mean difference)^2 / (2 std^2), ln(other std / std) + std^2 / (2 other std^2) - 1/2),
    /// the first with this distribution's std (the decoupled KL of MPO).
    pub fn kl_decoupled(self, other: Gaussian<'g>) -> (Node<'g>, Node<'g>) {
        let distance = (other.mean - self.mean).square() / (2.0 * self.std.square());
        (distance, self.spread(other))
    }

    /// ln(other std / std) + std^2 / (2 other std^2) - 1/2, written by how far the ratio of the standard
    /// deviations is from 1: trust regions hold it to 1e-6, where the textbook form is mostly rounding.
    fn spread(self, other: Gaussian<'g>) -> Node<'g> {
        let apart = (self.std - other.std) / other.std;
        apart + 0.5 * apart.square() - apart.log_1p()
    }

    /// KL(self || other), summed over dimensions: [g, rows, 1].
    pub fn kl(self, other: Gaussian<'g>) -> Node<'g> {
        let distance = (other.mean - self.mean).square() / (2.0 * other.std.square());
        (distance + self.spread(other)).sum(Axis::Col)
    }

    /// Differential entropy: [g, rows, 1].
    pub fn entropy(self) -> Node<'g> {
        (self.std.log() + (HALF_LN_TAU + 0.5)).sum(Axis::Col)
    }
}

/// tanh of a Gaussian, given by its log standard deviation.
#[derive(Clone, Copy)]
pub struct TanhGaussian<'g> {
    /// Mean before tanh.
    pub mean: Node<'g>,
    /// Log standard deviation before tanh.
    pub log_std: Node<'g>,
}

impl<'g> TanhGaussian<'g> {
    /// An action and its log probability: a = tanh u with u = mean + std noise.
    ///
    /// The exact form, computed from u and not from a:
    /// ln pi(a) = sum_d [ln N(u_d) - 2 (ln 2 - u_d - softplus(-2 u_d))].
    pub fn sample_and_log_prob(self, noise: Node<'g>) -> (Node<'g>, Node<'g>) {
        let u = self.mean + self.log_std.exp() * noise;
        let normal = -0.5 * noise.square() - self.log_std - HALF_LN_TAU;
        let jacobian = 2.0 * (std::f32::consts::LN_2 - u - (-2.0 * u).softplus());
        (u.tanh(), (normal - jacobian).sum(Axis::Col))
    }

    /// ln pi(a) of given actions strictly inside (-1, 1): [g, rows, 1].
    pub fn log_prob(self, action: Node<'g>) -> Node<'g> {
        let u = action.atanh();
        let gaussian = Gaussian { mean: self.mean, std: self.log_std.exp() };
        let jacobian = 2.0 * (std::f32::consts::LN_2 - u - (-2.0 * u).softplus());
        (gaussian.log_prob_per_dim(u) - jacobian).sum(Axis::Col)
    }
}

/// One of n choices with probabilities softmax(logits); `logits` [g, rows, n]. A choice is a one-hot vector.
#[derive(Clone, Copy)]
pub struct Categorical<'g> {
    /// ln of the probabilities, up to a constant of each row.
    pub logits: Node<'g>,
}

impl<'g> Categorical<'g> {
    /// ln of the probability of every choice: [g, rows, n]; finite where the probability itself is 0 in f32.
    pub fn log_probs(self) -> Node<'g> {
        self.logits - self.logits.log_sum_exp(Axis::Col)
    }

    /// The probability of every choice: [g, rows, n].
    pub fn probs(self) -> Node<'g> {
        self.logits.softmax(Axis::Col)
    }

    /// Each of the n choices as a one-hot vector: [n, 1, n].
    pub fn every_choice(self) -> Node<'g> {
        self.logits.graph.every_choice(self.logits.shape().cols)
    }

    /// ln of the probability of given one-hot `choices` [N, rows, n]: [N, rows, 1].
    pub fn log_prob(self, choices: Node<'g>) -> Node<'g> {
        (choices.stop_gradient() * self.log_probs()).sum(Axis::Col)
    }

    /// A one-hot choice drawn by `gumbel` noise [N, rows, n] (see [`crate::init::fill_gumbel`]): [N, rows, n].
    /// Nothing is differentiated through it.
    pub fn sample(self, gumbel: Node<'g>) -> Node<'g> {
        (self.logits + gumbel).largest_choice()
    }

    /// The most probable choice, the first of them at a tie: one-hot, [g, rows, n].
    pub fn mode(self) -> Node<'g> {
        self.logits.largest_choice()
    }

    /// -sum p ln p: [g, rows, 1], from 0 to ln n.
    pub fn entropy(self) -> Node<'g> {
        -(self.probs() * self.log_probs()).sum(Axis::Col)
    }

    /// KL(self || other) = sum p (ln p - ln q): [g, rows, 1].
    pub fn kl(self, other: Categorical<'g>) -> Node<'g> {
        (self.probs() * (self.log_probs() - other.log_probs())).sum(Axis::Col)
    }
}
