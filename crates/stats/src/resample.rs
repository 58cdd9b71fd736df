//! Tables of scores drawn anew, cell by cell, without allocating.

use crate::bootstrap::below;
use crate::{Arm, Bootstrap, Counts, Error, Estimate, Spread};
use rand_pcg::Pcg64;

/// The scores of one arm and how often each was drawn: once before the first [`Resampler::draw`].
pub(crate) struct Resampler {
    values: Vec<f64>,
    drawn: Vec<u32>,
    strata: Vec<Stratum>,
}

struct Stratum {
    start: usize,
    end: usize,
    stream: Pcg64,
}

impl Resampler {
    /// The scores of `arm`, a stratum a task in order of name, at place `role` of the comparison.
    pub(crate) fn of_arm(arm: &Arm, role: usize, bootstrap: &Bootstrap) -> Result<Self, Error> {
        let tasks: Result<Vec<_>, Error> =
            arm.tasks().map(|(task, _)| Ok((task, arm.values(task)?))).collect();
        match tasks? {
            tasks if tasks.is_empty() => Err(Error::NoTasks { arm: arm.name().to_string() }),
            tasks => Ok(Resampler::new(&tasks, role, bootstrap)),
        }
    }

    /// Any values, a stratum a task; none is empty.
    pub(crate) fn new(tasks: &[(&str, Vec<f64>)], role: usize, bootstrap: &Bootstrap) -> Self {
        let mut values = Vec::new();
        let mut strata = Vec::new();
        for (task, scores) in tasks {
            let start = values.len();
            values.extend_from_slice(scores);
            strata.push(Stratum { start, end: values.len(), stream: bootstrap.stream(role, task) });
        }
        Resampler { drawn: vec![1; values.len()], values, strata }
    }

    /// Draws each stratum anew, with replacement.
    fn draw(&mut self) {
        self.drawn.fill(0);
        for Stratum { start, end, stream } in &mut self.strata {
            let drawn = &mut self.drawn[*start..*end];
            (0..drawn.len()).for_each(|_| drawn[below(stream, drawn.len())] += 1);
        }
    }

    /// All scores, stratum after stratum.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// How often each of [`Resampler::values`] was drawn.
    pub(crate) fn drawn(&self) -> &[u32] {
        &self.drawn
    }

    /// The strata: scores and how often each was drawn.
    pub(crate) fn strata(&self) -> impl ExactSizeIterator<Item = (&[f64], &[u32])> {
        self.strata.iter().map(|s| (&self.values[s.start..s.end], &self.drawn[s.start..s.end]))
    }

    /// The mean of the drawn scores of each stratum.
    pub(crate) fn means(&self) -> impl ExactSizeIterator<Item = f64> {
        self.strata().map(|(values, drawn)| drawn_mean(values, drawn, |x| x))
    }

    /// Why drawing cannot change this table, if it cannot.
    fn fixed(&self) -> Option<Spread> {
        if self.strata().all(|(values, _)| values.len() == 1) {
            return Some(Spread::OneRunEach);
        }
        let equal = |values: &[f64]| values.iter().all(|x| *x == values[0]);
        self.strata().all(|(values, _)| equal(values)).then_some(Spread::NoVariation)
    }
}

/// The mean of `f` over the drawn values. What was not drawn is left out: zero times infinity is no number.
pub(crate) fn drawn_mean(values: &[f64], drawn: &[u32], f: impl Fn(f64) -> f64) -> f64 {
    let entered = values.iter().zip(drawn).filter(|(_, times)| **times > 0);
    entered.map(|(x, times)| f64::from(*times) * f(*x)).sum::<f64>() / values.len() as f64
}

/// Estimates `what.len()` statistics at once: `statistic` writes them for the tables as drawn, NaN where undefined.
///
/// The inner loop allocates nothing, as long as `statistic` does not.
pub(crate) fn estimates(
    tables: &mut [Resampler],
    bootstrap: &Bootstrap,
    counts: Counts,
    what: &[String],
    mut statistic: impl FnMut(&[Resampler], &mut [f64]),
) -> Result<Vec<Estimate>, Error> {
    let fixed = fixed(tables);
    let (reps, width) = (bootstrap.reps(), what.len());
    let mut row = vec![0.0; width];
    let mut replicates = vec![0.0; width * reps];
    statistic(tables, &mut row);
    let points = row.clone();
    for rep in 0..reps {
        tables.iter_mut().for_each(Resampler::draw);
        statistic(tables, &mut row);
        row.iter().enumerate().for_each(|(k, value)| replicates[k * reps + rep] = *value);
    }
    let each = points.iter().zip(what).zip(replicates.chunks_mut(reps));
    each.map(|((point, what), replicates)| {
        if point.is_nan() {
            return Err(Error::Undefined { what: what.clone() });
        }
        Ok(Estimate::new(*point, replicates, bootstrap, counts, fixed))
    })
    .collect()
}

/// [`estimates`] of one statistic.
pub(crate) fn estimate(
    tables: &mut [Resampler],
    bootstrap: &Bootstrap,
    counts: Counts,
    what: String,
    mut statistic: impl FnMut(&[Resampler]) -> f64,
) -> Result<Estimate, Error> {
    let all = estimates(tables, bootstrap, counts, &[what], |tables, row| row[0] = statistic(tables))?;
    all.into_iter().next().ok_or(Error::Nothing { name: "statistic" })
}

/// Why drawing cannot change any of `tables`, if it cannot.
fn fixed(tables: &[Resampler]) -> Option<Spread> {
    let each: Option<Vec<Spread>> = tables.iter().map(Resampler::fixed).collect();
    let one = |spread: &Spread| *spread == Spread::OneRunEach;
    each.map(|each| if each.iter().all(one) { Spread::OneRunEach } else { Spread::NoVariation })
}
