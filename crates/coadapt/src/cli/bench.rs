//! `coadapt bench`: how fast the learner and the tasks are on this machine.

use std::process::ExitCode;

use anyhow::Result;
use clap::builder::RangedU64ValueParser;
use clap::{Args, Subcommand};

use crate::bench::envs::{self, StepRates};
use crate::bench::{self, UpdateTimes};
use crate::terminal::answer;

/// Measure the speed of the learner and of the tasks on this machine.
#[derive(Debug, Args)]
pub struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Time one whole update of SAC: observation 17, action 6, batch 256, nets 256-256
    Update(Update),
    /// Count the steps a second of tasks: 8 copies, random actions, resets included
    Envs(Envs),
}

#[derive(Debug, Args)]
struct Envs {
    /// Tasks [default: all that `coadapt tasks` lists]
    #[arg(value_name = "TASK")]
    tasks: Vec<String>,
    /// Threads that step the copies; may be given again [default: 1 and 2]
    #[arg(long, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    threads: Vec<usize>,
    /// Rounds of a fifth of a second each
    #[arg(long, default_value_t = 5, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    rounds: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
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
        match self.what {
            What::Update(update) => update.run(),
            What::Envs(envs) => envs.run(),
        }
    }
}

impl Envs {
    fn run(self) -> Result<ExitCode> {
        let Envs { tasks, threads, rounds, json } = self;
        let threads = if threads.is_empty() { vec![1, 2] } else { threads };
        let tasks = match tasks.is_empty() {
            true => coadapt_envs::tasks().iter().map(|task| task.id.to_owned()).collect(),
            false => tasks,
        };
        let width = tasks.iter().map(String::len).max().unwrap_or(0).max("task".len());
        if !json {
            answer(format_args!("{:width$}  threads  median steps/s   min steps/s   max steps/s", "task"))?;
        }
        for (id, threads) in tasks.iter().flat_map(|id| threads.iter().map(move |threads| (id, *threads))) {
            let rates = envs::steps(id, threads, rounds)?;
            if json {
                answer(serde_json::json!({
                    "task": id, "threads": threads, "copies": envs::COPIES, "rounds": rounds,
                    "steps_per_second": rates, "commit": crate::COMMIT,
                }))?;
            } else {
                let StepRates { min, median, max } = rates;
                answer(format_args!("{id:width$}  {threads:>7}  {median:>14.0}  {min:>12.0}  {max:>12.0}"))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Update {
    fn run(self) -> Result<ExitCode> {
        let Update { threads, rounds, json } = self;
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
