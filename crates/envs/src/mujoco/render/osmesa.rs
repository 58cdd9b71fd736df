//! OSMesa: OpenGL drawn by the processor into a buffer of ours.

use std::ffi::{c_int, c_uint, c_void};
use std::ptr::null_mut;

use super::super::raw::symbol;
use super::context::Context;

/// `OSMESA_RGBA`.
const RGBA: c_uint = 0x1908;
/// `GL_UNSIGNED_BYTE`.
const UNSIGNED_BYTE: c_uint = 0x1401;
const DEPTH_BITS: c_int = 24;
const STENCIL_BITS: c_int = 8;

/// A context of OSMesa.
pub(super) struct OsMesa {
    make_current: unsafe extern "C" fn(*mut c_void, *mut c_void, c_uint, c_int, c_int) -> u8,
    destroy: unsafe extern "C" fn(*mut c_void),
    context: *mut c_void,
    /// Pixels that the context draws into where nothing else is bound; four bytes each.
    buffer: Vec<u8>,
    width: c_int,
    height: c_int,
}

impl OsMesa {
    /// A context with a buffer of `width` by `height` pixels.
    pub(super) fn new(library: &libloading::Library, width: c_int, height: c_int) -> Result<Self, String> {
        type Create = unsafe extern "C" fn(c_uint, c_int, c_int, c_int, *mut c_void) -> *mut c_void;
        // SAFETY: the types are what OSMesa's header declares, in every version since 3.5.
        let (create, make_current, destroy): (Create, _, _) = unsafe {
            (
                symbol(library, c"OSMesaCreateContextExt")?,
                symbol(library, c"OSMesaMakeCurrent")?,
                symbol(library, c"OSMesaDestroyContext")?,
            )
        };
        let pixels = usize::try_from(width).unwrap_or(0) * usize::try_from(height).unwrap_or(0);
        // SAFETY: constants of OpenGL, and no context to share with.
        let context = unsafe { create(RGBA, DEPTH_BITS, STENCIL_BITS, 0, null_mut()) };
        if context.is_null() {
            return Err("it makes no context".to_owned());
        }
        Ok(OsMesa { make_current, destroy, context, buffer: vec![0; 4 * pixels], width, height })
    }
}

impl Context for OsMesa {
    fn make_current(&mut self) -> Result<(), String> {
        let buffer = self.buffer.as_mut_ptr().cast();
        // SAFETY: the context is live and of this thread; the buffer has four bytes for each pixel, and stays
        // where it is as long as the context.
        let made =
            unsafe { (self.make_current)(self.context, buffer, UNSIGNED_BYTE, self.width, self.height) };
        if made == 0 { Err("its context cannot be made current".to_owned()) } else { Ok(()) }
    }
}

impl Drop for OsMesa {
    fn drop(&mut self) {
        // SAFETY: the context is destroyed once, before its buffer.
        unsafe { (self.destroy)(self.context) }
    }
}
