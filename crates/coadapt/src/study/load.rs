//! What a study's runs have given so far: a score a run, a curve a run, for tables and statistics.

use anyhow::Result;

use crate::run::metrics::{Evaluation, mean_and_std};
use crate::study::plan::{Plan, Planned};
use crate::study::store::{State, Store};

/// A run with what is known of it.
#[derive(Debug, Clone)]
pub struct Loaded<'a> {
    /// The run.
    pub run: &'a Planned,
    /// Where it stands.
    pub state: State,
    /// Its evaluations up to the study's steps.
    pub evaluations: Vec<Evaluation>,
}

impl Loaded<'_> {
    /// The mean return of the last evaluation, once the run is done; of a diverged run, the last one before.
    pub fn score(&self) -> Option<f64> {
        let last = self.evaluations.last().filter(|_| self.state.is_done())?;
        Some(mean_and_std(&last.returns).0)
    }
}

/// Reads every run of the plan.
pub fn load<'a>(plan: &'a Plan, store: &Store) -> Result<Vec<Loaded<'a>>> {
    let read = |run: &'a Planned| {
        let state = store.state(run)?;
        let evaluations = match state {
            State::Missing | State::Damaged { .. } => Vec::new(),
            _ => store.evaluations(run).unwrap_or_default(),
        };
        Ok(Loaded { run, state, evaluations })
    };
    plan.runs.iter().map(read).collect()
}
