//! The simulator library: loaded once, refused unless its version has a layout table, never unloaded.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::edits::EditFields;
use super::fatal::on_fatal;
use super::layout::{Layout, version_name};
use super::objects::{NameToId, Objects};
use super::phases::{Halves, PhaseFields};
use super::sensors::SensorFields;
use super::sim::BodyAccess;
use super::texts::{self, FileFunctions};
use crate::EnvError;

/// An mjModel, only ever behind a pointer.
#[repr(C)]
pub(super) struct RawModel {
    _opaque: [u8; 0],
}

/// An mjData, only ever behind a pointer.
#[repr(C)]
pub(super) struct RawData {
    _opaque: [u8; 0],
}

/// The functions of MuJoCo that are called here, with the signatures of its header.
pub(super) struct Functions {
    pub(super) load_xml:
        unsafe extern "C" fn(*const c_char, *const c_void, *mut c_char, c_int) -> *mut RawModel,
    pub(super) delete_model: unsafe extern "C" fn(*mut RawModel),
    pub(super) make_data: unsafe extern "C-unwind" fn(*const RawModel) -> *mut RawData,
    pub(super) delete_data: unsafe extern "C" fn(*mut RawData),
    pub(super) reset_data: unsafe extern "C-unwind" fn(*const RawModel, *mut RawData),
    pub(super) step: unsafe extern "C-unwind" fn(*const RawModel, *mut RawData),
    pub(super) forward: unsafe extern "C-unwind" fn(*const RawModel, *mut RawData),
    pub(super) state_size: unsafe extern "C" fn(*const RawModel, c_int) -> c_int,
    pub(super) get_state: unsafe extern "C" fn(*const RawModel, *const RawData, *mut f64, c_int),
    pub(super) set_state: unsafe extern "C" fn(*const RawModel, *mut RawData, *const f64, c_int),
}

/// Where the fields that are read lie, and the constants that are passed.
#[derive(Debug)]
pub(super) struct Offsets {
    pub(super) nq: usize,
    pub(super) nv: usize,
    pub(super) nu: usize,
    pub(super) timestep: usize,
    pub(super) qpos0: usize,
    pub(super) actuator_ctrlrange: usize,
    pub(super) qpos: usize,
    pub(super) qvel: usize,
    pub(super) ctrl: usize,
    pub(super) warning: usize,
    /// Bytes of one warning counter, whose last four are the count.
    pub(super) warning_size: usize,
    /// The warnings after which the simulation is not to be trusted, with what each says.
    pub(super) unstable: [(usize, &'static str); 7],
    pub(super) state_qpos: c_int,
    pub(super) state_qvel: c_int,
    pub(super) state_ctrl: c_int,
    pub(super) state_integration: c_int,
}

/// A loaded MuJoCo.
pub struct Library {
    path: PathBuf,
    version: String,
    pub(super) functions: Functions,
    pub(super) offsets: Offsets,
    pub(super) bodies: BodyAccess,
    pub(super) objects: Objects,
    pub(super) name_to_id: NameToId,
    pub(super) sensors: SensorFields,
    pub(super) edits: EditFields,
    pub(super) phases: PhaseFields,
    pub(super) halves: Halves,
    pub(super) files: FileFunctions,
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
        texts::check(layout)?;
        let functions = Functions::of(&handle)?;
        let bodies = BodyAccess::of(&handle, layout)?;
        // SAFETY: the types of the fields are what MuJoCo's header declares, in the versions that have a layout
        // table.
        let (name_to_id, halves, files) = unsafe {
            (
                symbol(&handle, c"mj_name2id")?,
                Halves { first: symbol(&handle, c"mj_step1")?, second: symbol(&handle, c"mj_step2")? },
                FileFunctions {
                    default: symbol(&handle, c"mj_defaultVFS")?,
                    add: symbol(&handle, c"mj_addBufferVFS")?,
                    delete: symbol(&handle, c"mj_deleteVFS")?,
                },
            )
        };
        Ok(Library {
            path,
            version,
            functions,
            offsets: Offsets::of(layout)?,
            bodies,
            objects: Objects::of(layout)?,
            name_to_id,
            sensors: SensorFields::of(layout)?,
            edits: EditFields::of(layout)?,
            phases: PhaseFields::of(layout)?,
            halves,
            files,
            compiling: Mutex::new(()),
            handle,
        })
    }
}

impl Functions {
    fn of(handle: &libloading::Library) -> Result<Self, String> {
        // SAFETY: the types of the fields are what MuJoCo's header declares, in the versions that have a
        // layout table.
        unsafe {
            Ok(Functions {
                load_xml: symbol(handle, c"mj_loadXML")?,
                delete_model: symbol(handle, c"mj_deleteModel")?,
                make_data: symbol(handle, c"mj_makeData")?,
                delete_data: symbol(handle, c"mj_deleteData")?,
                reset_data: symbol(handle, c"mj_resetData")?,
                step: symbol(handle, c"mj_step")?,
                forward: symbol(handle, c"mj_forward")?,
                state_size: symbol(handle, c"mj_stateSize")?,
                get_state: symbol(handle, c"mj_getState")?,
                set_state: symbol(handle, c"mj_setState")?,
            })
        }
    }
}

impl Offsets {
    fn of(layout: &Layout) -> Result<Self, String> {
        let pointer = size_of::<*const f64>();
        let size = size_of::<i64>();
        let index = |name| layout.constant(name).map(|value| value as usize);
        let signature = |name| layout.constant(name).map(|value| value as c_int);
        let warning_size = layout.field("mjWarningStat", "")?.size;
        Ok(Offsets {
            nq: layout.offset("mjModel", "nq", size)?,
            nv: layout.offset("mjModel", "nv", size)?,
            nu: layout.offset("mjModel", "nu", size)?,
            timestep: layout.offset("mjModel", "opt.timestep", size_of::<f64>())?,
            qpos0: layout.offset("mjModel", "qpos0", pointer)?,
            actuator_ctrlrange: layout.offset("mjModel", "actuator_ctrlrange", pointer)?,
            qpos: layout.offset("mjData", "qpos", pointer)?,
            qvel: layout.offset("mjData", "qvel", pointer)?,
            ctrl: layout.offset("mjData", "ctrl", pointer)?,
            warning: layout.offset("mjData", "warning", warning_size * index("mjNWARNING")?)?,
            warning_size,
            unstable: [
                (index("mjWARN_BADQPOS")?, "a position is not finite or too large"),
                (index("mjWARN_BADQVEL")?, "a velocity is not finite or too large"),
                (index("mjWARN_BADQACC")?, "an acceleration is not finite or too large"),
                (index("mjWARN_BADCTRL")?, "a control is not finite or too large"),
                (index("mjWARN_INERTIA")?, "the inertia matrix is singular"),
                (index("mjWARN_CONTACTFULL")?, "there are more contacts than its buffer holds"),
                (index("mjWARN_CNSTRFULL")?, "there are more constraints than its buffer holds"),
            ],
            state_qpos: signature("mjSTATE_QPOS")?,
            state_qvel: signature("mjSTATE_QVEL")?,
            state_ctrl: signature("mjSTATE_CTRL")?,
            state_integration: signature("mjSTATE_INTEGRATION")?,
        })
    }
}

/// Why loading failed: the loader's own words where it has some, for libloading names the call alone.
fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// A function or variable of the library by its name.
///
/// # Safety
/// `F` must be the type of a pointer to what has this name in the library.
pub(super) unsafe fn symbol<F: Copy>(handle: &libloading::Library, name: &CStr) -> Result<F, String> {
    // SAFETY: the caller vouches for the type.
    let symbol = unsafe { handle.get::<F>(name.to_bytes_with_nul()) };
    symbol.map(|symbol| *symbol).map_err(|_| format!("it has no {}", name.to_string_lossy()))
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
