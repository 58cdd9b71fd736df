//! One recipe an algorithm: everything that goes with its name, in one place.

mod awac;
mod awr;
mod ddpg;
mod mpo;
mod ppo;
mod sac;
mod small;
mod td3;
mod trpo;
mod vmpo;

#[cfg(test)]
pub(crate) use {
    awac::awac, awr::awr, awr::awr_xbp, ddpg::ddpg, mpo::mpo, ppo::ppo, ppo::ppo_clip, sac::sac, td3::td3,
    vmpo::vmpo,
};

use super::warnings::Warning;
use crate::code::{
    Activation, AdvantageNorm, BiasInit, Code, CriticOutputInit, GradientClip, InputNorm, KlStop, LrDecay,
    OptimizerKind, Precision, RewardNorm, Sync, USUAL_EPS, ValueLoss, WeightInit,
};
use crate::collect::Collect;
use crate::exploration::Exploration;
use crate::method::Method;
use crate::paper::sizes::MEDIUM;
use crate::plan::Posterior;
use crate::row::Row;
use crate::schedule::Schedule;
use coadapt_envs::Spec;

/// An algorithm under its name.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recipe {
    /// The name, as it is typed.
    pub name: &'static str,
    /// The name of its row in Table 1.
    pub table_row: &'static str,
    /// Who published it, and whose numbers it runs with.
    pub references: &'static [&'static str],
    /// Every place where what runs is not what Tables 1 and 7 print.
    pub deviations: &'static [Deviation],
    /// The method, before anything goes with a task.
    pub(super) method: fn() -> Method,
    /// Puts in the numbers that go with a task, and says whose they are.
    pub(super) per_task: fn(&mut Method, &str) -> Settings,
    /// The form on discrete actions, if there is one.
    pub(super) discrete: Option<Discrete>,
    /// Pairings that were seen to fail with this algorithm.
    pub(super) warnings: fn(&Method, &str) -> Vec<Warning>,
}

/// The form of an algorithm on discrete actions.
#[derive(Debug)]
pub(super) struct Discrete {
    /// Gives a method this form on a task.
    pub(super) adapt: fn(&mut Method, &str),
    /// Where the form leaves the paper's tables, beside what the algorithm leaves anyway.
    pub(super) deviations: &'static [Deviation],
}

/// A place where what runs leaves the paper's tables, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deviation {
    /// The place, as an override would name it.
    pub path: &'static str,
    /// The table's words, what runs instead, and why.
    pub what: &'static str,
}

/// The source of a method's numbers for a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settings {
    /// Nobody's: none of its numbers goes with a task.
    Same,
    /// A table, or the released code.
    From(&'static str),
    /// Ours, for a small task that the paper does not have.
    Ours,
    /// Nobody: there are numbers that go with a task, and none for this one.
    Missing(&'static str),
}

/// Every recipe.
pub const RECIPES: [&Recipe; 11] = [
    &sac::SAC,
    &mpo::MPO,
    &awac::AWAC,
    &awr::AWR,
    &awr::AWR_XBP,
    &ppo::PPO,
    &ppo::PPO_CLIP,
    &vmpo::VMPO,
    &trpo::TRPO,
    &ddpg::DDPG,
    &td3::TD3,
];

impl std::fmt::Display for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Settings::Same => write!(f, "none of its numbers goes with a task"),
            Settings::From(source) => write!(f, "numbers for this task from {source}"),
            Settings::Ours => write!(f, "our own numbers: the paper has no such task"),
            Settings::Missing(what) => write!(f, "{what}"),
        }
    }
}

/// The name of a task without its version.
fn unversioned(task: &str) -> &str {
    task.rsplit_once("-v").map_or(task, |(name, _)| name)
}

/// `row` with networks of SAC, and experience as its posterior needs it.
pub(crate) fn composed(row: Row, posterior: Posterior) -> Method {
    let collect = match posterior {
        Posterior::OverData { .. } => awr::EVERY_3000_STEPS,
        Posterior::Top { .. } | Posterior::Surrogate(_) => ppo::EVERY_2048_STEPS,
        Posterior::Reparameterised { .. }
        | Posterior::PerState { .. }
        | Posterior::AllActions { .. }
        | Posterior::PerBatch { .. } => EVERY_STEP,
    };
    method(row, medium(), collect)
}

fn method(row: Row, code: Code, collect: Collect) -> Method {
    let Row { family, pi_q, pi_p, g, estimate, pi } = row;
    let schedule = Schedule { eval_every: 20_000, eval_episodes: 10, bias_episodes: 2, log_every: 1_000 };
    Method { family, g, pi_q, pi_p, estimate, pi, code, collect, schedule }
}

/// Networks of SAC and AWAC: medium size, ReLU, Xavier.
fn medium() -> Code {
    let xavier = WeightInit::XavierUniform { gain: 1.0 };
    Code {
        policy_sizes: MEDIUM.policy.to_vec(),
        critic_sizes: MEDIUM.critic.to_vec(),
        activation: Activation::Relu,
        layer_norm: false,
        activation_after_tanh: false,
        policy_lr: 3e-4,
        critic_lr: 3e-4,
        lr_decay: LrDecay::Off,
        optimizer: OptimizerKind::Adam,
        adam_eps: USUAL_EPS,
        weight_init: xavier,
        policy_output_init: xavier,
        critic_output_init: CriticOutputInit::AsHidden,
        bias_init: BiasInit::FanIn,
        policy_output_bias_init: BiasInit::FanIn,
        weight_decay: 0.0,
        gradient_clip: GradientClip::Off,
        targets: Sync::Soft { tau: 5e-3 },
        policy_delay: 1,
        input_norm: InputNorm::Off,
        precision: Precision::F32,
        advantage_norm: AdvantageNorm::Off,
        value_loss: ValueLoss::Plain,
        entropy_bonus: 0.0,
        kl_stop: KlStop::Off,
        reward_norm: RewardNorm::Off,
    }
}

/// One update a step on 256 transitions, after 10,000 random steps.
const EVERY_STEP: Collect = Collect::Replay {
    capacity: 1_000_000,
    batch: 256,
    warmup: 10_000,
    learn_after: 10_000,
    update_every: 1,
    updates: 1,
    exploration: Exploration::Off,
};

impl Recipe {
    /// Everything about `spec` put in: numbers that go with the task, and its form on discrete actions if it has one.
    pub(super) fn on(&self, spec: &Spec) -> (Method, Settings) {
        let mut method = (self.method)();
        let settings = (self.per_task)(&mut method, &spec.id);
        (method, settings)
    }
}

/// Deviation of every algorithm with a softmax.
const SOFTMAX_HEAD: Deviation = Deviation {
    path: "pi.head",
    what: "Table 1 prints a Gaussian; the actions are discrete, so the policy is a softmax over one-hot actions",
};
/// Of rows that begin to learn after ten thousand steps.
const FIRST_UPDATE: Deviation = Deviation {
    path: "collect.learn_after",
    what: "the released code first updates at this step; here only after it, on the paper's tasks at 10,001 in place of 10,000",
};
/// Of rows that learn from batches.
const WITHOUT_REPLACEMENT: Deviation = Deviation {
    path: "collect.batch",
    what: "the released code draws a batch without replacement; here with, which in a replay of a million is nearly the same",
};
