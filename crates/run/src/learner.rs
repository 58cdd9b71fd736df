//! Between the learner, which knows no files, and the run directory, which knows no learner.

use anyhow::{Context, Result};
use coadapt_agent::{Method, Trainer, paper};
use coadapt_envs::{Cache, Env};
use toml::Table;

use crate::arrays::Array;
use crate::checkpoint::Checkpoint;
use crate::config::Config;
use crate::task::TaskOptions;
use crate::terminal;

/// Makes the task `id` with what is changed about it; what has to be fetched is told on standard error.
pub fn make_task(id: &str, changed: TaskOptions) -> Result<Box<dyn Env>> {
    let cache = Cache::from_environment();
    Ok(coadapt_envs::make_with(id, &changed.into(), &cache, &mut |line| terminal::tell(line))?)
}

/// The recipe of `algo` for the task, with all `overrides` put in.
pub fn recipe(algo: &str, task: &dyn Env, overrides: &[(String, String)]) -> Result<Table> {
    let method = paper::resolve(algo, task.spec(), overrides)?;
    Table::try_from(&method).context("the recipe could not be written as TOML")
}

/// The learner of `config` on `task`, before its first step.
pub fn trainer(config: &Config, task: Box<dyn Env>, threads: usize) -> Result<Trainer> {
    let method = config.method()?;
    let make = || make_task(&config.env, config.task);
    let tasks = copies(&method, task, make)?;
    Ok(Trainer::of_copies(&method, tasks, make()?, config.seed, threads)?)
}

/// As many copies of a task as `method` steps, `first` among them.
pub fn copies(
    method: &Method,
    first: Box<dyn Env>,
    make: impl Fn() -> Result<Box<dyn Env>>,
) -> Result<Vec<Box<dyn Env>>> {
    let mut tasks = vec![first];
    for _ in 1..method.collect.copies() {
        tasks.push(make()?);
    }
    Ok(tasks)
}

/// Puts `checkpoint` into a fresh learner. It must belong to the run of `config` and to this simulator.
pub fn restore(
    trainer: &mut Trainer,
    checkpoint: &mut Checkpoint,
    config: &Config,
    mujoco: Option<&str>,
) -> Result<()> {
    let place = checkpoint.folder.display().to_string();
    let context = || format!("the checkpoint {place} cannot be used");
    checkpoint.manifest.require_run(config, mujoco).with_context(context)?;
    let arrays = &mut checkpoint.arrays;
    trainer
        .restore(&checkpoint.state, &mut |name, into| {
            arrays.read(name, into).map_err(|error| format!("{error:#}"))
        })
        .with_context(context)
}

/// The contents of a checkpoint of `trainer`: its state and its arrays, borrowed.
pub fn snapshot(trainer: &Trainer) -> Result<(String, Vec<Array<'_>>)> {
    let snapshot = trainer.snapshot()?;
    let arrays = snapshot.arrays.into_iter().map(|(name, shape, data)| Array { name, shape, data }).collect();
    Ok((snapshot.state, arrays))
}
