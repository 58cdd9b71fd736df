//! From a request to a run that can be driven: everything is checked first, only then is anything written.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::numerals;
use crate::progress::{Loudness, Progress};
use crate::run::checkpoint::{self, Checkpoint};
use crate::run::config::Config;
use crate::run::drive::Run;
use crate::run::lock::Lock;
use crate::run::logs::Logs;
use crate::run::recorder::{Clock, Recorder};
use crate::run::result::{self, Earlier};
use crate::run::{directory, learner, metrics, report};
use crate::signal::StopRequest;

/// A run as the user asks for it.
#[derive(Debug)]
pub struct Request {
    /// The algorithm.
    pub algo: String,
    /// The task.
    pub env: String,
    /// The seed of every random stream.
    pub seed: u64,
    /// Environment steps in total.
    pub steps: u64,
    /// Paths of the recipe and the values to put there.
    pub overrides: Vec<(String, String)>,
    /// The run directory, if it is not to be the usual one.
    pub out: Option<PathBuf>,
}

/// What the numbers of a run do not depend on.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Threads within an update.
    pub threads: usize,
    /// Environment steps between checkpoints.
    pub checkpoint_every: u64,
    /// How much to say.
    pub loudness: Loudness,
}

/// Starts a new run.
pub fn create(request: &Request, options: Options) -> Result<Run> {
    // Asked before the task is made: nobody should fetch a simulator for a typing error.
    let algo = coadapt_agent::algorithm(&request.algo)?;
    let usual = || directory::default_path(&request.env, algo, request.seed);
    let place = request.out.clone().unwrap_or_else(usual);
    directory::refuse_existing(&place)?;
    let task = learner::make_task(&request.env)?;
    let mujoco = task.spec().mujoco.clone();
    let config = Config {
        algo: algo.into(),
        env: request.env.clone(),
        seed: request.seed,
        steps: request.steps,
        method: learner::recipe(algo, task.as_ref(), &request.overrides)?,
    };
    let trainer = learner::trainer(&config, task, options.threads)?;
    let stop = StopRequest::listen()?;
    directory::create(&place, &config.to_toml()?)?;
    let lock = Lock::take(&place)?;
    let recorder = Recorder {
        logs: Logs::open(&place, &Default::default())?,
        progress: Progress::start(&report::name(&config), 0, config.steps, options.loudness),
        clock: Clock::start(0),
        evaluations: Vec::new(),
    };
    Ok(Run { place, config, mujoco, options, trainer, recorder, stop, _lock: lock })
}

/// Continues the run in the directory `place`, up to `steps` steps in total if they are given.
pub fn resume(place: &Path, steps: Option<u64>, options: Options) -> Result<Run> {
    let mut config = Config::load(place)?;
    let lock = Lock::take(place)?;
    let mut saved = checkpoint::newest(place)?;
    let reached = saved.as_ref().map_or(0, |checkpoint| checkpoint.manifest.step);
    let earlier = result::read(place)?;
    let budget = budget(place, &config, steps, reached, earlier.as_ref())?;
    let longer = budget != config.steps;
    config.steps = budget;

    let task = learner::make_task(&config.env)?;
    let mujoco = task.spec().mujoco.clone();
    let mut trainer = learner::trainer(&config, task, options.threads)?;
    if let Some(checkpoint) = &mut saved {
        learner::restore(&mut trainer, checkpoint, &config, mujoco.as_deref())?;
    }
    let stop = StopRequest::listen()?;
    if longer {
        config.save(place)?;
    }
    let recorder = recorder(place, &config, saved.as_ref(), options.loudness)?;
    Ok(Run { place: place.to_path_buf(), config, mujoco, options, trainer, recorder, stop, _lock: lock })
}

fn recorder(
    place: &Path,
    config: &Config,
    saved: Option<&Checkpoint>,
    loudness: Loudness,
) -> Result<Recorder> {
    let lengths = saved.map(|checkpoint| checkpoint.manifest.logs.clone()).unwrap_or_default();
    let logs = Logs::open(place, &lengths)?;
    let reached = saved.map_or(0, |checkpoint| checkpoint.manifest.step);
    let progress = Progress::start(&report::name(config), reached, config.steps, loudness);
    match saved {
        Some(_) => {
            progress.say(&format!("continuing {} at step {}", place.display(), numerals::grouped(reached)))
        }
        None => progress.say(&format!("{} has no checkpoint yet: starting again at step 0", place.display())),
    }
    let clock = Clock::start(saved.map_or(0, |checkpoint| checkpoint.manifest.wall_milliseconds));
    let evaluations = metrics::read_evaluations(&place.join(directory::METRICS))?;
    Ok(Recorder { logs, progress, clock, evaluations })
}

/// The steps to train for in total, or why there is nothing to continue.
fn budget(
    place: &Path,
    config: &Config,
    wanted: Option<u64>,
    reached: u64,
    earlier: Option<&Earlier>,
) -> Result<u64> {
    let budget = wanted.unwrap_or(config.steps);
    let place = place.display();
    if let Some(earlier) = earlier.filter(|earlier| earlier.outcome == "diverged") {
        let what = earlier.diverged_what.as_deref().unwrap_or("a value is not finite");
        bail!("{place} diverged at step {} ({what}), and would again: nothing to continue", earlier.steps);
    }
    if budget < reached {
        bail!(
            "{place} is at step {reached} already: --steps {budget} is the total, and must not be below that"
        );
    }
    if earlier.is_some_and(|earlier| earlier.outcome == "finished" && budget <= earlier.steps) {
        bail!("{place} is finished: it took its {reached} steps; --steps with a larger total extends it");
    }
    Ok(budget)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(wanted: Option<u64>, outcome: Option<(&str, u64)>) -> Result<u64, String> {
        let method = Default::default();
        let config = Config { algo: "sac".into(), env: "Ant-v4".into(), seed: 0, steps: 1000, method };
        let earlier = outcome.map(|(name, steps)| Earlier {
            outcome: name.into(),
            steps,
            diverged_what: Some("q".into()),
        });
        budget(Path::new("runs/x"), &config, wanted, 500, earlier.as_ref()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_budget_is_the_old_one_or_a_larger_one() {
        assert_eq!(answer(None, None), Ok(1000));
        assert_eq!(answer(None, Some(("interrupted", 500))), Ok(1000));
        assert_eq!(answer(Some(2000), Some(("finished", 1000))), Ok(2000));
        // Killed while it was being extended: the result is still that of the shorter run.
        assert_eq!(answer(None, Some(("finished", 600))), Ok(1000));
        assert!(answer(None, Some(("finished", 1000))).unwrap_err().contains("is finished"));
        assert!(answer(Some(400), None).unwrap_err().contains("is at step 500 already"));
        assert!(
            answer(Some(2000), Some(("diverged", 800))).unwrap_err().contains("diverged at step 800 (q)")
        );
    }
}
