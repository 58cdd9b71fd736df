//! Mean ± std over the seeds of one cell, as the paper prints it.

use crate::{Arm, Counts, Error};
use std::fmt;

/// One cell of a table: an arm on a task.
///
/// mean = Σᵢ xᵢ / n and std = √(Σᵢ (xᵢ - mean)² / (n - ddof)). The paper does not say which ddof it used; both are
/// here, and what is printed is ddof 0, NumPy's default. As in the paper's tables, a run that stopped by numerical
/// error enters with its last finite evaluation and marks the cell with a dagger, and one run at minus infinity makes
/// the mean minus infinity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The mean; minus infinity if one run is.
    pub mean: f64,
    /// Standard deviation with ddof 0; none at minus infinity.
    pub std: Option<f64>,
    /// Standard deviation with ddof 1; none at minus infinity or of a single run.
    pub sample_std: Option<f64>,
    /// What stands behind the mean.
    pub counts: Counts,
}

impl Cell {
    /// The cell of `arm` on `task`.
    ///
    /// # Errors
    /// [`Error::UnknownTask`], [`Error::EmptyCell`].
    pub fn new(arm: &Arm, task: &str) -> Result<Self, Error> {
        let (values, counts) = (arm.values(task)?, arm.counts_on(task)?);
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        if mean == f64::NEG_INFINITY {
            return Ok(Cell { mean, std: None, sample_std: None, counts });
        }
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        let sample_std = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
        Ok(Cell { mean, std: Some((squares / n).sqrt()), sample_std, counts })
    }
}

/// `3013 ± 602`, `108 ± 82 †`, `-inf`; digits after the point as the format asks, none by default. What the paper's
/// tables leave out follows: ` (1 of 10 at -inf)` unless all are, and ` (2 missing)`.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(0);
        match self.std {
            Some(std) => write!(f, "{:.digits$} ± {std:.digits$}", self.mean)?,
            None => write!(f, "-inf")?,
        }
        let Counts { runs, daggered, minus_infinity, missing, .. } = self.counts;
        if daggered > 0 {
            write!(f, " †")?;
        }
        if minus_infinity > 0 && minus_infinity < runs {
            write!(f, " ({minus_infinity} of {runs} at -inf)")?;
        }
        if missing > 0 { write!(f, " ({missing} missing)") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Score::{Daggered, MinusInfinity, Value};

    fn cell(scores: &[Option<crate::Score>]) -> Result<Cell, Error> {
        let mut arm = Arm::new("SAC");
        (0..).zip(scores).for_each(|(seed, score)| arm.record("Ant", seed, *score).unwrap());
        Cell::new(&arm, "Ant")
    }

    #[test]
    fn prints_what_the_tables_of_the_paper_print() {
        let plain = cell(&[Some(Value(2411.0)), Some(Value(3615.0))]).unwrap();
        assert_eq!(plain.to_string(), "3013 ± 602");
        assert_eq!(format!("{plain:.1}"), "3013.0 ± 602.0");
        assert!((plain.sample_std.unwrap() - 602.0 * 2f64.sqrt()).abs() < 1e-9);
        let dagger = cell(&[Some(Value(26.0)), Some(Daggered(190.0))]).unwrap();
        assert_eq!(dagger.to_string(), "108 ± 82 †");
        assert_eq!(cell(&[Some(MinusInfinity), Some(MinusInfinity)]).unwrap().to_string(), "-inf");
    }

    #[test]
    fn nothing_is_averaged_away() {
        let mixed = cell(&[Some(Value(5.0)), Some(MinusInfinity), Some(Daggered(1.0)), None]).unwrap();
        assert_eq!((mixed.mean, mixed.std, mixed.sample_std), (f64::NEG_INFINITY, None, None));
        assert_eq!(mixed.to_string(), "-inf † (1 of 3 at -inf) (1 missing)");
        let counts = Counts { runs: 3, daggered: 1, minus_infinity: 1, missing: 1, single_run_cells: 0 };
        assert_eq!(mixed.counts, counts);
    }

    #[test]
    fn one_run_has_no_sample_spread_and_no_run_no_cell() {
        let one = cell(&[Some(Value(7.0))]).unwrap();
        assert_eq!((one.mean, one.std, one.sample_std), (7.0, Some(0.0), None));
        let error = cell(&[None, None]).unwrap_err().to_string();
        assert_eq!(error, "SAC has no finished run on Ant (2 missing); its statistics need at least one");
    }
}
