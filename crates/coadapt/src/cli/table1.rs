//! `coadapt table1`: the paper's taxonomy, printed from the code.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use coadapt_agent::paper::table1::{HEADINGS, TABLE_1};

use crate::terminal::answer;

/// Print the paper's Table 1 from the code.
#[derive(Debug, Args)]
#[command(after_help = "\
The last column says whether the row runs as printed. What the experiments ran instead, where they left the table,
is told by `coadapt explain`. * DDPG and TD3 are not inference-based, but are KL control with eta = 0.")]
pub struct Table1 {}

impl Table1 {
    /// Prints the table.
    pub fn run(self) -> Result<ExitCode> {
        let mut lines: Vec<Vec<String>> = vec![HEADINGS.iter().map(|h| (*h).to_owned()).collect()];
        lines[0].push("runs".into());
        for named in &TABLE_1 {
            let mut line = vec![named.name.to_owned()];
            line.extend(named.row.cells());
            line.push(if named.row.lower().is_ok() { "yes".into() } else { "no".into() });
            lines.push(line);
        }
        for line in aligned(&lines) {
            answer(line)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Lines with their cells padded to columns; Greek letters count as one.
pub(super) fn aligned(lines: &[Vec<String>]) -> Vec<String> {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let padded = |line: &Vec<String>| {
        let cells: Vec<String> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    lines.iter().map(padded).collect()
}
