//! The store: every run in a directory named by its address, shared by all studies.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use toml::Table;

use crate::numerals;
use crate::run::config::Config;
use crate::run::lock;
use crate::run::metrics::{self, Evaluation};
use crate::run::{checkpoint, directory, result};
use crate::study::plan::Planned;

/// The version of the store's layout.
const LAYOUT: &str = "1\n";
/// The file that holds it.
const LAYOUT_FILE: &str = "layout";
/// What a damaged run directory is moved to.
const SET_ASIDE: &str = "set-aside";

/// A folder of runs.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// What the store knows of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Nothing yet.
    Missing,
    /// Begun and not done; the last checkpoint is at `step`.
    Partial {
        /// Environment steps.
        step: u64,
    },
    /// A process is at it.
    Running {
        /// Environment steps at its last line of metrics.
        step: u64,
        /// Its speed there.
        steps_per_second: f64,
    },
    /// It took its steps.
    Finished,
    /// It diverged within its steps: the paper's dagger.
    Diverged {
        /// Environment step.
        step: u64,
        /// What was not finite.
        what: String,
    },
    /// What lies there is not a run of this address, or broken.
    Damaged {
        /// How.
        why: String,
    },
}

impl State {
    /// Whether there is nothing left to do.
    pub fn is_done(&self) -> bool {
        matches!(self, State::Finished | State::Diverged { .. })
    }
}

impl Store {
    /// The store in the folder `root`, which is made if it is not there.
    pub fn open(root: &Path) -> Result<Store> {
        let context = || format!("could not open the store {}", root.display());
        fs::create_dir_all(root).with_context(context)?;
        let layout = root.join(LAYOUT_FILE);
        match fs::read_to_string(&layout) {
            Ok(text) if text == LAYOUT => {}
            Ok(text) => bail!(
                "the store {} has layout {}, this program knows layout {}: it was written by another version",
                root.display(),
                text.trim(),
                LAYOUT.trim()
            ),
            Err(_) => directory::write_whole(&layout, LAYOUT.as_bytes()).with_context(context)?,
        }
        Ok(Store { root: root.to_owned() })
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the run lies, or would lie.
    pub fn place(&self, run: &Planned) -> Result<PathBuf> {
        let task = directory::file_name(&run.address.task);
        Ok(self.root.join(task).join(run.address.name()?))
    }

    /// What is known of the run. Reads a few small files.
    pub fn state(&self, run: &Planned) -> Result<State> {
        let place = self.place(run)?;
        if !place.join(directory::CONFIG).exists() {
            return Ok(State::Missing);
        }
        Ok(match seen(&place, run) {
            Ok(state) => state,
            Err(error) => State::Damaged { why: format!("{error:#}") },
        })
    }

    /// The evaluations of a run up to its steps, in order.
    pub fn evaluations(&self, run: &Planned) -> Result<Vec<Evaluation>> {
        let path = self.place(run)?.join(directory::METRICS);
        let mut all = metrics::read_whole_lines(&path)?;
        all.retain(|evaluation| evaluation.step <= run.steps);
        Ok(all)
    }

    /// Moves what lies in the place of a run out of the way, and says where to.
    pub fn set_aside(&self, run: &Planned) -> Result<PathBuf> {
        let place = self.place(run)?;
        let folder = self.root.join(SET_ASIDE);
        fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let free = (0_u32..).map(|i| folder.join(format!("{name}-{i}"))).find(|path| !path.exists());
        let to = free.with_context(|| format!("{} is full", folder.display()))?;
        fs::rename(&place, &to)
            .with_context(|| format!("could not move {} to {}", place.display(), to.display()))?;
        Ok(to)
    }
}

fn seen(place: &Path, run: &Planned) -> Result<State> {
    let config = Config::load(place)?;
    let method = Table::try_from(&run.method).context("the recipe could not be written as TOML")?;
    let wanted = Config { method, seed: run.seed, env: run.address.task.clone(), ..config.clone() };
    if let Some(difference) = wanted.difference(&config) {
        bail!(
            "its {} has {} for `{}`, where its address has {}",
            directory::CONFIG,
            difference.there,
            difference.path,
            difference.here
        );
    }
    if lock::is_held(place) {
        let (step, steps_per_second) =
            metrics::last_timing(&place.join(directory::TIMING)).unwrap_or((0, 0.0));
        return Ok(State::Running { step, steps_per_second });
    }
    let earlier = result::read(place)?;
    let reached = checkpoint::newest_step(place)?;
    if let Some(end) = earlier.as_ref().filter(|end| end.outcome == "diverged" && end.steps <= run.steps) {
        let what = end.diverged_what.clone().unwrap_or_else(|| "a value is not finite".into());
        return Ok(State::Diverged { step: end.steps, what });
    }
    // A longer run that is on its way has been here too, as soon as a checkpoint says so.
    let reached =
        reached.unwrap_or(0).max(earlier.filter(|end| end.outcome == "diverged").map_or(0, |end| end.steps));
    if reached < run.steps {
        return Ok(State::Partial { step: reached });
    }
    let evaluations = metrics::read_whole_lines(&place.join(directory::METRICS))?;
    if evaluations.iter().any(|evaluation| evaluation.step == run.steps) {
        return Ok(State::Finished);
    }
    bail!(
        "it has come to step {}, but {} has no evaluation at step {}",
        numerals::grouped(reached),
        directory::METRICS,
        numerals::grouped(run.steps)
    )
}
