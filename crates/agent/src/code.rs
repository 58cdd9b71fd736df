//! The code details of Table 7: what no column says, and what the paper swaps as a whole.

use coadapt_nn::Act;
use coadapt_nn::init::Init;
use coadapt_nn::mlp::{First, MlpConfig};
use serde::{Deserialize, Serialize};

/// Networks and their optimisers (Table 7).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Hidden layers of the policy network.
    pub policy_sizes: Vec<usize>,
    /// Hidden layers of each critic.
    pub critic_sizes: Vec<usize>,
    /// Activation of the hidden layers.
    pub activation: Activation,
    /// Layer norm and tanh after the first linear layer, in place of the activation.
    pub layer_norm: bool,
    /// Gain of the Xavier-uniform weights of the policy's last layer.
    pub policy_output_gain: f64,
    /// Adam's learning rate for the policy.
    pub policy_lr: f64,
    /// Adam's learning rate for the critics.
    pub critic_lr: f64,
    /// The target critics move this far towards the critics at each update.
    pub target_tau: f64,
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
    fn network(&self, inputs: usize, hidden: &[usize], outputs: usize) -> MlpConfig {
        MlpConfig {
            inputs,
            hidden: hidden.to_vec(),
            outputs,
            act: self.activation.into(),
            first: if self.layer_norm { First::LayerNormTanh } else { First::Plain },
            hidden_init: Init::XavierUniform { gain: 1.0 },
            output_init: Init::XavierUniform { gain: 1.0 },
            // torch's default, which the released code leaves in place.
            bias_init: Init::FanIn,
            output_bias_init: Init::FanIn,
            groups: 1,
        }
    }

    /// The policy network.
    pub fn policy_network(&self, obs_dim: usize, outputs: usize) -> MlpConfig {
        let output_init = Init::XavierUniform { gain: self.policy_output_gain as f32 };
        MlpConfig { output_init, ..self.network(obs_dim, &self.policy_sizes, outputs) }
    }

    /// `count` critics of observation and action, side by side.
    pub fn critic_network(&self, inputs: usize, count: usize) -> MlpConfig {
        MlpConfig { groups: count, ..self.network(inputs, &self.critic_sizes, 1) }
    }
}
