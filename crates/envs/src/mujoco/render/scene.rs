//! The functions of MuJoCo's renderer, and the structs it fills, in memory of the sizes the layout table gives.

use std::ffi::{c_int, c_void};

use super::super::layout::Layout;
use super::super::library::Library;
use super::super::raw::{RawData, RawModel, symbol};

/// An mjrRect.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Rect {
    pub(super) left: c_int,
    pub(super) bottom: c_int,
    pub(super) width: c_int,
    pub(super) height: c_int,
}

type Fill = unsafe extern "C" fn(*mut c_void);

/// The functions, with the signatures of MuJoCo's header.
pub(super) struct Functions {
    default_camera: Fill,
    default_option: Fill,
    default_scene: Fill,
    default_context: Fill,
    pub(super) default_free_camera: unsafe extern "C" fn(*const RawModel, *mut c_void),
    pub(super) copy_model: unsafe extern "C" fn(*mut RawModel, *const RawModel) -> *mut RawModel,
    pub(super) make_scene: unsafe extern "C" fn(*const RawModel, *mut c_void, c_int),
    pub(super) free_scene: Fill,
    pub(super) make_context: unsafe extern "C" fn(*const RawModel, *mut c_void, c_int),
    pub(super) free_context: Fill,
    pub(super) resize_offscreen: unsafe extern "C" fn(c_int, c_int, *mut c_void),
    pub(super) set_buffer: unsafe extern "C" fn(c_int, *mut c_void),
    pub(super) update_scene: unsafe extern "C" fn(
        *const RawModel,
        *mut RawData,
        *const c_void,
        *const c_void,
        *mut c_void,
        c_int,
        *mut c_void,
    ),
    pub(super) render: unsafe extern "C" fn(Rect, *mut c_void, *const c_void),
    pub(super) read_pixels: unsafe extern "C" fn(*mut u8, *mut f32, Rect, *const c_void),
}

impl Functions {
    pub(super) fn of(handle: &libloading::Library) -> Result<Self, String> {
        // SAFETY: the types of the fields are what MuJoCo's header declares, in the versions that have a
        // layout table.
        unsafe {
            Ok(Functions {
                default_camera: symbol(handle, c"mjv_defaultCamera")?,
                default_option: symbol(handle, c"mjv_defaultOption")?,
                default_scene: symbol(handle, c"mjv_defaultScene")?,
                default_context: symbol(handle, c"mjr_defaultContext")?,
                default_free_camera: symbol(handle, c"mjv_defaultFreeCamera")?,
                copy_model: symbol(handle, c"mj_copyModel")?,
                make_scene: symbol(handle, c"mjv_makeScene")?,
                free_scene: symbol(handle, c"mjv_freeScene")?,
                make_context: symbol(handle, c"mjr_makeContext")?,
                free_context: symbol(handle, c"mjr_freeContext")?,
                resize_offscreen: symbol(handle, c"mjr_resizeOffscreen")?,
                set_buffer: symbol(handle, c"mjr_setBuffer")?,
                update_scene: symbol(handle, c"mjv_updateScene")?,
                render: symbol(handle, c"mjr_render")?,
                read_pixels: symbol(handle, c"mjr_readPixels")?,
            })
        }
    }
}

/// A struct of MuJoCo's: zeroed memory of its size, aligned for any number or pointer in it.
pub(super) struct Block(Vec<u64>);

impl Block {
    fn of(layout: &Layout, name: &'static str) -> Result<Self, String> {
        Ok(Block(vec![0; layout.field(name, "")?.size.div_ceil(size_of::<u64>())]))
    }

    /// Where it begins.
    pub(super) fn start(&mut self) -> *mut c_void {
        self.0.as_mut_ptr().cast()
    }
}

/// Where the fields of an mjvCamera lie, the constants that say what it is, and what of an mjModel is drawn by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    kind: usize,
    fixed: usize,
    tracked: usize,
    lookat: usize,
    distance: usize,
    azimuth: usize,
    elevation: usize,
    is_fixed: c_int,
    is_free: c_int,
    is_tracking: c_int,
    /// Offset of the number of cameras in mjModel.
    pub(super) ncam: usize,
    /// Offset in mjModel of the side of the map that shadows are drawn from.
    pub(super) shadowsize: usize,
}

impl Fields {
    fn of(layout: &Layout) -> Result<Self, String> {
        let int = |name| layout.offset("mjvCamera", name, size_of::<c_int>());
        let number = |name| layout.offset("mjvCamera", name, size_of::<f64>());
        let constant = |name| layout.constant(name).map(|value| value as c_int);
        Ok(Fields {
            kind: int("type")?,
            fixed: int("fixedcamid")?,
            tracked: int("trackbodyid")?,
            lookat: layout.offset("mjvCamera", "lookat", size_of::<[f64; 3]>())?,
            distance: number("distance")?,
            azimuth: number("azimuth")?,
            elevation: number("elevation")?,
            is_fixed: constant("mjCAMERA_FIXED")?,
            is_free: constant("mjCAMERA_FREE")?,
            is_tracking: constant("mjCAMERA_TRACKING")?,
            ncam: layout.offset("mjModel", "ncam", size_of::<i64>())?,
            shadowsize: layout.offset("mjModel", "vis.quality.shadowsize", size_of::<c_int>())?,
        })
    }
}

/// The structs of a scene, each in its default state; nothing in them is allocated yet.
pub(super) struct Scene {
    pub(super) camera: Block,
    pub(super) option: Block,
    pub(super) scene: Block,
    pub(super) context: Block,
    pub(super) fields: Fields,
    pub(super) all_categories: c_int,
    pub(super) offscreen: c_int,
}

impl Scene {
    /// The structs of this version of MuJoCo, or what its layout table lacks.
    pub(super) fn new(functions: &Functions, layout: &Layout) -> Result<Self, String> {
        layout.offset("mjrRect", "", size_of::<Rect>())?;
        let mut scene = Scene {
            camera: Block::of(layout, "mjvCamera")?,
            option: Block::of(layout, "mjvOption")?,
            scene: Block::of(layout, "mjvScene")?,
            context: Block::of(layout, "mjrContext")?,
            fields: Fields::of(layout)?,
            all_categories: layout.constant("mjCAT_ALL")? as c_int,
            offscreen: layout.constant("mjFB_OFFSCREEN")? as c_int,
        };
        // SAFETY: each function fills the struct it is named after, and each block has the size of its own.
        unsafe {
            (functions.default_camera)(scene.camera.start());
            (functions.default_option)(scene.option.start());
            (functions.default_scene)(scene.scene.start());
            (functions.default_context)(scene.context.start());
        }
        Ok(scene)
    }

    /// Looks with the model's camera `index`.
    pub(super) fn look_with(&mut self, index: c_int) {
        self.put(self.fields.kind, self.fields.is_fixed);
        self.put(self.fields.fixed, index);
    }

    /// Looks at a point (m) from `distance` (m) away, turned by azimuth and elevation (degrees).
    pub(super) fn look_at(&mut self, point: [f64; 3], [distance, azimuth, elevation]: [f64; 3]) {
        self.put(self.fields.kind, self.fields.is_free);
        self.put(self.fields.lookat, point);
        self.turn([distance, azimuth, elevation]);
    }

    /// Follows a body from `distance` (m) away.
    pub(super) fn follow(&mut self, body: c_int, place: [f64; 3]) {
        self.put(self.fields.kind, self.fields.is_tracking);
        self.put(self.fields.tracked, body);
        self.turn(place);
    }

    fn turn(&mut self, [distance, azimuth, elevation]: [f64; 3]) {
        self.put(self.fields.distance, distance);
        self.put(self.fields.azimuth, azimuth);
        self.put(self.fields.elevation, elevation);
    }

    /// Writes a field of the camera.
    fn put<T: Copy>(&mut self, offset: usize, value: T) {
        // SAFETY: by the layout table a field of this size lies at this offset of an mjvCamera, aligned as C
        // aligns it, and the block is one.
        unsafe { self.camera.start().cast::<u8>().add(offset).cast::<T>().write(value) }
    }
}

/// The layout table of a loaded library, which had one when it was loaded.
pub(super) fn layout_of(library: &Library) -> Result<Layout, String> {
    // SAFETY: `int mj_version(void)` is the same in every version of MuJoCo, and touches nothing.
    let version = unsafe {
        let version: unsafe extern "C" fn() -> c_int = symbol(&library.handle, c"mj_version")?;
        i64::from(version())
    };
    Layout::of(version).ok_or_else(|| "its layout is not known".to_owned())
}
