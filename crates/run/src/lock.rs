//! One process at a time in a run directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// The file that is locked.
pub const FILE: &str = ".lock";

const PATIENCE: u32 = 5;
const MOMENT: Duration = Duration::from_millis(10);

/// Held while a process writes a run. The operating system gives it up with the process, however that ends.
#[derive(Debug)]
pub struct Lock {
    /// What is locked, for a copy of this process to let go of.
    pub file: File,
}

impl Lock {
    /// Takes the run directory `run`, or says who has it.
    pub fn take(run: &Path) -> Result<Lock> {
        let path = run.join(FILE);
        let attempt = || format!("could not lock {}", path.display());
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .with_context(attempt)?;
        match patient(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Only a courtesy: without the number the sentence still holds.
                let _ = file.read_to_string(&mut holder);
                bail!(
                    "{} is being written by another coadapt process ({}); wait for it or stop it first",
                    run.display(),
                    holder.trim()
                );
            }
            Err(TryLockError::Error(cause)) => return Err(cause).with_context(attempt),
        }
        // A courtesy too: on a full disk the lock holds without it.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "process {}", std::process::id()));
        Ok(Lock { file })
    }
}

/// A look at the lock takes it for a moment: that must not turn a taker away.
fn patient(file: &File) -> Result<(), TryLockError> {
    for _ in 0..PATIENCE {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(MOMENT),
            answer => return answer,
        }
    }
    file.try_lock()
}

/// Whether a process holds the run directory `run`.
pub fn is_held(run: &Path) -> bool {
    let Ok(file) = File::open(run.join(FILE)) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_is_told_who_holds_it_and_gets_it_after() {
        let folder = tempfile::tempdir().unwrap();
        let held = Lock::take(folder.path()).unwrap();
        let error = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        assert!(is_held(folder.path()));
        drop(held);
        assert!(!is_held(folder.path()) && !is_held(Path::new("nowhere")));
        Lock::take(folder.path()).unwrap();
    }
}
