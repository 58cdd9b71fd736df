//! A lock a core, each a locked file: worker pools on one store share a machine without putting two runs on one core.
//!
//! The worker itself holds the lock of its core, as its standard input. A worker that outlives its worker pool for a moment
//! still keeps its core, and whatever dies gives it up.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::memory;
use crate::resources::{Needs, Reserved};
use coadapt_run::directory;

/// The folder of the locks within a store, under it one for each host.
const FOLDER: &str = "cores";

/// The locks of the cores of this machine.
#[derive(Debug)]
pub struct CoreLocks {
    folder: PathBuf,
    cores: Vec<usize>,
}

/// A core that is ours.
#[derive(Debug)]
pub struct CoreLock {
    /// Its core.
    pub number: usize,
    file: File,
}

impl CoreLocks {
    /// The locks of `cores` in the store at `root`.
    pub fn new(root: &Path, cores: &[usize]) -> Result<CoreLocks> {
        let folder = root.join(FOLDER).join(directory::file_name(&host()));
        std::fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
        Ok(CoreLocks { folder, cores: cores.to_vec() })
    }

    /// A core that nobody holds, if there is one, and what those who hold others have still to come.
    ///
    /// Only one process may ask at a time: looking at a lock takes it for a moment.
    pub fn take(&self) -> Result<(Option<CoreLock>, Reserved)> {
        let (mut free, mut reserved) = (None, Reserved::default());
        for core in &self.cores {
            let path = self.folder.join(core.to_string());
            let attempt = || format!("could not lock {}", path.display());
            let opened = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
            let mut file = opened.with_context(attempt)?;
            match file.try_lock() {
                Ok(()) => free = free.or(Some(CoreLock { number: *core, file })),
                Err(TryLockError::WouldBlock) => add(&mut reserved, &mut file),
                Err(TryLockError::Error(cause)) => return Err(cause).with_context(attempt),
            }
        }
        Ok((free, reserved))
    }
}

impl CoreLock {
    /// The lock for a worker to hold, as long as its standard input is open.
    pub fn for_worker(&self) -> Result<File> {
        self.file.try_clone().context("the lock of a core could not be handed on")
    }

    /// Writes down whose it is and what that one will want, and lets go of it: from now on the worker alone holds it.
    pub fn hand_over(mut self, pid: u32, needs: Needs) {
        let line = format!("{pid} {} {}\n", needs.memory_bytes, needs.disk_bytes);
        // On a full disk the core is held all the same; only what is reserved is not known then.
        let _ = self
            .file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .and_then(|()| self.file.write_all(line.as_bytes()));
    }
}

/// Adds what the holder of the lock `file` has still to come.
fn add(reserved: &mut Reserved, file: &mut File) {
    let mut line = String::new();
    let _ = file.read_to_string(&mut line);
    let numbers: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    reserved.workers += 1;
    if let [pid, memory_bytes, disk_bytes] = numbers[..] {
        let held = u32::try_from(pid).map_or(0, memory::resident);
        reserved.memory_bytes += memory_bytes.saturating_sub(held);
        reserved.disk_bytes += disk_bytes;
    }
}

/// The name of this machine among those that may share a store.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "here".to_owned() } else { name.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_free_again_when_its_holder_is_gone() {
        let store = tempfile::tempdir().unwrap();
        let locks = CoreLocks::new(store.path(), &[3, 5]).unwrap();
        let (first, reserved) = locks.take().unwrap();
        let first = first.unwrap();
        assert_eq!((first.number, reserved), (3, Reserved::default()));
        let needs = Needs { memory_bytes: 1 << 50, disk_bytes: 7 };
        let held = first.for_worker().unwrap();
        first.hand_over(std::process::id(), needs);
        let (second, reserved) = locks.take().unwrap();
        let second = second.unwrap();
        assert_eq!((second.number, reserved.workers, reserved.disk_bytes), (5, 1, 7));
        // What this process holds already is no longer to come.
        assert!(reserved.memory_bytes < 1 << 50 && reserved.memory_bytes > 1 << 49);
        assert!(locks.take().unwrap().0.is_none());
        drop(held);
        assert_eq!(locks.take().unwrap().0.unwrap().number, 3);
    }
}
