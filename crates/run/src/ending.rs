//! The end of a run, and the sentence that tells it.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use crate::checkpoint;
use crate::config::Config;
use crate::human_numbers;
use crate::metrics::{Evaluation, mean_and_std};
use crate::result::Outcome;

/// A run that came to an end, or to a signal.
#[derive(Debug)]
#[non_exhaustive]
pub struct Ending {
    /// Its directory.
    pub place: PathBuf,
    /// What it was.
    pub config: Config,
    /// How it ended.
    pub outcome: Outcome,
    /// Environment steps taken.
    pub steps: u64,
    /// The last evaluation, if there was one.
    pub last: Option<Evaluation>,
    /// Wall-clock time over all its parts.
    pub wall_seconds: f64,
}

/// The run in a word: `SAC Hopper-v4 s0`.
pub fn name(config: &Config) -> String {
    format!("{} {} s{}", config.algo.to_uppercase(), config.env, config.seed)
}

/// The sentence that the user reads last.
pub fn sentence(ending: &Ending) -> String {
    let (name, place) = (name(&ending.config), ending.place.display());
    let clock = human_numbers::clock(ending.wall_seconds);
    let score = ending.last.as_ref().map(|last| {
        let (mean, std) = mean_and_std(&last.returns);
        format!(
            "{} over {}",
            human_numbers::score_and_spread(mean, std),
            human_numbers::counted(last.returns.len() as u64, "episode")
        )
    });
    match &ending.outcome {
        Outcome::Finished => {
            let score = score.unwrap_or_else(|| "unknown".into());
            let steps = human_numbers::counted(ending.steps, "step");
            format!("{name}: return {score} after {steps} in {clock}\n{place}")
        }
        Outcome::Diverged { step, what } => {
            format!("{name}: † diverged at step {}: {what}\n{place}", human_numbers::grouped(*step))
        }
        Outcome::Interrupted => format!(
            "{name}: interrupted at step {} of {}; `coadapt train --resume {place}` continues it",
            human_numbers::grouped(ending.steps),
            human_numbers::grouped(ending.config.steps)
        ),
    }
}

/// Adds to the error of a broken run how to go on from its last checkpoint, where it has one.
pub fn with_way_back(error: anyhow::Error, place: &Path) -> anyhow::Error {
    match checkpoint::newest_step(place) {
        Ok(Some(step)) => anyhow!(
            "{error:#}; `coadapt train --resume {}` continues the run from step {}",
            place.display(),
            human_numbers::grouped(step)
        ),
        _ => error,
    }
}
