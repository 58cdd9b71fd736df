//! The memory that a plan needs, told before a run takes it.

use crate::episodes::Episodes;
use crate::nets::Nets;
use crate::plan::{Experience, Plan};
use crate::replay::Replay;
use crate::rng::stream;
use coadapt_nn::Params;

/// Bytes of a plan's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memory {
    /// Stored experience, once as much as is kept is there.
    pub experience: usize,
    /// Policy and critics, their targets and copies, temperatures and multipliers.
    pub networks: usize,
    /// Moments and velocities of the optimisers.
    pub optimisers: usize,
}

impl Memory {
    /// All of it.
    pub fn total(&self) -> usize {
        self.experience + self.networks + self.optimisers
    }
}

impl Plan {
    /// Bytes that its experience, networks and optimisers take; buffers of the updates come beside them.
    pub fn memory(&self) -> Memory {
        let (obs, action) = (self.dims.obs, self.dims.action);
        let experience = match self.experience {
            Experience::Replay { capacity, .. } => {
                Replay::bytes(capacity, obs, action + usize::from(self.critic.needs_log_mu()))
            }
            Experience::Episodes { capacity, .. } => Episodes::bytes(capacity, obs, action),
            // Of each copy by itself, and of all together.
            Experience::Rollout { steps, .. } => 2 * Episodes::bytes(steps as usize, obs, action),
        };
        let mut params = Params::new();
        Nets::register(self, &mut params, &mut stream(0, "init"));
        let of = |optimiser: bool| -> usize {
            let named = params.iter().filter(|(name, _)| name.contains("adam") == optimiser);
            named.map(|(_, span)| size_of_val(params.get(span))).sum()
        };
        Memory { experience, networks: of(false), optimisers: of(true) }
    }
}
