//! `coadapt train`: start a run, or continue one.

use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use clap::builder::RangedU64ValueParser;

use super::recipe::Recipe;
use super::task_flags::{self, TaskFlags};
use crate::human_numbers;
use crate::progress::Loudness;
use crate::run::request::{Options, Request};
use crate::run::{ending, open};
use crate::study::machine;
use crate::terminal::{answer, tell};

const DEFAULT_ENV: &str = "Pendulum-v1";
/// TOML holds integers of 63 bits.
const LARGEST_SEED: u64 = i64::MAX as u64;

/// Train one algorithm on one task, or continue a run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  coadapt train
  coadapt train --algo sac --env HalfCheetah-v4 --seed 0 --steps 1000000
  coadapt train --env Hopper-v4 --set estimate.critics=single --out runs/hopper-single
  coadapt train --env Hopper-v4 --arm table2/sac-s
  coadapt train --env dm_control/cartpole-swingup-v0 --action-repeat 2 --time-limit 500
  coadapt train --resume runs/Hopper-v4/sac-s0
  coadapt train --resume runs/Hopper-v4/sac-s0 --steps 2000000

Ctrl-C, TERM, HUP and USR1 write a checkpoint and end the program with exit code 75: interrupted, --resume
continues the run to the bit. Under nohup a HUP is ignored. A second Ctrl-C ends it at once. A run that
diverges is a result: exit code 0, marked with †.")]
pub struct Train {
    #[command(flatten)]
    recipe: Recipe,
    /// Task; `coadapt tasks` lists them [default: Pendulum-v1]
    #[arg(long)]
    env: Option<String>,
    #[command(flatten)]
    task: TaskFlags,
    /// Seed of every random stream [default: 0]
    #[arg(long, value_parser = RangedU64ValueParser::<u64>::new().range(0..=LARGEST_SEED))]
    seed: Option<u64>,
    /// Environment steps in total [default: 20000 on Pendulum-v1, 1000000 elsewhere; with --resume: as before]
    #[arg(long, value_parser = RangedU64ValueParser::<u64>::new().range(1..=LARGEST_SEED))]
    steps: Option<u64>,
    /// Run directory [default: runs/ENV/ALGO-sSEED, or runs/ENV/ARM-sSEED]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Continue the run in this directory
    #[arg(long, value_name = "RUN", conflicts_with_all = ["algo", "arm", "env", "seed", "set", "precision", "out"])]
    #[arg(conflicts_with_all = task_flags::NAMES)]
    resume: Option<PathBuf>,
    /// Threads within an update, at most as many as the machine has; the results do not depend on them
    #[arg(long, default_value_t = 1, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    threads: usize,
    /// Environment steps between checkpoints; the results do not depend on them
    #[arg(long, value_name = "STEPS", default_value_t = 50_000)]
    #[arg(value_parser = RangedU64ValueParser::<u64>::new().range(1..))]
    checkpoint_every: u64,
    /// Say nothing until the end
    #[arg(long)]
    quiet: bool,
    /// Keep to one core
    #[arg(long, hide = true)]
    core: Option<usize>,
    /// Stop, as by a signal, when this process, which started this one, ends
    #[arg(long, hide = true, value_name = "PID")]
    with_parent: Option<u32>,
}

impl Train {
    /// Trains to the end, or to a signal.
    pub fn run(self) -> Result<ExitCode> {
        let loudness = if self.quiet { Loudness::Quiet } else { Loudness::Normal };
        let options = Options {
            threads: self.threads(loudness),
            checkpoint_every: self.checkpoint_every,
            loudness,
            build: crate::BUILD,
        };
        if let Some(core) = self.core {
            machine::pin(core)?;
        }
        if let Some(parent) = self.with_parent {
            machine::end_with_parent(parent)?;
        }
        let run = match &self.resume {
            Some(place) => open::resume(place, self.steps, options)?,
            None => open::create(&self.request()?, options)?,
        };
        let place = run.place().to_path_buf();
        let end = run.go().map_err(|error| ending::with_way_back(error, &place))?;
        // The run is on disk, and its exit code tells a queue what to do next: a lost sentence must not change it.
        if let Err(error) = answer(ending::sentence(&end)) {
            tell(format_args!("{error:#}"));
        }
        Ok(ExitCode::from(end.outcome.exit_code()))
    }

    /// The threads to use: more than the machine has would only wait for each other.
    fn threads(&self, loudness: Loudness) -> usize {
        let available = std::thread::available_parallelism().map_or(self.threads, NonZero::get);
        if self.threads > available && loudness == Loudness::Normal {
            tell(format_args!(
                "--threads {} is more than this machine has: running on {}, with the same results",
                self.threads,
                human_numbers::counted(available as u64, "thread")
            ));
        }
        self.threads.min(available)
    }

    fn request(&self) -> Result<Request> {
        let chosen = self.recipe.choose()?;
        let env = self.env.clone().unwrap_or_else(|| DEFAULT_ENV.into());
        let default_steps = if env == DEFAULT_ENV { 20_000 } else { 1_000_000 };
        let seed = self.seed.unwrap_or(0);
        Ok(Request {
            place: self.out.clone().unwrap_or_else(|| chosen.default_path(&env, seed)),
            algo: chosen.algo,
            overrides: chosen.overrides,
            task: self.task.options(),
            steps: self.steps.unwrap_or(default_steps),
            seed,
            env,
        })
    }
}
