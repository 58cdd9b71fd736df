//! InvertedPendulum: keep a pole upright by moving its cart.

use super::Version;
use super::anatomy::{Anatomy, Joint, Motor, hinge, motor, slide};
use super::definition::{Definition, Timing, Xml};
use super::locomotion::Paid;
use super::observation::Part;
use super::rules::{Measured, Moment, Noise, Rules};
use crate::mujoco::Sim;
use crate::random::Stream;

const BODIES: [&str; 3] = ["world", "cart", "pole"];
const JOINTS: [Joint; 2] = [slide("slider"), hinge("hinge")];
const MOTORS: [Motor; 1] = [motor("slider", 100.0, 3.0)];

/// The versions differ in whether the fall is paid, too.
pub(super) fn definition(version: Version) -> Definition {
    Definition {
        xml: Xml::of_gymnasium("inverted_pendulum.xml"),
        timing: Timing { timestep_secs: 0.02, frame_skip: 2, max_episode_steps: 1000 },
        anatomy: Anatomy { bodies: &BODIES, joints: &JOINTS, motors: &MOTORS },
        observation: vec![Part::Qpos(0..2), Part::Qvel(0..2)],
        rules: Box::new(Upright { paid: Paid::of(version) }),
        reward: match version {
            Version::V2 | Version::V4 => "1",
            Version::V5 => "1, but not on the fall",
        },
        ends: Some("a fall: hinge beyond +-0.2 rad"),
    }
}

#[derive(Debug)]
struct Upright {
    paid: Paid,
}

impl Rules for Upright {
    fn draw(&self, stream: &mut Stream, qpos: &mut [f64], qvel: &mut [f64]) {
        Noise::Uniform(0.01).add(stream, qpos);
        Noise::Uniform(0.01).add(stream, qvel);
    }

    fn measure(&self, _: &Sim, _: &mut Measured) {}

    fn measures_derived(&self) -> bool {
        false
    }

    fn judge(&self, moment: &Moment) -> (f64, bool) {
        let (qpos, qvel) = (moment.sim.qpos(), moment.sim.qvel());
        let finite = qpos.iter().chain(qvel).all(|value| value.is_finite());
        let fallen = !finite || qpos[1].abs() > 0.2;
        (if fallen && self.paid == Paid::WhileHealthy { 0.0 } else { 1.0 }, fallen)
    }
}
