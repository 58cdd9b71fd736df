//! Reacher: bring the tip of an arm of two links to a target; it never ends by itself.

use super::Version;
use super::anatomy::{Anatomy, Joint, Motor, hinge, motor, slide};
use super::definition::{Definition, Timing, Xml};
use super::numpy::{norm, sum_of_squares};
use super::observation::{Part, offset};
use super::rules::{Measured, Moment, Noise, Rules, Seen};
use crate::mujoco::Sim;
use crate::random::Stream;

const BODIES: [&str; 5] = ["world", "body0", "body1", "fingertip", "target"];
const FINGERTIP: usize = 3;
const TARGET: usize = 4;

const JOINTS: [Joint; 4] = [hinge("joint0"), hinge("joint1"), slide("target_x"), slide("target_y")];

const MOTORS: [Motor; 2] = [motor("joint0", 200.0, 1.0), motor("joint1", 200.0, 1.0)];

/// How far from the middle a target may lie, in m.
const REACH: f64 = 0.2;

/// -v5 judges the state after the step and leaves out the offset along z, which is always zero.
pub(super) fn definition(version: Version) -> Definition {
    let axes = if version == Version::V5 { 2 } else { 3 };
    Definition {
        xml: Xml::of_gymnasium("reacher.xml"),
        timing: Timing { timestep_secs: 0.01, frame_skip: 2, max_episode_steps: 50 },
        anatomy: Anatomy { bodies: &BODIES, joints: &JOINTS, motors: &MOTORS },
        observation: vec![
            Part::Cosines(0..2),
            Part::Sines(0..2),
            Part::Qpos(2..4),
            Part::Qvel(0..2),
            Part::Offset(FINGERTIP, TARGET, axes),
        ],
        rules: Box::new(Reach { seen: Seen::of(version) }),
        reward: match version {
            Version::V2 | Version::V4 => "-|fingertip - target| before the step, in m - |action|^2",
            Version::V5 => "-|fingertip - target| after the step, in m - |action|^2",
        },
        ends: None,
    }
}

#[derive(Debug)]
struct Reach {
    seen: Seen,
}

impl Rules for Reach {
    fn draw(&self, stream: &mut Stream, qpos: &mut [f64], qvel: &mut [f64]) {
        Noise::Uniform(0.1).add(stream, qpos);
        loop {
            qpos[2..].fill_with(|| stream.uniform(-REACH, REACH));
            if norm(&qpos[2..]) < REACH {
                break;
            }
        }
        Noise::Uniform(5e-3).add(stream, &mut qvel[..2]);
    }

    /// The distance left, in m.
    fn measure(&self, sim: &Sim, measured: &mut Measured) {
        measured[0] = norm(&offset(sim, FINGERTIP, TARGET));
    }

    fn measures_derived(&self) -> bool {
        true
    }

    fn judge(&self, moment: &Moment) -> (f64, bool) {
        let [distance, _] = self.seen.measured(moment);
        (-distance - sum_of_squares(moment.action), false)
    }
}
