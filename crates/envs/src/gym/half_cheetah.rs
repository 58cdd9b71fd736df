//! HalfCheetah: run forward as fast as possible; it never ends by itself.

use super::locomotion::{Noise, Rule};

/// Dynamics, observation and reward are the same in -v2, -v4 and -v5.
pub(super) fn rule() -> Rule {
    Rule {
        name: "HalfCheetah",
        xml: "half_cheetah.xml",
        frame_skip: 5,
        skipped_qpos: 1,
        speed_clip: None,
        ctrl_cost_weight: 0.1,
        alive: None,
        qpos_noise: Noise::Uniform(0.1),
        qvel_noise: Noise::Normal(0.1),
    }
}
