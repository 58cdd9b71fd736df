//! The scores of one arm: by task, then by seed, with the runs that are missing.

use crate::{Counts, Error, Score};
use std::collections::BTreeMap;

/// Above this size a square could overflow; a return like that has diverged.
const LARGEST: f64 = 1e100;

/// The runs of one cell by seed; `None` is a run that was planned and has no score.
pub type Runs = BTreeMap<u64, Option<Score>>;

/// The scores of one arm (a variant of an algorithm), by task and seed. Numbers of seeds may differ by task.
///
/// Tasks and seeds are kept in order of name and number, so that no statistic depends on the order of recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    name: String,
    tasks: BTreeMap<String, Runs>,
}

impl Arm {
    /// An arm without runs.
    pub fn new(name: impl Into<String>) -> Self {
        Arm { name: name.into(), tasks: BTreeMap::new() }
    }

    /// An arm on tasks whose runs all finished, seeds counted from 0.
    ///
    /// # Errors
    /// As [`Arm::record`].
    pub fn of_values(name: impl Into<String>, tasks: &[(&str, &[f64])]) -> Result<Self, Error> {
        let mut arm = Arm::new(name);
        for (task, values) in tasks {
            for (seed, value) in (0..).zip(values.iter()) {
                arm.record(task, seed, Some(Score::Value(*value)))?;
            }
        }
        Ok(arm)
    }

    /// Records the run of `seed` on `task`; `None` says that it was planned and has no score.
    ///
    /// # Errors
    /// [`Error::ScoreOutOfRange`] for NaN, plus infinity and sizes of 1e100 and more, [`Error::SeedTwice`].
    pub fn record(&mut self, task: &str, seed: u64, score: Option<Score>) -> Result<(), Error> {
        if let Some(Score::Value(value) | Score::Daggered(value)) = score
            && (value.is_nan() || value.abs() >= LARGEST)
        {
            let (arm, task) = (self.name.clone(), task.to_string());
            return Err(Error::ScoreOutOfRange { arm, task, seed, value });
        }
        let runs = self.tasks.entry(task.to_string()).or_default();
        if runs.insert(seed, score).is_some() {
            return Err(Error::SeedTwice { arm: self.name.clone(), task: task.to_string(), seed });
        }
        Ok(())
    }

    /// The arm's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tasks with their runs, in order of the tasks' names.
    pub fn tasks(&self) -> impl ExactSizeIterator<Item = (&str, &Runs)> {
        self.tasks.iter().map(|(task, runs)| (task.as_str(), runs))
    }

    /// The runs on one task.
    ///
    /// # Errors
    /// [`Error::UnknownTask`].
    pub fn runs(&self, task: &str) -> Result<&Runs, Error> {
        self.tasks.get(task).ok_or_else(|| Error::UnknownTask {
            arm: self.name.clone(),
            task: task.to_string(),
            known: self.tasks.keys().cloned().collect::<Vec<_>>().join(", "),
        })
    }

    /// The counts of one task's runs.
    ///
    /// # Errors
    /// [`Error::UnknownTask`].
    pub fn counts_on(&self, task: &str) -> Result<Counts, Error> {
        Ok(Counts::of_cell(self.runs(task)?.values().copied()))
    }

    /// The counts of all runs.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.tasks.values().for_each(|runs| counts += Counts::of_cell(runs.values().copied()));
        counts
    }

    /// The scores there are on one task, ascending; minus infinity for runs that ended there.
    ///
    /// # Errors
    /// [`Error::UnknownTask`], [`Error::EmptyCell`].
    pub fn values(&self, task: &str) -> Result<Vec<f64>, Error> {
        let runs = self.runs(task)?;
        let mut values: Vec<f64> = runs.values().flatten().map(|score| score.value()).collect();
        if values.is_empty() {
            let (arm, task) = (self.name.clone(), task.to_string());
            return Err(Error::EmptyCell { arm, task, missing: runs.len() });
        }
        values.sort_unstable_by(f64::total_cmp);
        Ok(values)
    }

    /// Refuses an arm without tasks, or with tasks that `other` does not share.
    pub(crate) fn same_tasks(&self, other: &Arm) -> Result<(), Error> {
        let odd = |with: &Arm, without: &Arm| {
            let task = with.tasks.keys().find(|task| !without.tasks.contains_key(*task))?.clone();
            Some(Error::TasksDiffer { with: with.name.clone(), without: without.name.clone(), task })
        };
        match odd(self, other).or_else(|| odd(other, self)) {
            Some(error) => Err(error),
            None if self.tasks.is_empty() => Err(Error::NoTasks { arm: self.name.clone() }),
            None => Ok(()),
        }
    }
}
