//! A context of OpenGL that some library makes, whichever it is.

/// A context that can be made the current one of the thread that made it.
pub(super) trait Context {
    /// Directs OpenGL's calls of this thread to this context.
    fn make_current(&mut self) -> Result<(), String>;
}
