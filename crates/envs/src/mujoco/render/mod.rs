//! MuJoCo's own renderer without a display or a GPU: OpenGL loaded at run time, a scene, frames.
//!
//! libmujoco is not linked against OpenGL, so nothing here is needed to train. A [`Renderer`] brings OpenGL
//! when it is made: a [`Backend`] that works without a display, looked for in the order of [`Backend::ALL`].

mod backend;
mod context;
mod egl;
mod frames;
mod osmesa;
mod scene;

pub use backend::Backend;
pub use frames::{Camera, Renderer};
