//! TRPO (Schulman et al. 2015), with the numbers of PFRL's reproduction.

use super::ppo::{HALF_OF_THE_ERROR, NORMALISER, networks, on_choices, per_task as small_tasks, shorter};
use super::small::{self, Small};
use super::{Deviation, Discrete, Recipe, SOFTMAX_HEAD, Settings, method};
use crate::code::Code;
use crate::collect::Collect;
use crate::columns::{PiQ, Solver, Target};
use crate::method::Method;
use crate::paper::table1;

pub(crate) const TRPO: Recipe = Recipe {
    name: "trpo",
    table_row: "TRPO",
    references: &[
        "Schulman et al. 2015 (arXiv:1502.05477)",
        "PFRL's reproduction on MuJoCo, whose numbers it has",
        "Furuta et al. 2021, Sec. 4.1.2, Table 1",
    ],
    deviations: &[
        Deviation {
            path: "estimate.target",
            what: "Table 1 prints TD(1); it is GAE with lambda 0.97, as PFRL has it (`lambda` = 1.0 is the table's)",
        },
        Deviation {
            path: "pi.head.std",
            what: "Table 1 prints a learned Sigma; it is e^p with a p for each dimension and none of the state, as PFRL has it",
        },
        Deviation {
            path: "pi_q.solver",
            what: "the paper prints no numbers: 20 conjugate gradients with damping 0.1 and 10 trials at halves; PFRL tries 11, and adds \
                   1e-8 where the length of the step divides",
        },
        HALF_OF_THE_ERROR,
        NORMALISER,
    ],
    method: trpo,
    per_task,
    discrete: Some(Discrete { adapt: discrete, deviations: &[SOFTMAX_HEAD] }),
    warnings: |_, _| Vec::new(),
};

/// One natural-gradient step on 5000 steps of one copy, then five times through them for the critic.
pub(crate) fn trpo() -> Method {
    let mut row = table1::row(table1::TRPO);
    row.estimate.target = Target::Gae { lambda: 0.97 };
    row.estimate.discount = 0.995;
    if let PiQ::Constrained { solver, .. } = &mut row.pi_q {
        *solver = Solver { iterations: 20, ..*solver };
    }
    let code = Code { critic_lr: 1e-3, adam_eps: crate::code::USUAL_EPS, ..networks() };
    method(row, code, Collect::Rollout { steps: 5000, copies: 1, batch: 64, epochs: 5 })
}

/// Our numbers for the small tasks: shorter rollouts, so that there are enough steps.
fn per_task(method: &mut Method, task: &str) -> Settings {
    let settings = small_tasks(method, task);
    match small::find(task) {
        Some(Small::Short) => shorter(method, 2048),
        Some(Small::Brief) => shorter(method, 1024),
        None => {}
    }
    settings
}

/// A softmax, and rollouts of 2048 steps.
fn discrete(method: &mut Method, task: &str) {
    on_choices(method);
    shorter(method, 2048);
    if matches!(task, "CartPole-v1" | "Acrobot-v1") {
        (method.schedule.eval_every, method.schedule.eval_episodes) = (5_000, 20);
    }
}
