//! Reacher: bring the end of a two-link arm to a target in the plane.

use std::f64::consts::PI;

use super::physics::{NoStart, Physics};
use super::randomise::randomise_joints;
use super::task::{Definition, Pen, Rule};
use super::tolerance::{Fall, tolerance};
use super::vector::norm;
use crate::EnvError;
use crate::mujoco::{Geom, Joint, Sim, Slot};
use crate::random::Stream;

pub(super) const EASY: Definition = Definition {
    id: "dm_control/reacher-easy-v0",
    summary: "bring the end of a two-link arm to a large target",
    parts: &[
        ("position.shoulder, wrist", 2, "rad"),
        ("to_target.x, y", 2, "m"),
        ("velocity.shoulder, wrist", 2, "rad/s"),
    ],
    controls: &[("shoulder", "0.05 N m"), ("wrist", "0.05 N m")],
    step_secs: 0.02,
    reward: "1 with the end touching the target",
    substeps: 1,
    xml: "reacher.xml",
    shape: Ok,
    rule: |sim| Reacher::rule(sim, 0.05),
};

pub(super) const HARD: Definition = Definition {
    id: "dm_control/reacher-hard-v0",
    summary: "bring the end of a two-link arm to a small target",
    rule: |sim| Reacher::rule(sim, 0.015),
    ..EASY
};

#[derive(Debug)]
struct Reacher {
    joints: Vec<Joint>,
    finger: Geom,
    target: Geom,
    drawn: [Slot; 1],
}

impl Reacher {
    fn rule(sim: &mut Sim, radius: f64) -> Result<Box<dyn Rule>, EnvError> {
        let (finger, target) = (sim.model().geom("finger")?, sim.model().geom("target")?);
        sim.slot_mut(Slot::geom_size(target))[0] = radius;
        let joints = sim.model().joints();
        Ok(Box::new(Reacher { joints, finger, target, drawn: [Slot::geom_pos(target)] }))
    }

    fn to_target(&self, sim: &Sim) -> [f64; 2] {
        let (target, finger) = (self.target.xpos(sim), self.finger.xpos(sim));
        [target[0] - finger[0], target[1] - finger[1]]
    }
}

impl Rule for Reacher {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        randomise_joints(&mut physics.sim, &self.joints, stream);
        let (angle, radius) = (stream.uniform(0.0, 2.0 * PI), stream.uniform(0.05, 0.2));
        let place = physics.sim.slot_mut(self.drawn[0]);
        (place[0], place[1]) = (radius * angle.sin(), radius * angle.cos());
        Ok(())
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        obs.put(physics.sim.qpos());
        obs.put(&self.to_target(&physics.sim));
        obs.put(physics.sim.qvel());
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let sim = &physics.sim;
        let [target, finger] = [self.target, self.finger].map(|geom| sim.slot(Slot::geom_size(geom))[0]);
        tolerance(norm(&self.to_target(sim)), [0.0, target + finger], Fall::Sharp)
    }

    fn drawn(&self) -> &[Slot] {
        &self.drawn
    }
}
