//! This machine: cores to pin workers to, memory and disk that runs need and find.

use std::path::{Path, PathBuf};
use std::process::Child;

use anyhow::{Context, Result};

use crate::memory;
use crate::resources::{Needs, Reserved};
use coadapt_run::human_numbers;

/// Of the memory that can be had, what workers may take together: the rest is the system's.
const MEMORY_SHARE: f64 = 0.9;
/// Cores and time that workers may use.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Machine {
    /// Runs at a time, of ours.
    pub jobs: usize,
    /// Runs at a time, of all worker pools together: one for each core that this process has the time of.
    pub most: usize,
    /// The cores this process may run on.
    pub cores: Vec<usize>,
}

impl Machine {
    /// This machine with `jobs` runs at a time, or one a core; more than one a core would only slow each other.
    pub fn here(jobs: Option<usize>) -> Machine {
        let cores = cores();
        // Knows the quotas of control groups, which leave a process all cores but not all of their time.
        let most =
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(cores.len()).max(1);
        Machine { jobs: jobs.unwrap_or(most).clamp(1, most), most, cores }
    }
}

/// Why there is no room for a run with these needs beside what others were `reserved`, or `None` if there is.
pub fn no_room(root: &Path, needs: Needs, reserved: &Reserved) -> Option<String> {
    let mib = |bytes: u64| human_numbers::grouped(bytes >> 20);
    let memory = memory::available().map(|bytes| (bytes as f64 * MEMORY_SHARE) as u64);
    if let Some(memory) = memory.filter(|bytes| *bytes < needs.memory_bytes + reserved.memory_bytes) {
        let (left, wanted) = (mib(memory.saturating_sub(reserved.memory_bytes)), mib(needs.memory_bytes));
        return Some(format!(
            "there are {left} MiB of memory left for runs, and it needs {wanted} MiB at its end"
        ));
    }
    let disk = free_disk(root).filter(|bytes| *bytes < needs.disk_bytes + reserved.disk_bytes)?;
    let (left, wanted) = (mib(disk.saturating_sub(reserved.disk_bytes)), mib(needs.disk_bytes));
    Some(format!("the disk of {} has {left} MiB left, and it needs {wanted} MiB at its end", root.display()))
}

/// The running program, even if its file was replaced since.
pub fn this_program() -> Result<PathBuf> {
    let linux = Path::new("/proc/self/exe");
    if linux.exists() {
        return Ok(linux.to_owned());
    }
    std::env::current_exe().context("the program does not know where it lies")
}

#[cfg(target_os = "linux")]
mod system {
    use super::*;
    use anyhow::ensure;
    use rustix::process::{Pid, Signal};
    use rustix::thread::CpuSet;

    /// The cores this process may run on.
    pub fn cores() -> Vec<usize> {
        let allowed = rustix::thread::sched_getaffinity(None).ok();
        allowed.map_or_else(Vec::new, |set| (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect())
    }

    /// Keeps this process on one core.
    pub fn pin(core: usize) -> Result<()> {
        let mut set = CpuSet::new();
        set.set(core);
        rustix::thread::sched_setaffinity(None, &set)
            .with_context(|| format!("the process could not be kept on core {core}"))
    }

    /// Asks to be stopped, as by a signal, when the process `parent` that started this one ends.
    pub fn end_with_parent(parent: u32) -> Result<()> {
        rustix::process::set_parent_process_death_signal(Some(Signal::TERM))
            .context("the process could not be tied to the one that started it")?;
        // It may have ended before it was asked for.
        let now = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
        ensure!(now == i32::try_from(parent).ok(), "the process that started this one is gone");
        Ok(())
    }

    /// Columns and lines of the terminal behind standard error.
    pub fn terminal_size() -> Option<(usize, usize)> {
        let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok()?;
        (size.ws_col > 0 && size.ws_row > 0).then(|| (size.ws_col.into(), size.ws_row.into()))
    }

    /// Asks a worker to write a checkpoint and end.
    pub fn ask_to_stop(child: &Child) {
        if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
            // One that has just ended needs no asking.
            let _ = rustix::process::kill_process(pid, Signal::TERM);
        }
    }

    /// Bytes that can still be written where `root` lies.
    pub fn free_disk(root: &Path) -> Option<u64> {
        let found = rustix::fs::statvfs(root).ok()?;
        Some(found.f_bavail * found.f_frsize)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::*;

    pub fn cores() -> Vec<usize> {
        let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        (0..count).collect()
    }

    pub fn pin(_core: usize) -> Result<()> {
        Ok(())
    }

    pub fn end_with_parent(_parent: u32) -> Result<()> {
        Ok(())
    }

    pub fn terminal_size() -> Option<(usize, usize)> {
        None
    }

    pub fn ask_to_stop(child: &Child) {
        let _ = std::process::Command::new("kill").arg("-TERM").arg(child.id().to_string()).status();
    }

    pub fn free_disk(_root: &Path) -> Option<u64> {
        None
    }
}

pub use system::{ask_to_stop, cores, end_with_parent, free_disk, pin, terminal_size};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told_with_its_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let room = |memory_bytes, disk_bytes, reserved: &Reserved| {
            no_room(folder.path(), Needs { memory_bytes, disk_bytes }, reserved)
        };
        let nothing = Reserved::default();
        assert_eq!(room(1 << 20, 1 << 10, &nothing), None);
        if memory::available().is_some() {
            let told = room(1 << 60, 0, &nothing).unwrap();
            assert!(
                told.contains("of memory left") && told.contains("needs 1,099,511,627,776 MiB"),
                "{told}"
            );
            let reserved = Reserved { workers: 1, memory_bytes: 1 << 60, disk_bytes: 0 };
            assert!(room(1 << 20, 0, &reserved).unwrap().contains("there are 0 MiB of memory left"));
        }
        if free_disk(folder.path()).is_some() {
            let told = room(0, 1 << 60, &nothing).unwrap();
            assert!(
                told.starts_with("the disk of ") && told.contains("needs 1,099,511,627,776 MiB"),
                "{told}"
            );
        }
    }

    #[test]
    fn jobs_stay_within_the_cores() {
        let most = Machine::here(None).most;
        assert_eq!((Machine::here(None).jobs, Machine::here(Some(4096)).jobs), (most, most));
        assert_eq!(Machine::here(Some(1)).jobs, 1);
        assert!(most <= Machine::here(None).cores.len());
    }
}
