//! Work that a copy of this process does while this one goes on: how a checkpoint is written without standing still.
//!
//! `fork` gives the copy all memory as it is at that moment; a page is copied when one of the two changes it, so that a
//! replay of gigabytes costs its page table now and the few pages that training touches meanwhile. The copy has the
//! calling thread alone, must not use what other threads may have held at that moment (the terminal, a pool), and dies
//! with its parent: nothing of it is left when a run is killed.
#![allow(unsafe_code)]

use std::io::{PipeReader, Read, Write};
use std::os::fd::RawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Result, anyhow, bail, ensure};

/// A copy of this process at work. Dropped, it is waited for.
#[derive(Debug)]
pub struct ForkedWriter {
    pid: libc::pid_t,
    outcome: PipeReader,
    done: bool,
}

impl ForkedWriter {
    /// Lets a copy of this process do `work` and end; what `work` changes in memory is the copy's alone. The copy lets
    /// go of the open file `held`, a lock that must not outlive this process. Says no where the system has no room for a copy.
    pub fn start(held: RawFd, work: impl FnOnce() -> Result<()>) -> Option<ForkedWriter> {
        let (outcome, mut answer) = std::io::pipe().ok()?;
        let parent = std::process::id();
        // SAFETY: the copy's thread goes on below and never returns into code that counts on other threads.
        match unsafe { libc::fork() } {
            -1 => None,
            0 => {
                let ended = catch_unwind(AssertUnwindSafe(|| {
                    alone(parent, held)?;
                    work()
                }));
                let said = match ended {
                    Ok(Ok(())) => None,
                    Ok(Err(error)) => Some(format!("{error:#}")),
                    Err(_) => Some("it panicked".to_owned()),
                };
                // Nobody listens any more where this fails.
                let _ = answer.write_all(said.as_deref().unwrap_or_default().as_bytes());
                // SAFETY: ends the copy at once, without the cleaning up that is its parent's.
                unsafe { libc::_exit(i32::from(said.is_some())) }
            }
            pid => Some(ForkedWriter { pid, outcome, done: false }),
        }
    }

    /// How the work ended, once it has.
    pub fn poll(&mut self) -> Option<Result<()>> {
        self.end(libc::WNOHANG)
    }

    /// Waits for the end of the work.
    pub fn wait(mut self) -> Result<()> {
        self.end(0).unwrap_or(Ok(()))
    }

    fn end(&mut self, flags: libc::c_int) -> Option<Result<()>> {
        if self.done {
            return Some(Ok(()));
        }
        let mut status = 0;
        loop {
            // SAFETY: `status` is ours, and the process is a child that nobody else waits for.
            match unsafe { libc::waitpid(self.pid, &mut status, flags) } {
                0 => return None,
                pid if pid == self.pid => break,
                _ => {
                    let error = std::io::Error::last_os_error();
                    if error.kind() != std::io::ErrorKind::Interrupted {
                        self.done = true;
                        return Some(Err(anyhow!(error).context("a copy of this process was lost")));
                    }
                }
            }
        }
        self.done = true;
        if libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0 {
            return Some(Ok(()));
        }
        let mut said = String::new();
        // The copy has ended, so this does too.
        let _ = self.outcome.read_to_string(&mut said);
        if said.is_empty() {
            said = "a copy of this process was killed".to_owned();
        }
        Some(Err(anyhow!(said)))
    }
}

impl Drop for ForkedWriter {
    fn drop(&mut self) {
        // Who wanted to know how it ended has asked.
        let _ = self.end(0);
    }
}

/// Makes the copy one that disturbs nobody: it dies with `parent`, and holds neither `held` nor the terminal.
fn alone(parent: u32, held: RawFd) -> Result<()> {
    // SAFETY: these calls change this process alone; `held` is not used here again, and the standard streams are
    // replaced by /dev/null.
    unsafe {
        ensure!(
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) == 0,
            "a copy of this process could not be bound to it"
        );
        if libc::getppid().unsigned_abs() != parent {
            bail!("the process that wanted it has ended");
        }
        libc::close(held);
        let nowhere = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR);
        ensure!(nowhere >= 0, "/dev/null could not be opened");
        for stream in 0..=2 {
            libc::dup2(nowhere, stream);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File};
    use std::os::fd::AsRawFd;

    /// No file.
    const NOTHING: RawFd = -1;

    /// Waits until `so` is true; however busy the machine is, half a minute is enough.
    fn until(so: impl Fn() -> bool) {
        let begun = std::time::Instant::now();
        while !so() {
            assert!(begun.elapsed().as_secs() < 30, "half a minute was not enough");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    #[test]
    fn a_copy_works_on_memory_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (place, go) = (folder.path().join("numbers"), folder.path().join("go"));
        let mut numbers = vec![1u8; 100_000];
        let copy = ForkedWriter::start(NOTHING, || {
            until(|| go.exists());
            Ok(fs::write(&place, &numbers)?)
        });
        let mut copy = copy.unwrap();
        assert!(copy.poll().is_none());
        numbers.fill(2);
        fs::write(&go, "").unwrap();
        copy.wait().unwrap();
        assert!(fs::read(&place).unwrap().iter().all(|&number| number == 1));
    }

    #[test]
    fn what_went_wrong_in_a_copy_is_told_here() {
        let error = ForkedWriter::start(NOTHING, || bail!("no room")).unwrap().wait().unwrap_err();
        assert_eq!(error.to_string(), "no room");
        let error = ForkedWriter::start(NOTHING, || panic!("a panic in a copy")).unwrap().wait().unwrap_err();
        assert!(error.to_string().contains("panicked"), "{error}");
        // SAFETY: the copy kills itself only.
        let killed = ForkedWriter::start(NOTHING, || unsafe {
            libc::raise(libc::SIGKILL);
            Ok(())
        });
        assert!(killed.unwrap().wait().unwrap_err().to_string().contains("killed"));
    }

    #[test]
    fn a_copy_holds_no_lock_of_its_parent() {
        let folder = tempfile::tempdir().unwrap();
        let (place, go) = (folder.path().join("lock"), folder.path().join("go"));
        let lock = File::create(&place).unwrap();
        lock.try_lock().unwrap();
        let copy = ForkedWriter::start(lock.as_raw_fd(), || {
            until(|| go.exists());
            Ok(())
        });
        let mut copy = copy.unwrap();
        let free = || File::open(&place).unwrap().try_lock().is_ok();
        assert!(!free());
        drop(lock);
        // The copy's own end of the file closes a moment after it begins.
        until(free);
        assert!(copy.poll().is_none(), "the copy is still at work");
        fs::write(&go, "").unwrap();
        copy.wait().unwrap();
    }
}
