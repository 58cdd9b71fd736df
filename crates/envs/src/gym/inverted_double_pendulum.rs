//! InvertedDoublePendulum: keep two poles, one on the other, upright by moving their cart.

use super::Version;
use super::anatomy::{Anatomy, Joint, Motor, hinge, motor, slide};
use super::definition::{Definition, Timing, Xml};
use super::locomotion::Paid;
use super::observation::Part;
use super::rules::{Measured, Moment, Noise, Rules};
use crate::mujoco::Sim;
use crate::random::Stream;

const BODIES: [&str; 4] = ["world", "cart", "pole", "pole2"];
const JOINTS: [Joint; 3] = [slide("slider"), hinge("hinge"), hinge("hinge2")];
const MOTORS: [Motor; 1] = [motor("slider", 500.0, 1.0)];
/// The only site: the upper end of the second pole.
const TIP: usize = 0;

/// The versions differ in whether the bonus is paid on the fall, too, and in how many of the constraint's
/// forces are seen.
pub(super) fn definition(version: Version) -> Definition {
    let forces = if version == Version::V5 { 0..1 } else { 0..3 };
    Definition {
        xml: Xml::of_gymnasium("inverted_double_pendulum.xml"),
        timing: Timing { timestep_secs: 0.01, frame_skip: 5, max_episode_steps: 1000 },
        anatomy: Anatomy { bodies: &BODIES, joints: &JOINTS, motors: &MOTORS },
        observation: vec![
            Part::Qpos(0..1),
            Part::Sines(1..3),
            Part::Cosines(1..3),
            Part::ClippedQvel(0..3, 10.0),
            Part::ConstraintForces(forces, 10.0),
        ],
        rules: Box::new(TipUp { paid: Paid::of(version) }),
        reward: match version {
            Version::V2 | Version::V4 => {
                "10 - 0.01 x^2 - (z - 2)^2 of the tip - 0.001 v^2 of hinge - 0.005 v^2 of hinge2"
            }
            Version::V5 => {
                "10 (but not on the fall) - 0.01 x^2 - (z - 2)^2 of the tip - 0.001 v^2 of hinge - \
                 0.005 v^2 of hinge2"
            }
        },
        ends: Some("a fall: the tip not above 1 m"),
    }
}

#[derive(Debug)]
struct TipUp {
    paid: Paid,
}

impl Rules for TipUp {
    fn draw(&self, stream: &mut Stream, qpos: &mut [f64], qvel: &mut [f64]) {
        Noise::Uniform(0.1).add(stream, qpos);
        Noise::Normal(0.1).add(stream, qvel);
    }

    fn measure(&self, _: &Sim, _: &mut Measured) {}

    fn measures_derived(&self) -> bool {
        false
    }

    fn judge(&self, moment: &Moment) -> (f64, bool) {
        let [x, _, z] = moment.sim.site_xpos(TIP);
        let qvel = moment.sim.qvel();
        let fallen = z <= 1.0;
        let off = 0.01 * (x * x) + (z - 2.0) * (z - 2.0);
        let fast = 1e-3 * (qvel[1] * qvel[1]) + 5e-3 * (qvel[2] * qvel[2]);
        let bonus = if fallen && self.paid == Paid::WhileHealthy { 0.0 } else { 10.0 };
        (bonus - off - fast, fallen)
    }
}
