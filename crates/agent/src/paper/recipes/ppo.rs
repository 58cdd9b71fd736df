//! PPO (Schulman et al. 2017): Table 1's form with a penalty, and the clipped one.

use super::small::{self, Small};
use super::{Deviation, Discrete, Recipe, SOFTMAX_HEAD, Settings, medium, method};
use crate::code::{Activation, AdvantageNorm, BiasInit, Code, Ingest, InputNorm, Sync, WeightInit};
use crate::collect::Collect;
use crate::columns::{Bounds, Head, Penalty, PiQ, PiTheta, Target};
use crate::method::Method;
use crate::paper::table1;

/// With a penalty whose temperature is adapted once an iteration.
pub(crate) const PPO: Recipe = Recipe {
    name: "ppo",
    table_row: "PPO",
    references: &[
        "Schulman et al. 2017 (arXiv:1707.06347), Sec. 4",
        "PFRL's reproduction on MuJoCo, whose numbers it has",
        "Furuta et al. 2021, Sec. 4.1.2, Table 1",
    ],
    deviations: &[
        Deviation {
            path: "pi.head.std",
            what: "Table 1 prints a learned Sigma; it is e^p with a p for each dimension and none of the state, as PFRL has it",
        },
        AUTHORS_RETURNS,
        HALF_OF_THE_ERROR,
        NORMALISER,
        SEPARATE_NETWORKS,
        WHOLE_ROLLOUT,
    ],
    method: ppo,
    per_task,
    discrete: Some(Discrete { adapt: discrete, deviations: &[SOFTMAX_HEAD] }),
    warnings: |_, _| Vec::new(),
};

/// With a clipped ratio.
pub(crate) const PPO_CLIP: Recipe = Recipe {
    name: "ppo_clip",
    references: &[
        "Schulman et al. 2017 (arXiv:1707.06347), Sec. 3",
        "PFRL's reproduction on MuJoCo, whose numbers it has",
    ],
    deviations: &[
        Deviation {
            path: "pi_q",
            what: "Table 1 prints SG + TR, the penalty; this is the form that most people run",
        },
        AUTHORS_RETURNS,
        HALF_OF_THE_ERROR,
        NORMALISER,
        SEPARATE_NETWORKS,
        WHOLE_ROLLOUT,
    ],
    method: ppo_clip,
    ..PPO
};

const AUTHORS_RETURNS: Deviation = Deviation {
    path: "estimate.target",
    what: "Schulman et al. have lambda 0.95 with discount 0.99; these are PFRL's numbers, on the small tasks with discount 0.99",
};
/// Of rows whose critic PFRL fits.
pub(super) const HALF_OF_THE_ERROR: Deviation = Deviation {
    path: "code.value_loss",
    what: "PFRL's critic descends the squared error; here half of it, as in every row: of that factor Adam sees nothing but against its \
           eps",
};
/// Of rows whose input statistics are of rollouts.
pub(super) const NORMALISER: Deviation = Deviation {
    path: "code.input_norm",
    what: "PFRL adds 1e-2 to variances, and takes in a rollout before its minibatches, so that ratios do not begin at 1; here 1e-8 is \
           added, and a rollout taken in after its minibatches",
};
/// Of rows that step critic and policy on one minibatch.
pub(super) const SEPARATE_NETWORKS: Deviation = Deviation {
    path: "code.gradient_clip",
    what: "where gradients are clipped, critic and policy are by themselves; PFRL and Stable-Baselines3 step one sum of losses, whose \
           clip sees both",
};
/// Of rows whose minibatches are drawn from one order of the rollout.
pub(super) const WHOLE_ROLLOUT: Deviation = Deviation {
    path: "collect.batch",
    what: "where a minibatch does not divide the rollout, it goes on into the next order; others drop the rest or make it smaller",
};

/// The adaptive penalty of Sec. 4, once an iteration.
pub(crate) fn ppo() -> Method {
    let mut row = table1::row(table1::PPO);
    row.estimate.target = Target::Gae { lambda: 0.97 };
    row.estimate.discount = 0.995;
    method(row, networks(), EVERY_2048_STEPS)
}

pub(crate) fn ppo_clip() -> Method {
    Method { pi_q: PiQ::Clipped { epsilon: 0.2 }, ..ppo() }
}

/// 64-64 with tanh, on normalised observations.
pub(super) fn networks() -> Code {
    let orthogonal = |gain| WeightInit::Orthogonal { gain };
    Code {
        policy_sizes: vec![64, 64],
        critic_sizes: vec![64, 64],
        activation: Activation::Tanh,
        weight_init: orthogonal(1.0),
        policy_output_init: orthogonal(0.01),
        adam_eps: 1e-5,
        bias_init: BiasInit::Zeros,
        policy_output_bias_init: BiasInit::Zeros,
        // There are no target networks.
        targets: Sync::Hard { period: 1 },
        input_norm: InputNorm::Running {
            ingest: Ingest::Buffer,
            variance_eps: 1e-8,
            std_floor: 0.0,
            clip: 5.0,
            until: 1_000_000_000_000,
        },
        advantage_norm: AdvantageNorm::Rollout,
        ..medium()
    }
}

/// Ten times through 2048 steps of one copy, 64 at a time.
pub(super) const EVERY_2048_STEPS: Collect =
    Collect::Rollout { steps: 2048, copies: 1, batch: 64, epochs: 10 };

/// Our numbers for the small tasks.
pub(super) fn per_task(method: &mut Method, task: &str) -> Settings {
    let Some(length) = small::find(task) else { return Settings::Same };
    small::everywhere(method);
    method.schedule.eval_every = 5_000;
    method.estimate.discount = 0.99;
    if length == Small::Brief {
        method.schedule.eval_every = 1_000;
        shorter(method, 1024);
    }
    Settings::Ours
}

/// Rollouts of so many steps.
pub(super) fn shorter(method: &mut Method, length: u64) {
    if let Collect::Rollout { steps, .. } = &mut method.collect {
        *steps = length;
    }
}

/// A softmax.
fn discrete(method: &mut Method, task: &str) {
    on_choices(method);
    if matches!(task, "CartPole-v1" | "Acrobot-v1") {
        (method.schedule.eval_every, method.schedule.eval_episodes) = (5_000, 20);
    }
}

/// A softmax in place of a Gaussian.
pub(super) fn on_choices(method: &mut Method) {
    method.pi = PiTheta { head: Head::Softmax, bounds: Bounds::None, penalty: Penalty::Off };
}
