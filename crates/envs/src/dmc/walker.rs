//! Walker: stand, walk or run on two legs in the plane.

use super::physics::{NoStart, Physics};
use super::randomise::randomise_joints;
use super::task::{Definition, Part, Pen, Rule};
use super::tolerance::{Fall, tolerance};
use crate::EnvError;
use crate::mujoco::{Body, Joint, Sensor, Sim};
use crate::random::Stream;

/// Height of the torso (m) that counts as standing.
const STAND_HEIGHT: f64 = 1.2;
/// The speeds (m/s) that earn the whole reward.
const WALK_SPEED: f64 = 1.0;
const RUN_SPEED: f64 = 8.0;

/// The bodies, in the order they are seen.
const BODIES: [&str; 7] =
    ["torso", "right_thigh", "right_leg", "right_foot", "left_thigh", "left_leg", "left_foot"];

const PARTS: &[Part] = &[
    (
        "orientations.torso xx, torso xz, right_thigh xx, right_thigh xz, right_leg xx, right_leg xz, right_foot xx, \
         right_foot xz, left_thigh xx, left_thigh xz, left_leg xx, left_leg xz, left_foot xx, left_foot \
         xz",
        14,
        "-",
    ),
    ("height", 1, "m"),
    ("velocity.root z, root x", 2, "m/s"),
    ("velocity.pitch, right_hip, right_knee, right_ankle, left_hip, left_knee, left_ankle", 7, "rad/s"),
];

pub(super) const STAND: Definition = Definition {
    id: "dm_control/walker-stand-v0",
    summary: "get up and stand on two legs",
    parts: PARTS,
    controls: &[
        ("right_hip", "100 N m"),
        ("right_knee", "50 N m"),
        ("right_ankle", "20 N m"),
        ("left_hip", "100 N m"),
        ("left_knee", "50 N m"),
        ("left_ankle", "20 N m"),
    ],
    step_secs: 0.025,
    reward: "3/4 for the torso at 1.2 m or more and 1/4 for being upright",
    substeps: 10,
    xml: "walker.xml",
    shape: Ok,
    rule: |sim| Walker::rule(sim, None),
};

pub(super) const WALK: Definition = Definition {
    id: "dm_control/walker-walk-v0",
    summary: "get up and walk forward on two legs",
    reward: "as standing, times a sixth and five sixths of the speed over 1 m/s, up to 1",
    rule: |sim| Walker::rule(sim, Some(WALK_SPEED)),
    ..STAND
};

pub(super) const RUN: Definition = Definition {
    id: "dm_control/walker-run-v0",
    summary: "get up and run forward on two legs",
    reward: "as standing, times a sixth and five sixths of the speed over 8 m/s, up to 1",
    rule: |sim| Walker::rule(sim, Some(RUN_SPEED)),
    ..STAND
};

#[derive(Debug)]
struct Walker {
    /// The speed asked for, or `None` for standing.
    speed: Option<f64>,
    joints: Vec<Joint>,
    bodies: [Body; 7],
    velocity: Sensor,
}

impl Walker {
    fn rule(sim: &mut Sim, speed: Option<f64>) -> Result<Box<dyn Rule>, EnvError> {
        let model = sim.model();
        let mut bodies = [model.body(BODIES[0])?; 7];
        for (body, name) in bodies.iter_mut().zip(BODIES) {
            *body = model.body(name)?;
        }
        let velocity = model.sensor("torso_subtreelinvel")?;
        Ok(Box::new(Walker { speed, joints: model.joints(), bodies, velocity }))
    }
}

impl Rule for Walker {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        randomise_joints(&mut physics.sim, &self.joints, stream);
        Ok(())
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        let sim = &physics.sim;
        for body in self.bodies {
            let xmat = body.xmat(sim);
            obs.put(&[xmat[0], xmat[2]]);
        }
        obs.put(&[self.bodies[0].xpos(sim)[2]]);
        obs.put(sim.qvel());
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let sim = &physics.sim;
        let torso = self.bodies[0];
        let fall = Fall::Gaussian { margin: STAND_HEIGHT / 2.0 };
        let standing = tolerance(torso.xpos(sim)[2], [STAND_HEIGHT, f64::INFINITY], fall);
        let upright = (1.0 + torso.xmat(sim)[8]) / 2.0;
        let stand = (3.0 * standing + upright) / 4.0;
        let Some(speed) = self.speed else { return stand };
        let fall = Fall::Linear { margin: speed / 2.0, value: 0.5 };
        let moving = tolerance(sim.sensor_value(self.velocity), [speed, f64::INFINITY], fall);
        stand * (5.0 * moving + 1.0) / 6.0
    }
}
