//! Collecting transitions: many copies of a task, a policy, and a file that other programs read.

mod policy;
mod record;
mod request;

use anyhow::{Context, Result, bail};
use coadapt_agent::rng::derived_seed;
use coadapt_envs::{Step, VectorEnv};

use crate::npz;
use crate::run::learner;
use crate::run::task::semantics;
use crate::signal::StopRequest;
use policy::{Actors, Chosen};
use record::Record;
pub use request::{Choice, Physics, Request};

/// The collection that was made.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Collected {
    /// The task.
    pub env: String,
    /// Steps of all copies together.
    pub steps: u64,
    /// Undiscounted returns of the episodes that ended, in the order they did.
    pub returns: Vec<f64>,
}

/// Collects, and writes the file when all is there.
pub fn collect(request: &Request) -> Result<Collected> {
    npz::refuse_existing(&request.out)?;
    let (copies, steps) = (request.envs, request.steps);
    if copies == 0 || !steps.is_multiple_of(copies as u64) {
        bail!("--steps {steps} cannot be divided evenly among --envs {copies}: give a multiple of {copies}");
    }
    let Chosen { env, task, actors, about: who } = policy::choose(request)?;
    let envs: Result<Vec<_>> = (0..copies).map(|_| learner::make_task(&env, task)).collect();
    let envs = envs?;
    if request.physics == Physics::Kept && envs.iter().any(|env| env.simulated().is_none()) {
        bail!("{env} runs in no simulator, so there is no physics to write: leave --physics out");
    }
    let parts = envs[0].simulated().map_or(Vec::new(), |simulated| simulated.model_parts());
    let vector = VectorEnv::new(envs, request.threads)?;
    let mut record = Record::create(request, &vector)?;
    let about = serde_json::json!({
        "format": 1, "env": env, "seed": request.seed, "steps": steps, "envs": copies, "policy": who,
        "clip_action": task.clip_action, "action_repeat": task.action_repeat, "time_limit": task.time_limit,
        "semantics": semantics(&env), "mujoco": vector.spec().mujoco, "model_parts": parts, "version": crate::VERSION, "commit": crate::COMMIT,
    });
    record.about(&about);
    let returns = walk(request, vector, actors, &mut record)?;
    record.finish()?;
    Ok(Collected { env, steps, returns })
}

/// Steps all copies to the end and writes down what happens; gives the returns of whole episodes.
fn walk(
    request: &Request,
    mut vector: VectorEnv,
    mut actors: Actors,
    record: &mut Record,
) -> Result<Vec<f64>> {
    let stop = StopRequest::listen()?;
    let copies = vector.len();
    let (obs_dim, action_dim) = (vector.spec().obs_dim, vector.spec().action.dim());
    let seeds: Vec<u64> =
        (0..copies as u64).map(|copy| derived_seed(request.seed, "collect-env", copy)).collect();
    vector.seed(&seeds);
    let (mut obs, mut actions) = (vec![0.0; copies * obs_dim], vec![0.0; copies * action_dim]);
    let mut told = vec![Step { reward: 0.0, terminated: false, truncated: false }; copies];
    let (mut reset, mut totals, mut returns) = (vec![true; copies], vec![0.0; copies], Vec::new());
    let rounds = request.steps / copies as u64;
    for round in 0..rounds {
        if stop.is_set() {
            bail!("interrupted after {} steps: nothing was written", round * copies as u64);
        }
        let lost = || format!("nothing was written, since after {} steps", round * copies as u64);
        vector.reset(&reset, &mut obs).with_context(lost)?;
        for copy in 0..copies {
            let seen = &obs[copy * obs_dim..][..obs_dim];
            actors.act(copy, seen, &mut actions[copy * action_dim..][..action_dim]);
        }
        record.before(&vector, &obs, &actions, &reset)?;
        vector.step(&actions, &mut obs, &mut told).with_context(lost)?;
        record.after(&obs, &told)?;
        for (copy, step) in told.iter().enumerate() {
            totals[copy] += step.reward;
            reset[copy] = step.ended();
            if step.ended() {
                returns.push(std::mem::take(&mut totals[copy]));
            }
        }
    }
    Ok(returns)
}
