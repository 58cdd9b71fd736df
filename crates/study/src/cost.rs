//! The cost of a study, before it is run: seconds of this machine measured on each kind of run for a moment.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use coadapt_agent::{Status, Trainer};

use crate::load::Standing;
use crate::plan::{Plan, Planned};
use crate::resources::Needs;
use crate::store::{State, Store};
use coadapt_run::learner;

/// How long a kind of run is watched while it learns: between these, as the kinds are few or many.
const WATCHED: [Duration; 2] = [Duration::from_millis(40), Duration::from_millis(400)];
/// How long all of them are watched together, if that leaves each its least.
const ALL_WATCHED: Duration = Duration::from_secs(20);
/// A kind of run that takes longer than this to learn for the first time is estimated from less.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs and steps that are left, and what they take.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Cost {
    /// Runs that are not done.
    pub runs: usize,
    /// Environment steps that are left.
    pub steps: u64,
    /// Seconds of one core.
    pub core_seconds: f64,
    /// Memory of the largest runs, as many as go at a time.
    pub memory_bytes: u64,
    /// Disk, everything done.
    pub disk_bytes: u64,
}

/// Seconds of one kind of run.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Speed {
    /// Of an environment step with its share of updates.
    pub step_seconds: f64,
    /// Of an evaluation.
    pub evaluation_seconds: f64,
}

/// Watches every arm on every task for a moment, telling `watch` which, and sums up what is left.
pub fn estimate(plan: &Plan, store: &Store, jobs: usize, watch: &mut dyn FnMut(&str)) -> Result<Cost> {
    let mut kinds: BTreeMap<(usize, usize), Vec<(&Planned, u64)>> = BTreeMap::new();
    for (run, steps) in remaining(plan, store)? {
        kinds.entry((run.task, run.arm)).or_default().push((run, steps));
    }
    let [least, most] = WATCHED;
    let watched = (ALL_WATCHED / kinds.len().max(1) as u32).clamp(least, most);
    let mut cost = Cost::default();
    let mut memory = Vec::new();
    for ((task, arm), runs) in &kinds {
        let (kind, spec) = (runs[0].0, &plan.tasks[*task].spec);
        watch(&format!("{} on {}", plan.arms[*arm].label, spec.id));
        let speed = speed(kind, watched)?;
        let Needs { memory_bytes, disk_bytes } = Needs::of(kind, spec);
        for (run, steps) in runs {
            let evaluations = steps.div_ceil(run.method.schedule.eval_every);
            cost.runs += 1;
            cost.steps += steps;
            cost.core_seconds +=
                *steps as f64 * speed.step_seconds + evaluations as f64 * speed.evaluation_seconds;
            // Of the two checkpoints that a run needs room for, one stays.
            cost.disk_bytes += disk_bytes / 2;
            memory.push(memory_bytes);
        }
    }
    memory.sort_unstable_by(|a, b| b.cmp(a));
    cost.memory_bytes = memory.iter().take(jobs).sum();
    Ok(cost)
}

/// The runs that are not done, each with the steps that are left of it.
fn remaining<'a>(plan: &'a Plan, store: &Store) -> Result<Vec<(&'a Planned, u64)>> {
    let mut standing = Standing::new(plan);
    let all = standing.look(store)?.iter();
    Ok(all.filter(|one| !one.state.is_done()).map(|one| (one.run, left(one.run, &one.state))).collect())
}

fn left(run: &Planned, state: &State) -> u64 {
    match state {
        State::Finished | State::Diverged { .. } => 0,
        State::Partial { step } | State::Running { step, .. } => run.steps.saturating_sub(*step),
        State::Missing | State::Damaged { .. } => run.steps,
    }
}

/// Watches one run from its first update on, for as long as `watched`.
fn speed(run: &Planned, watched: Duration) -> Result<Speed> {
    let mut method = run.method.clone();
    // Learning begins as soon as there is a batch, and nothing else happens meanwhile.
    method.collect = method.collect.at_once(50_000);
    (method.schedule.eval_every, method.schedule.log_every) = (u64::MAX, u64::MAX);
    let task = || learner::make_task(&run.address.task, run.options);
    let tasks = learner::copies(&method, task()?, task)?;
    let mut trainer = Trainer::of_copies(&method, tasks, task()?, run.seed, 1)?;
    let begun = Instant::now();
    let (mut from, mut first) = (None, 0);
    let mut step_seconds = None;
    while step_seconds.is_none() && begun.elapsed() < PATIENCE {
        let updates = trainer.updates();
        let stopped = trainer.advance(&mut |_| {})? != Status::Running;
        if trainer.updates() == updates && !stopped {
            continue;
        }
        match from {
            None => (from, first) = (Some(Instant::now()), trainer.step()),
            Some(from) if from.elapsed() >= watched || stopped => {
                step_seconds = Some(from.elapsed().as_secs_f64() / (trainer.step() - first).max(1) as f64);
            }
            Some(_) => {}
        }
    }
    let step_seconds =
        step_seconds.unwrap_or_else(|| begun.elapsed().as_secs_f64() / trainer.step().max(1) as f64);
    let acting = Instant::now();
    let seen = trainer.evaluate(1, 0)?;
    let steps: u32 = seen.lengths.iter().sum();
    let episode = task()?.spec().max_episode_steps;
    let acting = acting.elapsed().as_secs_f64() / f64::from(steps.max(1)) * f64::from(episode);
    let episodes = f64::from(run.method.schedule.eval_episodes);
    Ok(Speed { step_seconds, evaluation_seconds: acting * episodes })
}
