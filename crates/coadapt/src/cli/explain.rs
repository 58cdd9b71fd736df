//! `coadapt explain`: what a run would do, before it does it.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use coadapt_agent::paper::table1::HEADINGS;
use coadapt_agent::paper::{Departure, departures, warnings};
use coadapt_agent::{Change, Method, paper};

use super::recipe::{Chosen, Recipe};
use super::table1::aligned;
use crate::run::learner;
use crate::run::task::TaskOptions;
use crate::terminal::answer;

/// Print what a run would do: its row, its departures, its numbers, known failures.
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
        let base = coadapt_agent::method(algo, task.spec())?;
        let method = paper::resolve(algo, task.spec(), &overrides)?;
        let name = arm.map_or(algo.to_uppercase(), |arm| format!("{arm} ({})", algo.to_uppercase()));
        answer(format_args!("{name} on {}\n", self.env))?;
        print_row(&method)?;
        for (path, value) in &overrides {
            answer(format_args!("override   {path} = {value}"))?;
        }
        let changes = method.changes(&base);
        for Change { path, before, after } in &changes {
            answer(format_args!("changes    {path}: {before} -> {after}"))?;
        }
        let stays = |d: &&Departure| changes.iter().all(|change| change.path != d.path);
        for departure in departures(algo, task.spec()).filter(stays) {
            answer(format_args!("departure  {}: {}", departure.path, departure.what))?;
        }
        if let Err(error) = method.check_task(task.spec()).and_then(|()| method.row().algorithm().map(drop)) {
            answer(format_args!("refused    {error}"))?;
        }
        let warnings = warnings(&method, &self.env);
        for warning in &warnings {
            answer(format_args!("warning    {}: {}", warning.path, warning.what))?;
        }
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
