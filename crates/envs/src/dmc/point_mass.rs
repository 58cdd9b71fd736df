//! Point mass: push a mass in the plane to the middle.

use super::physics::{NoStart, Physics};
use super::randomise::randomise_joints;
use super::task::{Definition, Pen, Rule};
use super::tolerance::{Fall, small_control, tolerance};
use super::vector::{difference, norm};
use crate::EnvError;
use crate::mujoco::{Geom, Joint, Sim, Slot};
use crate::random::Stream;

pub(super) const EASY: Definition = Definition {
    id: "dm_control/point_mass-easy-v0",
    summary: "push a mass in the plane to the middle",
    parts: &[("position.x, y", 2, "m"), ("velocity.x, y", 2, "m/s")],
    controls: &[("x", "0.1 N"), ("y", "0.1 N")],
    step_secs: 0.02,
    reward: "1 within 0.015 m of the middle, falling off over as much, up to a fifth less by control",
    substeps: 1,
    xml: "point_mass.xml",
    shape: Ok,
    rule: PointMass::rule,
};

#[derive(Debug)]
struct PointMass {
    joints: Vec<Joint>,
    mass: Geom,
    target: Geom,
}

impl PointMass {
    fn rule(sim: &mut Sim) -> Result<Box<dyn Rule>, EnvError> {
        let model = sim.model();
        let (mass, target) = (model.geom("pointmass")?, model.geom("target")?);
        Ok(Box::new(PointMass { joints: model.joints(), mass, target }))
    }
}

impl Rule for PointMass {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        randomise_joints(&mut physics.sim, &self.joints, stream);
        Ok(())
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        obs.put(physics.sim.qpos());
        obs.put(physics.sim.qvel());
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let sim = &physics.sim;
        let radius = sim.slot(Slot::geom_size(self.target))[0];
        let distance = norm(&difference(self.target.xpos(sim), self.mass.xpos(sim)));
        tolerance(distance, [0.0, radius], Fall::Gaussian { margin: radius }) * small_control(sim.ctrl())
    }
}
