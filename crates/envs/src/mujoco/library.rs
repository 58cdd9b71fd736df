//! The simulator library: loaded once, refused unless its version has a layout table, never unloaded.

use std::ffi::{c_char, c_int};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fatal::on_fatal;
use super::fields::{self, BodyFields, EditFields, ObjectFields, Offsets, PhaseFields, SensorFields};
use super::layout::{Layout, version_name};
use super::raw::{Functions, symbol};
use crate::EnvError;

/// A loaded MuJoCo.
pub struct Library {
    path: PathBuf,
    version: String,
    pub(super) functions: Functions,
    pub(super) offsets: Offsets,
    pub(super) bodies: BodyFields,
    pub(super) objects: ObjectFields,
    pub(super) sensors: SensorFields,
    pub(super) edits: EditFields,
    pub(super) phases: PhaseFields,
    /// Held while a model is compiled, because the compiler keeps state of its own between calls.
    compiling: Mutex<()>,
    /// Keeps the code mapped; a renderer looks its functions up in it.
    pub(super) handle: libloading::Library,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("path", &self.path).field("version", &self.version).finish()
    }
}

/// The libraries loaded so far. They are kept for the life of the process: MuJoCo's handlers are global, and
/// everything made from a library points into it.
static LOADED: Mutex<Vec<&'static Library>> = Mutex::new(Vec::new());

impl Library {
    /// Loads the library at `path`, or gives the one already loaded from there.
    pub fn open(path: &Path) -> Result<&'static Self, EnvError> {
        super::require_platform()?;
        let refuse = |problem: String| EnvError::Library { path: path.to_owned(), problem };
        let real = path.canonicalize().map_err(|e| refuse(e.to_string()))?;
        // A panic elsewhere while the list was held cannot have left it half written.
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(library) = loaded.iter().find(|library| library.path == real) {
            return Ok(library);
        }
        let library: &'static Library = Box::leak(Box::new(Library::load(real)?));
        loaded.push(library);
        Ok(library)
    }

    /// MuJoCo's version, such as 3.17.0.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where it was loaded from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps other threads from compiling a model until dropped.
    pub(super) fn compiling(&self) -> MutexGuard<'_, ()> {
        self.compiling.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load(path: PathBuf) -> Result<Self, EnvError> {
        let refuse = |problem: String| EnvError::Library { path: path.clone(), problem };
        // SAFETY: loading runs the library's initialisers. The user names this library or it has the pinned
        // checksum; that it is MuJoCo, of a version known here, is asked before anything else of it is used.
        let handle = unsafe { libloading::Library::new(&path) }.map_err(|e| refuse(reason(&e)))?;
        // SAFETY: `int mj_version(void)` is the same in every version of MuJoCo, and touches nothing.
        let version = unsafe {
            let version: unsafe extern "C" fn() -> c_int = symbol(&handle, c"mj_version").map_err(refuse)?;
            i64::from(version())
        };
        let Some(layout) = Layout::of(version) else {
            return Err(EnvError::LibraryVersion {
                path,
                found: version_name(version),
                supported: Layout::supported(),
            });
        };
        let library =
            Library::assemble(path.clone(), version_name(version), handle, &layout).map_err(refuse)?;
        install_handlers(&library.handle).map_err(refuse)?;
        Ok(library)
    }

    /// Looks up all that is called and read, or says what is not there.
    fn assemble(
        path: PathBuf,
        version: String,
        handle: libloading::Library,
        layout: &Layout,
    ) -> Result<Self, String> {
        fields::check_files(layout)?;
        Ok(Library {
            path,
            version,
            functions: Functions::of(&handle)?,
            offsets: Offsets::of(layout)?,
            bodies: BodyFields::of(layout)?,
            objects: ObjectFields::of(layout)?,
            sensors: SensorFields::of(layout)?,
            edits: EditFields::of(layout)?,
            phases: PhaseFields::of(layout)?,
            compiling: Mutex::new(()),
            handle,
        })
    }
}

/// Why loading failed: the loader's own words where it has some, for libloading names the call alone.
fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

type Handler = extern "C-unwind" fn(*const c_char);

/// Puts our handlers for warnings and fatal errors in place of MuJoCo's, which write MUJOCO_LOG.TXT into the
/// current folder.
fn install_handlers(handle: &libloading::Library) -> Result<(), String> {
    // SAFETY: both are global variables of the library, of type `void (*)(const char*)`, which
    // `Option<Handler>` has the layout of. Nobody else uses this library yet: it is not in `LOADED`.
    unsafe {
        let warning: *mut Option<Handler> = symbol(handle, c"mju_user_warning")?;
        let error: *mut Option<Handler> = symbol(handle, c"mju_user_error")?;
        warning.write(Some(on_warning));
        error.write(Some(on_fatal));
    }
    Ok(())
}

/// Warnings are counted in mjData, where the step that raised them looks; the text is dropped.
extern "C-unwind" fn on_warning(_text: *const c_char) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_library_is_refused_in_the_words_of_the_loader() {
        let path = std::env::temp_dir().join(format!("coadapt-no-library-{}.so", std::process::id()));
        std::fs::write(&path, "this is no library").unwrap();
        let text = Library::open(&path).unwrap_err().to_string();
        std::fs::remove_file(&path).unwrap();
        if super::super::require_platform().is_ok() {
            assert!(!text.contains("dlopen failed") && text.contains(".so: "), "{text}");
        }
    }
}
