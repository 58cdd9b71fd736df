//! Who acts while transitions are collected: chance, or what a run has learned.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use coadapt_agent::Trainer;
use coadapt_agent::rng::{Stream, derived_seed, stream};
use coadapt_envs::ActionSpace;
use coadapt_nn::init::unit_uniform;

use super::Request;
use crate::run::config::Config;
use crate::run::evaluate::newest_policy;
use crate::run::learner;
use crate::run::task::TaskOptions;

/// Whether a learned policy explores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// Actions are drawn, as in training after the warm-up.
    Sampled,
    /// Actions are the policy's mode, as in evaluations.
    None,
}

/// Who is to act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Uniform draws from the box, or of the choices.
    Random,
    /// The newest checkpoint of this run directory.
    Run(PathBuf, Noise),
}

/// What a request comes to.
pub(super) struct Chosen {
    pub(super) env: String,
    pub(super) task: TaskOptions,
    pub(super) policy: Policy,
}

/// Someone who acts, with a stream of draws for each copy of the task.
pub(super) struct Policy {
    source: Source,
    streams: Vec<Stream>,
    space: ActionSpace,
}

enum Source {
    Random,
    Run { config: Box<Config>, trainer: Box<Trainer>, noise: Noise },
}

/// Finds the task and who acts on it, or says what does not fit.
pub(super) fn choose(request: &Request) -> Result<Chosen> {
    let (env, task, source) = match &request.policy {
        Choice::Random => {
            let Some(env) = request.env.clone() else {
                bail!("a random policy needs a task: --env names one, `coadapt tasks` lists them");
            };
            (env, request.task.unwrap_or_default(), Source::Random)
        }
        Choice::Run(run, noise) => of_run(request, run, *noise)?,
    };
    let space = learner::make_task(&env, task)?.spec().action.clone();
    let of_copy = |copy| stream(derived_seed(request.seed, "collect-policy", copy), "actor");
    let streams = (0..request.envs as u64).map(of_copy).collect();
    Ok(Chosen { env, task, policy: Policy { source, streams, space } })
}

fn of_run(request: &Request, run: &Path, noise: Noise) -> Result<(String, TaskOptions, Source)> {
    let config = Config::load(run)?;
    let place = run.display();
    if let Some(env) = request.env.as_ref().filter(|env| **env != config.env) {
        bail!(
            "{place} learned {}, and --env is {env}: leave --env out, or name a run on that task",
            config.env
        );
    }
    if request.task.is_some_and(|task| task != config.task) {
        bail!(
            "{place} learned its task with other options: leave out --clip-action, --action-repeat and --time-limit, \
             and the run's own are used"
        );
    }
    let (config, trainer) = newest_policy(run)?;
    let (env, task) = (config.env.clone(), config.task);
    Ok((env, task, Source::Run { config: Box::new(config), trainer: Box::new(trainer), noise }))
}

impl Policy {
    /// Writes the action of copy `copy` at `obs`, as the task takes it.
    pub(super) fn act(&mut self, copy: usize, obs: &[f64], action: &mut [f64]) {
        let rng = &mut self.streams[copy];
        match &mut self.source {
            Source::Random => random(&self.space, rng, action),
            Source::Run { trainer, noise: Noise::Sampled, .. } => trainer.act_at(obs, Some(rng), action),
            Source::Run { trainer, noise: Noise::None, .. } => trainer.act_at(obs, None, action),
        }
    }

    /// What the file says of it.
    pub(super) fn about(&self) -> serde_json::Value {
        match &self.source {
            Source::Random => "random".into(),
            Source::Run { config, trainer, noise } => serde_json::json!({
                "algo": config.algo, "run_seed": config.seed, "step": trainer.step(),
                "sampled": *noise == Noise::Sampled,
            }),
        }
    }
}

/// A uniform draw, on a grid of 2^24 values a dimension.
fn random(space: &ActionSpace, rng: &mut Stream, action: &mut [f64]) {
    match space {
        ActionSpace::Continuous { low, high } => {
            for (action, (low, high)) in action.iter_mut().zip(low.iter().zip(high)) {
                *action = low + (high - low) * f64::from(unit_uniform(rng));
            }
        }
        ActionSpace::Discrete { n } => action[0] = (*n as f64 * f64::from(unit_uniform(rng))).floor(),
    }
}
