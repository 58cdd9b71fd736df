//! Welch's t: two arms on one task, unequal variances.

use crate::bootstrap::probability;
use crate::distributions::{student_quantile, student_two_sided};
use crate::{Arm, Cell, Counts, Error};

/// Mean and variance of one cell, and what stands behind them: all that Welch's test reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    name: String,
    mean: f64,
    variance: f64,
    counts: Counts,
}

impl Moments {
    /// The moments of `arm` on `task`. Daggered runs enter with their last finite evaluation and are counted.
    ///
    /// # Errors
    /// [`Error::UnknownTask`], [`Error::EmptyCell`], [`Error::MinusInfinity`], [`Error::TooFewRuns`] below 2.
    pub fn new(arm: &Arm, task: &str) -> Result<Self, Error> {
        let cell = Cell::new(arm, task)?;
        let name = format!("{} on {task}", arm.name());
        if cell.counts.minus_infinity > 0 {
            return Err(Error::MinusInfinity { name, runs: cell.counts.minus_infinity });
        }
        match cell.sample_std {
            Some(std) => Ok(Moments { name, mean: cell.mean, variance: std * std, counts: cell.counts }),
            None => Err(Error::TooFewRuns { name, runs: cell.counts.runs }),
        }
    }

    /// The moments of a printed `mean ± std` over `runs` seeds, the std being of `ddof` 0 or 1.
    ///
    /// # Errors
    /// [`Error::TooFewRuns`] below 2, [`Error::NotFinite`], [`Error::BadStd`].
    pub fn published(name: &str, (mean, std): (f64, f64), runs: usize, ddof: Ddof) -> Result<Self, Error> {
        let name = name.to_string();
        if runs < 2 {
            return Err(Error::TooFewRuns { name, runs });
        }
        if !mean.is_finite() {
            return Err(Error::NotFinite { name: "a published mean", value: mean });
        }
        if !(0.0..1e100).contains(&std) {
            return Err(Error::BadStd { name, std });
        }
        let n = runs as f64;
        let variance = match ddof {
            Ddof::Zero => std * std * n / (n - 1.0),
            Ddof::One => std * std,
        };
        Ok(Moments { name, mean, variance, counts: Counts { runs, ..Counts::default() } })
    }

    /// What it is of.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The variance, with ddof 1.
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// The runs behind it.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Variance of the mean.
    fn squared_error(&self) -> f64 {
        self.variance / self.counts.runs as f64
    }
}

/// What a standard deviation was divided by: n - ddof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ddof {
    /// n, NumPy's default.
    Zero,
    /// n - 1, the sample's.
    One,
}

/// Welch's test of two means, with its interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Welch {
    /// x̄ - ȳ.
    pub difference: f64,
    /// √(s²ₓ/nₓ + s²ᵧ/nᵧ).
    pub standard_error: f64,
    /// Welch and Satterthwaite's degrees of freedom.
    pub degrees_of_freedom: f64,
    /// difference / standard error.
    pub t: f64,
    /// Two-sided.
    pub p_value: f64,
    /// Nominal coverage of the interval.
    pub level: f64,
    /// Lower end of the difference's interval.
    pub low: f64,
    /// Upper end of the difference's interval.
    pub high: f64,
    /// The runs of both arms.
    pub counts: Counts,
}

/// Welch's t of two arms on one task, with a two-sided interval of the difference of means (Welch 1947):
/// t = (x̄ - ȳ) / √(vₓ + vᵧ) with v = s²/n, compared with Student's t of
/// (vₓ + vᵧ)² / (v²ₓ/(nₓ - 1) + v²ᵧ/(nᵧ - 1)) degrees of freedom.
///
/// # Errors
/// [`Error::NotAProbability`] for the level, [`Error::NoSpread`] if neither arm varies.
pub fn welch(x: &Moments, y: &Moments, level: f64) -> Result<Welch, Error> {
    probability("level", level)?;
    let total = x.squared_error() + y.squared_error();
    if total == 0.0 {
        return Err(Error::NoSpread { first: x.name.clone(), second: y.name.clone() });
    }
    let difference = x.mean - y.mean;
    let standard_error = total.sqrt();
    let degrees_of_freedom = degrees_of_freedom(x, y, (x.counts.runs, y.counts.runs));
    let t = difference / standard_error;
    let reach = student_quantile(1.0 - level, degrees_of_freedom) * standard_error;
    Ok(Welch {
        difference,
        standard_error,
        degrees_of_freedom,
        t,
        p_value: student_two_sided(t, degrees_of_freedom),
        level,
        low: difference - reach,
        high: difference + reach,
        counts: x.counts + y.counts,
    })
}

/// Welch and Satterthwaite's degrees of freedom for these variances and any numbers of runs. Not both variances are 0.
pub(crate) fn degrees_of_freedom(x: &Moments, y: &Moments, (runs_x, runs_y): (usize, usize)) -> f64 {
    let (n, m) = (runs_x as f64, runs_y as f64);
    // Shares, not squares of variances: those could overflow.
    let share = (x.variance / n) / (x.variance / n + y.variance / m);
    1.0 / (share * share / (n - 1.0) + (1.0 - share) * (1.0 - share) / (m - 1.0))
}
