//! Changes that a run makes to its task, as they stand in config.toml; absent there, the task is as it is.

use coadapt_envs::Options;
use serde::{Deserialize, Serialize};

/// Changes to the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaskOptions {
    /// Whether continuous actions are clamped to their box before the task sees them.
    pub clip_action: bool,
    /// Steps of the task that one action lasts, 1 or more.
    pub action_repeat: u32,
    /// Steps of the task after which an episode is truncated, 1 or more; `None` for the task's own limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<u32>,
}

impl TaskOptions {
    /// The task as it is.
    pub const NONE: TaskOptions = TaskOptions { clip_action: false, action_repeat: 1, time_limit: None };

    /// Whether nothing is changed, and so nothing written.
    pub fn is_none(&self) -> bool {
        *self == TaskOptions::NONE
    }
}

impl Default for TaskOptions {
    fn default() -> Self {
        TaskOptions::NONE
    }
}

impl From<TaskOptions> for Options {
    fn from(TaskOptions { clip_action, action_repeat, time_limit }: TaskOptions) -> Options {
        Options { clip_action, action_repeat, time_limit }
    }
}

/// The suite whose rules the listed task `id` follows; empty for a task that is not listed.
pub fn semantics(id: &str) -> &'static str {
    let listed = coadapt_envs::tasks().iter().find(|task| task.id == id);
    listed.map_or("", |task| task.describe().semantics)
}
