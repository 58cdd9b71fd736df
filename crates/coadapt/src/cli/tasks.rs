//! `coadapt tasks`: what can be learned, and what each number of a task means.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use coadapt_envs::{ActionMeaning, Actions, Block, Control, Description, Task};

use crate::terminal::answer;

/// List the tasks, or tell all of one.
#[derive(Debug, Args)]
pub struct Tasks {
    /// A task to tell all of: whose rules it follows, its reward, each number of its observation and action
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

impl Tasks {
    /// Prints the table.
    pub fn run(self) -> Result<ExitCode> {
        match self.name {
            Some(name) => tell_all(coadapt_envs::find(&name)?)?,
            None => list(coadapt_envs::tasks())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(tasks: &[Task]) -> Result<()> {
    let width = tasks.iter().map(|task| task.id.len()).max().unwrap_or(0);
    answer(format_args!("{:width$}  {:>4}  {:14}  {:9}  what it asks", "task", "obs", "actions", "needs"))?;
    for task in tasks {
        answer(line(task, width))?;
    }
    answer(
        "\nMuJoCo is fetched once, when a task first needs it. `coadapt tasks NAME` tells all of one task.",
    )
}

fn line(task: &Task, width: usize) -> String {
    let actions = match task.actions {
        Actions::Continuous(count) => format!("{count} continuous"),
        Actions::Discrete(count) => format!("{count} choices"),
    };
    let needs = if task.needs_mujoco() { "MuJoCo" } else { "-" };
    format!("{:width$}  {:>4}  {actions:14}  {needs:9}  {}", task.id, task.obs_dim, task.summary)
}

fn tell_all(task: &Task) -> Result<()> {
    let told = task.describe();
    answer(format_args!("{}: {}", told.id, task.summary))?;
    for (what, value) in facts(&told) {
        answer(format_args!("  {what:11} {value}"))?;
    }
    tell_action(&told.action)?;
    answer(format_args!("\nobservation: {} numbers", told.obs_dim()))?;
    tell_observation(&told.observation)
}

fn facts(told: &Description) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("rules", told.semantics.to_owned()),
        ("simulator", told.mujoco.map_or("none, built in".to_owned(), |version| format!("MuJoCo {version}"))),
        (
            "a step",
            told.step_secs.map_or("no unit of time".to_owned(), |secs| format!("{} s", rounded(secs))),
        ),
        ("an episode", format!("{} steps", told.max_episode_steps)),
        ("reward", told.reward.to_owned()),
        ("ends early", told.ends.unwrap_or("never").to_owned()),
    ];
    facts.extend(told.optimum.map(|optimum| ("the best", optimum.to_owned())));
    facts
}

/// Without the digits in which a product such as 0.002 * 4 differs from 0.008.
fn rounded(secs: f64) -> f64 {
    (secs * 1e9).round() / 1e9
}

fn tell_action(action: &ActionMeaning) -> Result<()> {
    match action {
        ActionMeaning::Continuous(controls) => {
            answer(format_args!("\naction: {} numbers", controls.len()))?;
            let width = controls.iter().map(|control| control.name.len()).max().unwrap_or(0);
            for (index, Control { name, unit, low, high }) in controls.iter().enumerate() {
                let range = format!("[{low}, {high}]");
                answer(format_args!("  {index:>3}  {name:width$}  {range:12}  1 is {unit}"))?;
            }
        }
        ActionMeaning::Discrete(choices) => {
            answer(format_args!("\naction: one of {} choices", choices.len()))?;
            for (index, choice) in choices.iter().enumerate() {
                answer(format_args!("  {index:>3}  {choice}"))?;
            }
        }
    }
    Ok(())
}

fn tell_observation(blocks: &[Block]) -> Result<()> {
    let entries = blocks.iter().flat_map(|block| &block.entries);
    let width = entries.map(|entry| entry.name.len()).max().unwrap_or(0);
    let mut index = 0;
    for block in blocks {
        answer(format_args!("  {}", block.name))?;
        for entry in &block.entries {
            answer(format_args!("  {index:>3}  {:width$}  {}", entry.name, entry.unit))?;
            index += 1;
        }
    }
    Ok(())
}
