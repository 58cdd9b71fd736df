//! The flags that change a task, the same for every command that makes one.

use clap::Args;

use crate::run::task::TaskOptions;

/// What is changed about the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub(super) struct TaskFlags {
    /// Clamp continuous actions to the task's box before the task sees them
    #[arg(long)]
    clip_action: bool,
    /// Steps of the task that one action lasts, their rewards summed; --steps counts actions [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    action_repeat: Option<u32>,
    /// Steps of the task after which an episode is truncated [default: the task's own limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    time_limit: Option<u32>,
}

/// The flags by their names in clap, for those that exclude them.
pub(super) const NAMES: [&str; 3] = ["clip_action", "action_repeat", "time_limit"];

impl TaskFlags {
    /// The options they stand for.
    pub(super) fn options(self) -> TaskOptions {
        TaskOptions {
            clip_action: self.clip_action,
            action_repeat: self.action_repeat.unwrap_or(TaskOptions::NONE.action_repeat),
            time_limit: self.time_limit,
        }
    }
    /// The options they stand for, or `None` where no flag was given.
    pub(super) fn given(self) -> Option<TaskOptions> {
        let any = self.clip_action || self.action_repeat.is_some() || self.time_limit.is_some();
        any.then(|| self.options())
    }
}
