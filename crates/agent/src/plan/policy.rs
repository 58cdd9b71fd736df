//! The policy of a plan: what a network's output stands for, and what actions outside the box cost.

use crate::columns::{Bounds, Mean, Penalty};
use coadapt_nn::dist::{Categorical, Gaussian, TanhGaussian};
use coadapt_nn::{Axis, Node, Shape};

/// Smallest standard deviation of the softplus form.
const SOFTPLUS_STD_FLOOR: f32 = 1e-6;

/// The policy's family of distributions and its cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolicyForm {
    /// The distribution.
    pub head: Head,
    /// The cost of an action or a mean outside the box, or of a large logit.
    pub penalty: Penalty,
}

/// A distribution over actions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Head {
    /// A Gaussian with diagonal covariance.
    Normal {
        /// Its mean.
        mean: Mean,
        /// Its standard deviation.
        std: Spread,
        /// The map from its samples to actions.
        bounds: Bounds,
    },
    /// Probabilities of discrete actions, which are one-hot vectors.
    Softmax,
    /// One action, no noise.
    Delta {
        /// The action.
        mean: Mean,
    },
}

/// The standard deviation of a Gaussian head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spread {
    /// e^y, y an output clamped to [min, max], with no derivative outside.
    ExpClamp {
        /// Smallest log standard deviation.
        min: f64,
        /// Largest log standard deviation.
        max: f64,
    },
    /// softplus of an output, scaled to be `initial` where the output is 0, plus 1e-6.
    Softplus {
        /// The standard deviation of an output of 0.
        initial: f64,
    },
    /// The root of softplus(p), p a parameter by dimension, 0 at the start.
    Learned,
    /// e^p, p a parameter by dimension.
    Exp {
        /// The standard deviation at the start.
        initial: f64,
    },
    /// A constant.
    Constant {
        /// The standard deviation.
        value: f64,
    },
}

/// The policy's distribution at a batch of states.
#[derive(Clone, Copy)]
pub enum Policy<'g> {
    /// Over actions of D numbers.
    Normal(NormalPolicy<'g>),
    /// Over D one-hot actions.
    Softmax(Categorical<'g>),
    /// All at one action.
    Delta(DeltaPolicy<'g>),
}

/// A policy of one action a state.
#[derive(Clone, Copy)]
pub struct DeltaPolicy<'g> {
    /// The action before any squashing, [1, B, D].
    pub output: Node<'g>,
    /// The action, [1, B, D].
    pub action: Node<'g>,
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

impl PolicyForm {
    /// How many numbers the network gives for `action_dim` dimensions.
    pub fn outputs(self, action_dim: usize) -> usize {
        match self.head {
            Head::Normal { std: Spread::ExpClamp { .. } | Spread::Softplus { .. }, .. } => 2 * action_dim,
            Head::Normal { std: Spread::Learned | Spread::Exp { .. } | Spread::Constant { .. }, .. }
            | Head::Softmax
            | Head::Delta { .. } => action_dim,
        }
    }

    /// Whether the standard deviation is a parameter of its own.
    pub fn has_std_parameter(self) -> bool {
        self.std_parameter().is_some()
    }

    /// Where that parameter begins, where there is one.
    pub fn std_parameter(self) -> Option<f32> {
        match self.head {
            Head::Normal { std: Spread::Learned, .. } => Some(0.0),
            Head::Normal { std: Spread::Exp { initial }, .. } => Some(initial.ln() as f32),
            Head::Normal {
                std: Spread::ExpClamp { .. } | Spread::Softplus { .. } | Spread::Constant { .. },
                ..
            }
            | Head::Softmax
            | Head::Delta { .. } => None,
        }
    }

    /// How many numbers say which distribution it is at a state: see [`Policy::written`].
    pub fn width(self, action_dim: usize) -> usize {
        match self.head {
            Head::Normal { .. } => 2 * action_dim,
            Head::Softmax | Head::Delta { .. } => action_dim,
        }
    }

    /// The distribution that was [`written`](Policy::written) as `numbers` [1, B, W].
    ///
    /// # Panics
    /// Where the policy has no noise.
    pub fn read(self, numbers: Node<'_>) -> Policy<'_> {
        match self.head {
            Head::Normal { bounds, .. } => {
                let dim = numbers.shape().cols / 2;
                let (mean, std) = (numbers.columns(0, dim), numbers.columns(dim, dim));
                Policy::Normal(NormalPolicy { bounds, mean, log_std: std.log(), std })
            }
            Head::Softmax => Policy::Softmax(Categorical { logits: numbers }),
            Head::Delta { .. } => panic!("a distribution is asked for of a policy without noise"),
        }
    }

    /// The distribution that the network's `output` stands for; `parameter` [1, 1, D] where
    /// [`PolicyForm::has_std_parameter`].
    ///
    /// # Panics
    /// Without a parameter that there must be.
    pub fn policy<'g>(self, output: Node<'g>, parameter: Option<Node<'g>>) -> Policy<'g> {
        match self.head {
            Head::Normal { mean, std, bounds } => {
                Policy::Normal(normal((mean, std, bounds), output, parameter))
            }
            Head::Softmax => Policy::Softmax(Categorical { logits: output }),
            Head::Delta { mean } => Policy::Delta(DeltaPolicy { output, action: centre(mean, output) }),
        }
    }
}

/// What a network's output stands for as a mean.
fn centre(mean: Mean, output: Node<'_>) -> Node<'_> {
    match mean {
        Mean::Linear => output,
        Mean::Tanh => output.tanh(),
    }
}

fn normal<'g>(
    (mean, std, bounds): (Mean, Spread, Bounds),
    output: Node<'g>,
    parameter: Option<Node<'g>>,
) -> NormalPolicy<'g> {
    let cols = output.shape().cols;
    let dim = match std {
        Spread::ExpClamp { .. } | Spread::Softplus { .. } => cols / 2,
        Spread::Learned | Spread::Exp { .. } | Spread::Constant { .. } => cols,
    };
    let spread = match std {
        Spread::ExpClamp { .. } | Spread::Softplus { .. } => Some(output.columns(dim, dim)),
        Spread::Learned | Spread::Exp { .. } => parameter,
        Spread::Constant { .. } => None,
    };
    let center = centre(mean, output.columns(0, dim));
    let (log_std, std) = match (std, spread) {
        (Spread::ExpClamp { min, max }, Some(spread)) => {
            let log_std = spread.clamp(min as f32, max as f32);
            (log_std, log_std.exp())
        }
        (Spread::Softplus { initial }, Some(spread)) => {
            let scale = (initial / std::f64::consts::LN_2) as f32;
            let std = spread.softplus() * scale + SOFTPLUS_STD_FLOOR;
            (std.log(), std)
        }
        (Spread::Learned, Some(parameter)) => {
            let variance = parameter.softplus();
            (0.5 * variance.log(), variance.sqrt())
        }
        (Spread::Exp { .. }, Some(log_std)) => (log_std, log_std.exp()),
        (Spread::Constant { value }, _) => {
            let by_dim = |x: f64| output.number(x as f32).broadcast_to(Shape::new(1, 1, dim));
            (by_dim(value.ln()), by_dim(value))
        }
        (std, None) => panic!("a standard deviation {std:?} without the numbers it is made of"),
    };
    NormalPolicy { bounds, mean: center, log_std, std }
}

impl<'g> Policy<'g> {
    /// Actions [N, B, D] and their log probabilities [N, B, 1] from noise [N, B, D], which is asked for only where it is
    /// used: standard normal of a Gaussian, differentiable; Gumbel's of a softmax, not differentiable. Of a policy without
    /// noise it is the action [1, B, D], differentiable, which has no density and so no log probability.
    pub fn sample(self, noise: impl FnOnce() -> Node<'g>) -> (Node<'g>, Option<Node<'g>>) {
        match self {
            Policy::Normal(policy) => {
                let (action, log_prob) = policy.sample(noise());
                (action, Some(log_prob))
            }
            Policy::Softmax(policy) => {
                let action = policy.sample(noise());
                (action, Some(policy.log_prob(action)))
            }
            Policy::Delta(policy) => (policy.action, None),
        }
    }

    /// ln pi(a|s) of given actions [N, B, D]: [N, B, 1].
    ///
    /// # Panics
    /// Where the policy has no noise.
    pub fn log_prob(self, actions: Node<'g>) -> Node<'g> {
        match self {
            Policy::Normal(policy) => policy.log_prob(actions),
            Policy::Softmax(policy) => policy.log_prob(actions),
            Policy::Delta(_) => panic!("a log probability is asked for of a policy without noise"),
        }
    }

    /// The numbers that say which distribution it is at each state, [1, B, W]: mean and standard deviation before any
    /// squashing, or logits.
    ///
    /// # Panics
    /// Where the policy has no noise.
    pub fn written(self) -> Node<'g> {
        match self {
            Policy::Normal(policy) => {
                let std = policy.std.broadcast_to(policy.mean.shape());
                Node::concat(&[policy.mean, std])
            }
            Policy::Softmax(policy) => policy.logits,
            Policy::Delta(_) => panic!("a distribution is asked for of a policy without noise"),
        }
    }

    /// The action without noise: [1, B, D].
    pub fn mode(self) -> Node<'g> {
        match self {
            Policy::Normal(policy) => policy.mode(),
            Policy::Softmax(policy) => policy.mode(),
            Policy::Delta(policy) => policy.action,
        }
    }

    /// Entropy before any squashing: [1, B, 1].
    ///
    /// # Panics
    /// Where the policy has no noise.
    pub fn entropy(self) -> Node<'g> {
        match self {
            Policy::Normal(policy) => policy.gaussian().entropy(),
            Policy::Softmax(policy) => policy.entropy(),
            Policy::Delta(_) => panic!("an entropy is asked for of a policy without noise"),
        }
    }

    /// KL(self || other) by state, [1, B, 1], in closed form. Squashing both Gaussians by one
    /// tanh leaves it as it is.
    ///
    /// # Panics
    /// Where the two are of unlike kinds, or have no noise.
    pub fn kl(self, other: Policy<'g>) -> Node<'g> {
        match (self, other) {
            (Policy::Normal(policy), Policy::Normal(other)) => policy.gaussian().kl(other.gaussian()),
            (Policy::Softmax(policy), Policy::Softmax(other)) => policy.kl(other),
            (Policy::Normal(_), Policy::Softmax(_)) | (Policy::Softmax(_), Policy::Normal(_)) => {
                panic!("a divergence between a Gaussian and a softmax")
            }
            (Policy::Delta(_), _) | (_, Policy::Delta(_)) => {
                panic!("a divergence is asked for of a policy without noise")
            }
        }
    }

    /// The Gaussian that it is.
    ///
    /// # Panics
    /// Where it is none.
    pub fn normal(self) -> NormalPolicy<'g> {
        match self {
            Policy::Normal(policy) => policy,
            Policy::Softmax(_) | Policy::Delta(_) => {
                panic!("a Gaussian policy is asked for where the plan has another")
            }
        }
    }

    /// The softmax that it is.
    ///
    /// # Panics
    /// Where it is none.
    pub fn softmax(self) -> Categorical<'g> {
        match self {
            Policy::Softmax(policy) => policy,
            Policy::Normal(_) | Policy::Delta(_) => {
                panic!("a softmax policy is asked for where the plan has another")
            }
        }
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
