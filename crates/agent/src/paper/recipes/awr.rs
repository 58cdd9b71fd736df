//! AWR (Peng et al. 2019), as the paper's authors ran it and as its own authors did.

use super::{Deviation, Discrete, Recipe, SOFTMAX_HEAD, Settings, medium, method, small, unversioned};
use crate::code::{BiasInit, Code, Ingest, InputNorm, OptimizerKind, WeightInit};
use crate::collect::{Collect, Iteration};
use crate::columns::{Bounds, Head, Penalty, PiTheta, Std};
use crate::method::Method;
use crate::paper::sizes::SMALL;
use crate::paper::table1;
use crate::paper::warnings::{Warning, of_em};

/// As the paper's authors ran it.
pub(crate) const AWR: Recipe = Recipe {
    name: "awr",
    table_row: "AWR",
    references: &["Peng et al. 2019 (arXiv:1910.00177)", "Furuta et al. 2021, Sec. 4.2.2, Tables 7 and 9"],
    deviations: &[
        Deviation {
            path: "code.policy_output_init",
            what: "Table 7 prints an output scale of 1e-4; the released code draws from U(-0.01, 0.01)",
        },
        Deviation {
            path: "collect.iteration",
            what: "the released code never trains on the last transition of an episode; here it is data like the others",
        },
        Deviation {
            path: "collect.batch",
            what: "the released code leaves out an iteration while fewer transitions than a minibatch are stored; here one runs once an episode has ended",
        },
        Deviation {
            path: "pi_q.weights",
            what: "the released code divides advantages by their deviation plus 1e-8; here plus 1e-5, as the original AWR",
        },
    ],
    method: awr,
    per_task,
    discrete: Some(Discrete { adapt: discrete, deviations: &[SOFTMAX_HEAD, LOGITS, RATE] }),
    warnings,
};

/// As its own authors ran it.
pub(crate) const AWR_XBP: Recipe = Recipe {
    name: "awr_xbp",
    references: &["Peng et al. 2019 (arXiv:1910.00177), with the numbers of their own code"],
    deviations: &[],
    method: awr_xbp,
    discrete: Some(Discrete { adapt: discrete, deviations: &[SOFTMAX_HEAD, LOGITS] }),
    ..AWR
};

const LOGITS: Deviation = Deviation {
    path: "pi.penalty",
    what: "the mean has no box to leave; AWR's authors penalise the logits of a discrete policy instead",
};
const RATE: Deviation = Deviation {
    path: "code.policy_lr",
    what: "Table 9 has no discrete task; the rate is of the size that AWR's authors use on theirs",
};

/// Small networks on normalised observations, SGD with momentum, an iteration over all data every 3000 steps. Schedule
/// and normaliser belong together.
pub(crate) fn awr() -> Method {
    let code = Code {
        policy_sizes: SMALL.policy.to_vec(),
        critic_sizes: SMALL.critic.to_vec(),
        policy_lr: 5e-5,
        critic_lr: 1e-2,
        optimizer: OptimizerKind::Sgd { momentum: 0.9 },
        policy_output_init: WeightInit::Uniform { bound: 0.01 },
        policy_output_bias_init: BiasInit::Zeros,
        input_norm: InputNorm::Running {
            ingest: Ingest::Buffer,
            variance_eps: 1e-2,
            std_floor: 0.0,
            clip: 5.0,
            until: 300_000,
        },
        ..medium()
    };
    method(table1::row(table1::AWR), code, EVERY_3000_STEPS)
}

/// The same steps for each transition, but when whole episodes of 2048 transitions are there, and a normaliser that
/// sees each observation once.
pub(crate) fn awr_xbp() -> Method {
    let mut method = awr();
    let iteration = Iteration::ByEpisodes { samples: 2048, critic_steps: 200, policy_steps: 1000 };
    method.collect = over_episodes(iteration);
    method.code.bias_init = BiasInit::Zeros;
    method.code.input_norm = InputNorm::Running {
        ingest: Ingest::NewEpisodes,
        variance_eps: 0.0,
        std_floor: 1e-2,
        clip: f32::MAX as f64,
        until: 300_000,
    };
    method
}

/// The iterations of the paper's authors.
pub(super) const EVERY_3000_STEPS: Collect =
    over_episodes(Iteration::Fixed { every: 3000, critic_steps: 293, policy_steps: 1465 });

/// Iterations over the newest 50,000 transitions, from the first step on.
const fn over_episodes(iteration: Iteration) -> Collect {
    Collect::Episodes { capacity: 50_000, batch: 256, warmup: 0, learn_after: 0, iteration }
}

/// Table 9: learning rate of the policy and its standard deviation.
fn table_9(task: &str) -> Option<(f64, f64)> {
    Some(match unversioned(task) {
        "Hopper" => (1e-4, 0.4),
        "Walker2d" => (2.5e-5, 0.4),
        "HalfCheetah" | "Swimmer" => (5e-5, 0.4),
        "Ant" => (5e-5, 0.2),
        "Humanoid" => (1e-5, 0.4),
        _ => return None,
    })
}

fn per_task(method: &mut Method, task: &str) -> Settings {
    if let Some((lr, std)) = table_9(task) {
        method.code.policy_lr = lr;
        if let Head::Normal { std: Std::Constant { value }, .. } = &mut method.pi.head {
            *value = std;
        }
        return Settings::From("Table 9");
    }
    if small::find(task).is_none() {
        return Settings::Missing(
            "Table 9 has no learning rate of the policy and no deviation for this task: 5e-5 and 0.4 stand, which it has \
             for HalfCheetah and Swimmer",
        );
    }
    small::everywhere(method);
    method.schedule.eval_every = 5_000;
    if let Collect::Episodes { capacity, .. } = &mut method.collect {
        // Weights compare with the mixture of all stored policies: with half a run in store it hardly moves.
        *capacity = 10_000;
    }
    // Table 9's rates are made for millions of steps.
    method.code.policy_lr = 5e-4;
    Settings::Ours
}

/// A softmax, with the numbers of AWR's own authors for the one discrete task they have.
fn discrete(method: &mut Method, task: &str) {
    let penalty = Penalty::LogitL2 { coefficient: 1e-3 };
    method.pi = PiTheta { head: Head::Softmax, bounds: Bounds::None, penalty };
    method.code.policy_lr = 5e-4;
    if let InputNorm::Running { until, .. } = &mut method.code.input_norm {
        *until = 100_000;
    }
    if matches!(task, "CartPole-v1" | "Acrobot-v1") {
        // Our own numbers, where a run is 60,000 steps long.
        (method.schedule.eval_every, method.schedule.eval_episodes) = (5_000, 20);
    }
    // Acrobot is left out: there a seed learns where it meets the goal by chance, and no schedule tried helped it to.
    if task == "CartPole-v1" {
        eager(method);
    }
}

/// Iterations over data at every thousandth step, with the paper's steps for each transition, and larger ones.
fn eager(method: &mut Method) {
    let (critic_steps, policy_steps) = (100, 500);
    if let Collect::Episodes { iteration, .. } = &mut method.collect {
        *iteration = match iteration {
            Iteration::Fixed { .. } => Iteration::Fixed { every: 1_000, critic_steps, policy_steps },
            Iteration::ByEpisodes { .. } => {
                Iteration::ByEpisodes { samples: 1_000, critic_steps, policy_steps }
            }
        };
    }
    method.code.policy_lr = 2e-3;
}

fn warnings(method: &Method, _: &str) -> Vec<Warning> {
    of_em(
        method,
        Some("AWR with tanh returns less on all six tasks, by 5 % on Swimmer to 61 % on Ant (Table 3)"),
    )
}
