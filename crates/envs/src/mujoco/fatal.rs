//! Errors that MuJoCo cannot go on from: a full arena, no memory. Where a simulation is at work it becomes an outcome
//! of that simulation; elsewhere it ends the process with a sentence.

use std::cell::Cell;
use std::ffi::{CStr, c_char};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};

/// The exit status of the process after a fatal error in the compiler of models or in the renderer.
///
/// MuJoCo reports such errors through a handler that must not return into it. Around the functions that step a
/// simulation, plain C with unwind tables, the handler unwinds to us instead. The model compiler is C++, which may
/// catch what it does not know, and the renderer holds a context of OpenGL: there the handler prints one sentence to
/// standard error and ends the process with this status, without exit handlers that other threads may still need.
pub const FATAL_EXIT_CODE: i32 = 70;

thread_local! {
    /// Whether this thread is inside a call that [`guarded`] made.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// The payload that the handler unwinds with.
struct Fatal(String);

/// MuJoCo's handler for fatal errors.
pub(super) extern "C-unwind" fn on_fatal(text: *const c_char) {
    let text = if text.is_null() {
        "no reason given".into()
    } else {
        // SAFETY: MuJoCo hands its handler a nul-terminated string that lives through the call.
        unsafe { CStr::from_ptr(text) }.to_string_lossy()
    };
    if GUARDED.get() {
        resume_unwind(Box::new(Fatal(text.into_owned())));
    }
    // Nothing is left to do if standard error is closed.
    let _ = writeln!(std::io::stderr(), "MuJoCo cannot go on and ends this process: {text}");
    // SAFETY: _exit takes any status and does not return.
    unsafe { libc::_exit(FATAL_EXIT_CODE) }
}

/// Makes a call into MuJoCo, through a pointer of the ABI `C-unwind`, and gives its fatal error, if it had one. What
/// the call worked on is then good for a reset or to be freed, and for nothing else.
pub(super) fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, &'static str> {
    let before = GUARDED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(call));
    GUARDED.set(before);
    done.map_err(|thrown| match thrown.downcast::<Fatal>() {
        Ok(fatal) => kept(&fatal.0),
        Err(other) => resume_unwind(other),
    })
}

/// The sentence for `text`, made once: there are few, and an outcome keeps its reason without owning it.
fn kept(text: &str) -> &'static str {
    static SENTENCES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let sentence = format!("MuJoCo cannot go on: {}", text.trim());
    let mut sentences = SENTENCES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = sentences.iter().find(|known| **known == sentence) {
        return known;
    }
    let made: &'static str = Box::leak(sentence.into_boxed_str());
    sentences.push(made);
    made
}
