//! Memory and disk: what a run takes at its end, and what is reserved for those at work.

use coadapt_agent::replay::Replay;
use coadapt_envs::Spec;

use crate::plan::Planned;

/// Program, simulator and networks of a run.
const BASE_BYTES: u64 = 120 << 20;
/// Logs and curves of a run.
const LOGS_BYTES: u64 = 8 << 20;

/// Memory and disk that a run takes at its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Needs {
    /// Memory.
    pub memory_bytes: u64,
    /// Disk: its checkpoint, and the next one while it is written.
    pub disk_bytes: u64,
}

/// Memory and disk reserved for workers on other cores, beyond what they have taken already.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Reserved {
    /// How many they are.
    pub workers: usize,
    /// Bytes of memory that they will want and do not have yet.
    pub memory_bytes: u64,
    /// Bytes of disk that they may want.
    pub disk_bytes: u64,
}

impl Needs {
    /// The needs of `run` on the task of `spec`.
    pub fn of(run: &Planned, spec: &Spec) -> Needs {
        let stored = run
            .method
            .collect
            .capacity()
            .unwrap_or(usize::MAX)
            .min(usize::try_from(run.steps).unwrap_or(usize::MAX));
        let action = match spec.action {
            coadapt_envs::ActionSpace::Discrete { n } => n,
            _ => spec.action.dim(),
        };
        let replay = Replay::bytes(stored, spec.obs_dim, action) as u64;
        Needs { memory_bytes: BASE_BYTES + replay, disk_bytes: LOGS_BYTES + 2 * replay }
    }
}
