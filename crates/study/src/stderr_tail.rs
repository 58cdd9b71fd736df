//! The last words of a worker: what it wrote to standard error, kept in memory, as a disk may be what it speaks of.

use std::io::Read;
use std::process::ChildStderr;
use std::thread::JoinHandle;

/// The end of what was said, in bytes.
const KEPT: usize = 4096;

/// A thread that listens until the worker has ended.
#[derive(Debug)]
pub struct StderrTail(JoinHandle<Vec<u8>>);

impl StderrTail {
    /// Listens to `source`, and keeps the last of it.
    pub fn listen(mut source: ChildStderr) -> StderrTail {
        StderrTail(std::thread::spawn(move || {
            let (mut kept, mut chunk) = (Vec::new(), [0; KEPT]);
            while let Ok(count @ 1..) = source.read(&mut chunk) {
                kept.extend_from_slice(&chunk[..count]);
                kept.drain(..kept.len().saturating_sub(KEPT));
            }
            kept
        }))
    }

    /// The last words, once the worker has ended.
    pub fn last(self) -> String {
        let said = self.0.join().unwrap_or_default();
        String::from_utf8_lossy(&said).trim().trim_start_matches("error: ").to_owned()
    }
}
