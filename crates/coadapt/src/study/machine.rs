//! This machine: cores to pin workers to, memory and disk that runs need and find.

use std::path::{Path, PathBuf};
use std::process::Child;

use anyhow::{Context, Result, bail};
use coadapt_agent::replay::Replay;
use coadapt_envs::Spec;

use crate::numerals;
use crate::study::plan::Planned;

/// Program, simulator and networks of a run.
const BASE_BYTES: u64 = 120 << 20;
/// Of the memory there is, what workers may take together: the rest is the system's.
const MEMORY_SHARE: f64 = 0.9;
/// Logs and curves of a run.
const LOGS_BYTES: u64 = 8 << 20;

/// What workers may use.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Runs at a time.
    pub jobs: usize,
    /// Bytes all of them together.
    pub memory_bytes: u64,
    /// The cores this process may run on.
    cores: Vec<usize>,
}

/// What a run takes at its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Needs {
    /// Memory.
    pub memory_bytes: u64,
    /// Disk: its checkpoint, and the next one while it is written.
    pub disk_bytes: u64,
}

impl Machine {
    /// This machine with `jobs` runs at a time, or one a core.
    pub fn here(jobs: Option<usize>) -> Machine {
        let cores = cores();
        let memory = available_memory().unwrap_or(u64::MAX);
        Machine {
            jobs: jobs.unwrap_or(cores.len()).max(1),
            memory_bytes: (memory as f64 * MEMORY_SHARE) as u64,
            cores,
        }
    }

    /// The core of worker number `job`; none where there are more workers than cores, which then share them.
    pub fn pinned(&self, job: usize) -> Option<usize> {
        if self.jobs > self.cores.len() { None } else { self.cores.get(job).copied() }
    }
}

/// What `run` takes on the task of `spec`.
pub fn needs(run: &Planned, spec: &Spec) -> Needs {
    let stored = run.method.schedule.replay_capacity.min(usize::try_from(run.steps).unwrap_or(usize::MAX));
    let action = match spec.action {
        coadapt_envs::ActionSpace::Discrete { n } => n,
        _ => spec.action.dim(),
    };
    let replay = Replay::bytes(stored, spec.obs_dim, action) as u64;
    Needs { memory_bytes: BASE_BYTES + replay, disk_bytes: LOGS_BYTES + 2 * replay }
}

/// Refuses to start a run that the disk has no room for.
pub fn require_disk(root: &Path, bytes: u64) -> Result<()> {
    match free_disk(root) {
        Some(free) if free < bytes => bail!(
            "the disk of {} has {} MiB left, and the next run needs {} MiB at its end: nothing more is started; what is \
             done stays, and `study run` goes on when there is room",
            root.display(),
            numerals::grouped(free >> 20),
            numerals::grouped(bytes >> 20)
        ),
        _ => Ok(()),
    }
}

/// The running program, even if its file was replaced since.
pub fn this_program() -> Result<PathBuf> {
    let linux = Path::new("/proc/self/exe");
    if linux.exists() {
        return Ok(linux.to_owned());
    }
    std::env::current_exe().context("the program does not know where it lies")
}

/// Bytes of memory that could be had now.
fn available_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib << 10)
}

#[cfg(target_os = "linux")]
mod system {
    use super::*;
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

    /// Asks to be stopped, as by a signal, when the process that started this one ends.
    pub fn end_with_parent() -> Result<()> {
        rustix::process::set_parent_process_death_signal(Some(Signal::TERM))
            .context("the process could not be tied to the one that started it")
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

    pub fn end_with_parent() -> Result<()> {
        Ok(())
    }

    pub fn ask_to_stop(child: &Child) {
        let _ = std::process::Command::new("kill").arg("-TERM").arg(child.id().to_string()).status();
    }

    pub fn free_disk(_root: &Path) -> Option<u64> {
        None
    }
}

pub use system::{ask_to_stop, cores, end_with_parent, free_disk, pin};
