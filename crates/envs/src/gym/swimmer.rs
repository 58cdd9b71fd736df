//! Swimmer: swim forward by wriggling three links in a viscous fluid; it never ends by itself.

use super::anatomy::{Anatomy, Joint, Motor, hinge, motor, slide};
use super::definition::{Definition, Timing, Xml};
use super::locomotion::{Locomotion, Place};
use super::observation::Part;
use super::rules::Noise;

const BODIES: [&str; 4] = ["world", "torso", "mid", "back"];

const JOINTS: [Joint; 5] =
    [slide("slider1"), slide("slider2"), hinge("free_body_rot"), hinge("motor1_rot"), hinge("motor2_rot")];

const MOTORS: [Motor; 2] = [motor("motor1_rot", 150.0, 1.0), motor("motor2_rot", 150.0, 1.0)];

/// The same in -v2, -v4 and -v5. The speed is that of the front tip, not of the centre of mass.
pub(super) fn definition() -> Definition {
    Definition {
        xml: Xml::of_gymnasium("swimmer.xml"),
        timing: Timing { timestep_secs: 0.01, frame_skip: 4, max_episode_steps: 1000 },
        anatomy: Anatomy { bodies: &BODIES, joints: &JOINTS, motors: &MOTORS },
        observation: vec![Part::Qpos(2..5), Part::Qvel(0..5)],
        rules: Box::new(Locomotion {
            place: Place::FirstCoordinate,
            forward_weight: 1.0,
            ctrl_cost_weight: 1e-4,
            contact_cost: None,
            alive: None,
            qpos_noise: Noise::Uniform(0.1),
            qvel_noise: Noise::Uniform(0.1),
        }),
        reward: "speed of slider1 in m/s - 0.0001 |action|^2",
        ends: None,
    }
}
