//! A slot a core, each a locked file: crews on one store share a machine without putting two runs on one core.
//!
//! The worker itself holds the lock of its slot, as its standard input. A worker that outlives its crew for a moment
//! still keeps its core, and whatever dies gives it up.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::memory;
use crate::resources::{Needs, Promised};
use coadapt_run::directory;

/// The folder of the slots within a store, under it one for each host.
const FOLDER: &str = "cores";

/// The slots of this machine.
#[derive(Debug)]
pub struct Slots {
    folder: PathBuf,
    cores: Vec<usize>,
}

/// A slot that is ours.
#[derive(Debug)]
pub struct Slot {
    /// Its core.
    pub core: usize,
    file: File,
}

impl Slots {
    /// The slots of `cores` in the store at `root`.
    pub fn new(root: &Path, cores: &[usize]) -> Result<Slots> {
        let folder = root.join(FOLDER).join(directory::file_name(&host()));
        std::fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
        Ok(Slots { folder, cores: cores.to_vec() })
    }

    /// A slot that nobody holds, if there is one, and what those who hold others have still to come.
    ///
    /// Only one process may ask at a time: looking at a lock takes it for a moment.
    pub fn take(&self) -> Result<(Option<Slot>, Promised)> {
        let (mut free, mut promised) = (None, Promised::default());
        for core in &self.cores {
            let path = self.folder.join(core.to_string());
            let attempt = || format!("could not lock {}", path.display());
            let opened = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
            let mut file = opened.with_context(attempt)?;
            match file.try_lock() {
                Ok(()) => free = free.or(Some(Slot { core: *core, file })),
                Err(TryLockError::WouldBlock) => add(&mut promised, &mut file),
                Err(TryLockError::Error(cause)) => return Err(cause).with_context(attempt),
            }
        }
        Ok((free, promised))
    }
}

impl Slot {
    /// The lock for a worker to hold, as long as its standard input is open.
    pub fn for_worker(&self) -> Result<File> {
        self.file.try_clone().context("a slot could not be handed on")
    }

    /// Writes down whose it is and what that one will want, and lets go of it: from now on the worker alone holds it.
    pub fn hand_over(mut self, pid: u32, needs: Needs) {
        let line = format!("{pid} {} {}\n", needs.memory_bytes, needs.disk_bytes);
        // On a full disk the slot is held all the same; only what is promised is not known then.
        let _ = self
            .file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .and_then(|()| self.file.write_all(line.as_bytes()));
    }
}

/// Adds what the holder of the slot `file` has still to come.
fn add(promised: &mut Promised, file: &mut File) {
    let mut line = String::new();
    let _ = file.read_to_string(&mut line);
    let numbers: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    promised.workers += 1;
    if let [pid, memory_bytes, disk_bytes] = numbers[..] {
        let held = u32::try_from(pid).map_or(0, memory::resident);
        promised.memory_bytes += memory_bytes.saturating_sub(held);
        promised.disk_bytes += disk_bytes;
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
        let slots = Slots::new(store.path(), &[3, 5]).unwrap();
        let (first, promised) = slots.take().unwrap();
        let first = first.unwrap();
        assert_eq!((first.core, promised), (3, Promised::default()));
        let needs = Needs { memory_bytes: 1 << 50, disk_bytes: 7 };
        let held = first.for_worker().unwrap();
        first.hand_over(std::process::id(), needs);
        let (second, promised) = slots.take().unwrap();
        let second = second.unwrap();
        assert_eq!((second.core, promised.workers, promised.disk_bytes), (5, 1, 7));
        // What this process holds already is no longer to come.
        assert!(promised.memory_bytes < 1 << 50 && promised.memory_bytes > 1 << 49);
        assert!(slots.take().unwrap().0.is_none());
        drop(held);
        assert_eq!(slots.take().unwrap().0.unwrap().core, 3);
    }
}
