//! Bodies of a simulation as MuJoCo derives them: poses, inertias, velocities, forces; and names of things.

use std::ffi::CString;

use super::{Model, Sim};

/// A kind of thing in a model that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// A body; the world is body 0.
    Body,
    /// A joint.
    Joint,
    /// A site.
    Site,
}

impl Model {
    /// How many things of this kind there are.
    pub fn count(&self, object: Object) -> usize {
        let access = &self.library.bodies;
        let offset = [access.nbody, access.njnt, access.nsite][object as usize];
        // SAFETY: by the layout table a 64-bit size lies at each of these offsets of an mjModel.
        let size: i64 = unsafe { self.read(offset) };
        usize::try_from(size).unwrap_or(0)
    }

    /// The number of the thing of this name, if there is one.
    pub fn id(&self, object: Object, name: &str) -> Option<usize> {
        let access = &self.library.bodies;
        let name = CString::new(name).ok()?;
        // SAFETY: the model is live, the name nul-terminated; -1 says that there is none.
        let id = unsafe {
            (self.library.functions.name_to_id)(
                self.raw.as_ptr(),
                access.objects[object as usize],
                name.as_ptr(),
            )
        };
        usize::try_from(id).ok()
    }

    /// The mass of each body, in kg.
    pub fn body_mass(&self) -> &[f64] {
        // SAFETY: by the layout table a pointer to nbody numbers.
        unsafe { self.array(self.library.bodies.body_mass, self.count(Object::Body)) }
    }

    /// The joint an actuator turns, and its gear: newtons or newton metres for a control of one.
    pub fn motor(&self, actuator: usize) -> (usize, f64) {
        assert!(actuator < self.nu, "actuator {actuator} of {}", self.nu);
        let access = &self.library.bodies;
        // SAFETY: by the layout table pointers to nu pairs of ints and to nu times six numbers.
        let (targets, gears): (&[[i32; 2]], &[[f64; 6]]) = unsafe {
            (self.array(access.actuator_trnid, self.nu), self.array(access.actuator_gear, self.nu))
        };
        (usize::try_from(targets[actuator][0]).unwrap_or(usize::MAX), gears[actuator][0])
    }

    /// The array of `n` whose pointer lies at `offset` of the mjModel.
    ///
    /// # Safety
    /// There must be a pointer to `n` of `T` at this offset.
    unsafe fn array<T>(&self, offset: usize, n: usize) -> &[T] {
        // SAFETY: the caller vouches for the pointer, and nothing writes to a model after `load`.
        unsafe {
            let start: *const T = self.read(offset);
            if n == 0 || start.is_null() { &[] } else { std::slice::from_raw_parts(start, n) }
        }
    }
}

impl Sim {
    /// Computes the forces between bodies, [`cfrc_ext`](Self::cfrc_ext) among them, which a step leaves out.
    pub fn rne_post_constraint(&mut self) {
        self.phase(self.model.library.functions.rne_post_constraint);
    }

    /// Where the frame of a body is, in m. As all numbers here, of the last time MuJoCo computed it: in a
    /// step before it moves on, so that a step leaves the poses it started its last stage with.
    pub fn xpos(&self, body: usize) -> [f64; 3] {
        triple(self.of_bodies(self.model.library.bodies.xpos, 3), body)
    }

    /// The centre of mass of each body, in m, three numbers a body.
    pub fn xipos(&self) -> &[f64] {
        self.of_bodies(self.model.library.bodies.xipos, 3)
    }

    /// Where a site is, in m.
    pub fn site_xpos(&self, site: usize) -> [f64; 3] {
        let n = 3 * self.model.count(Object::Site);
        // SAFETY: by the layout table a pointer to 3 nsite numbers.
        triple(unsafe { self.derived(self.model.library.bodies.site_xpos, n) }, site)
    }

    /// Inertia of each body about the centre of mass of its tree, ten numbers a body: xx, yy, zz, xy, xz, yz
    /// in kg m^2; mass times offset in kg m; mass in kg.
    pub fn cinert(&self) -> &[f64] {
        self.of_bodies(self.model.library.bodies.cinert, 10)
    }

    /// Velocity of each body at the centre of mass of its tree, six numbers a body: rad/s, then m/s.
    pub fn cvel(&self) -> &[f64] {
        self.of_bodies(self.model.library.bodies.cvel, 6)
    }

    /// External force on each body, six numbers a body: N m, then N. Only
    /// [`rne_post_constraint`](Self::rne_post_constraint) computes it, and a reset sets it to zero.
    pub fn cfrc_ext(&self) -> &[f64] {
        self.of_bodies(self.model.library.bodies.cfrc_ext, 6)
    }

    /// Force of the actuators on each degree of freedom, in N or N m.
    pub fn qfrc_actuator(&self) -> &[f64] {
        // SAFETY: by the layout table a pointer to nv numbers.
        unsafe { self.derived(self.model.library.bodies.qfrc_actuator, self.model.nv) }
    }

    /// Force of the constraints on each degree of freedom, in N or N m.
    pub fn qfrc_constraint(&self) -> &[f64] {
        // SAFETY: by the layout table a pointer to nv numbers.
        unsafe { self.derived(self.model.library.bodies.qfrc_constraint, self.model.nv) }
    }

    /// Accelerations (nv numbers) the constraint solver begins its next search from; positions and velocities do not
    /// hold them.
    pub fn warm_start(&self) -> &[f64] {
        // SAFETY: by the layout table a pointer to nv numbers.
        unsafe { self.derived(self.model.library.bodies.qacc_warmstart, self.model.nv) }
    }

    /// The accelerations of [`warm_start`](Self::warm_start), to write.
    pub fn warm_start_mut(&mut self) -> &mut [f64] {
        let (offset, nv) = (self.model.library.bodies.qacc_warmstart, self.model.nv);
        // SAFETY: as for warm_start; MuJoCo owns the numbers and lets them be written; &mut self makes the borrow
        // exclusive.
        unsafe {
            let start = self.raw.as_ptr().cast::<u8>().add(offset).cast::<*mut f64>().read();
            if nv == 0 || start.is_null() { &mut [] } else { std::slice::from_raw_parts_mut(start, nv) }
        }
    }

    fn of_bodies(&self, offset: usize, each: usize) -> &[f64] {
        // SAFETY: the callers name arrays that by the layout table have `each` numbers a body.
        unsafe { self.derived(offset, each * self.model.count(Object::Body)) }
    }

    /// The array of `n` numbers whose pointer lies at `offset` of the mjData.
    ///
    /// # Safety
    /// There must be a pointer to `n` numbers at this offset.
    unsafe fn derived(&self, offset: usize, n: usize) -> &[f64] {
        // SAFETY: the caller vouches for the pointer; the array lives as long as `raw`, is never moved, and
        // changes only through &mut self.
        unsafe {
            let start = self.raw.as_ptr().cast::<u8>().add(offset).cast::<*const f64>().read();
            if n == 0 || start.is_null() { &[] } else { std::slice::from_raw_parts(start, n) }
        }
    }
}

/// The `index`-th three numbers of `numbers`.
fn triple(numbers: &[f64], index: usize) -> [f64; 3] {
    std::array::from_fn(|axis| numbers[3 * index + axis])
}
