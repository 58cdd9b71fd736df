//! One number for an arm over all its tasks: mean, median, interquartile mean, optimality gap.

use crate::resample::{Resampler, drawn_mean, estimates};
use crate::{Bootstrap, Error, Estimate, Normalised};

/// An aggregate of normalised scores over tasks (Agarwal et al. 2021, Sec. 4.3). M tasks, Nₘ runs on task m, N in all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aggregate {
    /// (1/M) Σₘ x̄ₘ, with x̄ₘ the mean of a task's runs. One run at minus infinity makes it minus infinity.
    Mean,
    /// The median over tasks of x̄ₘ; of an even number of tasks, the mean of the middle two.
    Median,
    /// The interquartile mean: all N runs of all tasks in one order, ⌊N/4⌋ removed at each end, the mean of the rest.
    /// Runs at minus infinity vanish as long as there are at most ⌊N/4⌋ of them.
    ///
    /// A task with more runs weighs more here, as it holds more of the N.
    Iqm,
    /// How far runs fall short of `target`: γ - (1/M) Σₘ mean min(x, γ). Smaller is better; infinite with one run at
    /// minus infinity.
    OptimalityGap {
        /// The score γ beyond which more is not better; rliable's is 1.
        target: f64,
    },
}

impl Aggregate {
    /// The four of rliable, in its order, with γ = 1.
    pub const ALL: [Aggregate; 4] =
        [Aggregate::Median, Aggregate::Iqm, Aggregate::Mean, Aggregate::OptimalityGap { target: 1.0 }];

    /// The aggregate's name.
    pub fn name(self) -> &'static str {
        match self {
            Aggregate::Mean => "mean",
            Aggregate::Median => "median",
            Aggregate::Iqm => "IQM",
            Aggregate::OptimalityGap { .. } => "optimality gap",
        }
    }

    /// Runs of `arm` at minus infinity that trimming removes.
    pub(crate) fn trimmed(self, arm: &Normalised) -> usize {
        let counts = arm.counts();
        if self == Aggregate::Iqm { counts.minus_infinity.min(counts.runs / 4) } else { 0 }
    }

    /// Refuses a target that is no number.
    pub(crate) fn validate(self) -> Result<(), Error> {
        match self {
            Aggregate::OptimalityGap { target } if !target.is_finite() => {
                Err(Error::NotFinite { name: "the optimality gap's target", value: target })
            }
            _ => Ok(()),
        }
    }
}

/// Aggregates of `arm` over its tasks, one estimate each, all from the same resamples.
///
/// # Errors
/// [`Error::Nothing`] without aggregates, [`Error::EmptyCell`], [`Error::NotFinite`] for a target.
pub fn aggregate(
    arm: &Normalised,
    aggregates: &[Aggregate],
    bootstrap: &Bootstrap,
) -> Result<Vec<Estimate>, Error> {
    if aggregates.is_empty() {
        return Err(Error::Nothing { name: "aggregate" });
    }
    aggregates.iter().try_for_each(|a| a.validate())?;
    let mut tables = [Resampler::of_arm(arm.arm(), 0, bootstrap)?];
    let mut evaluators: Vec<_> = aggregates.iter().map(|a| Evaluator::new(*a, &tables[0])).collect();
    let what: Vec<_> = aggregates.iter().map(|a| format!("the {} of {}", a.name(), arm.name())).collect();
    let mut found = estimates(&mut tables, bootstrap, arm.counts(), &what, |tables, row| {
        row.iter_mut().zip(&mut evaluators).for_each(|(value, e)| *value = e.value(&tables[0]));
    })?;
    for (estimate, aggregate) in found.iter_mut().zip(aggregates) {
        estimate.trimmed_minus_infinity = aggregate.trimmed(arm);
    }
    Ok(found)
}

/// Computes an aggregate of a table as drawn, without allocating.
pub(crate) struct Evaluator {
    aggregate: Aggregate,
    /// Places of the values, ascending by value.
    order: Vec<usize>,
    means: Vec<f64>,
}

impl Evaluator {
    pub(crate) fn new(aggregate: Aggregate, table: &Resampler) -> Self {
        let values = table.values();
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
        Evaluator { aggregate, order, means: vec![0.0; table.strata().len()] }
    }

    pub(crate) fn value(&mut self, table: &Resampler) -> f64 {
        let tasks = self.means.len() as f64;
        match self.aggregate {
            Aggregate::Mean => table.means().sum::<f64>() / tasks,
            Aggregate::Median => {
                self.means.iter_mut().zip(table.means()).for_each(|(to, mean)| *to = mean);
                self.means.sort_unstable_by(f64::total_cmp);
                let (below, above) = ((self.means.len() - 1) / 2, self.means.len() / 2);
                (self.means[below] + self.means[above]) / 2.0
            }
            Aggregate::Iqm => self.interquartile_mean(table),
            Aggregate::OptimalityGap { target } => {
                let capped = table.strata().map(|(v, drawn)| drawn_mean(v, drawn, |x| x.min(target)));
                target - capped.sum::<f64>() / tasks
            }
        }
    }

    /// The mean of the drawn values between the ranks ⌊N/4⌋ and N - ⌊N/4⌋, as scipy's `trim_mean` counts.
    fn interquartile_mean(&self, table: &Resampler) -> f64 {
        let (values, drawn) = (table.values(), table.drawn());
        let cut = values.len() / 4;
        let (first, last) = (cut, values.len() - cut);
        let (mut rank, mut sum) = (0, 0.0);
        for place in &self.order {
            let next = rank + drawn[*place] as usize;
            let kept = next.min(last).saturating_sub(rank.max(first));
            if kept > 0 {
                sum += kept as f64 * values[*place];
            }
            rank = next;
        }
        sum / (last - first) as f64
    }
}
