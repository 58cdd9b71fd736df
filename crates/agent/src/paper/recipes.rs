//! The algorithms as the paper ran them: Table 1's row with its departures, Table 7's networks, the schedule.

use crate::code::{
    Activation, BiasInit, Code, GradientClip, Ingest, InputNorm, OptimizerKind, Precision, Sync, WeightInit,
};
use crate::columns::{Critics, Target};
use crate::method::Method;
use crate::paper::swaps::{LARGE, MEDIUM, SMALL};
use crate::paper::table1;
use crate::row::Row;
use crate::schedule::{Iteration, Schedule};

const MPO: usize = 0;
const AWR: usize = 1;
const AWAC: usize = 2;
const SAC: usize = 3;

/// A place where the experiments leave Table 1 or Table 7, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    /// The algorithm.
    pub algo: &'static str,
    /// The place, as an override would name it.
    pub path: &'static str,
    /// What the table says, what runs, and why.
    pub what: &'static str,
}

/// Every place where what runs is not what Tables 1 and 7 print.
pub const DEPARTURES: [Departure; 9] = [
    Departure {
        algo: "mpo",
        path: "estimate.target",
        what: "Table 1 prints Retrace(1); the experiments ran a single-step target (Sec. 4.2.1)",
    },
    Departure {
        algo: "mpo",
        path: "code.policy_output_init",
        what: "Table 7 prints an output scale of 1.0; the released code draws from N(0, 1e-4 / in)",
    },
    Departure {
        algo: "mpo",
        path: "code.layer_norm",
        what: "Appendix A lists an activation after the first layer's tanh; the released code has none",
    },
    Departure {
        algo: "awr",
        path: "code.policy_output_init",
        what: "Table 7 prints an output scale of 1e-4; the released code draws from U(-0.01, 0.01)",
    },
    Departure {
        algo: "awr",
        path: "schedule.iteration",
        what: "the released code never trains on the last transition of an episode; here it is data like the others",
    },
    Departure {
        algo: "awr",
        path: "pi_q.weights",
        what: "the released code divides advantages by their deviation plus 1e-8; here plus 1e-5, as the original AWR",
    },
    Departure {
        algo: "awac",
        path: "estimate.critics",
        what: "Table 1 prints TD(0) alone; Tables 2, 7 and 13 call twin critics the original",
    },
    Departure {
        algo: "awac",
        path: "code.weight_decay",
        what: "the paper names none; the released code adds 1e-4 to policy and critics",
    },
    Departure {
        algo: "sac",
        path: "code.policy_output_init",
        what: "Table 7 prints an output scale of 1e-2; the released code has gain 1",
    },
];

fn method(row: Row, code: Code, schedule: Schedule) -> Method {
    let Row { family, pi_q, pi_p, g, estimate, pi } = row;
    Method { family, g, pi_q, pi_p, estimate, pi, code, schedule }
}

/// Networks of SAC and AWAC: medium size, ReLU, Xavier.
fn medium() -> Code {
    let xavier = WeightInit::XavierUniform { gain: 1.0 };
    Code {
        policy_sizes: MEDIUM.policy.to_vec(),
        critic_sizes: MEDIUM.critic.to_vec(),
        activation: Activation::Relu,
        layer_norm: false,
        policy_lr: 3e-4,
        critic_lr: 3e-4,
        optimizer: OptimizerKind::Adam,
        weight_init: xavier,
        policy_output_init: xavier,
        bias_init: BiasInit::FanIn,
        policy_output_bias_init: BiasInit::FanIn,
        weight_decay: 0.0,
        gradient_clip: GradientClip::Off,
        targets: Sync::Soft { tau: 5e-3 },
        input_norm: InputNorm::Off,
        precision: Precision::F32,
    }
}

/// One update a step on 256 transitions, after 10,000 random steps.
fn every_step() -> Schedule {
    Schedule {
        batch: 256,
        replay_capacity: 1_000_000,
        warmup: 10_000,
        learn_after: 10_000,
        iteration: Iteration::Off,
        update_every: 1,
        updates: 1,
        eval_every: 20_000,
        eval_episodes: 10,
        bias_episodes: 2,
        log_every: 1_000,
    }
}

/// SAC.
pub(crate) fn sac() -> Method {
    method(table1::row(SAC), medium(), every_step())
}

/// AWAC.
pub(crate) fn awac() -> Method {
    let mut row = table1::row(AWAC);
    row.estimate.critics = Critics::Twin;
    method(row, Code { weight_decay: 1e-4, ..medium() }, every_step())
}

/// MPO: large networks with ELU and layer norm, an update every eight steps, targets copied every hundred updates.
pub(crate) fn mpo() -> Method {
    let mut row = table1::row(MPO);
    row.estimate.target = Target::Td;
    let code = Code {
        policy_sizes: LARGE.policy.to_vec(),
        critic_sizes: LARGE.critic.to_vec(),
        activation: Activation::Elu,
        layer_norm: true,
        policy_lr: 1e-4,
        critic_lr: 1e-4,
        weight_init: WeightInit::VarianceScalingUniform { scale: 0.33 },
        policy_output_init: WeightInit::VarianceScalingNormal { scale: 1e-4 },
        policy_output_bias_init: BiasInit::Zeros,
        gradient_clip: GradientClip::Norm { max: 40.0 },
        targets: Sync::Hard { period: 100 },
        ..medium()
    };
    let schedule = Schedule { warmup: 0, learn_after: 1_000, update_every: 8, ..every_step() };
    method(row, code, schedule)
}

/// AWR as the paper's authors ran it: small networks on normalised observations, SGD with momentum, an iteration
/// over all data every 3000 steps. Schedule and normaliser belong together.
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
    let schedule = Schedule {
        replay_capacity: 50_000,
        warmup: 0,
        learn_after: 0,
        iteration: Iteration::Fixed { every: 3000, critic_steps: 293, policy_steps: 1465 },
        ..every_step()
    };
    method(table1::row(AWR), code, schedule)
}

/// AWR as its own authors ran it (Peng et al. 2019): the same steps for each transition, but when whole episodes
/// of 2048 transitions are there, and a normaliser that sees each observation once.
pub(crate) fn awr_xbp() -> Method {
    let mut method = awr();
    method.schedule.iteration =
        Iteration::ByEpisodes { samples: 2048, critic_steps: 200, policy_steps: 1000 };
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
