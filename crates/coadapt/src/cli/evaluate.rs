//! `coadapt evaluate`: more episodes of what a run has learned.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use clap::builder::RangedU64ValueParser;

use crate::human_numbers;
use crate::run::evaluate::evaluate;
use crate::run::metrics::mean_and_std;
use crate::terminal::answer;

/// Evaluate what a run has learned.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  coadapt evaluate runs/Pendulum-v1/sac-s0
  coadapt evaluate runs/HalfCheetah-v4/sac-s0 --episodes 100 --seed 7 --json

The policy is the one of the newest checkpoint, acting by its mode. The run directory is only read.")]
pub struct Evaluate {
    /// Run directory
    run: PathBuf,
    /// Episodes
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    episodes: u32,
    /// Seed of the episodes' starts
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Threads that step episodes beside each other; the returns do not depend on them
    #[arg(long, default_value_t = 1, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    threads: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Evaluate {
    /// Runs the episodes and prints their returns.
    pub fn run(self) -> Result<ExitCode> {
        let found = evaluate(&self.run, self.episodes, self.seed, self.threads)?;
        let (mean, std) = mean_and_std(&found.returns);
        if self.json {
            answer(found.to_json())?;
            return Ok(ExitCode::SUCCESS);
        }
        for (episode, value) in found.returns.iter().enumerate() {
            answer(format_args!("episode {:>3}: {value:.3}", episode + 1))?;
        }
        answer(format_args!(
            "{} on {}, seed {}, step {}: return {} over {}",
            found.config.algo.to_uppercase(),
            found.config.env,
            found.config.seed,
            human_numbers::grouped(found.step),
            human_numbers::score_and_spread(mean, std),
            human_numbers::counted(found.returns.len() as u64, "episode")
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}
