//! Hopper: stand, or hop forward, on one leg.

use super::physics::{NoStart, Physics};
use super::randomise::randomise_joints;
use super::task::{Definition, Part, Pen, Rule};
use super::tolerance::{Fall, small_control, tolerance};
use crate::EnvError;
use crate::mujoco::{Body, Joint, Sensor, Sim};
use crate::random::Stream;

/// Height of the torso over the foot (m) that counts as standing, up to the highest that does.
const STANDING: [f64; 2] = [0.6, 2.0];
/// The speed (m/s) that earns the whole reward.
const HOP_SPEED: f64 = 2.0;

const PARTS: &[Part] = &[
    ("position.height", 1, "m"),
    ("position.pitch, waist, hip, knee, ankle", 5, "rad"),
    ("velocity.root x, root z", 2, "m/s"),
    ("velocity.pitch, waist, hip, knee, ankle", 5, "rad/s"),
    ("touch.toe, heel", 2, "ln(1 + N)"),
];

pub(super) const STAND: Definition = Definition {
    id: "dm_control/hopper-stand-v0",
    summary: "get up and stand on one leg",
    parts: PARTS,
    controls: &[("waist", "30 N m"), ("hip", "40 N m"), ("knee", "30 N m"), ("ankle", "10 N m")],
    step_secs: 0.02,
    reward: "1 with the torso 0.6 m or more over the foot, up to a fifth less by control",
    substeps: 4,
    xml: "hopper.xml",
    shape: Ok,
    rule: |sim| Hopper::rule(sim, Asked::Stand),
};

pub(super) const HOP: Definition = Definition {
    id: "dm_control/hopper-hop-v0",
    summary: "get up and hop forward on one leg",
    reward: "forward speed over 2 m/s, up to 1, with the torso 0.6 m or more over the foot",
    rule: |sim| Hopper::rule(sim, Asked::Hop),
    ..STAND
};

#[derive(Debug, Clone, Copy)]
enum Asked {
    Stand,
    Hop,
}

#[derive(Debug)]
struct Hopper {
    asked: Asked,
    joints: Vec<Joint>,
    torso: Body,
    foot: Body,
    velocity: Sensor,
    touch: [Sensor; 2],
}

impl Hopper {
    fn rule(sim: &mut Sim, asked: Asked) -> Result<Box<dyn Rule>, EnvError> {
        let model = sim.model();
        Ok(Box::new(Hopper {
            asked,
            joints: model.joints(),
            torso: model.body("torso")?,
            foot: model.body("foot")?,
            velocity: model.sensor("torso_subtreelinvel")?,
            touch: [model.sensor("touch_toe")?, model.sensor("touch_heel")?],
        }))
    }
}

impl Rule for Hopper {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        randomise_joints(&mut physics.sim, &self.joints, stream);
        Ok(())
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        let sim = &physics.sim;
        obs.put(&sim.qpos()[1..]);
        obs.put(sim.qvel());
        obs.put(&self.touch.map(|sensor| sim.sensor_value(sensor).ln_1p()));
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let sim = &physics.sim;
        let height = self.torso.xipos(sim)[2] - self.foot.xipos(sim)[2];
        let standing = tolerance(height, STANDING, Fall::Sharp);
        match self.asked {
            Asked::Stand => standing * small_control(sim.ctrl()),
            Asked::Hop => {
                let fall = Fall::Linear { margin: HOP_SPEED / 2.0, value: 0.5 };
                standing * tolerance(sim.sensor_value(self.velocity), [HOP_SPEED, f64::INFINITY], fall)
            }
        }
    }
}
