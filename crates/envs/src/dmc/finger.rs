//! Finger: spin a free body, or turn it until its tip is at a target.

use std::f64::consts::PI;

use super::physics::{NoStart, Physics};
use super::randomise::randomise_joints;
use super::task::{Definition, Part, Pen, Rule};
use super::vector::{difference, norm};
use crate::EnvError;
use crate::mujoco::{Geom, Joint, Sensor, Sim, Site, Slot};
use crate::random::Stream;

/// The speed of the spinning body (rad/s, the other way round) that earns the reward.
const SPIN_SPEED: f64 = 15.0;
/// Damping of the spinning body's hinge where it is to spin.
const SPIN_DAMPING: f64 = 0.03;

const SPIN_PARTS: &[Part] = &[
    ("position.proximal, distal", 2, "rad"),
    ("position.tip x from the hinge, tip z from the hinge", 2, "m"),
    ("velocity.proximal, distal, hinge", 3, "rad/s"),
    ("touch.top, bottom", 2, "ln(1 + N)"),
];

const TURN_PARTS: &[Part] = &[
    SPIN_PARTS[0],
    SPIN_PARTS[1],
    SPIN_PARTS[2],
    SPIN_PARTS[3],
    ("target_position.x from the hinge, z from the hinge", 2, "m"),
    ("dist_to_target", 1, "m"),
];

pub(super) const SPIN: Definition = Definition {
    id: "dm_control/finger-spin-v0",
    summary: "spin a body with a finger; rewarded while it is fast",
    parts: SPIN_PARTS,
    controls: &[("proximal", "30 N m"), ("distal", "15 N m")],
    step_secs: 0.02,
    reward: "1 while the body spins at 15 rad/s or more",
    substeps: 2,
    xml: "finger.xml",
    shape: Ok,
    rule: Spin::rule,
};

pub(super) const TURN_EASY: Definition = Definition {
    id: "dm_control/finger-turn_easy-v0",
    summary: "turn a body with a finger until its tip is at a large target",
    reward: "1 with the tip in the target",
    parts: TURN_PARTS,
    rule: |sim| Turn::rule(sim, 0.07),
    ..SPIN
};

pub(super) const TURN_HARD: Definition = Definition {
    id: "dm_control/finger-turn_hard-v0",
    summary: "turn a body with a finger until its tip is at a small target",
    rule: |sim| Turn::rule(sim, 0.03),
    ..TURN_EASY
};

/// Start and observation of both tasks.
#[derive(Debug)]
struct Finger {
    joints: Vec<Joint>,
    angles: [Sensor; 2],
    tip: Sensor,
    spinner: Sensor,
    velocities: [Sensor; 3],
    touch: [Sensor; 2],
}

impl Finger {
    fn of(sim: &Sim) -> Result<Self, EnvError> {
        let model = sim.model();
        Ok(Finger {
            joints: model.joints(),
            angles: [model.sensor("proximal")?, model.sensor("distal")?],
            tip: model.sensor("tip")?,
            spinner: model.sensor("spinner")?,
            velocities: [
                model.sensor("proximal_velocity")?,
                model.sensor("distal_velocity")?,
                model.sensor("hinge_velocity")?,
            ],
            touch: [model.sensor("touchtop")?, model.sensor("touchbottom")?],
        })
    }

    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        physics.draw_without_contact(|sim| randomise_joints(sim, &self.joints, stream))
    }

    /// x and z from the hinge to what a position sensor sees.
    fn hinge_to(&self, sim: &Sim, sensor: Sensor) -> [f64; 2] {
        let (there, hinge) = (sim.sensor(sensor), sim.sensor(self.spinner));
        [there[0] - hinge[0], there[2] - hinge[2]]
    }

    fn observe(&self, sim: &Sim, obs: &mut Pen) {
        obs.put(&self.angles.map(|sensor| sim.sensor_value(sensor)));
        obs.put(&self.hinge_to(sim, self.tip));
        obs.put(&self.velocities.map(|sensor| sim.sensor_value(sensor)));
        obs.put(&self.touch.map(|sensor| sim.sensor_value(sensor).ln_1p()));
    }
}

#[derive(Debug)]
struct Spin {
    finger: Finger,
}

impl Spin {
    fn rule(sim: &mut Sim) -> Result<Box<dyn Rule>, EnvError> {
        let (hinge, tip, target) =
            (sim.model().joint("hinge")?, sim.model().site("tip")?, sim.model().site("target")?);
        sim.slot_mut(Slot::damping(hinge))[0] = SPIN_DAMPING;
        sim.hide_site(tip);
        sim.hide_site(target);
        Ok(Box::new(Spin { finger: Finger::of(sim)? }))
    }
}

impl Rule for Spin {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        self.finger.draw(physics, stream)
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        self.finger.observe(&physics.sim, obs);
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let spun = physics.sim.sensor_value(self.finger.velocities[2]) <= -SPIN_SPEED;
        f64::from(u8::from(spun))
    }
}

#[derive(Debug)]
struct Turn {
    finger: Finger,
    hinge: Joint,
    cap: Geom,
    site: Site,
    target: Sensor,
    drawn: [Slot; 1],
}

impl Turn {
    fn rule(sim: &mut Sim, radius: f64) -> Result<Box<dyn Rule>, EnvError> {
        let site = sim.model().site("target")?;
        sim.slot_mut(Slot::site_size(site))[0] = radius;
        let model = sim.model();
        Ok(Box::new(Turn {
            finger: Finger::of(sim)?,
            hinge: model.joint("hinge")?,
            cap: model.geom("cap1")?,
            site,
            target: model.sensor("target")?,
            drawn: [Slot::site_pos(site)],
        }))
    }

    /// From the tip to the rim of the target (m), negative inside.
    fn distance(&self, sim: &Sim) -> f64 {
        let [target, tip] = [self.target, self.finger.tip].map(|sensor| self.finger.hinge_to(sim, sensor));
        norm(&difference(target, tip)) - sim.slot(Slot::site_size(self.site))[0]
    }
}

impl Rule for Turn {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        let sim = &mut physics.sim;
        let (angle, hinge) = (stream.uniform(-PI, PI), self.hinge.xanchor(sim));
        let radius: f64 = sim.slot(Slot::geom_size(self.cap)).iter().sum();
        let place = sim.slot_mut(self.drawn[0]);
        (place[0], place[2]) = (hinge[0] + radius * angle.sin(), hinge[2] + radius * angle.cos());
        self.finger.draw(physics, stream)
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        self.finger.observe(&physics.sim, obs);
        obs.put(&self.finger.hinge_to(&physics.sim, self.target));
        obs.put(&[self.distance(&physics.sim)]);
    }

    fn reward(&self, physics: &Physics) -> f64 {
        f64::from(u8::from(self.distance(&physics.sim) <= 0.0))
    }

    fn drawn(&self) -> &[Slot] {
        &self.drawn
    }
}
