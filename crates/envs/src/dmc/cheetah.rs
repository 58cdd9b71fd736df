//! Cheetah: run forward on two legs.

use super::physics::{NoStart, Physics};
use super::task::{Definition, Pen, Rule};
use super::tolerance::{Fall, tolerance};
use crate::EnvError;
use crate::mujoco::{Joint, Sensor, Sim};
use crate::random::Stream;

/// The speed (m/s) that earns the whole reward.
const RUN_SPEED: f64 = 10.0;
/// Simulator steps in which a drawn pose comes to rest on the ground.
const SETTLING_STEPS: u32 = 200;

pub(super) const RUN: Definition = Definition {
    id: "dm_control/cheetah-run-v0",
    summary: "run forward on two legs",
    parts: &[
        ("position.height", 1, "m"),
        ("position.pitch, bthigh, bshin, bfoot, fthigh, fshin, ffoot", 7, "rad"),
        ("velocity.root x, root z", 2, "m/s"),
        ("velocity.pitch, bthigh, bshin, bfoot, fthigh, fshin, ffoot", 7, "rad/s"),
    ],
    controls: &[
        ("bthigh", "120 N m"),
        ("bshin", "90 N m"),
        ("bfoot", "60 N m"),
        ("fthigh", "90 N m"),
        ("fshin", "60 N m"),
        ("ffoot", "30 N m"),
    ],
    step_secs: 0.01,
    reward: "forward speed over 10 m/s, from 0 to 1",
    substeps: 1,
    xml: "cheetah.xml",
    shape: Ok,
    rule: Cheetah::rule,
};

#[derive(Debug)]
struct Cheetah {
    joints: Vec<Joint>,
    velocity: Sensor,
}

impl Cheetah {
    fn rule(sim: &mut Sim) -> Result<Box<dyn Rule>, EnvError> {
        let model = sim.model();
        Ok(Box::new(Cheetah { joints: model.joints(), velocity: model.sensor("torso_subtreelinvel")? }))
    }
}

impl Rule for Cheetah {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        for joint in &self.joints {
            if let Some([low, high]) = joint.range {
                physics.sim.qpos_mut()[joint.qpos] = stream.uniform(low, high);
            }
        }
        physics.advance(SETTLING_STEPS);
        physics.sim.set_time_secs(0.0);
        Ok(())
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        obs.put(&physics.sim.qpos()[1..]);
        obs.put(physics.sim.qvel());
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let speed = physics.sim.sensor_value(self.velocity);
        tolerance(speed, [RUN_SPEED, f64::INFINITY], Fall::Linear { margin: RUN_SPEED, value: 0.0 })
    }
}
