//! `coadapt collect`: transitions in a file that NumPy and others read.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use clap::builder::RangedU64ValueParser;

use super::task_flags::TaskFlags;
use crate::collect::{self, Choice, Collected, Physics, Request};
use crate::human_numbers;
use crate::policy::Noise;
use crate::run::metrics::mean_and_std;
use crate::terminal::answer;

/// The word that --policy takes for uniform draws.
const RANDOM: &str = "random";
const LARGEST: u64 = i64::MAX as u64;

/// Write transitions of a random policy or of a run to a file that NumPy reads.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  coadapt collect --env HalfCheetah-v4 --steps 100000 --out cheetah-random.npz
  coadapt collect --policy runs/HalfCheetah-v4/sac-s0 --steps 100000 --out cheetah-sac.npz
  coadapt collect --env dm_control/reacher-easy-v0 --physics --envs 8 --threads 2 --steps 80000 --out reacher.npz

The same arguments give the same bytes, for any number of threads. docs/collect.md says what the arrays are.")]
pub struct Collect {
    /// Task; with the policy of a run, the run's is taken
    #[arg(long)]
    env: Option<String>,
    #[command(flatten)]
    task: TaskFlags,
    /// Who acts: `random` (uniform in the action box), or a run directory (its newest checkpoint)
    #[arg(long, value_name = "random|RUN", default_value = RANDOM)]
    policy: PathBuf,
    /// Let the policy of a run act without noise, instead of sampling as in training
    #[arg(long)]
    mode: bool,
    /// Environment steps, of all copies together
    #[arg(long, value_parser = RangedU64ValueParser::<u64>::new().range(1..=LARGEST))]
    steps: u64,
    /// Seed of the starts and of the policy's draws
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Copies of the task, which divide the steps evenly
    #[arg(long, default_value_t = 1, value_parser = RangedU64ValueParser::<usize>::new().range(1..=65_536))]
    envs: usize,
    /// Threads that step the copies; the file does not depend on them
    #[arg(long, default_value_t = 1, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    threads: usize,
    /// Write positions and velocities before every step too, and what each reset put into the model
    #[arg(long)]
    physics: bool,
    /// The file, which must not exist yet
    #[arg(long, value_name = "FILE.npz")]
    out: PathBuf,
}

impl Collect {
    /// Collects, writes the file, prints what is in it.
    pub fn run(self) -> Result<ExitCode> {
        let place = self.out.display().to_string();
        let Collected { env, steps, returns } = collect::collect(&self.request()?)?;
        let steps = human_numbers::counted(steps, "step");
        let episodes = human_numbers::counted(returns.len() as u64, "whole episode");
        let score = if returns.is_empty() {
            String::new()
        } else {
            let (mean, std) = mean_and_std(&returns);
            format!(", return {}", human_numbers::score_and_spread(mean, std))
        };
        answer(format_args!("{env}: {steps}, {episodes}{score}\n{place}"))?;
        Ok(ExitCode::SUCCESS)
    }

    fn request(self) -> Result<Request> {
        let is_random = self.policy.as_os_str() == RANDOM;
        if self.mode && is_random {
            bail!("--mode needs the policy of a run: --policy names its directory");
        }
        let noise = if self.mode { Noise::None } else { Noise::Sampled };
        Ok(Request {
            task: self.task.given(),
            policy: if is_random { Choice::Random } else { Choice::Run(self.policy, noise) },
            env: self.env,
            steps: self.steps,
            seed: self.seed,
            envs: self.envs,
            threads: self.threads,
            physics: if self.physics { Physics::Kept } else { Physics::Left },
            out: self.out,
        })
    }
}
