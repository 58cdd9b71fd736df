//! Column 6: the parametric policy.

use coadapt_nn::dist::{Categorical, Gaussian, TanhGaussian};
use coadapt_nn::{Axis, Node, Shape};
use serde::{Deserialize, Serialize};

/// Smallest standard deviation of the softplus form.
const SOFTPLUS_STD_FLOOR: f32 = 1e-6;

/// The policy's family of distributions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PiTheta {
    /// The distribution.
    pub head: Head,
    /// How a Gaussian's infinite support meets a bounded action space.
    pub bounds: Bounds,
    /// What an action or a mean outside the box costs, or a large logit.
    pub penalty: Penalty,
}

/// The distribution over actions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Head {
    /// A Gaussian with diagonal covariance.
    Normal {
        /// Its mean.
        mean: Mean,
        /// Its standard deviation.
        std: Std,
    },
    /// Probabilities of discrete actions, which are one-hot vectors; the network gives the logits.
    Softmax,
    /// One action, no noise (DDPG, TD3).
    Delta,
}

/// The mean of a Gaussian head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mean {
    /// The network's output.
    Linear,
    /// tanh of the network's output (AWAC).
    Tanh,
}

/// The standard deviation of a Gaussian head.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Std {
    /// Of the state: e^y, y an output clamped to [min, max], with no derivative outside (SAC).
    ExpClamp {
        /// Smallest log standard deviation.
        min: f64,
        /// Largest log standard deviation.
        max: f64,
    },
    /// Of the state: softplus of an output, scaled to be `initial` where the output is 0, plus 1e-6 (MPO).
    Softplus {
        /// The standard deviation of an output of 0.
        initial: f64,
    },
    /// A parameter by dimension: the root of softplus(p), p = 0 at the start (AWAC).
    Learned,
    /// A constant (AWR).
    Constant {
        /// The standard deviation.
        value: f64,
    },
    /// A quadratic form of the features (PoWER).
    Quadratic,
}

/// The map from the Gaussian's samples to actions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Bounds {
    /// None: the samples are the actions.
    None,
    /// a = tanh u, u Gaussian. Actions whose probability is asked for are kept `inset` inside the box.
    Tanh {
        /// Distance from the edge; at 0 an action at the edge has infinite log probability (Table 15).
        inset: f64,
    },
}

/// What being outside the box costs. Where `bounds` keep every action inside, it costs nothing. A softmax policy has
/// no box, but logits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Penalty {
    /// Nothing.
    Off,
    /// Half the squared distance of the policy's action without noise (AWR).
    MeanL2 {
        /// Its coefficient.
        coefficient: f64,
    },
    /// A second objective with a temperature of its own, the distance of sampled actions (MPO).
    Samples {
        /// Samples a state, drawn for it alone; 0 shares those of the E-step.
        samples: usize,
        /// The bound on its KL.
        epsilon: f64,
        /// x of its temperature softplus(x) + 1e-8 at the start.
        initial_raw: f64,
        /// Learning rate of x (Adam).
        lr: f64,
    },
    /// Half the squared length of a softmax policy's logits (AWR on discrete actions).
    LogitL2 {
        /// Its coefficient.
        coefficient: f64,
    },
}

/// The policy's distribution at a batch of states.
#[derive(Clone, Copy)]
pub enum Policy<'g> {
    /// Over actions of D numbers.
    Normal(NormalPolicy<'g>),
    /// Over D one-hot actions.
    Softmax(Categorical<'g>),
}

/// A Gaussian policy, squashed or not.
#[derive(Clone, Copy)]
pub struct NormalPolicy<'g> {
    bounds: Bounds,
    /// Mean before any squashing, [1, B, D].
    pub mean: Node<'g>,
    /// Log standard deviation before any squashing, [1, B, D] or [1, 1, D].
    pub log_std: Node<'g>,
    /// Standard deviation before any squashing.
    pub std: Node<'g>,
}

impl PiTheta {
    /// How many numbers the network gives for `action_dim` dimensions.
    pub fn outputs(self, action_dim: usize) -> usize {
        match self.head {
            Head::Normal { std: Std::ExpClamp { .. } | Std::Softplus { .. }, .. } => 2 * action_dim,
            Head::Normal { .. } | Head::Softmax | Head::Delta => action_dim,
        }
    }

    /// Whether the standard deviation is a parameter of its own.
    pub fn has_std_parameter(self) -> bool {
        matches!(self.head, Head::Normal { std: Std::Learned, .. })
    }

    /// The distribution that the network's `output` stands for; `parameter` [1, 1, D] where the standard deviation
    /// is one. `None` for a head that does not run.
    pub fn policy<'g>(self, output: Node<'g>, parameter: Option<Node<'g>>) -> Option<Policy<'g>> {
        match self.head {
            Head::Normal { mean, std } => self.normal((mean, std), output, parameter).map(Policy::Normal),
            Head::Softmax => Some(Policy::Softmax(Categorical { logits: output })),
            Head::Delta => None,
        }
    }

    fn normal<'g>(
        self,
        (mean, std): (Mean, Std),
        output: Node<'g>,
        parameter: Option<Node<'g>>,
    ) -> Option<NormalPolicy<'g>> {
        let cols = output.shape().cols;
        let (dim, spread) = match std {
            Std::ExpClamp { .. } | Std::Softplus { .. } => (cols / 2, output.columns(cols / 2, cols / 2)),
            Std::Learned => (cols, parameter?),
            Std::Constant { .. } => (cols, output),
            Std::Quadratic => return None,
        };
        let center = output.columns(0, dim);
        let center = if mean == Mean::Tanh { center.tanh() } else { center };
        let (log_std, std) = match std {
            Std::ExpClamp { min, max } => {
                let log_std = spread.clamp(min as f32, max as f32);
                (log_std, log_std.exp())
            }
            Std::Softplus { initial } => {
                let scale = (initial / std::f64::consts::LN_2) as f32;
                let std = spread.softplus() * scale + SOFTPLUS_STD_FLOOR;
                (std.log(), std)
            }
            Std::Learned => {
                let variance = spread.softplus();
                (0.5 * variance.log(), variance.sqrt())
            }
            Std::Constant { value } => {
                let by_dim = |x: f64| output.number(x as f32).stretched(Shape::new(1, 1, dim));
                (by_dim(value.ln()), by_dim(value))
            }
            Std::Quadratic => return None,
        };
        Some(NormalPolicy { bounds: self.bounds, mean: center, log_std, std })
    }
}

impl<'g> Policy<'g> {
    /// Actions [N, B, D] and their log probabilities [N, B, 1] from noise [N, B, D]: standard normal of a Gaussian,
    /// differentiable; Gumbel's of a softmax, not differentiable.
    pub fn sample(self, noise: Node<'g>) -> (Node<'g>, Node<'g>) {
        match self {
            Policy::Normal(policy) => policy.sample(noise),
            Policy::Softmax(policy) => {
                let action = policy.sample(noise);
                (action, policy.log_prob(action))
            }
        }
    }

    /// ln pi(a|s) of given actions [N, B, D]: [N, B, 1].
    pub fn log_prob(self, actions: Node<'g>) -> Node<'g> {
        match self {
            Policy::Normal(policy) => policy.log_prob(actions),
            Policy::Softmax(policy) => policy.log_prob(actions),
        }
    }

    /// The action without noise: [1, B, D].
    pub fn mode(self) -> Node<'g> {
        match self {
            Policy::Normal(policy) => policy.mode(),
            Policy::Softmax(policy) => policy.mode(),
        }
    }

    /// Entropy before any squashing: [1, B, 1].
    pub fn entropy(self) -> Node<'g> {
        match self {
            Policy::Normal(policy) => policy.gaussian().entropy(),
            Policy::Softmax(policy) => policy.entropy(),
        }
    }

    /// It, if it is a Gaussian.
    pub fn normal(self) -> Option<NormalPolicy<'g>> {
        if let Policy::Normal(policy) = self { Some(policy) } else { None }
    }

    /// It, if it is a softmax.
    pub fn softmax(self) -> Option<Categorical<'g>> {
        if let Policy::Softmax(policy) = self { Some(policy) } else { None }
    }
}

impl<'g> NormalPolicy<'g> {
    /// The distribution before any squashing.
    pub fn gaussian(self) -> Gaussian<'g> {
        Gaussian { mean: self.mean, std: self.std }
    }

    /// Actions [N, B, D] and their log probabilities [N, B, 1], differentiable, from noise [N, B, D].
    pub fn sample(self, noise: Node<'g>) -> (Node<'g>, Node<'g>) {
        match self.bounds {
            Bounds::Tanh { .. } => {
                TanhGaussian { mean: self.mean, log_std: self.log_std }.sample_and_log_prob(noise)
            }
            Bounds::None => {
                let action = self.gaussian().sample(noise);
                (action, self.gaussian().log_prob(action))
            }
        }
    }

    /// Given actions [N, B, D] as the Gaussian sees them: artanh of them, kept inside the box, where it is
    /// squashed. The second value is what the squashing takes off the log probability, [N, B, 1].
    pub fn unsquashed(self, actions: Node<'g>) -> (Node<'g>, Option<Node<'g>>) {
        let Bounds::Tanh { inset } = self.bounds else { return (actions, None) };
        let edge = (1.0 - inset) as f32;
        let u = actions.clamp(-edge, edge).atanh();
        let jacobian = 2.0 * (std::f32::consts::LN_2 - u - (-2.0 * u).softplus());
        (u, Some(jacobian.sum(Axis::Col)))
    }

    /// ln pi(a|s) of given actions [N, B, D]: [N, B, 1].
    pub fn log_prob(self, actions: Node<'g>) -> Node<'g> {
        let (u, jacobian) = self.unsquashed(actions);
        let log_prob = self.gaussian().log_prob(u);
        match jacobian {
            Some(jacobian) => log_prob - jacobian,
            None => log_prob,
        }
    }

    /// The action without noise: the mean, squashed like the samples.
    pub fn mode(self) -> Node<'g> {
        match self.bounds {
            Bounds::Tanh { .. } => self.mean.tanh(),
            Bounds::None => self.mean,
        }
    }
}

impl PiTheta {
    /// Its cell, for the policy with the given subscript.
    pub fn cell(self, parametric: char) -> String {
        let distribution = match self.head {
            Head::Softmax => "Softmax".to_owned(),
            Head::Delta => "μθ(s)".to_owned(),
            Head::Normal { std, .. } => {
                let spread = match std {
                    Std::ExpClamp { .. } | Std::Softplus { .. } | Std::Quadratic => "Σθ(s)",
                    Std::Learned => "Σθ",
                    Std::Constant { .. } => "Σ",
                };
                format!("N(μθ(s), {spread})")
            }
        };
        match self.bounds {
            Bounds::Tanh { .. } => format!("π_{parametric} = Tanh({distribution})"),
            _ => format!("π_{parametric} = {distribution}"),
        }
    }
}
