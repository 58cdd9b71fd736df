//! Column 6: the parametric policy.

use coadapt_nn::Node;
use coadapt_nn::dist::{Gaussian, TanhGaussian};
use serde::{Deserialize, Serialize};

/// The policy's family of distributions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PiTheta {
    /// Smallest log standard deviation; the derivative below is zero.
    pub log_std_min: f64,
    /// Largest log standard deviation; the derivative above is zero.
    pub log_std_max: f64,
    /// How actions are kept inside the box.
    pub bounds: Bounds,
}

/// How a Gaussian's infinite support meets a bounded action space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bounds {
    /// Not at all.
    None,
    /// a = tanh u, u Gaussian.
    Tanh,
}

/// The policy's distribution at a batch of states: mean and log standard deviation before any squashing.
#[derive(Clone, Copy)]
pub struct Policy<'g> {
    head: PiTheta,
    /// Mean of the Gaussian, [1, B, D].
    pub mean: Node<'g>,
    /// Log standard deviation of the Gaussian, [1, B, D].
    pub log_std: Node<'g>,
}

impl PiTheta {
    /// How many numbers the network gives for `action_dim` dimensions.
    pub fn outputs(self, action_dim: usize) -> usize {
        2 * action_dim
    }

    /// The distribution the network's output [1, B, 2D] stands for.
    pub fn policy(self, output: Node<'_>) -> Policy<'_> {
        let dim = output.shape().cols / 2;
        let log_std = output.columns(dim, dim).clamp(self.log_std_min as f32, self.log_std_max as f32);
        Policy { head: self, mean: output.columns(0, dim), log_std }
    }
}

impl<'g> Policy<'g> {
    /// An action [.., D] and its log probability [.., 1], differentiable, from standard normal noise.
    pub fn sample(self, noise: Node<'g>) -> (Node<'g>, Node<'g>) {
        let Policy { mean, log_std, .. } = self;
        match self.head.bounds {
            Bounds::Tanh => TanhGaussian { mean, log_std }.sample_and_log_prob(noise),
            Bounds::None => {
                let gaussian = Gaussian { mean, std: log_std.exp() };
                let action = gaussian.sample(noise);
                (action, gaussian.log_prob(action))
            }
        }
    }

    /// The action without noise: the mean, squashed like the samples.
    pub fn mode(self) -> Node<'g> {
        match self.head.bounds {
            Bounds::Tanh => self.mean.tanh(),
            Bounds::None => self.mean * 1.0,
        }
    }
}

impl std::fmt::Display for PiTheta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.bounds {
            Bounds::Tanh => write!(f, "π_q = Tanh(N(μθ(s), Σθ(s)))"),
            Bounds::None => write!(f, "π_q = N(μθ(s), Σθ(s))"),
        }
    }
}
