//! The backends that give a context of OpenGL without a display: the first that is installed and works is used.

use std::sync::{Mutex, PoisonError};

use super::context::Context;
use super::{egl, osmesa};
use crate::EnvError;

/// An implementation of OpenGL that needs no display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// EGL without a surface, which Mesa has; it may use a GPU.
    Egl,
    /// Mesa's renderer into memory.
    OsMesa,
}

impl Backend {
    /// All of them, in the order to try them.
    pub const ALL: [Backend; 2] = [Backend::Egl, Backend::OsMesa];

    /// The files its library may be called.
    fn files(self) -> &'static [&'static str] {
        match self {
            Backend::Egl => &["libEGL.so.1"],
            Backend::OsMesa => &["libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so"],
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Backend::Egl => "EGL",
            Backend::OsMesa => "OSMesa",
        }
    }
}

/// The backend this process uses. MuJoCo looks OpenGL's functions up once in the life of a process, so two
/// backends cannot follow each other.
static IN_USE: Mutex<Option<Backend>> = Mutex::new(None);

/// A current context of `width` by `height` pixels of the first of `backends` that works.
pub(super) fn open(backends: &[Backend], width: i32, height: i32) -> Result<Box<dyn Context>, EnvError> {
    let mut in_use = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut tried = Vec::new();
    for &backend in backends {
        match *in_use {
            Some(other) if other != backend => {
                tried.push(format!("{}: this process has begun with {}", backend.name(), other.name()));
            }
            _ => match start(backend, width, height) {
                Ok(context) => {
                    *in_use = Some(backend);
                    return Ok(context);
                }
                Err(problem) => tried.push(format!("{}: {problem}", backend.name())),
            },
        }
    }
    Err(EnvError::NoOpenGl { tried: tried.join("; ") })
}

fn start(backend: Backend, width: i32, height: i32) -> Result<Box<dyn Context>, String> {
    let (file, library) = load(backend.files())?;
    let mut context: Box<dyn Context> = match backend {
        Backend::Egl => Box::new(egl::Egl::new(&library)?),
        Backend::OsMesa => Box::new(osmesa::OsMesa::new(&library, width, height)?),
    };
    context.make_current()?;
    publish(file)?;
    // Never unloaded: the contexts, and MuJoCo's table of functions, point into it.
    std::mem::forget(library);
    Ok(context)
}

/// The first of `files` that can be loaded, or why the first cannot.
fn load(files: &'static [&'static str]) -> Result<(&'static str, libloading::Library), String> {
    let mut first = None;
    for &file in files {
        // SAFETY: loading runs the initialisers of the system's own OpenGL, found by the name it is known by.
        match unsafe { libloading::Library::new(file) } {
            Ok(library) => return Ok((file, library)),
            Err(error) => first.get_or_insert(format!("{file} cannot be loaded ({})", said(&error))),
        };
    }
    Err(first.unwrap_or_default())
}

/// Makes the names in a loaded library visible to all, for that is where MuJoCo looks for OpenGL.
fn publish(file: &str) -> Result<(), String> {
    use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
    // SAFETY: the library is loaded already, so that nothing is run.
    let library = unsafe { Library::open(Some(file), RTLD_NOW | RTLD_GLOBAL) };
    library.map(std::mem::forget).map_err(|error| said(&error))
}

/// The loader's own words.
fn said(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_installed_is_told_with_what_would_help() {
        let problem =
            load(&["libcoadapt-has-no-such.so.1", "libcoadapt-nor-this.so"]).map(|_| ()).unwrap_err();
        assert!(problem.starts_with("libcoadapt-has-no-such.so.1 cannot be loaded ("), "{problem}");
        let error = open(&[], 1, 1).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("libosmesa6") && error.contains("libegl1"), "{error}");
    }
}
