//! How one run ended, and how many of the runs behind a number ended badly.

use std::fmt;
use std::ops::{Add, AddAssign};

/// How one run ended: its score is a return (or any number of which more is better).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Score {
    /// The final evaluation of a run that finished.
    Value(f64),
    /// The last finite evaluation of a run that stopped by numerical error: the paper's dagger (Tables 3, 14 to 19).
    Daggered(f64),
    /// The return itself diverged: the paper's minus infinity (Tables 3 to 5).
    MinusInfinity,
}

impl Score {
    /// The number that enters statistics; minus infinity for [`Score::MinusInfinity`].
    pub fn value(self) -> f64 {
        match self {
            Score::Value(value) | Score::Daggered(value) => value,
            Score::MinusInfinity => f64::NEG_INFINITY,
        }
    }

    /// The same ending with its number changed by `f`.
    pub fn map(self, f: impl FnOnce(f64) -> f64) -> Score {
        match self {
            Score::Value(value) => Score::Value(f(value)),
            Score::Daggered(value) => Score::Daggered(f(value)),
            Score::MinusInfinity => Score::MinusInfinity,
        }
    }
}

/// How many runs stand behind a number, and how many of them ended badly. Counts of several arms add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Runs with a score, those below included.
    pub runs: usize,
    /// Runs that stopped by numerical error; their last finite evaluation entered.
    pub daggered: usize,
    /// Runs at minus infinity; they entered as such.
    pub minus_infinity: usize,
    /// Planned runs without a score; they did not enter.
    pub missing: usize,
    /// Cells (an arm on a task) with a single run, whose spread no resampling can see.
    pub single_run_cells: usize,
}

impl Counts {
    /// The counts of one cell.
    pub(crate) fn of_cell(runs: impl Iterator<Item = Option<Score>>) -> Counts {
        let mut counts = Counts::default();
        for score in runs {
            match score {
                None => counts.missing += 1,
                Some(Score::Value(_)) => counts.runs += 1,
                Some(Score::Daggered(_)) => {
                    counts.runs += 1;
                    counts.daggered += 1;
                }
                Some(Score::MinusInfinity) => {
                    counts.runs += 1;
                    counts.minus_infinity += 1;
                }
            }
        }
        counts.single_run_cells = usize::from(counts.runs == 1);
        counts
    }

    /// Whether every planned run finished.
    pub fn clean(&self) -> bool {
        self.daggered == 0 && self.minus_infinity == 0 && self.missing == 0
    }
}

impl Add for Counts {
    type Output = Counts;

    fn add(self, other: Counts) -> Counts {
        Counts {
            runs: self.runs + other.runs,
            daggered: self.daggered + other.daggered,
            minus_infinity: self.minus_infinity + other.minus_infinity,
            missing: self.missing + other.missing,
            single_run_cells: self.single_run_cells + other.single_run_cells,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        *self = *self + other;
    }
}

/// `60 runs, 2 †, 1 at -inf, 3 missing`; what is zero is left out.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} run{}", self.runs, if self.runs == 1 { "" } else { "s" })?;
        let parts = [(self.daggered, "†"), (self.minus_infinity, "at -inf"), (self.missing, "missing")];
        parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .try_for_each(|(count, what)| write!(f, ", {count} {what}"))
    }
}
