//! MuJoCo's C interface: its structs as opaque pointers, the functions that are called, and looking them up by name.

use std::ffi::{CStr, c_char, c_int, c_void};

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

/// An mjVFS: one pointer, which the layout table confirms.
#[repr(C)]
pub(super) struct RawFiles(pub(super) *mut c_void);

/// A function of MuJoCo that takes a model and its data.
pub(super) type Phase = unsafe extern "C-unwind" fn(*const RawModel, *mut RawData);

/// The functions of MuJoCo that are called here, with the signatures of its header.
pub(super) struct Functions {
    pub(super) load_xml:
        unsafe extern "C" fn(*const c_char, *const c_void, *mut c_char, c_int) -> *mut RawModel,
    pub(super) delete_model: unsafe extern "C" fn(*mut RawModel),
    pub(super) make_data: unsafe extern "C-unwind" fn(*const RawModel) -> *mut RawData,
    pub(super) delete_data: unsafe extern "C" fn(*mut RawData),
    pub(super) reset_data: Phase,
    pub(super) step: Phase,
    pub(super) forward: Phase,
    pub(super) state_size: unsafe extern "C" fn(*const RawModel, c_int) -> c_int,
    pub(super) get_state: unsafe extern "C" fn(*const RawModel, *const RawData, *mut f64, c_int),
    pub(super) set_state: unsafe extern "C" fn(*const RawModel, *mut RawData, *const f64, c_int),
    pub(super) step1: Phase,
    pub(super) step2: Phase,
    pub(super) rne_post_constraint: Phase,
    pub(super) name_to_id: unsafe extern "C" fn(*const RawModel, c_int, *const c_char) -> c_int,
    pub(super) default_files: unsafe extern "C" fn(*mut RawFiles),
    pub(super) add_file: unsafe extern "C" fn(*mut RawFiles, *const c_char, *const c_void, c_int) -> c_int,
    pub(super) delete_files: unsafe extern "C" fn(*mut RawFiles),
}

impl Functions {
    pub(super) fn of(handle: &libloading::Library) -> Result<Self, String> {
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
                step1: symbol(handle, c"mj_step1")?,
                step2: symbol(handle, c"mj_step2")?,
                rne_post_constraint: symbol(handle, c"mj_rnePostConstraint")?,
                name_to_id: symbol(handle, c"mj_name2id")?,
                default_files: symbol(handle, c"mj_defaultVFS")?,
                add_file: symbol(handle, c"mj_addBufferVFS")?,
                delete_files: symbol(handle, c"mj_deleteVFS")?,
            })
        }
    }
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
