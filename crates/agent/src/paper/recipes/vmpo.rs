//! V-MPO (Song et al. 2020), on rollouts of PPO's size.

use super::ppo::{networks, on_choices, per_task as small_tasks};
use super::{Deviation, Discrete, Recipe, SOFTMAX_HEAD, Settings, method};
use crate::code::{AdvantageNorm, Code, Sync};
use crate::collect::Collect;
use crate::columns::{Actions, Eta, PiP, PiQ, Target, TrustRegion};
use crate::method::Method;
use crate::paper::table1;

pub(crate) const VMPO: Recipe = Recipe {
    name: "vmpo",
    table_row: "V-MPO",
    references: &[
        "Song et al. 2020 (arXiv:1909.12238)",
        "Furuta et al. 2021, Sec. 4.2.1, Table 1; no released code has its numbers for these tasks",
    ],
    deviations: &[
        Deviation {
            path: "estimate.target",
            what: "Table 1 prints n-step returns; GAE with lambda 0.95 estimates the same advantages with less noise (`n_step` has it \
                   the table's way)",
        },
        Deviation {
            path: "pi_q.weights.of",
            what: "\"the top half of the advantages in each batch\" is the better half of each minibatch; `rollout` reads it as the rollout's",
        },
        Deviation {
            path: "pi_q.eta.initial_raw",
            what: "the original clips temperature and multipliers at 1e-8; here they are softplus(x) + 1e-8, as in MPO, and begin at 1",
        },
    ],
    method: vmpo,
    per_task,
    discrete: Some(Discrete { adapt: discrete, deviations: &[SOFTMAX_HEAD, WHOLE_REGION] }),
    warnings: |_, _| Vec::new(),
};

const WHOLE_REGION: Deviation = Deviation {
    path: "pi_p.trust_region",
    what: "means and deviations are bounded apart; a softmax has one KL, with one multiplier, as the original has it on choices",
};

/// x of softplus(x) = 1.
const ONE: f64 = 0.5413;

/// Eight times through 2048 steps, the better half of 256 at a time; the previous policy is that of the rollout's begin.
pub(crate) fn vmpo() -> Method {
    let mut row = table1::row(table1::VMPO);
    row.estimate.target = Target::Gae { lambda: 0.95 };
    if let PiQ::Analytic { eta: Eta::Dual { initial_raw, .. }, .. } = &mut row.pi_q {
        *initial_raw = ONE;
    }
    if let PiP::Sg { trust_region: TrustRegion::MeanStd { mean_raw, std_raw, .. }, .. } = &mut row.pi_p {
        (*mean_raw, *std_raw) = (ONE, ONE);
    }
    let code = Code { targets: Sync::Hard { period: 64 }, advantage_norm: AdvantageNorm::Off, ..networks() };
    let collect = Collect::Rollout { steps: 2048, copies: 1, batch: 256, epochs: 8 };
    method(row, code, collect)
}

/// x of softplus(x) = 5, where the original begins on choices: from 1 the policy is out of its bound for tens of iterations.
const FIVE: f64 = 4.9932;

/// Our numbers for the small tasks; the previous policy is still that of the rollout's begin.
fn per_task(method: &mut Method, task: &str) -> Settings {
    let settings = small_tasks(method, task);
    if let Collect::Rollout { steps, batch, epochs, .. } = method.collect {
        method.code.targets = Sync::Hard { period: (steps * epochs).div_ceil(batch as u64) };
    }
    settings
}

/// A softmax with one bound, 64 updates of 512 an iteration at larger rates.
fn discrete(method: &mut Method, task: &str) {
    on_choices(method);
    let trust_region = TrustRegion::Whole { epsilon: 0.01, initial_raw: FIVE, lr: 1e-2 };
    method.pi_p = PiP::Sg { actions: Actions::Previous { samples: 1 }, trust_region };
    if let Collect::Rollout { batch, epochs, .. } = &mut method.collect {
        (*batch, *epochs) = (512, 16);
    }
    (method.code.policy_lr, method.code.critic_lr) = (1e-3, 1e-3);
    if matches!(task, "CartPole-v1" | "Acrobot-v1") {
        (method.schedule.eval_every, method.schedule.eval_episodes) = (5_000, 20);
    }
}
