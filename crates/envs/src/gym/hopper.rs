//! Hopper: hop forward on one leg without falling.

use super::Version;
use super::anatomy::{Anatomy, Joint, Motor, hinge, motor, slide};
use super::definition::{Definition, Timing, Xml};
use super::locomotion::{Alive, Locomotion, Paid, Place};
use super::observation::Part;
use super::rules::Noise;

const BODIES: [&str; 5] = ["world", "torso", "thigh", "leg", "foot"];

const JOINTS: [Joint; 6] = [
    slide("rootx"),
    slide("rootz"),
    hinge("rooty"),
    hinge("thigh_joint"),
    hinge("leg_joint"),
    hinge("foot_joint"),
];

const MOTORS: [Motor; 3] =
    [motor("thigh_joint", 200.0, 1.0), motor("leg_joint", 200.0, 1.0), motor("foot_joint", 200.0, 1.0)];

/// The versions differ in who is paid for being alive.
pub(super) fn definition(version: Version) -> Definition {
    Definition {
        xml: Xml::of_gymnasium("hopper.xml"),
        timing: Timing { timestep_secs: 0.002, frame_skip: 4, max_episode_steps: 1000 },
        anatomy: Anatomy { bodies: &BODIES, joints: &JOINTS, motors: &MOTORS },
        observation: vec![Part::Qpos(1..6), Part::ClippedQvel(0..6, 10.0)],
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
        ends: Some("a fall: rootz not above 0.7 m, rooty not within +-0.2 rad, or a number not within +-100"),
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
