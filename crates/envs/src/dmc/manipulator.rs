//! Manipulator: grasp a ball with a planar arm and bring it to a target.

use std::f64::consts::PI;

use super::physics::{NoStart, Physics};
use super::task::{Definition, Pen, Rule};
use super::tolerance::{Fall, tolerance};
use super::vector::{difference, norm};
use super::xml::without_body;
use crate::EnvError;
use crate::mujoco::{Body, Joint, Sensor, Sim, Site, Slot};
use crate::random::Stream;

/// The joints of the arm, in the order they are seen.
const ARM: [&str; 8] =
    ["arm_root", "arm_shoulder", "arm_elbow", "arm_wrist", "finger", "fingertip", "thumb", "thumbtip"];
const FINGER: usize = 4;
const THUMB: usize = 6;
const TOUCH: [&str; 5] = ["palm_touch", "finger_touch", "thumb_touch", "fingertip_touch", "thumbtip_touch"];
/// Bodies that other tasks need, and that this one takes out of the model.
const UNUSED: [&str; 4] = ["peg", "slot", "cup", "target_peg"];
/// The distance (m) that earns the whole reward.
const CLOSE: f64 = 0.01;
const P_IN_HAND: f64 = 0.1;
const P_AT_TARGET: f64 = 0.1;

pub(super) const BRING_BALL: Definition = Definition {
    id: "dm_control/manipulator-bring_ball-v0",
    summary: "grasp a ball with a planar arm and bring it to a target",
    parts: &[
        (
            "arm_pos.arm_root sine, arm_root cosine, arm_shoulder sine, arm_shoulder cosine, arm_elbow sine, \
             arm_elbow cosine, arm_wrist sine, arm_wrist cosine, finger sine, finger cosine, fingertip sine, \
             fingertip cosine, thumb sine, thumb cosine, thumbtip sine, thumbtip cosine",
            16,
            "-",
        ),
        (
            "arm_vel.arm_root, arm_shoulder, arm_elbow, arm_wrist, finger, fingertip, thumb, thumbtip",
            8,
            "rad/s",
        ),
        ("touch.palm, finger, thumb, fingertip, thumbtip", 5, "ln(1 + N)"),
        ("hand_pos.x, z", 2, "m"),
        ("hand_pos.quaternion w, quaternion y", 2, "-"),
        ("object_pos.x, z", 2, "m"),
        ("object_pos.quaternion w, quaternion y", 2, "-"),
        ("object_vel.x, z", 2, "m/s"),
        ("object_vel.turn", 1, "rad/s"),
        ("target_pos.x, z", 2, "m"),
        ("target_pos.quaternion w, quaternion y", 2, "-"),
    ],
    controls: &[
        ("root", "12 N m"),
        ("shoulder", "8 N m"),
        ("elbow", "4 N m"),
        ("wrist", "2 N m"),
        ("grasp", "2 N m"),
    ],
    step_secs: 0.01,
    reward: "1 with the ball within 0.01 m of the target, falling off over 0.02 m",
    substeps: 10,
    xml: "manipulator.xml",
    shape: |xml| UNUSED.iter().try_fold(xml, |xml, name| without_body(xml, name)),
    rule: BringBall::rule,
};

#[derive(Debug)]
struct BringBall {
    arm: [Joint; 8],
    /// x, z and turn.
    ball_joints: [Joint; 3],
    touch: [Sensor; 5],
    hand: Body,
    ball: Body,
    target: Body,
    grasp: Site,
    ball_site: Site,
    target_site: Site,
    /// Where the target is, and how it is turned.
    drawn: [Slot; 2],
}

impl BringBall {
    fn rule(sim: &mut Sim) -> Result<Box<dyn Rule>, EnvError> {
        let model = sim.model();
        let mut arm = [model.joint(ARM[0])?; 8];
        for (joint, name) in arm.iter_mut().zip(ARM) {
            *joint = model.joint(name)?;
        }
        let mut touch = [model.sensor(TOUCH[0])?; 5];
        for (sensor, name) in touch.iter_mut().zip(TOUCH) {
            *sensor = model.sensor(name)?;
        }
        let target = model.body("target_ball")?;
        Ok(Box::new(BringBall {
            arm,
            ball_joints: [model.joint("ball_x")?, model.joint("ball_z")?, model.joint("ball_y")?],
            touch,
            hand: model.body("hand")?,
            ball: model.body("ball")?,
            target,
            grasp: model.site("grasp")?,
            ball_site: model.site("ball")?,
            target_site: model.site("target_ball")?,
            drawn: [Slot::body_pos(target), Slot::body_quat(target)],
        }))
    }

    /// Draws arm, target and ball once, touching or not.
    fn draw_once(&self, sim: &mut Sim, stream: &mut Stream) {
        for joint in self.arm {
            let [low, high] = joint.range.unwrap_or([-PI, PI]);
            sim.qpos_mut()[joint.qpos] = stream.uniform(low, high);
        }
        sim.qpos_mut()[self.arm[FINGER].qpos] = sim.qpos()[self.arm[THUMB].qpos];

        let target = [stream.uniform(-0.4, 0.4), stream.uniform(0.1, 0.4), stream.uniform(-PI, PI)];
        let place = sim.slot_mut(self.drawn[0]);
        (place[0], place[2]) = (target[0], target[1]);
        let turn = sim.slot_mut(self.drawn[1]);
        (turn[0], turn[2]) = ((target[2] / 2.0).cos(), (target[2] / 2.0).sin());

        let chance = stream.uniform(0.0, 1.0);
        let ball = if chance < P_IN_HAND {
            sim.forward_without_actuation();
            let (place, axes) = (self.grasp.xpos(sim), self.grasp.xmat(sim));
            [place[0], place[2], PI - axes[6].atan2(axes[0])]
        } else if chance < P_IN_HAND + P_AT_TARGET {
            target
        } else {
            // The velocity stays if this draw is rejected and the next puts the ball elsewhere.
            let ball = [stream.uniform(-0.5, 0.5), stream.uniform(0.0, 0.7), stream.uniform(0.0, 2.0 * PI)];
            sim.qvel_mut()[self.ball_joints[0].dof] = stream.uniform(-5.0, 5.0);
            ball
        };
        for (joint, value) in self.ball_joints.iter().zip(ball) {
            sim.qpos_mut()[joint.qpos] = value;
        }
    }
}

/// x and z of a body, then w and y of its quaternion.
fn planar_pose(sim: &Sim, body: Body) -> [f64; 4] {
    let (place, turn) = (body.xpos(sim), body.xquat(sim));
    [place[0], place[2], turn[0], turn[2]]
}

impl Rule for BringBall {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        physics.draw_without_contact(|sim| self.draw_once(sim, stream))
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        let sim = &physics.sim;
        for joint in self.arm {
            let angle = sim.qpos()[joint.qpos];
            obs.put(&[angle.sin(), angle.cos()]);
        }
        obs.put(&self.arm.map(|joint| sim.qvel()[joint.dof]));
        obs.put(&self.touch.map(|sensor| sim.sensor_value(sensor).ln_1p()));
        obs.put(&planar_pose(sim, self.hand));
        obs.put(&planar_pose(sim, self.ball));
        obs.put(&self.ball_joints.map(|joint| sim.qvel()[joint.dof]));
        obs.put(&planar_pose(sim, self.target));
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let sim = &physics.sim;
        let way = difference(self.ball_site.xpos(sim), self.target_site.xpos(sim));
        tolerance(norm(&way), [0.0, CLOSE], Fall::Gaussian { margin: 2.0 * CLOSE })
    }

    fn drawn(&self) -> &[Slot] {
        &self.drawn
    }
}
