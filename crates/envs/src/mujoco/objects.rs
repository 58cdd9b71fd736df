//! The named objects of a model (bodies, joints, geoms, sites, lights, sensors) and the arrays with a row for each.

use std::ffi::{CString, c_int};

use super::fields::Kind;
use super::sim::{Model, copied};
use crate::EnvError;

/// A body of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body(pub(super) usize);

/// A geom of a model: a shape that collides or is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geom(pub(super) usize);

/// A site of a model: a marked place on a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site(pub(super) usize);

/// A light of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Light(pub(super) usize);

/// A sensor of a model: which of the sensor numbers are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sensor {
    pub(super) start: usize,
    pub(super) len: usize,
}

/// How a joint moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JointKind {
    /// In every way: three positions and a quaternion.
    Free,
    /// About every axis: a quaternion.
    Ball,
    /// Along an axis, in metres.
    Slide,
    /// About an axis, in radians.
    Hinge,
}

/// A joint of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joint {
    pub(super) index: usize,
    /// How it moves.
    pub kind: JointKind,
    /// Its limits, where it has some (m or rad).
    pub range: Option<[f64; 2]>,
    /// Its first number in qpos.
    pub qpos: usize,
    /// Its first number in qvel.
    pub dof: usize,
}

impl Model {
    /// How many objects of a kind there are.
    pub(super) fn count_of(&self, kind: Kind) -> usize {
        let offset = self.library.objects.counts[kind as usize];
        // SAFETY: the layout table of this version, checked when it was loaded, says that a 64-bit size lies
        // at this offset of an mjModel.
        let count: i64 = unsafe { self.read(offset) };
        usize::try_from(count).unwrap_or(0)
    }

    /// The body called `name`.
    pub fn body(&self, name: &'static str) -> Result<Body, EnvError> {
        self.find(Kind::Body, "body", name).map(Body)
    }

    /// The geom called `name`.
    pub fn geom(&self, name: &'static str) -> Result<Geom, EnvError> {
        self.find(Kind::Geom, "geom", name).map(Geom)
    }

    /// The site called `name`.
    pub fn site(&self, name: &'static str) -> Result<Site, EnvError> {
        self.find(Kind::Site, "site", name).map(Site)
    }

    /// The light called `name`.
    pub fn light(&self, name: &'static str) -> Result<Light, EnvError> {
        self.find(Kind::Light, "light", name).map(Light)
    }

    /// The sensor called `name`.
    pub fn sensor(&self, name: &'static str) -> Result<Sensor, EnvError> {
        let index = self.find(Kind::Sensor, "sensor", name)?;
        let objects = &self.library.objects;
        let [start, len] = [objects.sensor_adr, objects.sensor_dim].map(|field| {
            // SAFETY: by the layout table a pointer to nsensor ints lies at each of these fields; the index
            // is below nsensor.
            unsafe { self.read::<*const c_int>(field).add(index).read() as usize }
        });
        Ok(Sensor { start, len })
    }

    /// The joint called `name`.
    pub fn joint(&self, name: &'static str) -> Result<Joint, EnvError> {
        self.find(Kind::Joint, "joint", name).map(|index| self.joint_at(index))
    }

    /// Every joint, in the model's order.
    pub fn joints(&self) -> Vec<Joint> {
        (0..self.count_of(Kind::Joint)).map(|index| self.joint_at(index)).collect()
    }

    fn joint_at(&self, index: usize) -> Joint {
        let objects = &self.library.objects;
        assert!(index < self.count_of(Kind::Joint), "a joint of another model");
        // SAFETY: by the layout table pointers lie at these fields to njnt ints, njnt bytes (a C bool, 0 or
        // 1) and 2 njnt numbers; the index is below njnt.
        let (kind, limited, range, qpos, dof) = unsafe {
            (
                self.read::<*const c_int>(objects.jnt_type).add(index).read(),
                self.read::<*const u8>(objects.jnt_limited).add(index).read() != 0,
                copied(self.read::<*const f64>(objects.jnt_range).add(2 * index), 2),
                self.read::<*const c_int>(objects.jnt_qposadr).add(index).read() as usize,
                self.read::<*const c_int>(objects.jnt_dofadr).add(index).read() as usize,
            )
        };
        let kinds = [JointKind::Free, JointKind::Ball, JointKind::Slide, JointKind::Hinge];
        let kind = objects.joint_types.iter().zip(kinds).find(|(code, _)| **code == kind);
        let kind = kind.map_or(JointKind::Hinge, |(_, kind)| kind);
        Joint { index, kind, range: limited.then(|| [range[0], range[1]]), qpos, dof }
    }

    fn find(&self, kind: Kind, what: &'static str, name: &'static str) -> Result<usize, EnvError> {
        let missing = || EnvError::Missing { what, name };
        let text = CString::new(name).map_err(|_| missing())?;
        let code = self.library.objects.codes[kind as usize];
        // SAFETY: the model is live, the code is a constant of this version and the text nul-terminated.
        let index = unsafe { (self.library.functions.name_to_id)(self.raw.as_ptr(), code, text.as_ptr()) };
        usize::try_from(index).map_err(|_| missing())
    }
}
