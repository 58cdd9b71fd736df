//! The contents of a model: bodies, joints and motors by name, so that each number of an observation can be named.

use crate::mujoco::{Model, Object};
use crate::{Control, Entry};

/// The bodies, joints and motors of a model, in its order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anatomy {
    /// The world first. Where a body has no name in the model, ours in parentheses.
    pub(super) bodies: &'static [&'static str],
    pub(super) joints: &'static [Joint],
    pub(super) motors: &'static [Motor],
}

/// A joint.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joint {
    name: &'static str,
    kind: Kind,
}

/// Freedom of a joint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Slide,
    Hinge,
    Free,
}

/// A joint along which something slides.
pub(super) const fn slide(name: &'static str) -> Joint {
    Joint { name, kind: Kind::Slide }
}

/// A joint about which something turns.
pub(super) const fn hinge(name: &'static str) -> Joint {
    Joint { name, kind: Kind::Hinge }
}

/// A body that moves and turns freely: seven positions (the last four a quaternion), six velocities.
pub(super) const fn free(name: &'static str) -> Joint {
    Joint { name, kind: Kind::Free }
}

/// A motor at a joint.
#[derive(Debug, Clone, Copy)]
pub(super) struct Motor {
    joint: &'static str,
    /// N or N m for a control of one.
    gear: f64,
    /// A control lies between minus and plus this.
    limit: f64,
}

/// A motor whose control lies in [-`limit`, `limit`].
pub(super) const fn motor(joint: &'static str, gear: f64, limit: f64) -> Motor {
    Motor { joint, gear, limit }
}

impl Anatomy {
    /// The position coordinates.
    pub(super) fn positions(&self) -> Vec<Entry> {
        self.coordinates(
            [("", "m"), ("", "rad")],
            &[
                (" x", "m"),
                (" y", "m"),
                (" z", "m"),
                (" quaternion w", "-"),
                (" quaternion x", "-"),
                (" quaternion y", "-"),
                (" quaternion z", "-"),
            ],
        )
    }

    /// The velocity coordinates.
    pub(super) fn velocities(&self) -> Vec<Entry> {
        self.coordinates(
            [("", "m/s"), ("", "rad/s")],
            &[
                (" x", "m/s"),
                (" y", "m/s"),
                (" z", "m/s"),
                (" about x", "rad/s"),
                (" about y", "rad/s"),
                (" about z", "rad/s"),
            ],
        )
    }

    /// The forces along the velocity coordinates.
    pub(super) fn forces(&self) -> Vec<Entry> {
        self.coordinates(
            [("", "N"), ("", "N m")],
            &[
                (" x", "N"),
                (" y", "N"),
                (" z", "N"),
                (" about x", "N m"),
                (" about y", "N m"),
                (" about z", "N m"),
            ],
        )
    }

    fn coordinates(
        &self,
        [slide, hinge]: [(&str, &'static str); 2],
        free: &[(&str, &'static str)],
    ) -> Vec<Entry> {
        let of = |joint: &Joint| {
            let numbers = match joint.kind {
                Kind::Slide => vec![slide],
                Kind::Hinge => vec![hinge],
                Kind::Free => free.to_vec(),
            };
            let name = joint.name;
            numbers.into_iter().map(move |(which, unit)| Entry::new(format!("{name}{which}"), unit))
        };
        self.joints.iter().flat_map(of).collect()
    }

    /// Some numbers of each body from `first` on.
    pub(super) fn of_bodies(&self, first: usize, numbers: &[(&str, &'static str)]) -> Vec<Entry> {
        let of = |body: &&'static str| {
            let body = *body;
            numbers.iter().map(move |(which, unit)| Entry::new(format!("{body} {which}"), unit))
        };
        self.bodies[first..].iter().flat_map(of).collect()
    }

    /// The controls.
    pub(super) fn controls(&self) -> Vec<Control> {
        let of = |motor: &Motor| {
            let slides = self.joints.iter().any(|j| j.name == motor.joint && j.kind == Kind::Slide);
            let unit = if slides { "N" } else { "N m" };
            Control {
                name: motor.joint.to_owned(),
                unit: if motor.gear == 1.0 { unit.to_owned() } else { format!("{} {unit}", motor.gear) },
                low: -motor.limit,
                high: motor.limit,
            }
        };
        self.motors.iter().map(of).collect()
    }

    /// The first difference of a model from what is stated here.
    pub(super) fn mismatch(&self, model: &Model) -> Option<String> {
        let sizes = [self.bodies.len(), self.joints.len(), self.motors.len()];
        let found = [model.count(Object::Body), model.count(Object::Joint), model.nu()];
        if sizes != found {
            return Some(format!("it has {found:?} bodies, joints and motors where {sizes:?} belong"));
        }
        let coordinates = [self.positions().len(), self.velocities().len()];
        if coordinates != [model.nq(), model.nv()] {
            return Some(format!("it has {} positions where {} belong", model.nq(), coordinates[0]));
        }
        let bodies = self.bodies.iter().map(|name| (Object::Body, *name)).enumerate();
        let joints = self.joints.iter().map(|joint| (Object::Joint, joint.name)).enumerate();
        let mut named = bodies.chain(joints).filter(|(_, (_, name))| !name.starts_with('('));
        if let Some((id, (object, name))) =
            named.find(|(id, (object, name))| model.id(*object, name) != Some(*id))
        {
            return Some(format!("its {object:?} {id} is not called '{name}'").to_lowercase());
        }
        let mut motors = self.motors.iter().enumerate();
        motors.find_map(|(i, motor)| {
            let (joint, gear) = model.motor(i);
            let as_stated = self.joints.get(joint).is_some_and(|found| found.name == motor.joint)
                && gear == motor.gear
                && model.ctrl_range()[i] == [-motor.limit, motor.limit];
            (!as_stated).then(|| format!("its motor {i} is not that of {} as stated here", motor.joint))
        })
    }
}
