//! `coadapt bench`: how fast the learner is on this machine.

use std::process::ExitCode;

use anyhow::Result;
use clap::builder::RangedU64ValueParser;
use clap::{Args, Subcommand};

use crate::bench;

/// Measure the speed of the learner on this machine.
#[derive(Debug, Args)]
pub struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Time one whole update of SAC: observation 17, action 6, batch 256, nets 256-256
    Update(Update),
}

#[derive(Debug, Args)]
struct Update {
    /// Threads within an update
    #[arg(long, default_value_t = 1, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    threads: usize,
    /// Rounds of 50 updates each
    #[arg(long, default_value_t = 7, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    rounds: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Bench {
    /// Measures and prints.
    pub fn run(self) -> Result<ExitCode> {
        let What::Update(Update { threads, rounds, json }) = self.what;
        let times = bench::update(threads, rounds)?;
        if json {
            let object = serde_json::json!({
                "threads": threads, "rounds": rounds, "updates_per_round": bench::UPDATES_PER_ROUND,
                "ms_per_update": times, "commit": crate::COMMIT,
            });
            println!("{object}");
        } else {
            println!("threads  rounds   min ms  median ms   max ms  updates/s");
            println!(
                "{threads:>7}  {rounds:>6}  {:>7.3}  {:>9.3}  {:>7.3}  {:>9.0}",
                times.min,
                times.median,
                times.max,
                1e3 / times.median
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
