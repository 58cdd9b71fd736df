//! A renderer of one model: camera, scene, frame.

use std::ffi::c_int;
use std::marker::PhantomData;

use super::backend::{self, Backend};
use super::context::Context;
use super::scene::{Functions, Rect, Scene, layout_of};
use crate::mujoco::{Body, Model, Sim};
use crate::{EnvError, Frame};

/// Shapes a scene has room for; the largest model here has some fifty.
const MAX_GEOMS: c_int = 2000;
/// Columns and rows of the map that shadows are drawn from, where the model asks for more. With MuJoCo's 4096 a
/// processor spends three quarters of the time of a small frame on it.
const SHADOW_MAP: c_int = 1024;
/// `mjFONTSCALE_100`: no letters are drawn.
const FONT_SCALE: c_int = 100;

/// Where a simulation is looked at from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Camera {
    /// The model's first camera (many follow the body), or from a distance where it has none.
    Model,
    /// A point (m), and where the camera is as seen from it: distance (m), azimuth and elevation (degrees).
    Point([f64; 3], [f64; 3]),
    /// A body that is followed, and where the camera is as seen from it.
    Body(Body, [f64; 3]),
}

/// MuJoCo's renderer for one model.
///
/// It belongs to the thread that made it, as its context of OpenGL does. What MuJoCo cannot go on from (an
/// OpenGL without framebuffers) ends the process with [`FATAL_EXIT_CODE`](crate::mujoco::FATAL_EXIT_CODE).
pub struct Renderer {
    functions: Functions,
    scene: Scene,
    context: Box<dyn Context>,
    viewport: Rect,
    /// Serial number of the model it is for.
    model: u64,
    pixels: Vec<u8>,
    _one_thread: PhantomData<*const ()>,
}

impl std::fmt::Debug for Renderer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renderer").field("viewport", &self.viewport).finish_non_exhaustive()
    }
}

impl Renderer {
    /// A renderer of frames of `width` by `height` pixels, with the first of `backends` that works.
    ///
    /// # Panics
    /// When width or height is 0 or above 16384.
    pub fn new(
        model: &Model,
        camera: Camera,
        [width, height]: [usize; 2],
        backends: &[Backend],
    ) -> Result<Self, EnvError> {
        assert!([width, height].iter().all(|side| (1..=16_384).contains(side)), "{width}x{height} pixels");
        let library = model.library();
        let refuse = |problem| EnvError::Library { path: library.path().to_owned(), problem };
        let functions = Functions::of(&library.handle).map_err(refuse)?;
        let layout = layout_of(library).map_err(refuse)?;
        let viewport = Rect { left: 0, bottom: 0, width: width as c_int, height: height as c_int };
        let context = backend::open(backends, viewport.width, viewport.height)?;
        let mut scene = Scene::new(&functions, &layout).map_err(refuse)?;
        prepare(model, &functions, &mut scene, viewport).map_err(refuse)?;
        let mut renderer = Renderer {
            functions,
            scene,
            context,
            viewport,
            model: model.serial(),
            pixels: vec![0; 3 * width * height],
            _one_thread: PhantomData,
        };
        renderer.point(model, camera);
        Ok(renderer)
    }

    /// Puts the camera where it belongs.
    fn point(&mut self, model: &Model, camera: Camera) {
        // SAFETY: by the layout table a 64-bit size lies at this offset of an mjModel.
        let ncam: i64 = unsafe { model.read(self.scene.fields.ncam) };
        match camera {
            Camera::Model if ncam > 0 => self.scene.look_with(0),
            // SAFETY: the model is live and the block an mjvCamera.
            Camera::Model => unsafe {
                (self.functions.default_free_camera)(model.raw.as_ptr(), self.scene.camera.start());
            },
            Camera::Point(point, place) => self.scene.look_at(point, place),
            Camera::Body(body, place) => self.scene.follow(body.0 as c_int, place),
        }
    }

    /// The simulation as the camera sees it. The simulation is only looked at: its next steps are the same to
    /// the bit.
    ///
    /// # Panics
    /// When `sim` simulates another model than the renderer was made for.
    pub fn frame(&mut self, sim: &mut Sim) -> Result<Frame, EnvError> {
        assert_eq!(sim.model().serial(), self.model, "a simulation of another model");
        self.context.make_current().map_err(|tried| EnvError::NoOpenGl { tried })?;
        let (functions, scene) = (&self.functions, &mut self.scene);
        // SAFETY: model and data are live and belong together, and the model is the one that scene and context
        // were made for; the context is current; null stands for no perturbation and no depth; there are three
        // bytes for each pixel of the viewport, to which the buffer was sized.
        unsafe {
            (functions.set_buffer)(scene.offscreen, scene.context.start());
            (functions.update_scene)(
                sim.model.raw.as_ptr(),
                sim.raw.as_ptr(),
                scene.option.start(),
                std::ptr::null(),
                scene.camera.start(),
                scene.all_categories,
                scene.scene.start(),
            );
            (functions.render)(self.viewport, scene.scene.start(), scene.context.start());
            let pixels = self.pixels.as_mut_ptr();
            (functions.read_pixels)(pixels, std::ptr::null_mut(), self.viewport, scene.context.start());
        }
        let Rect { width, height, .. } = self.viewport;
        Ok(Frame::from_bottom_up(width as usize, height as usize, &self.pixels))
    }
}

/// Makes what MuJoCo draws `model` with, in the current context of OpenGL.
fn prepare(model: &Model, functions: &Functions, scene: &mut Scene, viewport: Rect) -> Result<(), String> {
    // SAFETY: the model is live, and null asks for a new one, which is ours alone.
    let copy = unsafe { (functions.copy_model)(std::ptr::null_mut(), model.raw.as_ptr()) };
    if copy.is_null() {
        return Err("it cannot copy the model".to_owned());
    }
    // SAFETY: by the layout table an int lies at this offset of an mjModel. A context is current on this thread,
    // and the structs are in the default state that these functions start from. They keep nothing of a model,
    // since what they need is copied; so the copy is deleted, once.
    unsafe {
        let shadows = copy.cast::<u8>().add(scene.fields.shadowsize).cast::<c_int>();
        shadows.write(shadows.read().min(SHADOW_MAP));
        (functions.make_scene)(copy, scene.scene.start(), MAX_GEOMS);
        (functions.make_context)(copy, scene.context.start(), FONT_SCALE);
        (model.library().functions.delete_model)(copy);
        (functions.resize_offscreen)(viewport.width, viewport.height, scene.context.start());
    }
    Ok(())
}

impl Drop for Renderer {
    fn drop(&mut self) {
        // Without its context nothing of OpenGL's can be freed, and the context is about to go anyway.
        let is_current = self.context.make_current().is_ok();
        // SAFETY: both were made once and are freed once; the library is never unloaded.
        unsafe {
            (self.functions.free_scene)(self.scene.scene.start());
            if is_current {
                (self.functions.free_context)(self.scene.context.start());
            }
        }
    }
}
