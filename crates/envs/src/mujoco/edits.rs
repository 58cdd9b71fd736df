//! Numbers of a model that a task changes while it runs: where a target is, how large, how heavily a joint is damped.

use std::sync::Arc;

use super::fields::{EDITABLE, Kind};
use super::objects::{Body, Geom, Joint, Light, Site};
use super::sim::Sim;

/// A row of the model that may be changed: the position, the size and so on of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    array: Array,
    index: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Array {
    BodyPos,
    BodyQuat,
    DofDamping,
    GeomPos,
    GeomSize,
    LightPos,
    SitePos,
    SiteSize,
}

impl Slot {
    /// Where a body is in its parent's frame (m, 3 numbers).
    pub fn body_pos(body: Body) -> Self {
        Slot { array: Array::BodyPos, index: body.0 }
    }

    /// How a body is turned in its parent's frame (a quaternion, 4 numbers).
    pub fn body_quat(body: Body) -> Self {
        Slot { array: Array::BodyQuat, index: body.0 }
    }

    /// The damping of the first degree of freedom of a joint (1 number).
    pub fn damping(joint: Joint) -> Self {
        Slot { array: Array::DofDamping, index: joint.dof }
    }

    /// Where a geom is in its body's frame (m, 3 numbers).
    pub fn geom_pos(geom: Geom) -> Self {
        Slot { array: Array::GeomPos, index: geom.0 }
    }

    /// The size of a geom (m, 3 numbers; a sphere has its radius in the first).
    pub fn geom_size(geom: Geom) -> Self {
        Slot { array: Array::GeomSize, index: geom.0 }
    }

    /// Where a light is in its body's frame (m, 3 numbers).
    pub fn light_pos(light: Light) -> Self {
        Slot { array: Array::LightPos, index: light.0 }
    }

    /// Where a site is in its body's frame (m, 3 numbers).
    pub fn site_pos(site: Site) -> Self {
        Slot { array: Array::SitePos, index: site.0 }
    }

    /// The size of a site (m, 3 numbers).
    pub fn site_size(site: Site) -> Self {
        Slot { array: Array::SiteSize, index: site.0 }
    }

    /// The array of the model that holds it, as MuJoCo names it.
    pub fn array_name(self) -> &'static str {
        EDITABLE[self.array as usize].0
    }

    /// The number of the object in that array.
    pub fn index(self) -> usize {
        self.index
    }
}

impl Sim {
    /// The numbers of a slot.
    pub fn slot(&self, slot: Slot) -> &[f64] {
        let (start, width) = self.place(slot);
        // SAFETY: see place; whoever changes them has &mut self and the model to itself.
        unsafe { std::slice::from_raw_parts(start, width) }
    }

    /// The numbers of a slot, to write. They count from the next step or forward on, and a reset leaves them.
    ///
    /// # Panics
    /// When another simulation shares the model.
    pub fn slot_mut(&mut self, slot: Slot) -> &mut [f64] {
        self.assert_own_model();
        let (start, width) = self.place(slot);
        // SAFETY: see place; nobody else has the model, and &mut self makes the borrow exclusive.
        unsafe { std::slice::from_raw_parts_mut(start, width) }
    }

    /// Makes a geom invisible. Physics knows no colours.
    ///
    /// # Panics
    /// When another simulation shares the model.
    pub fn hide_geom(&mut self, geom: Geom) {
        assert!(geom.0 < self.model.count_of(Kind::Geom), "a geom of another model");
        self.hide(self.model.library.edits.geom_rgba, geom.0);
    }

    /// Makes a site invisible.
    ///
    /// # Panics
    /// When another simulation shares the model.
    pub fn hide_site(&mut self, site: Site) {
        assert!(site.0 < self.model.count_of(Kind::Site), "a site of another model");
        self.hide(self.model.library.edits.site_rgba, site.0);
    }

    fn hide(&mut self, field: usize, index: usize) {
        self.assert_own_model();
        // SAFETY: by the layout table a pointer lies at this field to four floats an object, the last of which
        // is the opacity; the callers checked the index. Nobody else has the model.
        unsafe { self.model.read::<*mut f32>(field).add(4 * index + 3).write(0.0) }
    }

    /// Refuses to change a model that another simulation uses.
    pub(super) fn assert_own_model(&mut self) {
        assert!(Arc::get_mut(&mut self.model).is_some(), "only a model of its own may be changed");
    }

    /// Where the numbers of a slot are, and how many: they live as long as the model.
    fn place(&self, slot: Slot) -> (*mut f64, usize) {
        let rows = &self.model.library.edits.arrays[slot.array as usize];
        assert!(slot.index < self.model.count_of(rows.kind), "a slot of another model");
        // SAFETY: by the layout table a pointer lies at this field of an mjModel to `width` numbers for each
        // object of the kind, and the index is below their count.
        let start = unsafe { self.model.read::<*mut f64>(rows.pointer).add(slot.index * rows.width) };
        (start, rows.width)
    }
}
