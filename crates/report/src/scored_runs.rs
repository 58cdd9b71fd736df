//! Runs of a study with their scores: a score each, or the reason why there is none, and where each came from.

use std::path::Path;

use anyhow::{Context, Result};
use coadapt_agent::{RETURN_DIVERGED, RETURN_LIMIT};
use coadapt_stats::{Arm, Score};
use serde::Deserialize;

use coadapt_run::directory;
use coadapt_run::metrics::mean_and_std;
use coadapt_study::load::{self, Loaded};
use coadapt_study::plan::Plan;
use coadapt_study::store::{State, Store};

/// The program and the simulator that made a run, as its result says.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Origin {
    /// The commit of the program.
    pub commit: Option<String>,
    /// The version of MuJoCo, where the task has one.
    pub mujoco: Option<String>,
}

impl Origin {
    /// The origin that the result in the run directory `place` names; nothing where there is no readable one.
    pub fn read(place: &Path) -> Origin {
        let text = std::fs::read(place.join(directory::RESULT)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }
}

/// A run with its score.
#[derive(Debug, Clone)]
pub struct ScoredRun<'a> {
    /// The run, where it stands, and its evaluations.
    pub loaded: Loaded<'a>,
    /// Who made it.
    pub origin: Origin,
    /// What enters the tables; nothing of a run that is not done or was left out.
    pub score: Option<Score>,
    /// Why a run that is done was left out.
    pub left_out: Option<String>,
}

impl<'a> ScoredRun<'a> {
    /// Judges one run.
    pub fn new(loaded: Loaded<'a>, origin: Origin) -> ScoredRun<'a> {
        let judged = same_simulator(&loaded, &origin).and_then(|()| score(&loaded));
        let (score, left_out) = match judged {
            Ok(score) => (score, None),
            Err(why) => (None, Some(why)),
        };
        ScoredRun { loaded, origin, score, left_out }
    }
}

/// A study with its runs and their scores.
#[derive(Debug, Clone)]
pub struct ScoredRuns<'a> {
    /// The study.
    pub plan: &'a Plan,
    /// Its runs, in the plan's order.
    pub runs: Vec<ScoredRun<'a>>,
    /// The scores of each arm, in the plan's order.
    pub arms: Vec<Arm>,
}

impl<'a> ScoredRuns<'a> {
    /// Reads what the store has of the study.
    pub fn gather(plan: &'a Plan, store: &Store) -> Result<ScoredRuns<'a>> {
        let seen = |loaded: Loaded<'a>| {
            let origin = match loaded.state.is_done() {
                true => Origin::read(&store.place(loaded.run)?),
                false => Origin::default(),
            };
            Ok(ScoredRun::new(loaded, origin))
        };
        let runs = load::load(plan, store)?.into_iter().map(seen).collect::<Result<_>>()?;
        ScoredRuns::of(plan, runs)
    }

    /// The study with `runs` in the plan's order.
    pub fn of(plan: &'a Plan, runs: Vec<ScoredRun<'a>>) -> Result<ScoredRuns<'a>> {
        let mut arms: Vec<Arm> = plan.arms.iter().map(|arm| Arm::new(arm.label.as_str())).collect();
        for seen in &runs {
            let run = seen.loaded.run;
            arms[run.arm]
                .record(&plan.tasks[run.task].spec.id, run.seed, seen.score)
                .context("a score could not be recorded")?;
        }
        Ok(ScoredRuns { plan, runs, arms })
    }

    /// The runs of one cell, in order of seeds as planned.
    pub fn cell(&self, arm: usize, task: usize) -> impl Iterator<Item = &ScoredRun<'a>> {
        // Runs are planned seed by seed, then task by task, then arm by arm.
        let (tasks, arms) = (self.plan.tasks.len(), self.plan.arms.len());
        self.runs.iter().skip(task * arms + arm).step_by((tasks * arms).max(1))
    }
}

/// Refuses a run whose result names another simulator than its address.
fn same_simulator(loaded: &Loaded<'_>, origin: &Origin) -> Result<(), String> {
    let wanted = &loaded.run.address.mujoco;
    match (&origin.mujoco, wanted) {
        (Some(made), Some(wanted)) if made != wanted => {
            Err(format!("its result is of MuJoCo {made}, its address of {wanted}"))
        }
        _ => Ok(()),
    }
}

/// The score that enters: the last evaluation of a run that is done, or minus infinity where its return diverged.
fn score(loaded: &Loaded<'_>) -> Result<Option<Score>, String> {
    let diverged = match &loaded.state {
        State::Finished => None,
        State::Diverged { step, what } => Some((step, what)),
        _ => return Ok(None),
    };
    if diverged.is_some_and(|(_, what)| return_fell(what)) {
        return Ok(Some(Score::MinusInfinity));
    }
    let Some(last) = loaded.evaluations.last() else {
        return Err(match diverged {
            Some((step, what)) => format!("it diverged at step {step}, before its first evaluation: {what}"),
            None => "it has no evaluation".to_owned(),
        });
    };
    if diverged.is_none() && last.step != loaded.run.steps {
        return Err(format!("its last evaluation is of step {}, not of {}", last.step, loaded.run.steps));
    }
    let mean = mean_and_std(&last.returns).0;
    if mean.is_nan() || mean < -RETURN_LIMIT {
        return Ok(Some(Score::MinusInfinity));
    }
    if mean > RETURN_LIMIT {
        return Err(format!("its return of {mean:e} is none"));
    }
    Ok(Some(if diverged.is_some() { Score::Daggered(mean) } else { Score::Value(mean) }))
}

/// Whether a run ended because the return of an episode fell below all bounds: the paper's minus infinity, where
/// every other end by numerical error is its dagger.
fn return_fell(what: &str) -> bool {
    let value = what.strip_prefix(RETURN_DIVERGED).and_then(|value| value.trim().parse::<f64>().ok());
    value.is_some_and(|value| value < 0.0)
}
