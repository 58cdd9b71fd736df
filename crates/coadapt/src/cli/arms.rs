//! `coadapt arms`: the ablations of the paper, as they would be typed.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use coadapt_agent::paper::arms::{self, Arm, SEEDS, TABLES, Table};

use super::table1::aligned;
use crate::human_numbers;
use crate::terminal::answer;

/// List the ablations of the paper.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  coadapt arms                                         every arm of every table
  coadapt arms table3                                  those of one, with its tasks
  coadapt train --arm table3/sac-w-o --env Hopper-v2   run one
  coadapt explain --arm 'table3/SAC (w/o)'             what it changes; the paper's own label does too")]
pub struct Arms {
    /// A table or figure, such as table2 or figure1 [default: all]
    table: Option<String>,
}

impl Arms {
    /// Prints the list.
    pub fn run(self) -> Result<ExitCode> {
        let heading = ["arm", "label", "algorithm", "overrides"].map(str::to_owned).to_vec();
        match self.table.as_deref().map(arms::table).transpose()? {
            Some(table) => {
                answer(format_args!("{}: {}\n", table.id, table.caption))?;
                print(std::iter::once(heading).chain(lines(table)))?;
                answer("")?;
                tasks(table)?;
            }
            None => print(std::iter::once(heading).chain(TABLES.iter().flat_map(lines)))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print(lines: impl Iterator<Item = Vec<String>>) -> Result<()> {
    aligned(&lines.collect::<Vec<_>>()).iter().try_for_each(answer)
}

fn lines(table: &'static Table) -> impl Iterator<Item = Vec<String>> {
    let line = |arm: &Arm| vec![table.name_of(arm), arm.label.to_owned(), arm.algo.to_owned(), typed(arm)];
    table.arms.iter().map(line)
}

/// The overrides as a shell takes them.
fn typed(arm: &Arm) -> String {
    let quoted = |(path, value): &arms::Override| {
        let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        if plain { format!("--set {path}={value}") } else { format!("--set '{path}={value}'") }
    };
    match arm.overrides {
        [] => "-".to_owned(),
        overrides => overrides.iter().map(quoted).collect::<Vec<_>>().join(" "),
    }
}

/// The tasks of a table with the length of a run, and those of the arms that did not run on all of them.
fn tasks(table: &Table) -> Result<()> {
    answer(format_args!("{SEEDS} seeds each, environment steps in brackets, on:"))?;
    for task in table.tasks {
        answer(format_args!("  {task} ({})", human_numbers::grouped(table.steps_on(task))))?;
    }
    for arm in table.arms.iter().filter(|arm| arm.only.is_some()) {
        answer(format_args!("{} only on {}", arm.label, table.tasks_of(arm).join(", ")))?;
    }
    Ok(())
}
