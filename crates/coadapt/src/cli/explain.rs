//! `coadapt explain`: what a run would do, before it does it.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use coadapt_agent::paper::table1::HEADINGS;
use coadapt_agent::{Change, Method, Plan, paper};

use super::recipe::{Chosen, Recipe};
use super::table1::aligned;
use crate::run::learner;
use crate::run::task::TaskOptions;
use crate::terminal::answer;

/// Print what a run would do: its row, where it leaves the paper, known failures, and what an iteration does.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  coadapt explain --algo mpo --env Hopper-v4
  coadapt explain --algo mpo --env Hopper-v4 --set code.layer_norm=false --deny warnings
  coadapt explain --arm table16/sac-mpo --env Hopper-v4")]
pub struct Explain {
    #[command(flatten)]
    recipe: Recipe,
    /// Task
    #[arg(long, default_value = "Pendulum-v1")]
    env: String,
    /// End with exit code 1 if there is a warning
    #[arg(long, value_enum)]
    deny: Option<Denied>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Denied {
    Warnings,
}

impl Explain {
    /// Prints the explanation.
    pub fn run(self) -> Result<ExitCode> {
        let Chosen { algo, arm, overrides } = self.recipe.choose()?;
        let task = learner::make_task(&self.env, TaskOptions::NONE)?;
        let recipe = paper::recipe(algo)?;
        let base = recipe.method(task.spec())?;
        let mut method = base.clone();
        method.set_all_on(task.spec(), &overrides)?;
        let name = arm.map_or(algo.to_uppercase(), |arm| format!("{arm} ({})", algo.to_uppercase()));
        answer(format_args!("{name} on {}\n", self.env))?;
        print_row(&method)?;
        // What does not run is refused in the words of every other command, with its row above.
        let plan = Plan::of(&method, task.spec())?;
        answer(format_args!("settings   {}", recipe.settings(task.spec())))?;
        for (path, value) in &overrides {
            answer(format_args!("override   {path} = {value}"))?;
        }
        let changes = method.changes(&base);
        for Change { path, before, after } in &changes {
            answer(format_args!("changes    {path}: {before} -> {after}"))?;
        }
        for deviation in recipe.deviations_left(task.spec(), &method) {
            answer(format_args!("deviation  {}: {}", deviation.path, deviation.what))?;
        }
        let warnings = recipe.warnings(&method, &self.env);
        for warning in &warnings {
            answer(format_args!("warning    {}: {}", warning.path, warning.what))?;
        }
        answer("")?;
        plan.outline().iter().try_for_each(answer)?;
        let recipe = toml::to_string(&method).context("the recipe could not be written as TOML")?;
        answer(format_args!("\n{}", recipe.trim_end()))?;
        let denied = self.deny.is_some() && !warnings.is_empty();
        Ok(if denied { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// The six cells under their headings.
fn print_row(method: &Method) -> Result<()> {
    let cells = method.row().cells();
    let lines: Vec<Vec<String>> =
        HEADINGS[1..].iter().zip(cells).map(|(heading, cell)| vec![(*heading).to_owned(), cell]).collect();
    aligned(&lines).iter().try_for_each(answer)?;
    answer("")
}
