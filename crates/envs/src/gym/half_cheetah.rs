//! HalfCheetah: run forward as fast as possible; it never ends by itself.

use super::anatomy::{Anatomy, Joint, Motor, hinge, motor, slide};
use super::definition::{Definition, Timing, Xml};
use super::locomotion::{Locomotion, Place};
use super::observation::Part;
use super::rules::Noise;

const BODIES: [&str; 8] = ["world", "torso", "bthigh", "bshin", "bfoot", "fthigh", "fshin", "ffoot"];

const JOINTS: [Joint; 9] = [
    slide("rootx"),
    slide("rootz"),
    hinge("rooty"),
    hinge("bthigh"),
    hinge("bshin"),
    hinge("bfoot"),
    hinge("fthigh"),
    hinge("fshin"),
    hinge("ffoot"),
];

const MOTORS: [Motor; 6] = [
    motor("bthigh", 120.0, 1.0),
    motor("bshin", 90.0, 1.0),
    motor("bfoot", 60.0, 1.0),
    motor("fthigh", 120.0, 1.0),
    motor("fshin", 60.0, 1.0),
    motor("ffoot", 30.0, 1.0),
];

/// Dynamics, observation and reward are the same in -v2, -v4 and -v5.
pub(super) fn definition() -> Definition {
    Definition {
        xml: Xml::of_gymnasium("half_cheetah.xml"),
        timing: Timing { timestep_secs: 0.01, frame_skip: 5, max_episode_steps: 1000 },
        anatomy: Anatomy { bodies: &BODIES, joints: &JOINTS, motors: &MOTORS },
        observation: vec![Part::Qpos(1..9), Part::Qvel(0..9)],
        rules: Box::new(Locomotion {
            place: Place::FirstCoordinate,
            forward_weight: 1.0,
            ctrl_cost_weight: 0.1,
            contact_cost: None,
            alive: None,
            qpos_noise: Noise::Uniform(0.1),
            qvel_noise: Noise::Normal(0.1),
        }),
        reward: "speed of rootx in m/s - 0.1 |action|^2",
        ends: None,
    }
}
