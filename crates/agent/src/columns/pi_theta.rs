//! Column 6: the parametric policy.

use serde::{Deserialize, Serialize};

/// The policy's family of distributions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PiTheta {
    /// The distribution.
    pub head: Head,
    /// How a Gaussian's infinite support meets a bounded action space.
    pub bounds: Bounds,
    /// The cost of an action or a mean outside the box, or of a large logit.
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
    /// One action, no noise: a density that is all at mu(s) (DDPG, TD3).
    Delta {
        /// The action.
        mean: Mean,
    },
}

/// The mean of a Gaussian head, or the action of one without noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mean {
    /// The network's output.
    Linear,
    /// tanh of the network's output (AWAC, DDPG, TD3).
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
    /// A parameter by dimension: e^p (PPO, TRPO).
    Exp {
        /// The standard deviation at the start.
        initial: f64,
    },
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

impl PiTheta {
    /// Its cell, for the policy with the given subscript.
    pub fn cell(self, parametric: char) -> String {
        let distribution = match self.head {
            Head::Softmax => "Softmax".to_owned(),
            Head::Delta { .. } => "μθ(s)".to_owned(),
            Head::Normal { std, .. } => {
                let spread = match std {
                    Std::ExpClamp { .. } | Std::Softplus { .. } | Std::Quadratic => "Σθ(s)",
                    Std::Learned | Std::Exp { .. } => "Σθ",
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
