//! Pusher: push an object to a goal with an arm of seven joints; it never ends by itself.

use super::Version;
use super::anatomy::{Anatomy, Joint, Motor, motor, slide};
use super::arm::{self, GOAL, OBJECT, TIPS};
use super::definition::{Definition, Timing, Xml};
use super::numpy::{norm, sum_of_squares};
use super::observation::offset;
use super::rules::{Measured, Moment, Noise, Rules, Seen};
use crate::mujoco::Sim;
use crate::random::Stream;

const JOINTS: [Joint; 11] = {
    let [a, b, c, d, e, f, g] = arm::JOINTS;
    let [h, i, j, k] = [slide("obj_slidey"), slide("obj_slidex"), slide("goal_slidey"), slide("goal_slidex")];
    [a, b, c, d, e, f, g, h, i, j, k]
};

const MOTORS: [Motor; 7] = [
    motor("r_shoulder_pan_joint", 1.0, 2.0),
    motor("r_shoulder_lift_joint", 1.0, 2.0),
    motor("r_upper_arm_roll_joint", 1.0, 2.0),
    motor("r_elbow_flex_joint", 1.0, 2.0),
    motor("r_forearm_roll_joint", 1.0, 2.0),
    motor("r_wrist_flex_joint", 1.0, 2.0),
    motor("r_wrist_roll_joint", 1.0, 2.0),
];

/// The first position coordinate of the object.
const OBJECT_QPOS: usize = 7;
/// How near the goal the object may not start, in m.
const CLEARANCE: f64 = 0.17;

/// -v5 judges the state after the step, and its object has another shape and mass. The object of the older
/// versions is so light that MuJoCo 3 moves it otherwise than MuJoCo 2 did.
pub(super) fn definition(version: Version) -> Definition {
    Definition {
        xml: Xml::of_gymnasium(match version {
            Version::V2 | Version::V4 => "pusher.xml",
            Version::V5 => "pusher_v5.xml",
        }),
        timing: Timing { timestep_secs: 0.01, frame_skip: 5, max_episode_steps: 100 },
        anatomy: Anatomy { bodies: &arm::BODIES, joints: &JOINTS, motors: &MOTORS },
        observation: arm::observation(),
        rules: Box::new(Push { seen: Seen::of(version) }),
        reward: match version {
            Version::V2 | Version::V4 => {
                "-|object - goal| - 0.1 |action|^2 - 0.5 |object - tips_arm|, places before the step, in m"
            }
            Version::V5 => {
                "-|object - goal| - 0.1 |action|^2 - 0.5 |object - tips_arm|, places after the step, in m"
            }
        },
        ends: None,
    }
}

#[derive(Debug)]
struct Push {
    seen: Seen,
}

impl Rules for Push {
    fn draw(&self, stream: &mut Stream, qpos: &mut [f64], qvel: &mut [f64]) {
        // The arm starts as it is drawn and the goal in the middle.
        let object = &mut qpos[OBJECT_QPOS..OBJECT_QPOS + 2];
        loop {
            object[0] = stream.uniform(-0.3, 0.0);
            object[1] = stream.uniform(-0.2, 0.2);
            if norm(object) > CLEARANCE {
                break;
            }
        }
        Noise::Uniform(5e-3).add(stream, &mut qvel[..OBJECT_QPOS]);
    }

    /// The distances from the object to the hand and to the goal, in m.
    fn measure(&self, sim: &Sim, measured: &mut Measured) {
        *measured = [norm(&offset(sim, OBJECT, TIPS)), norm(&offset(sim, OBJECT, GOAL))];
    }

    fn measures_derived(&self) -> bool {
        true
    }

    fn judge(&self, moment: &Moment) -> (f64, bool) {
        let [to_hand, to_goal] = self.seen.measured(moment);
        (-to_goal - 0.1 * sum_of_squares(moment.action) - 0.5 * to_hand, false)
    }
}
