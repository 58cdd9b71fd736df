//! `coadapt bench`: how fast the learner is on this machine.

use std::process::ExitCode;

use anyhow::Result;
use clap::builder::RangedU64ValueParser;
use clap::{Args, Subcommand};

use crate::bench::{self, UpdateTimes};
use crate::terminal::answer;

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
    /// Threads within an update; may be given again [default: 1 and 2]
    #[arg(long, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    threads: Vec<usize>,
    /// Rounds of 50 updates each
    #[arg(long, default_value_t = 7, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    rounds: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Bench {
    /// Measures and prints.
    pub fn run(self) -> Result<ExitCode> {
        let What::Update(Update { threads, rounds, json }) = self.what;
        let threads = if threads.is_empty() { vec![1, 2] } else { threads };
        if !json {
            answer("threads  rounds   min ms  median ms   max ms  updates/s")?;
        }
        for threads in threads {
            let times = bench::update(threads, rounds)?;
            if json {
                answer(object(threads, rounds, &times))?;
            } else {
                let UpdateTimes { min, median, max } = times;
                let rate = 1e3 / median;
                answer(format_args!(
                    "{threads:>7}  {rounds:>6}  {min:>7.3}  {median:>9.3}  {max:>7.3}  {rate:>9.0}"
                ))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn object(threads: usize, rounds: usize, times: &UpdateTimes) -> serde_json::Value {
    serde_json::json!({
        "threads": threads, "rounds": rounds, "updates_per_round": bench::UPDATES_PER_ROUND,
        "ms_per_update": times, "commit": crate::COMMIT,
    })
}
