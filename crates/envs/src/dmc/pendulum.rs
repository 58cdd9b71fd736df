//! Pendulum: swing up a pole with a torque too weak to lift it at once.

use std::f64::consts::PI;

use super::physics::{NoStart, Physics};
use super::task::{Definition, Pen, Rule};
use super::tolerance::{Fall, tolerance};
use crate::EnvError;
use crate::mujoco::{Body, Sim};
use crate::random::Stream;

/// The angle from upright (degrees) that counts as up.
const UPRIGHT_DEGREES: f64 = 8.0;

pub(super) const SWINGUP: Definition = Definition {
    id: "dm_control/pendulum-swingup-v0",
    summary: "swing up a pendulum; rewarded while it is upright",
    parts: &[("orientation.cosine, sine", 2, "-"), ("velocity", 1, "rad/s")],
    controls: &[("torque", "1 N m")],
    step_secs: 0.02,
    reward: "1 within 8 degrees of upright",
    substeps: 1,
    xml: "pendulum.xml",
    shape: Ok,
    rule: Pendulum::rule,
};

#[derive(Debug)]
struct Pendulum {
    pole: Body,
}

impl Pendulum {
    fn rule(sim: &mut Sim) -> Result<Box<dyn Rule>, EnvError> {
        Ok(Box::new(Pendulum { pole: sim.model().body("pole")? }))
    }
}

impl Rule for Pendulum {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        physics.sim.qpos_mut()[0] = stream.uniform(-PI, PI);
        Ok(())
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        let xmat = self.pole.xmat(&physics.sim);
        obs.put(&[xmat[8], xmat[2]]);
        obs.put(physics.sim.qvel());
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let bound = UPRIGHT_DEGREES.to_radians().cos();
        tolerance(self.pole.xmat(&physics.sim)[8], [bound, 1.0], Fall::Sharp)
    }
}
