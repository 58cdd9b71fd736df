//! Table 1 of the paper: thirteen algorithms, six cells each.

use crate::columns::{
    Actions, Baseline, Bonus, Bounds, Critics, Divergence, Estimate, Eta, Family, G, Head, Mean, Next,
    Penalty, PiP, PiQ, PiTheta, Portion, Prior, Score, Solver, Std, Target, TrustRegion, Weights,
};
use crate::row::Row;

/// Discount factor of all experiments (Tables 8 and 9).
const DISCOUNT: f64 = 0.99;

/// A row of the table under its name there.
pub struct Named {
    /// The name.
    pub name: &'static str,
    /// The six cells.
    pub row: Row,
}

/// The columns as the table heads them.
pub const HEADINGS: [&str; 7] = ["Method", "Algorithm", "π_q update", "π_p update", "G", "G estimate", "π_θ"];

/// The table, in its order.
#[rustfmt::skip]
pub const TABLE_1: [Named; 13] = [
    //             family      π_q update                             π_p update  G        G estimate             π_θ
    named("MPO",   cells(Family::Em, analytic(MPO_ETA, Weights::PerState), MPO_PRIOR,  G::Q,    RETRACE,               MPO_POLICY)),
    named("AWR",   cells(Family::Em, analytic(ONE, UNNORMALISED),          MIXTURE,    G::A,    td_lambda(0.95),       AWR_POLICY)),
    named("AWAC",  cells(Family::Em, AWAC_POSTERIOR,                       MIXTURE,    G::Q,    td(Critics::Single),   AWAC_POLICY)),
    named("SAC",   cells(Family::Kl, gradient(SAC_ETA, Divergence::QToP),  UNIFORM,    SOFT_Q,  td(Critics::Twin),     SAC_POLICY)),
    named("PoWER", cells(Family::Em, analytic(ONE, Weights::Linear),       PiP::Analytic, G::LogQ, td_lambda(1.0),     POWER_POLICY)),
    named("RWR",   cells(Family::Em, RWR_POSTERIOR,                        SG,         G::LogR, from(Target::Reward),  RWR_POLICY)),
    named("REPS",  cells(Family::Em, REPS_POSTERIOR,                       PiP::Posterior, G::A, from(Target::Dual),   SOFTMAX)),
    named("UREX",  cells(Family::Em, UREX_POSTERIOR,                       GROUPS,     G::Q,    td_lambda(1.0),        SOFTMAX)),
    named("V-MPO", cells(Family::Em, analytic(VMPO_ETA, TOP_HALF),  VMPO_PRIOR, G::A,    from(N_STEP),          VMPO_POLICY)),
    named("TRPO",  cells(Family::Kl, TRPO_POSTERIOR,                       PiP::Posterior, G::A, td_lambda(1.0),       ROLLOUT_POLICY)),
    named("PPO",   cells(Family::Kl, gradient(PPO_ETA, Divergence::PToQ),  PiP::Posterior, G::A, from(GAE),            ROLLOUT_POLICY)),
    named("DDPG*", cells(Family::Kl, gradient(Eta::Zero, Divergence::QToP), ANY,       G::Q,    DDPG_ESTIMATE,         DELTA)),
    named("TD3*",  cells(Family::Kl, gradient(Eta::Zero, Divergence::QToP), ANY,       G::Q,    TD3_ESTIMATE,          DELTA)),
];

const ONE: Eta = Eta::Fixed { value: 1.0 };
const SAC_ETA: Eta = Eta::Entropy { target_per_dim: -1.0, initial: 1.0, lr: 3e-4 };
const MPO_ETA: Eta = Eta::Dual { epsilon: 0.1, initial_raw: 1.0, lr: 1e-2 };
const VMPO_ETA: Eta = Eta::Dual { epsilon: 0.1, initial_raw: 1.0, lr: 1e-2 };
const SAMPLES: Actions = Actions::Previous { samples: 20 };
const MPO_REGION: TrustRegion =
    TrustRegion::MeanStd { mean: 1e-3, std: 1e-6, mean_raw: 1.0, std_raw: 10.0, lr: 1e-2 };
const MPO_PRIOR: PiP = PiP::Sg { actions: SAMPLES, trust_region: MPO_REGION };
const SG: PiP = PiP::Sg { actions: Actions::Previous { samples: 1 }, trust_region: TrustRegion::Off };
const GROUPS: PiP = PiP::Sg { actions: Actions::Groups { size: 10 }, trust_region: TrustRegion::Off };
const UNIFORM: PiP = PiP::Fixed { to: Prior::Uniform };
const ANY: PiP = PiP::Fixed { to: Prior::Any };
const PPO_ETA: Eta = Eta::Adaptive { target: 0.01, initial: 1.0 };
const RWR_POSTERIOR: PiQ = analytic(Eta::Learned, Weights::Linear);
const REPS_POSTERIOR: PiQ = analytic(Eta::Joint { epsilon: 0.5 }, Weights::Batch { clip: f64::MAX });
const UREX_POSTERIOR: PiQ = analytic(Eta::Fixed { value: 0.1 }, Weights::Group);
const TRPO_POSTERIOR: PiQ = PiQ::Constrained { epsilon: 0.01, divergence: Divergence::PToQ, solver: SOLVER };
/// The paper prints no numbers of the search.
const SOLVER: Solver = Solver { iterations: 10, damping: 0.1, shrink: 0.5, trials: 10 };
const TOP_HALF: Weights = Weights::Top { fraction: 0.5, of: Portion::Minibatch };
const VMPO_PRIOR: PiP = PiP::Sg { actions: Actions::Previous { samples: 1 }, trust_region: VMPO_REGION };
/// Bounds that Song et al. (2020) have for one of their tasks; they draw them by task.
const VMPO_REGION: TrustRegion =
    TrustRegion::MeanStd { mean: 5e-3, std: 5e-6, mean_raw: 1.0, std_raw: 1.0, lr: 1e-2 };
/// The paper prints no length.
const RETRACE: Estimate = of(Target::Retrace { lambda: 1.0, length: 8 }, Critics::Single, Next::Target);
const DDPG_ESTIMATE: Estimate = of(Target::Td, Critics::Single, Next::Target);
const TD3_ESTIMATE: Estimate =
    Estimate { score: Score::First, ..of(Target::Td, Critics::Twin, Next::Smoothed) };
const N_STEP: Target = Target::NStep { n: 128 };
const GAE: Target = Target::Gae { lambda: 0.95 };
const POWER_POLICY: PiTheta = normal(Std::Quadratic, Penalty::Off);
const RWR_POLICY: PiTheta = normal(Std::Constant { value: 0.4 }, Penalty::Off);
const VMPO_POLICY: PiTheta = normal(Std::Softplus { initial: 0.5 }, Penalty::Off);
const FREE_POLICY: PiTheta = normal(Std::Learned, Penalty::Off);
const ROLLOUT_POLICY: PiTheta = normal(Std::Exp { initial: 1.0 }, Penalty::Off);
const MIXTURE: PiP = PiP::Sg { actions: Actions::Mixture, trust_region: TrustRegion::Off };
const UNNORMALISED: Weights = Weights::Unnormalised { clip: 20.0 };
const AWAC_POSTERIOR: PiQ =
    PiQ::Analytic { eta: ONE, weights: Weights::Batch { clip: 20.0 }, baseline: Baseline::Sampled };
const SOFT_Q: G = G::SoftQ { bonus: Bonus::Eta };
const MPO_POLICY: PiTheta = normal(
    Std::Softplus { initial: 0.5 },
    Penalty::Samples { samples: 0, epsilon: 1e-3, initial_raw: 1.0, lr: 1e-2 },
);
const AWR_POLICY: PiTheta = normal(Std::Constant { value: 0.4 }, Penalty::MeanL2 { coefficient: 10.0 });
const AWAC_POLICY: PiTheta =
    PiTheta { head: Head::Normal { mean: Mean::Tanh, std: Std::Learned }, ..FREE_POLICY };
const SAC_POLICY: PiTheta = PiTheta {
    bounds: Bounds::Tanh { inset: 0.0 },
    ..normal(Std::ExpClamp { min: -20.0, max: 2.0 }, Penalty::Off)
};
const SOFTMAX: PiTheta = PiTheta { head: Head::Softmax, ..FREE_POLICY };
const DELTA: PiTheta = PiTheta { head: Head::Delta { mean: Mean::Tanh }, ..FREE_POLICY };

/// Places of rows in the table.
pub(crate) const MPO: usize = 0;
pub(crate) const AWR: usize = 1;
pub(crate) const AWAC: usize = 2;
pub(crate) const SAC: usize = 3;
pub(crate) const VMPO: usize = 8;
pub(crate) const TRPO: usize = 9;
pub(crate) const PPO: usize = 10;
pub(crate) const DDPG: usize = 11;
pub(crate) const TD3: usize = 12;

/// The row at place `index` of the table.
pub(crate) const fn row(index: usize) -> Row {
    TABLE_1[index].row
}

const fn named(name: &'static str, row: Row) -> Named {
    Named { name, row }
}

const fn cells(family: Family, pi_q: PiQ, pi_p: PiP, g: G, estimate: Estimate, pi: PiTheta) -> Row {
    Row { family, pi_q, pi_p, g, estimate, pi }
}

const fn analytic(eta: Eta, weights: Weights) -> PiQ {
    PiQ::Analytic { eta, weights, baseline: Baseline::None }
}

const fn gradient(eta: Eta, divergence: Divergence) -> PiQ {
    PiQ::Gradient { eta, divergence }
}

const fn of(target: Target, critics: Critics, next: Next) -> Estimate {
    Estimate::new(DISCOUNT, target, critics, next)
}

const fn from(target: Target) -> Estimate {
    of(target, Critics::Single, Next::Online)
}

const fn td(critics: Critics) -> Estimate {
    of(Target::Td, critics, Next::Online)
}

const fn td_lambda(lambda: f64) -> Estimate {
    of(Target::Lambda { lambda }, Critics::Single, Next::Online)
}

const fn normal(std: Std, penalty: Penalty) -> PiTheta {
    PiTheta { head: Head::Normal { mean: Mean::Linear, std }, bounds: Bounds::None, penalty }
}
