//! A number with its interval, how it was resampled, and what stands behind it.

use crate::{Bootstrap, Counts};
use std::fmt;

/// What the width of an interval can be trusted to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Resamples differed: an interval as meant.
    Resampled,
    /// Every cell has one run, so nothing could be redrawn: the interval is the point and says nothing.
    OneRunEach,
    /// No redrawn table gave another value (all runs equal, or an arm wholly above another): the interval is the
    /// point, which is not certainty.
    NoVariation,
}

/// A statistic with its bootstrap interval. None of its numbers is NaN; with runs at minus infinity they can be
/// infinite.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The statistic of the scores as they are.
    pub point: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Nominal coverage of the interval.
    pub level: f64,
    /// Resamples drawn.
    pub reps: usize,
    /// Their seed.
    pub seed: u64,
    /// Resamples whose value was undefined (infinity minus infinity): they count below the lower end and above the
    /// upper one, so they can only widen the interval.
    pub undefined: usize,
    /// What the interval's width says.
    pub spread: Spread,
    /// Runs at minus infinity that an interquartile mean removed by its trimming; 0 of other statistics.
    pub trimmed_minus_infinity: usize,
    /// The runs behind the number, of all arms that entered.
    pub counts: Counts,
}

impl Estimate {
    /// The estimate of `point` from the statistic's values on resamples, of which NaN stands for undefined.
    /// `replicates` are reordered. `fixed` says that redrawing cannot change the table.
    pub(crate) fn new(
        point: f64,
        replicates: &mut [f64],
        bootstrap: &Bootstrap,
        counts: Counts,
        fixed: Option<Spread>,
    ) -> Self {
        let (low, high, undefined) = interval(replicates, bootstrap.level());
        let (low, high) = if fixed.is_some() { (point, point) } else { (low, high) };
        let spread = match fixed {
            Some(spread) => spread,
            None if low == high => Spread::NoVariation,
            None => Spread::Resampled,
        };
        let (level, reps, seed) = (bootstrap.level(), bootstrap.reps(), bootstrap.seed());
        let trimmed_minus_infinity = 0;
        Estimate { point, low, high, level, reps, seed, undefined, spread, trimmed_minus_infinity, counts }
    }

    /// What a reader must know beside the number, a sentence each; empty if there is nothing.
    pub fn caveats(&self) -> Vec<String> {
        let Counts { runs, daggered, missing, single_run_cells, .. } = self.counts;
        let say = |when: bool, sentence: String| when.then_some(sentence);
        let sentences = [
            say(
                daggered > 0,
                format!(
                    "Stopped by numerical error (†): {daggered} of {runs} runs; their last finite evaluation entered."
                ),
            ),
            self.infinite_runs(),
            say(
                missing > 0,
                format!("Missing: {missing} of {} planned runs; they did not enter.", runs + missing),
            ),
            say(
                single_run_cells > 0 && self.spread != Spread::OneRunEach,
                format!("Cells with one run: {single_run_cells}; the interval does not see their spread."),
            ),
            self.spread.sentence(),
            say(
                self.undefined > 0,
                format!(
                    "Resamples that were infinity minus infinity: {} of {}; they widen the interval.",
                    self.undefined, self.reps
                ),
            ),
        ];
        sentences.into_iter().flatten().collect()
    }

    /// What became of runs at minus infinity.
    fn infinite_runs(&self) -> Option<String> {
        let Counts { runs, minus_infinity, .. } = self.counts;
        let fate = match (self.trimmed_minus_infinity, self.point.is_finite()) {
            (0, true) => "they rank below all others".to_string(),
            (0, false) => "the number is infinite by them".to_string(),
            (trimmed, true) => format!("the IQM trimmed {trimmed} away"),
            (trimmed, false) => format!("the IQM trimmed {trimmed} away and is infinite by the rest"),
        };
        (minus_infinity > 0).then(|| format!("At minus infinity: {minus_infinity} of {runs} runs; {fate}."))
    }
}

impl Spread {
    fn sentence(self) -> Option<String> {
        match self {
            Spread::Resampled => None,
            Spread::OneRunEach => Some("Every cell has one run: the interval says nothing."),
            Spread::NoVariation => {
                Some("No resample changed the value: the interval is a point, not certainty.")
            }
        }
        .map(str::to_string)
    }
}

/// `0.62 [0.51, 0.70]`; digits after the point as the format asks, two by default.
impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        write!(f, "{:.digits$} [{:.digits$}, {:.digits$}]", self.point, self.low, self.high)
    }
}

/// The percentile interval of `replicates` and how many of them are NaN. Sorts.
fn interval(replicates: &mut [f64], level: f64) -> (f64, f64, usize) {
    let mut undefined = 0;
    for value in replicates.iter_mut().filter(|value| value.is_nan()) {
        *value = f64::NEG_INFINITY;
        undefined += 1;
    }
    replicates.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    let (low, _) = around(replicates.len(), tail, |i| replicates[i]);
    // The undefined ones stand at the bottom now; for the upper end they move to the top.
    let shifted = |i: usize| replicates.get(i + undefined).copied().unwrap_or(f64::INFINITY);
    let (_, high) = around(replicates.len(), 1.0 - tail, shifted);
    (low, high, undefined)
}

/// The quantile `q` of `n` ascending values by linear interpolation (NumPy's default), twice: between a finite and an
/// infinite value, where that is undefined, the lower neighbour and the upper one.
fn around(n: usize, q: f64, value: impl Fn(usize) -> f64) -> (f64, f64) {
    let at = (n - 1) as f64 * q;
    let index = at.floor() as usize;
    let (a, b) = (value(index), value((index + 1).min(n - 1)));
    let fraction = at - index as f64;
    if a == b || fraction == 0.0 {
        (a, a)
    } else if a.is_finite() && b.is_finite() {
        let between = a + fraction * (b - a);
        (between, between)
    } else {
        (a, b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn ends_are_interpolated_quantiles() {
        let mut values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        let (low, high, undefined) = interval(&mut values, 0.95);
        assert!((low - 2.5).abs() < 1e-12 && (high - 97.5).abs() < 1e-12 && undefined == 0);
    }

    #[test]
    fn infinite_and_undefined_resamples_widen_and_never_give_nan() {
        let mut values: Vec<f64> = (0..100).map(f64::from).collect();
        values[50] = f64::NAN;
        values[51] = -f64::NAN;
        assert_eq!(interval(&mut values.clone(), 0.98), (-INF, INF, 2));
        let mut all = vec![f64::NAN; 100];
        assert_eq!(interval(&mut all, 0.95), (-INF, INF, 100));
        let mut low = vec![-INF; 100];
        assert_eq!(interval(&mut low, 0.95), (-INF, -INF, 0));
        let mut between = vec![1.0; 100];
        between[..3].fill(-INF);
        assert_eq!(interval(&mut between, 0.95), (-INF, 1.0, 0));
    }
}
