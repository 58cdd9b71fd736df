//! Runs of a study with what they have given so far: where each stands, a curve a run, for tables and statistics.

use anyhow::Result;

use crate::plan::{Plan, Planned};
use crate::store::{State, Store};
use coadapt_run::metrics::{Evaluation, mean_and_std};

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

/// Reads every run of the plan, curves included.
pub fn load<'a>(plan: &'a Plan, store: &Store) -> Result<Vec<Loaded<'a>>> {
    let read = |run: &'a Planned| {
        let state = store.state(run)?;
        let evaluations = match state {
            State::Missing | State::Damaged { .. } => Vec::new(),
            _ => store.evaluations(run).unwrap_or_default(),
        };
        Ok(Loaded { run, state, evaluations })
    };
    of_all(&plan.runs, read)
}

/// Where every run stands, and nothing of what it gave. Asked again, only what was not done before is looked at.
#[derive(Debug)]
pub struct Standing<'a> {
    plan: &'a Plan,
    runs: Vec<Loaded<'a>>,
}

impl<'a> Standing<'a> {
    /// Nothing is known yet.
    pub fn new(plan: &'a Plan) -> Standing<'a> {
        Standing { plan, runs: Vec::new() }
    }

    /// Looks at the store.
    pub fn look(&mut self, store: &Store) -> Result<&[Loaded<'a>]> {
        let fresh = |run| Ok(Loaded { run, state: store.state(run)?, evaluations: Vec::new() });
        if self.runs.is_empty() {
            self.runs = of_all(&self.plan.runs, fresh)?;
        } else {
            for one in self.runs.iter_mut().filter(|one| !one.state.is_done()) {
                *one = fresh(one.run)?;
            }
        }
        Ok(&self.runs)
    }
}

/// Below so many runs another thread costs more than it saves.
const WORTH_A_THREAD: usize = 64;

/// The answers of `read` for every run, in order, read by as many threads as there are cores.
fn of_all<'a, T: Send>(
    runs: &'a [Planned],
    read: impl Fn(&'a Planned) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = runs.len().div_ceil(threads).max(WORTH_A_THREAD);
    let read = &read;
    std::thread::scope(|scope| {
        let parts: Vec<_> = runs
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(read).collect::<Result<Vec<T>>>()))
            .collect();
        let mut all = Vec::with_capacity(runs.len());
        for part in parts {
            all.extend(part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(all)
    })
}
