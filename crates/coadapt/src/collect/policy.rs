//! The policy that acts while transitions are collected, found from a request.

use std::path::Path;

use anyhow::{Result, bail};
use coadapt_agent::rng::{Stream, derived_seed, stream};
use coadapt_envs::ActionSpace;

use super::request::{Choice, Request};
use crate::policy::{Noise, Policy};
use crate::run::config::Config;
use crate::run::evaluate::newest_policy;
use crate::run::learner;
use crate::run::task::TaskOptions;

/// The task and the policy that a request comes to.
pub(super) struct Chosen {
    pub(super) env: String,
    pub(super) task: TaskOptions,
    pub(super) actors: Actors,
    /// What the file says of who acts.
    pub(super) about: serde_json::Value,
}

/// A policy with a stream of draws for each copy of the task.
pub(super) struct Actors {
    policy: Policy,
    streams: Vec<Stream>,
    space: ActionSpace,
}

/// Finds the task and who acts on it, or says what does not fit.
pub(super) fn choose(request: &Request) -> Result<Chosen> {
    let (env, task, policy, about) = match &request.policy {
        Choice::Random => {
            let Some(env) = request.env.clone() else {
                bail!("a random policy needs a task: --env names one, `coadapt tasks` lists them");
            };
            (env, request.task.unwrap_or_default(), Policy::Random, "random".into())
        }
        Choice::Run(run, noise) => of_run(request, run, *noise)?,
    };
    let space = learner::make_task(&env, task)?.spec().action.clone();
    let of_copy = |copy| stream(derived_seed(request.seed, "collect-policy", copy), "actor");
    let streams = (0..request.envs as u64).map(of_copy).collect();
    Ok(Chosen { env, task, actors: Actors { policy, streams, space }, about })
}

/// The task, what is changed about it, who acts, and what the file says of that.
type Found = (String, TaskOptions, Policy, serde_json::Value);

fn of_run(request: &Request, run: &Path, noise: Noise) -> Result<Found> {
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
    let about = serde_json::json!({
        "algo": config.algo, "run_seed": config.seed, "step": trainer.step(), "sampled": noise == Noise::Sampled,
    });
    Ok((config.env, config.task, Policy::Learned(Box::new(trainer), noise), about))
}

impl Actors {
    /// Writes the action of copy `copy` at `obs`, as the task takes it.
    pub(super) fn act(&mut self, copy: usize, obs: &[f64], action: &mut [f64]) {
        self.policy.act(&self.space, obs, &mut self.streams[copy], action);
    }
}
