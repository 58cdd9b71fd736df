//! EGL without a surface: Mesa's platform for machines without a display.

use std::ffi::{c_int, c_uint, c_void};
use std::ptr::{null, null_mut};

use super::super::raw::symbol;
use super::context::Context;

/// `EGL_PLATFORM_SURFACELESS_MESA`, of the extension of that name.
const SURFACELESS: c_uint = 0x31DD;
/// `EGL_OPENGL_API`.
const OPENGL: c_uint = 0x30A2;
/// A configuration for OpenGL, with 8 bits a colour and 24 of depth; of a type that, unlike the default, is not
/// a window.
const CONFIG: [c_int; 13] = [
    0x3033, 0x0001, // EGL_SURFACE_TYPE: EGL_PBUFFER_BIT
    0x3040, 0x0008, // EGL_RENDERABLE_TYPE: EGL_OPENGL_BIT
    0x3024, 8, // EGL_RED_SIZE
    0x3023, 8, // EGL_GREEN_SIZE
    0x3022, 8, // EGL_BLUE_SIZE
    0x3025, 24,     // EGL_DEPTH_SIZE
    0x3038, // EGL_NONE
];

/// The functions of EGL that are called here, with the signatures of its header.
struct Functions {
    get_platform_display: unsafe extern "C" fn(c_uint, *mut c_void, *const isize) -> *mut c_void,
    initialize: unsafe extern "C" fn(*mut c_void, *mut c_int, *mut c_int) -> c_uint,
    bind_api: unsafe extern "C" fn(c_uint) -> c_uint,
    choose_config:
        unsafe extern "C" fn(*mut c_void, *const c_int, *mut *mut c_void, c_int, *mut c_int) -> c_uint,
    create_context: unsafe extern "C" fn(*mut c_void, *mut c_void, *mut c_void, *const c_int) -> *mut c_void,
    make_current: unsafe extern "C" fn(*mut c_void, *mut c_void, *mut c_void, *mut c_void) -> c_uint,
    destroy_context: unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_uint,
    get_error: unsafe extern "C" fn() -> c_int,
}

/// A context of EGL.
pub(super) struct Egl {
    functions: Functions,
    display: *mut c_void,
    context: *mut c_void,
}

impl Functions {
    fn of(library: &libloading::Library) -> Result<Self, String> {
        // SAFETY: the types of the fields are what EGL's header declares, in version 1.5 as in all since 1.0.
        unsafe {
            Ok(Functions {
                get_platform_display: symbol(library, c"eglGetPlatformDisplay")?,
                initialize: symbol(library, c"eglInitialize")?,
                bind_api: symbol(library, c"eglBindAPI")?,
                choose_config: symbol(library, c"eglChooseConfig")?,
                create_context: symbol(library, c"eglCreateContext")?,
                make_current: symbol(library, c"eglMakeCurrent")?,
                destroy_context: symbol(library, c"eglDestroyContext")?,
                get_error: symbol(library, c"eglGetError")?,
            })
        }
    }

    /// A sentence on what failed, with EGL's number for why.
    fn failed(&self, what: &str) -> String {
        // SAFETY: it may be called at any time.
        format!("{what} failed with error {:#x}", unsafe { (self.get_error)() })
    }
}

impl Egl {
    /// A context on the platform without surfaces. Its display is shared by all contexts of the process, and
    /// so never closed.
    pub(super) fn new(library: &libloading::Library) -> Result<Self, String> {
        let functions = Functions::of(library)?;
        // SAFETY: the platform has no native display, for which null stands, and no attributes are given.
        let display = unsafe { (functions.get_platform_display)(SURFACELESS, null_mut(), null()) };
        if display.is_null() {
            return Err(functions.failed("opening the platform without surfaces"));
        }
        // SAFETY: the display is one; nobody asks for the version.
        if unsafe { (functions.initialize)(display, null_mut(), null_mut()) } == 0 {
            return Err(functions.failed("starting the platform without surfaces"));
        }
        // SAFETY: a constant of EGL.
        if unsafe { (functions.bind_api)(OPENGL) } == 0 {
            return Err(functions.failed("choosing OpenGL"));
        }
        let (mut config, mut found) = (null_mut(), 0);
        // SAFETY: the list of attributes is ended as it must be, and there is room for the one configuration
        // asked for.
        let chosen =
            unsafe { (functions.choose_config)(display, CONFIG.as_ptr(), &mut config, 1, &mut found) };
        if chosen == 0 || found == 0 {
            return Err(functions.failed("choosing a configuration"));
        }
        // SAFETY: display and configuration are valid; nothing is shared and no attributes are given.
        let context = unsafe { (functions.create_context)(display, config, null_mut(), null()) };
        if context.is_null() {
            return Err(functions.failed("making a context"));
        }
        Ok(Egl { functions, display, context })
    }
}

impl Context for Egl {
    fn make_current(&mut self) -> Result<(), String> {
        // SAFETY: the context is live and of this thread; null stands for no surface.
        let made =
            unsafe { (self.functions.make_current)(self.display, null_mut(), null_mut(), self.context) };
        if made == 0 { Err(self.functions.failed("making the context current")) } else { Ok(()) }
    }
}

impl Drop for Egl {
    fn drop(&mut self) {
        // SAFETY: the context is destroyed once, after this thread let go of it.
        unsafe {
            (self.functions.make_current)(self.display, null_mut(), null_mut(), null_mut());
            (self.functions.destroy_context)(self.display, self.context);
        }
    }
}
