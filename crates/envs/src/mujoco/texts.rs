//! Compiling a model from texts in memory: what a task generates, with the files it includes.

use std::ffi::{CString, c_int};
use std::path::Path;
use std::sync::Arc;

use super::library::Library;
use super::raw::RawFiles;
use super::sim::Model;
use crate::EnvError;

/// The files in memory, emptied when dropped.
struct Files {
    library: &'static Library,
    raw: RawFiles,
}

impl Files {
    fn new(library: &'static Library) -> Self {
        let mut files = Files { library, raw: RawFiles(std::ptr::null_mut()) };
        // SAFETY: `raw` is a live mjVFS, which this call initialises.
        unsafe { (library.functions.default_files)(&mut files.raw) };
        files
    }

    /// Adds a copy of `text` under `name`.
    fn add(&mut self, name: &str, text: &str) -> Result<(), String> {
        let refuse = || format!("{name} cannot be held in memory");
        let length = c_int::try_from(text.len()).map_err(|_| refuse())?;
        let name = CString::new(name).map_err(|_| refuse())?;
        // SAFETY: `raw` was initialised, the name is nul-terminated, and `text` has `length` bytes.
        let failed = unsafe {
            (self.library.functions.add_file)(&mut self.raw, name.as_ptr(), text.as_ptr().cast(), length)
        };
        if failed == 0 { Ok(()) } else { Err(refuse()) }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // SAFETY: `raw` was initialised and is not used again.
        unsafe { (self.library.functions.delete_files)(&mut self.raw) }
    }
}

impl Model {
    /// Compiles a model from texts: the first is the model, the others are files it includes, each with its
    /// name as the including text has it. `path` is what errors call the model.
    pub fn from_texts(
        library: &'static Library,
        path: &Path,
        texts: &[(&str, &str)],
    ) -> Result<Arc<Self>, EnvError> {
        let refuse = |problem: String| EnvError::Model { path: path.to_owned(), problem };
        let mut files = Files::new(library);
        for (name, text) in texts {
            files.add(name, text).map_err(refuse)?;
        }
        let name = texts.first().and_then(|(name, _)| CString::new(*name).ok());
        let name = name.ok_or_else(|| refuse("it has no text".to_owned()))?;
        // SAFETY: the files are live, and hold a model of this name.
        unsafe { Model::compile(library, &name, (&raw const files.raw).cast()) }.map_err(refuse)
    }
}
