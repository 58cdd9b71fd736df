//! Striker: hit a ball into a goal with an arm of seven joints; it never ends by itself.

use super::anatomy::{Anatomy, Joint, Motor, free, motor, slide};
use super::arm::{self, GOAL, OBJECT, TIPS};
use super::definition::{Definition, Timing, Xml};
use super::numpy::{norm, sum_of_squares};
use super::observation::offset;
use super::rules::{Measured, Moment, Noise, Rules};
use crate::mujoco::{GYM, Sim};
use crate::random::Stream;

const BODIES: [&str; 17] = {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m] = arm::BODIES;
    [a, b, c, d, e, f, g, h, i, j, k, l, m, "(goal back)", "coaster", "(goal side)", "(other goal side)"]
};

const JOINTS: [Joint; 10] = {
    let [a, b, c, d, e, f, g] = arm::JOINTS;
    [a, b, c, d, e, f, g, slide("obj_slidey"), slide("obj_slidex"), free("goal_free")]
};

const MOTORS: [Motor; 7] = [
    motor("r_shoulder_pan_joint", 1.0, 3.0),
    motor("r_shoulder_lift_joint", 1.0, 3.0),
    motor("r_upper_arm_roll_joint", 1.0, 3.0),
    motor("r_elbow_flex_joint", 1.0, 3.0),
    motor("r_forearm_roll_joint", 1.0, 3.0),
    motor("r_wrist_flex_joint", 1.0, 3.0),
    motor("r_wrist_roll_joint", 1.0, 3.0),
];

/// Degrees of freedom of the arm; the position coordinates of the ball and of the goal follow.
const ARM: usize = 7;
const BALL_QPOS: usize = 7;
const GOAL_QPOS: usize = 9;
/// The last number of the goal's quaternion.
const GOAL_TURN_QPOS: usize = 15;
/// Where the ball starts: x, y in m.
const BALL: [f64; 2] = [0.5, -0.175];
/// How near the ball the goal may not be, in m.
const CLEARANCE: f64 = 0.17;

/// Only in -v2.
pub(super) fn definition() -> Definition {
    Definition {
        xml: Xml { package: &GYM, file: "striker.xml" },
        timing: Timing { timestep_secs: 0.01, frame_skip: 5, max_episode_steps: 100 },
        anatomy: Anatomy { bodies: &BODIES, joints: &JOINTS, motors: &MOTORS },
        observation: arm::observation(),
        rules: Box::new(Strike),
        reward: "-3 min |object - goal| so far - 0.1 |action|^2 - 0.5 |object - tips_arm|, places before the \
                 step, in m",
        ends: None,
    }
}

/// In gym's code the last term turns, once the hand has come within 0.1 m, into the distance from where it
/// was then. But what it keeps is mujoco-py's view of the hand, which goes on following it, so that the
/// published numbers have the distance to the hand throughout; and so has this.
#[derive(Debug)]
struct Strike;

impl Rules for Strike {
    #[allow(clippy::approx_constant, reason = "gym divides by 3.14, and so its goals stand as they do")]
    fn draw(&self, stream: &mut Stream, qpos: &mut [f64], qvel: &mut [f64]) {
        // The ball slides along y first.
        (qpos[BALL_QPOS], qpos[BALL_QPOS + 1]) = (BALL[1], BALL[0]);
        let [dx, dy] = loop {
            let goal = [stream.uniform(0.15, 0.7), stream.uniform(0.1, 1.0)];
            let from_goal = [BALL[0] - goal[0], BALL[1] - goal[1]];
            if norm(&from_goal) > CLEARANCE {
                qpos[GOAL_QPOS..GOAL_QPOS + 2].copy_from_slice(&goal);
                break from_goal;
            }
        };
        // Gym's own: a number of a quaternion that is not of length one, from an angle and 3.14.
        qpos[GOAL_TURN_QPOS] = -(dx / (dy + 1e-8)).atan() / 3.14;
        Noise::Uniform(0.1).add(stream, &mut qvel[..ARM]);
    }

    /// The distance from the ball to the hand, and the least yet from the ball to the goal, in m.
    fn measure(&self, sim: &Sim, measured: &mut Measured) {
        let to_goal = norm(&offset(sim, OBJECT, GOAL));
        *measured = [norm(&offset(sim, OBJECT, TIPS)), measured[1].min(to_goal)];
    }

    fn measures_derived(&self) -> bool {
        true
    }

    fn judge(&self, moment: &Moment) -> (f64, bool) {
        let [to_hand, least_to_goal] = moment.before;
        (-3.0 * least_to_goal - 0.1 * sum_of_squares(moment.action) - 0.5 * to_hand, false)
    }
}
