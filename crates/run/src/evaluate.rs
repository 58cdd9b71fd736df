//! Evaluating what a run has learned, without touching the run.

use std::path::Path;

use anyhow::{Result, bail};
use coadapt_agent::Trainer;
use coadapt_envs::VectorEnv;

use crate::checkpoint::Checkpoint;
use crate::config::Config;
use crate::metrics::{Number, mean_and_std};
use crate::task::semantics;
use crate::{checkpoint, episodes, learner};

/// Returns of the episodes.
#[derive(Debug)]
pub struct Found {
    /// The run's configuration.
    pub config: Config,
    /// Environment steps the policy had trained for.
    pub step: u64,
    /// The seed of the episodes' starts.
    pub seed: u64,
    /// One undiscounted return an episode.
    pub returns: Vec<f64>,
}

impl Found {
    /// One JSON object with all of it.
    pub fn to_json(&self) -> serde_json::Value {
        let (mean, std) = mean_and_std(&self.returns);
        let returns: Vec<Number> = self.returns.iter().copied().map(Number).collect();
        serde_json::json!({
            "algo": self.config.algo, "env": self.config.env, "semantics": semantics(&self.config.env), "run_seed": self.config.seed, "step": self.step,
            "seed": self.seed, "episodes": returns.len(),
            "return_mean": Number(mean), "return_std": Number(std), "returns": returns,
        })
    }
}

/// Runs `episodes` episodes of the newest checkpoint of the run directory `run`, so many at a time as there are
/// `threads`; the returns do not depend on them.
pub fn evaluate(run: &Path, episodes: u32, seed: u64, threads: usize) -> Result<Found> {
    let (config, mut trainer) = newest_policy(run)?;
    let copies = threads.min(episodes as usize);
    let returns = if copies > 1 {
        let envs: Result<Vec<_>> =
            (0..copies).map(|_| learner::make_task(&config.env, config.task)).collect();
        let mut vector = VectorEnv::new(envs?, threads)?;
        let mut act = |obs: &[f64], action: &mut [f64]| trainer.act_at(obs, None, action);
        episodes::returns(&mut vector, episodes as usize, seed, &mut act)?
    } else {
        trainer.evaluate(episodes, seed)?.returns
    };
    Ok(Found { config, step: trainer.step(), seed, returns })
}

/// The newest checkpoint of the run directory `run` as a trainer to act with, and what the run is. The run is only
/// read.
pub fn newest_policy(run: &Path) -> Result<(Config, Trainer)> {
    let config = Config::load(run)?;
    let Some(mut checkpoint) = newest(run)? else {
        bail!(
            "{} has no checkpoint yet; one is written at every --checkpoint-every steps, at a signal and at the end",
            run.display()
        );
    };
    let task = learner::make_task(&config.env, config.task)?;
    let mujoco = task.spec().mujoco.clone();
    let mut trainer = learner::trainer(&config, task, 1)?;
    learner::restore(&mut trainer, &mut checkpoint, &config, mujoco.as_deref())?;
    Ok((config, trainer))
}

/// The newest checkpoint, even of a run that goes on: one that is replaced while it is read is read anew.
fn newest(run: &Path) -> Result<Option<Checkpoint>> {
    loop {
        let before = checkpoint::newest_step(run)?;
        let found = checkpoint::newest(run);
        if found.is_ok() || checkpoint::newest_step(run)? == before {
            return found;
        }
    }
}
