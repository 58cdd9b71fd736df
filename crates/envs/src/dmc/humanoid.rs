//! Humanoid: stand, walk or run with 21 joints.

use super::physics::{NoStart, Physics};
use super::randomise::randomise_joints;
use super::task::{Control, Definition, Part, Pen, Rule};
use super::tolerance::{Fall, small_control, tolerance};
use super::vector::{difference, in_frame, norm};
use crate::EnvError;
use crate::mujoco::{Body, Joint, Sensor, Sim};
use crate::random::Stream;

/// Height of the head (m) that counts as standing.
const STAND_HEIGHT: f64 = 1.4;
/// The speeds (m/s) that earn the whole reward.
const WALK_SPEED: f64 = 1.0;
const RUN_SPEED: f64 = 10.0;

/// The joints but the root, in the model's order.
macro_rules! joints {
    () => {
        "abdomen_z, abdomen_y, abdomen_x, right_hip_x, right_hip_z, right_hip_y, right_knee, \
         right_ankle_y, right_ankle_x, left_hip_x, left_hip_z, left_hip_y, left_knee, left_ankle_y, \
         left_ankle_x, right_shoulder1, right_shoulder2, right_elbow, left_shoulder1, left_shoulder2, \
         left_elbow"
    };
}

const PARTS: &[Part] = &[
    (concat!("joint_angles.", joints!()), 21, "rad"),
    ("head_height", 1, "m"),
    (
        "extremities.left hand x, left hand y, left hand z, left foot x, left foot y, left foot z, right hand x, \
         right hand y, right hand z, right foot x, right foot y, right foot z",
        12,
        "m",
    ),
    ("torso_vertical.zx, zy, zz", 3, "-"),
    ("com_velocity.x, y, z", 3, "m/s"),
    ("velocity.root x, root y, root z", 3, "m/s"),
    (concat!("velocity.root about x, root about y, root about z, ", joints!()), 24, "rad/s"),
];

const CONTROLS: &[Control] = &[
    ("abdomen_y", "40 N m"),
    ("abdomen_z", "40 N m"),
    ("abdomen_x", "40 N m"),
    ("right_hip_x", "40 N m"),
    ("right_hip_z", "40 N m"),
    ("right_hip_y", "120 N m"),
    ("right_knee", "80 N m"),
    ("right_ankle_x", "20 N m"),
    ("right_ankle_y", "20 N m"),
    ("left_hip_x", "40 N m"),
    ("left_hip_z", "40 N m"),
    ("left_hip_y", "120 N m"),
    ("left_knee", "80 N m"),
    ("left_ankle_x", "20 N m"),
    ("left_ankle_y", "20 N m"),
    ("right_shoulder1", "20 N m"),
    ("right_shoulder2", "20 N m"),
    ("right_elbow", "40 N m"),
    ("left_shoulder1", "20 N m"),
    ("left_shoulder2", "20 N m"),
    ("left_elbow", "40 N m"),
];

pub(super) const STAND: Definition = Definition {
    id: "dm_control/humanoid-stand-v0",
    summary: "get a humanoid up and keep it standing",
    parts: PARTS,
    controls: CONTROLS,
    step_secs: 0.025,
    reward: "1 standing still with the head at 1.4 m or more and upright, up to a fifth less by control",
    substeps: 5,
    xml: "humanoid.xml",
    shape: Ok,
    rule: |sim| Humanoid::rule(sim, None),
};

pub(super) const WALK: Definition = Definition {
    id: "dm_control/humanoid-walk-v0",
    summary: "get a humanoid up and walk",
    reward: "as for standing, but times a sixth and five sixths of the speed over 1 m/s instead of for stillness",
    rule: |sim| Humanoid::rule(sim, Some(WALK_SPEED)),
    ..STAND
};

pub(super) const RUN: Definition = Definition {
    id: "dm_control/humanoid-run-v0",
    summary: "get a humanoid up and run",
    reward: "as for standing, but times a sixth and five sixths of the speed over 10 m/s instead of for stillness",
    rule: |sim| Humanoid::rule(sim, Some(RUN_SPEED)),
    ..STAND
};

#[derive(Debug)]
struct Humanoid {
    /// The speed asked for, or `None` for standing still.
    speed: Option<f64>,
    joints: Vec<Joint>,
    torso: Body,
    head: Body,
    extremities: [Body; 4],
    velocity: Sensor,
}

impl Humanoid {
    fn rule(sim: &mut Sim, speed: Option<f64>) -> Result<Box<dyn Rule>, EnvError> {
        let model = sim.model();
        Ok(Box::new(Humanoid {
            speed,
            joints: model.joints(),
            torso: model.body("torso")?,
            head: model.body("head")?,
            extremities: [
                model.body("left_hand")?,
                model.body("left_foot")?,
                model.body("right_hand")?,
                model.body("right_foot")?,
            ],
            velocity: model.sensor("torso_subtreelinvel")?,
        }))
    }
}

impl Rule for Humanoid {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        physics.draw_without_contact(|sim| randomise_joints(sim, &self.joints, stream))
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        let sim = &physics.sim;
        let (torso, frame) = (self.torso.xpos(sim), self.torso.xmat(sim));
        obs.put(&sim.qpos()[7..]);
        obs.put(&[self.head.xpos(sim)[2]]);
        for limb in self.extremities {
            obs.put(&in_frame(difference(limb.xpos(sim), torso), &frame));
        }
        obs.put(&frame[6..]);
        obs.put(sim.sensor(self.velocity));
        obs.put(sim.qvel());
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let sim = &physics.sim;
        let head = self.head.xpos(sim)[2];
        let standing =
            tolerance(head, [STAND_HEIGHT, f64::INFINITY], Fall::Gaussian { margin: STAND_HEIGHT / 4.0 });
        let upright = tolerance(
            self.torso.xmat(sim)[8],
            [0.9, f64::INFINITY],
            Fall::Linear { margin: 1.9, value: 0.0 },
        );
        let horizontal = &sim.sensor(self.velocity)[..2];
        let moving = match self.speed {
            None => {
                let still = |v: &f64| tolerance(*v, [0.0, 0.0], Fall::Gaussian { margin: 2.0 });
                horizontal.iter().map(still).sum::<f64>() / 2.0
            }
            Some(speed) => {
                let fall = Fall::Linear { margin: speed, value: 0.0 };
                (5.0 * tolerance(norm(horizontal), [speed, f64::INFINITY], fall) + 1.0) / 6.0
            }
        };
        small_control(sim.ctrl()) * (standing * upright) * moving
    }
}
