//! Walker2d: walk forward on two legs without falling.

use super::Version;
use super::anatomy::{Anatomy, Joint, Motor, hinge, motor, slide};
use super::definition::{Definition, Timing, Xml};
use super::locomotion::{Alive, Locomotion, Paid, Place};
use super::observation::Part;
use super::rules::Noise;

const BODIES: [&str; 8] = ["world", "torso", "thigh", "leg", "foot", "thigh_left", "leg_left", "foot_left"];

const JOINTS: [Joint; 9] = [
    slide("rootx"),
    slide("rootz"),
    hinge("rooty"),
    hinge("thigh_joint"),
    hinge("leg_joint"),
    hinge("foot_joint"),
    hinge("thigh_left_joint"),
    hinge("leg_left_joint"),
    hinge("foot_left_joint"),
];

const MOTORS: [Motor; 6] = [
    motor("thigh_joint", 100.0, 1.0),
    motor("leg_joint", 100.0, 1.0),
    motor("foot_joint", 100.0, 1.0),
    motor("thigh_left_joint", 100.0, 1.0),
    motor("leg_left_joint", 100.0, 1.0),
    motor("foot_left_joint", 100.0, 1.0),
];

/// -v5 differs in the model, too: its right foot has the friction of the left one.
pub(super) fn definition(version: Version) -> Definition {
    Definition {
        xml: Xml::of_gymnasium(match version {
            Version::V2 | Version::V4 => "walker2d.xml",
            Version::V5 => "walker2d_v5.xml",
        }),
        timing: Timing { timestep_secs: 0.002, frame_skip: 4, max_episode_steps: 1000 },
        anatomy: Anatomy { bodies: &BODIES, joints: &JOINTS, motors: &MOTORS },
        observation: vec![Part::Qpos(1..9), Part::ClippedQvel(0..9, 10.0)],
        rules: Box::new(Locomotion {
            place: Place::FirstCoordinate,
            forward_weight: 1.0,
            ctrl_cost_weight: 1e-3,
            contact_cost: None,
            alive: Some(Alive { bonus: 1.0, paid: Paid::of(version), is_healthy }),
            qpos_noise: Noise::Uniform(5e-3),
            qvel_noise: Noise::Uniform(5e-3),
        }),
        reward: match version {
            Version::V2 | Version::V4 => "speed of rootx in m/s + 1 - 0.001 |action|^2",
            Version::V5 => "speed of rootx in m/s + 1 (but not on the fall) - 0.001 |action|^2",
        },
        ends: Some("a fall: rootz not between 0.8 m and 2 m, or rooty not within +-1 rad"),
    }
}

/// Neither fallen nor flung up, and not bent over.
fn is_healthy(qpos: &[f64], _qvel: &[f64]) -> bool {
    let (height, lean) = (qpos[1], qpos[2]);
    height > 0.8 && height < 2.0 && lean > -1.0 && lean < 1.0
}
