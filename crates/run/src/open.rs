//! From a request to a run that can be driven: everything is checked first, only then is anything written.

use std::path::Path;

use anyhow::Result;
use coadapt_agent::Method;
use coadapt_agent::paper::{self, Settings, Warning};
use coadapt_nn as nn;

use crate::config::Config;
use crate::drive::Run;
use crate::human_numbers;
use crate::lock::Lock;
use crate::logs::{Logs, SeenLogs};
use crate::progress::Progress;
use crate::recorder::{Clock, Recorder};
use crate::request::{Options, Request};
use crate::signal::StopRequest;
use crate::{budget, checkpoint, directory, ending, learner};

/// Starts a new run.
pub fn create(request: &Request, options: Options) -> Result<Run> {
    let place = request.place.clone();
    directory::refuse_existing(&place)?;
    let task = learner::make_task(&request.env, request.task)?;
    let mujoco = task.spec().mujoco.clone();
    let config = Config {
        algo: request.algo.into(),
        env: request.env.clone(),
        seed: request.seed,
        steps: request.steps,
        task: request.task,
        method: learner::recipe(request.algo, task.as_ref(), &request.overrides)?,
    };
    let trainer = learner::trainer(&config, task, options.threads)?;
    let stop = StopRequest::listen()?;
    let lock = directory::create(&place, &config.to_toml()?)?;
    let recorder = Recorder {
        logs: Logs::create(&place)?,
        progress: Progress::start(&ending::name(&config), 0, config.steps, options.loudness),
        clock: Clock::start(0),
        evaluations: Vec::new(),
    };
    let recipe = paper::recipe(request.algo)?;
    if let missing @ Settings::Missing(_) = recipe.settings(trainer.spec()) {
        recorder.progress.say(&format!("settings: {missing}"));
    }
    for Warning { path, what } in recipe.warnings(&config.method()?, &config.env) {
        recorder.progress.say(&format!("warning: {path}: {what}"));
    }
    slow_precision(&config.method()?).iter().for_each(|note| recorder.progress.say(note));
    Ok(Run { place, config, mujoco, options, trainer, recorder, stop, lock, checkpoint_writer: None })
}

/// Continues the run in the directory `place`, up to `steps` steps in total if they are given.
///
/// Whatever is refused is refused before anything of the run is changed.
pub fn resume(place: &Path, steps: Option<u64>, options: Options) -> Result<Run> {
    let mut config = Config::load(place)?;
    let lock = Lock::take(place)?;
    let mut saved = checkpoint::newest(place)?;
    let reached = saved.as_ref().map(|checkpoint| checkpoint.manifest.step);
    let earlier = budget::earlier_end(place, reached)?;
    let budget = budget::budget(place, &config, steps, reached.unwrap_or(0), earlier.as_ref())?;
    let longer = budget != config.steps;
    config.steps = budget;

    let task = learner::make_task(&config.env, config.task)?;
    let mujoco = task.spec().mujoco.clone();
    let mut trainer = learner::trainer(&config, task, options.threads)?;
    if let Some(checkpoint) = &mut saved {
        checkpoint.manifest.require_arithmetic(nn::Isa::best())?;
        learner::restore(&mut trainer, checkpoint, &config, mujoco.as_deref())?;
    }
    let seen = saved.as_ref().map(|checkpoint| SeenLogs::verify(place, &checkpoint.manifest.logs));
    let seen = seen.transpose()?;
    let stop = StopRequest::listen()?;
    if longer {
        config.save(place)?;
    }
    let (evaluations, logs) = match seen {
        Some(mut seen) => (std::mem::take(&mut seen.evaluations), seen.cut()?),
        None => (Vec::new(), Logs::create(place)?),
    };
    let progress =
        Progress::start(&ending::name(&config), reached.unwrap_or(0), config.steps, options.loudness);
    progress.say(&beginning(place, reached));
    slow_precision(&config.method()?).iter().for_each(|note| progress.say(note));
    let clock = Clock::start(saved.map_or(0, |checkpoint| checkpoint.manifest.wall_milliseconds));
    let recorder = Recorder { logs, progress, clock, evaluations };
    Ok(Run {
        place: place.to_path_buf(),
        config,
        mujoco,
        options,
        trainer,
        recorder,
        stop,
        lock,
        checkpoint_writer: None,
    })
}

/// What is said where products in parts have no tiles to run on.
fn slow_precision(method: &Method) -> Option<String> {
    let precision = nn::Precision::from(method.code.precision);
    let slow = precision != nn::Precision::F32 && nn::Tiles::best(nn::Isa::best()) != nn::Tiles::Amx;
    slow.then(|| {
        let name = precision.name();
        format!("there is no AMX here: code.precision {name} gives the same numbers without it, but more slowly than f32")
    })
}

/// What is said of a resumed run first.
fn beginning(place: &Path, reached: Option<u64>) -> String {
    let place = place.display();
    match reached {
        Some(step) => format!("continuing {place} at step {}", human_numbers::grouped(step)),
        None => format!("{place} has no checkpoint yet: starting again at step 0"),
    }
}
