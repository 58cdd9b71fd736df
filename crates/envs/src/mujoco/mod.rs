//! MuJoCo, loaded at run time: fetched by pip at first use, read by offsets kept as data, wrapped safely.
//!
//! The simulator is neither linked nor needed to build. [`prepare`] finds or fetches it; [`Library`] loads it
//! and refuses any version whose struct layout is not in `layout/`; [`Model`] and [`Sim`] are the safe face.

mod archive;
mod backend;
#[allow(unsafe_code, reason = "writes a struct of a C library; each block says why it is sound")]
mod edits;
#[allow(unsafe_code, reason = "answers a C library; each block says why it is sound")]
mod fatal;
mod fetch;
mod fields;
mod layout;
#[allow(unsafe_code, reason = "calls into a C library loaded at run time; each block says why it is sound")]
mod library;
#[allow(unsafe_code, reason = "reads a struct of a C library; each block says why it is sound")]
mod objects;
mod package;
#[allow(unsafe_code, reason = "calls a C library and reads its structs; each block says why it is sound")]
mod phases;
mod pip;
#[allow(unsafe_code, reason = "reads a struct of a C library; each block says why it is sound")]
mod poses;
#[allow(unsafe_code, reason = "looks up functions of a C library; each block says why it is sound")]
mod raw;
#[allow(unsafe_code, reason = "calls C libraries loaded at run time; each block says why it is sound")]
mod render;
#[allow(unsafe_code, reason = "reads a struct of a C library; each block says why it is sound")]
mod sensors;
#[allow(unsafe_code, reason = "reads and writes structs of a C library; each block says why it is sound")]
mod sim;
#[allow(unsafe_code, reason = "calls a C library; each block says why it is sound")]
mod texts;

use std::path::PathBuf;

pub use edits::Slot;
pub use fatal::FATAL_EXIT_CODE;
pub use library::Library;
pub use objects::{Body, Geom, Joint, JointKind, Light, Sensor, Site};
pub use package::{DM_CONTROL, GYM, GYMNASIUM, MUJOCO, Package};
pub use phases::Warning;
pub use render::{Backend, Camera, Renderer};
pub use sim::{Model, Object, Sim};

use crate::{Cache, EnvError};

/// The simulator, loaded: the library the user named, else the pinned one, fetched at first use.
pub fn prepare(cache: &Cache, progress: &mut dyn FnMut(&str)) -> Result<&'static Library, EnvError> {
    require_platform()?;
    let path = match &cache.library {
        Some(path) => path.clone(),
        None => fetch::file(&MUJOCO, package::LIBRARY_FILE, cache, progress)?,
    };
    Library::open(&path)
}

/// A file of a pinned package, fetched at first use.
pub fn asset(
    package: &Package,
    name: &str,
    cache: &Cache,
    progress: &mut dyn FnMut(&str),
) -> Result<PathBuf, EnvError> {
    fetch::file(package, name, cache, progress)
}

/// Refuses every platform whose layout and wheel were not checked.
fn require_platform() -> Result<(), EnvError> {
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(());
    }
    Err(EnvError::Platform { os: std::env::consts::OS, arch: std::env::consts::ARCH })
}
