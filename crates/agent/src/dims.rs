//! The sizes of a task's spaces.

use coadapt_envs::{ActionSpace, Spec};

/// Sizes of a task's spaces as the networks see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dims {
    /// Numbers in an observation.
    pub obs: usize,
    /// Numbers in an action: one a choice where actions are discrete.
    pub action: usize,
}

impl Dims {
    /// The sizes of the task `spec`.
    pub fn of(spec: &Spec) -> Self {
        let action = match spec.action {
            ActionSpace::Continuous { .. } => spec.action.dim(),
            ActionSpace::Discrete { n } => n,
        };
        Dims { obs: spec.obs_dim, action }
    }
}
