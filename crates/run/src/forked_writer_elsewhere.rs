//! Stands in for `forked_writer` where a copy of this process would outlive it: everything is done here and now.

use std::os::fd::RawFd;

use anyhow::Result;

/// There never is one.
#[derive(Debug)]
pub enum ForkedWriter {}

impl ForkedWriter {
    /// Says no.
    pub fn start(_held: RawFd, _work: impl FnOnce() -> Result<()>) -> Option<ForkedWriter> {
        None
    }

    /// How the work ended, once it has.
    pub fn poll(&mut self) -> Option<Result<()>> {
        match *self {}
    }

    /// Waits for the end of the work.
    pub fn wait(self) -> Result<()> {
        match self {}
    }
}
