//! Acrobot: swing two links up to a target by a torque at the elbow alone.

use std::f64::consts::PI;

use super::physics::{NoStart, Physics};
use super::task::{Definition, Part, Pen, Rule};
use super::tolerance::{Fall, tolerance};
use super::vector::{difference, norm};
use crate::EnvError;
use crate::mujoco::{Body, Joint, Sim, Site, Slot};
use crate::random::Stream;

const PARTS: &[Part] = &[
    ("orientations.upper arm sine, lower arm sine, upper arm cosine, lower arm cosine", 4, "-"),
    ("velocity.shoulder, elbow", 2, "rad/s"),
];

pub(super) const SWINGUP: Definition = Definition {
    id: "dm_control/acrobot-swingup-v0",
    summary: "swing two links up by the joint between them",
    parts: PARTS,
    controls: &[("elbow", "2 N m")],
    step_secs: 0.01,
    reward: "1 with the tip within 0.2 m of the target, falling off over 1 m",
    substeps: 1,
    xml: "acrobot.xml",
    shape: Ok,
    rule: |sim| Acrobot::rule(sim, Fall::Gaussian { margin: 1.0 }),
};

pub(super) const SWINGUP_SPARSE: Definition = Definition {
    id: "dm_control/acrobot-swingup_sparse-v0",
    summary: "swing two links up; rewarded only with the tip at the target",
    reward: "1 with the tip within 0.2 m of the target",
    rule: |sim| Acrobot::rule(sim, Fall::Sharp),
    ..SWINGUP
};

#[derive(Debug)]
struct Acrobot {
    fall: Fall,
    arms: [Body; 2],
    joints: [Joint; 2],
    tip: Site,
    target: Site,
}

impl Acrobot {
    fn rule(sim: &mut Sim, fall: Fall) -> Result<Box<dyn Rule>, EnvError> {
        let model = sim.model();
        Ok(Box::new(Acrobot {
            fall,
            arms: [model.body("upper_arm")?, model.body("lower_arm")?],
            joints: [model.joint("shoulder")?, model.joint("elbow")?],
            tip: model.site("tip")?,
            target: model.site("target")?,
        }))
    }
}

impl Rule for Acrobot {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        for joint in self.joints {
            physics.sim.qpos_mut()[joint.qpos] = stream.uniform(-PI, PI);
        }
        Ok(())
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        let [upper, lower] = self.arms.map(|arm| arm.xmat(&physics.sim));
        obs.put(&[upper[2], lower[2], upper[8], lower[8]]);
        obs.put(physics.sim.qvel());
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let sim = &physics.sim;
        let distance = norm(&difference(self.target.xpos(sim), self.tip.xpos(sim)));
        let radius = sim.slot(Slot::site_size(self.target))[0];
        tolerance(distance, [0.0, radius], self.fall)
    }
}
