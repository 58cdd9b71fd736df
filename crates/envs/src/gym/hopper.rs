//! Hopper: hop forward on one leg without falling.

use super::Version;
use super::locomotion::{Alive, Noise, Paid, Rule};

/// -v2 and -v4 pay the bonus on the step that falls, too; -v5 does not.
pub(super) fn rule(version: Version) -> Rule {
    Rule {
        name: "Hopper",
        xml: "hopper.xml",
        frame_skip: 4,
        skipped_qpos: 1,
        speed_clip: Some(10.0),
        ctrl_cost_weight: 1e-3,
        alive: Some(Alive {
            bonus: 1.0,
            paid: match version {
                Version::V2 | Version::V4 => Paid::Always,
                Version::V5 => Paid::WhileHealthy,
            },
            is_healthy,
        }),
        qpos_noise: Noise::Uniform(5e-3),
        qvel_noise: Noise::Uniform(5e-3),
    }
}

/// Upright, off the ground, and no number of the state beyond 100 but the two of the way gone.
fn is_healthy(qpos: &[f64], qvel: &[f64]) -> bool {
    let (height, lean) = (qpos[1], qpos[2]);
    height > 0.7
        && lean > -0.2
        && lean < 0.2
        && qpos[2..].iter().chain(qvel).all(|value| *value > -100.0 && *value < 100.0)
}
