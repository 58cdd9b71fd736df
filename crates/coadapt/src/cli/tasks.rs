//! `coadapt tasks`: what can be learned.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use coadapt_envs::{Actions, Task};

use crate::terminal::answer;

/// List the tasks.
#[derive(Debug, Args)]
pub struct Tasks {}

impl Tasks {
    /// Prints the table.
    pub fn run(self) -> Result<ExitCode> {
        let tasks = coadapt_envs::tasks();
        let width = tasks.iter().map(|task| task.id.len()).max().unwrap_or(0);
        answer(format_args!(
            "{:width$}  {:>4}  {:14}  {:9}  what it asks",
            "task", "obs", "actions", "needs"
        ))?;
        for task in tasks {
            answer(line(task, width))?;
        }
        answer("\nMuJoCo is fetched once, when a task first needs it.")?;
        Ok(ExitCode::SUCCESS)
    }
}

fn line(task: &Task, width: usize) -> String {
    let actions = match task.actions {
        Actions::Continuous(count) => format!("{count} continuous"),
        Actions::Discrete(count) => format!("{count} choices"),
    };
    let needs = if task.needs_mujoco() { "MuJoCo" } else { "-" };
    format!("{:width$}  {:>4}  {actions:14}  {needs:9}  {}", task.id, task.obs_dim, task.summary)
}
