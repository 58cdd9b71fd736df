//! The code details of Table 7: what no column says, and what the paper swaps as a whole.

mod decay;
mod details;
mod initialisers;

pub use decay::LrDecay;
pub(crate) use decay::linear;
pub use details::{AdvantageNorm, KlStop, RewardNorm, ValueLoss};
pub use initialisers::{BiasInit, CriticOutputInit, WeightInit};

use coadapt_nn::Act;
use coadapt_nn::mlp::{First, MlpConfig};
use coadapt_nn::optim::{OptimConfig, Rule};
use serde::{Deserialize, Serialize};

/// Adam's eps where nothing is written: that of Kingma & Ba 2015, and torch's default.
pub const USUAL_EPS: f64 = 1e-8;

/// Networks and their optimisers (Table 7).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Code {
    /// Hidden layers of the policy network.
    pub policy_sizes: Vec<usize>,
    /// Hidden layers of each critic.
    pub critic_sizes: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: Activation,
    /// Layer norm and tanh after the first linear layer, in place of the activation.
    pub layer_norm: bool,
    /// The activation after that layer's tanh too, as Appendix A lists it; absent where there is none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub activation_after_tanh: bool,
    /// Learning rate of the policy.
    pub policy_lr: f64,
    /// Learning rate of the critics.
    pub critic_lr: f64,
    /// How these learning rates go on; absent where they stay.
    #[serde(default, skip_serializing_if = "LrDecay::is_off")]
    pub lr_decay: LrDecay,
    /// How policy and critics are stepped.
    pub optimizer: OptimizerKind,
    /// Adam's eps for policy and critics, added to the root of the second moment; absent where it is 1e-8.
    #[serde(default = "usual_eps", skip_serializing_if = "is_usual_eps")]
    pub adam_eps: f64,
    /// Weights of all layers but the last, and of the critics' last layer where it has no initialiser of its own.
    pub weight_init: WeightInit,
    /// Weights of the policy's last layer.
    pub policy_output_init: WeightInit,
    /// Weights of the critics' last layer; absent where they are drawn as those of the other layers.
    #[serde(default, skip_serializing_if = "CriticOutputInit::is_as_hidden")]
    pub critic_output_init: CriticOutputInit,
    /// Biases of all layers but the policy's last.
    pub bias_init: BiasInit,
    /// Bias of the policy's last layer.
    pub policy_output_bias_init: BiasInit,
    /// Coefficient of the L2 term that policy and critics add to their gradients.
    pub weight_decay: f64,
    /// What is done to large gradients of policy and critics.
    pub gradient_clip: GradientClip,
    /// How the target networks follow.
    pub targets: Sync,
    /// Updates of the critics for one of the policy, its temperatures and all targets; absent where it is one.
    #[serde(default = "every_update", skip_serializing_if = "is_every_update")]
    pub policy_delay: u64,
    /// What is done to observations before any network sees them.
    pub input_norm: InputNorm,
    /// How exactly updates multiply matrices; absent where it is float32.
    #[serde(default, skip_serializing_if = "Precision::is_f32")]
    pub precision: Precision,
    /// What is done to the advantages of a rollout; absent where nothing is.
    #[serde(default, skip_serializing_if = "AdvantageNorm::is_off")]
    pub advantage_norm: AdvantageNorm,
    /// The regression of a rollout's critic; absent where it is plain.
    #[serde(default, skip_serializing_if = "ValueLoss::is_plain")]
    pub value_loss: ValueLoss,
    /// The worth of a policy's entropy in its loss on a rollout; absent where it is 0.
    #[serde(default, skip_serializing_if = "details::is_zero")]
    pub entropy_bonus: f64,
    /// When an iteration over a rollout ends early; absent where it never does.
    #[serde(default, skip_serializing_if = "KlStop::is_off")]
    pub kl_stop: KlStop,
    /// What is done to the rewards of a rollout; absent where nothing is.
    #[serde(default, skip_serializing_if = "RewardNorm::is_off")]
    pub reward_norm: RewardNorm,
}

fn every_update() -> u64 {
    1
}

fn is_every_update(delay: &u64) -> bool {
    *delay == every_update()
}

fn usual_eps() -> f64 {
    USUAL_EPS
}

fn is_usual_eps(eps: &f64) -> bool {
    *eps == USUAL_EPS
}

/// The arithmetic of the updates' large matrix products; everything else is float32, and so is acting.
///
/// The paper's results, and this program's unless they say otherwise, are float32's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// float32.
    #[default]
    F32,
    /// bf16 in three parts and six products.
    F32x6,
    /// bf16 in two parts and three products.
    Bf16x3,
    /// bf16.
    Bf16,
}

impl Precision {
    /// Whether it is the default.
    pub fn is_f32(&self) -> bool {
        *self == Precision::F32
    }
}

impl From<coadapt_nn::Precision> for Precision {
    fn from(precision: coadapt_nn::Precision) -> Self {
        match precision {
            coadapt_nn::Precision::F32 => Precision::F32,
            coadapt_nn::Precision::F32x6 => Precision::F32x6,
            coadapt_nn::Precision::Bf16x3 => Precision::Bf16x3,
            coadapt_nn::Precision::Bf16 => Precision::Bf16,
        }
    }
}

impl From<Precision> for coadapt_nn::Precision {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::F32 => coadapt_nn::Precision::F32,
            Precision::F32x6 => coadapt_nn::Precision::F32x6,
            Precision::Bf16x3 => coadapt_nn::Precision::Bf16x3,
            Precision::Bf16 => coadapt_nn::Precision::Bf16,
        }
    }
}

/// An activation by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(x, 0)
    Relu,
    /// x if x > 0, else e^x - 1
    Elu,
    /// tanh x
    Tanh,
}

/// An optimiser.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OptimizerKind {
    /// Adam, betas .9 and .999, eps [`Code::adam_eps`].
    Adam,
    /// Stochastic gradient descent.
    Sgd {
        /// Momentum.
        momentum: f64,
    },
}

/// What is done to large gradients.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum GradientClip {
    /// Nothing.
    Off,
    /// Scaled down to this global norm, each network's by itself: of twin critics each critic's, as in the released code.
    Norm {
        /// The norm.
        max: f64,
    },
}

/// How a target network follows its network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Sync {
    /// A step of `tau` towards it at each update.
    Soft {
        /// The step.
        tau: f64,
    },
    /// A copy every `period` updates.
    Hard {
        /// Updates between copies.
        period: u64,
    },
}

/// What is done to observations before any network sees them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum InputNorm {
    /// Nothing.
    Off,
    /// (x - mean) / max(sqrt(variance + variance_eps), std_floor), clipped; by dimension, over what was seen.
    Running {
        /// Which observations count.
        ingest: Ingest,
        /// Added to the variance.
        variance_eps: f64,
        /// Smallest standard deviation.
        std_floor: f64,
        /// Largest absolute value of what the networks see.
        clip: f64,
        /// The environment step after which mean and variance stay what they are.
        until: u64,
    },
}

/// The observations that a running mean and variance are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ingest {
    /// Each one acted on.
    Each,
    /// Those of new episodes: before the first iteration over data, and after the later ones.
    NewEpisodes,
    /// All that are stored and were acted on, in each iteration over data once there are returns for its critic, as the
    /// released code has it: old ones count again and again, the last observation of an episode never.
    Buffer,
}

impl From<Activation> for Act {
    fn from(activation: Activation) -> Act {
        match activation {
            Activation::Relu => Act::Relu,
            Activation::Elu => Act::Elu,
            Activation::Tanh => Act::Tanh,
        }
    }
}

impl Code {
    /// These details with the architecture of `other`, all that Appendix H.2 exchanges: sizes, activation, first
    /// layer, optimiser with its numbers (Adam's eps among them) and learning rates, every initialiser, input normaliser.
    ///
    /// Weight decay, gradient clip, the targets' pace, the policy's delay, the precision and the details of rollouts stay
    /// with the algorithm; and so does the fall of learning rates, whose length is that of the algorithm's run.
    pub fn with_architecture_of(&self, other: &Code) -> Code {
        let Code { weight_decay, gradient_clip, targets, policy_delay, precision, lr_decay, .. } = *self;
        let Code { advantage_norm, value_loss, entropy_bonus, kl_stop, reward_norm, .. } = *self;
        let swapped =
            Code { weight_decay, gradient_clip, targets, policy_delay, precision, lr_decay, ..other.clone() };
        Code { advantage_norm, value_loss, entropy_bonus, kl_stop, reward_norm, ..swapped }
    }

    fn network(&self, inputs: usize, hidden: &[usize], outputs: usize) -> MlpConfig {
        MlpConfig {
            inputs,
            hidden: hidden.to_vec(),
            outputs,
            act: self.activation.into(),
            first: match (self.layer_norm, self.activation_after_tanh) {
                (true, true) => First::LayerNormTanhAct,
                (true, false) => First::LayerNormTanh,
                (false, _) => First::Plain,
            },
            hidden_init: self.weight_init.into(),
            output_init: self.weight_init.into(),
            bias_init: self.bias_init.into(),
            output_bias_init: self.bias_init.into(),
            groups: 1,
        }
    }

    /// The policy network.
    pub fn policy_network(&self, obs_dim: usize, outputs: usize) -> MlpConfig {
        MlpConfig {
            output_init: self.policy_output_init.into(),
            output_bias_init: self.policy_output_bias_init.into(),
            ..self.network(obs_dim, &self.policy_sizes, outputs)
        }
    }

    /// `count` critics of observation and action, side by side.
    pub fn critic_network(&self, inputs: usize, count: usize) -> MlpConfig {
        let output_init = self.critic_output_init.or(self.weight_init).into();
        MlpConfig { groups: count, output_init, ..self.network(inputs, &self.critic_sizes, 1) }
    }

    /// The optimiser of policy or critics, at learning rate `lr`.
    pub fn optim(&self, lr: f64) -> OptimConfig {
        let rule = match self.optimizer {
            OptimizerKind::Adam => Rule::Adam { beta1: 0.9, beta2: 0.999, eps: self.adam_eps as f32 },
            OptimizerKind::Sgd { momentum } => Rule::Sgd { momentum: momentum as f32 },
        };
        let clip_norm = match self.gradient_clip {
            GradientClip::Off => f32::INFINITY,
            GradientClip::Norm { max } => max as f32,
        };
        OptimConfig { rule, lr: lr as f32, weight_decay: self.weight_decay as f32, clip_norm }
    }
}
