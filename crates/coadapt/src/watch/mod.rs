//! Watching an agent: pictures of a task, films of an episode, one sheet with all tasks.
//!
//! A [`Painter`] makes a [`Frame`](coadapt_envs::Frame) of what a task shows of itself, by MuJoCo's renderer or
//! by the [`canvas`]; [`film`] writes frames to a file; [`play`] lets an agent act, [`record`] films it.

pub mod bitmap_font;
pub mod canvas;
pub mod contact_sheet;
pub mod film;
pub mod painter;
pub mod play;
pub mod record;

pub use painter::Painter;
