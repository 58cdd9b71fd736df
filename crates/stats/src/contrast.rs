//! Sums and differences of arms' aggregates, with an interval.

use crate::aggregate::{Aggregate, Evaluator};
use crate::resample::{Resampler, estimate};
use crate::{Bootstrap, Counts, Error, Estimate, Normalised};

/// One arm of a contrast and the factor its aggregate enters with.
#[derive(Debug, Clone, Copy)]
pub struct Term<'a> {
    /// The arm.
    pub arm: &'a Normalised,
    /// Its factor; finite and not zero.
    pub coefficient: f64,
}

/// Σₖ cₖ A(armₖ) for an aggregate A over tasks, such as A(X) - A(Y). With [`Aggregate::Mean`] this is the average over
/// tasks of the tasks' own contrasts. All arms are redrawn independently, each cell for itself.
///
/// # Errors
/// [`Error::Nothing`] without terms, [`Error::NotFinite`] for a factor that is zero or no number,
/// [`Error::TasksDiffer`], [`Error::ReferencesDiffer`], [`Error::EmptyCell`], and [`Error::Undefined`] where minus
/// infinity would be subtracted from itself.
pub fn contrast(
    what: &str,
    terms: &[Term<'_>],
    aggregate: Aggregate,
    bootstrap: &Bootstrap,
) -> Result<Estimate, Error> {
    aggregate.validate()?;
    let first = terms.first().ok_or(Error::Nothing { name: "term" })?;
    let mut counts = Counts::default();
    let mut tables = Vec::new();
    for (role, Term { arm, coefficient }) in terms.iter().enumerate() {
        if !coefficient.is_normal() {
            return Err(Error::NotFinite { name: "a factor (not zero) of a contrast", value: *coefficient });
        }
        first.arm.same_scale(arm)?;
        counts += arm.counts();
        tables.push(Resampler::of_arm(arm.arm(), role, bootstrap)?);
    }
    let mut evaluators: Vec<_> = tables.iter().map(|table| Evaluator::new(aggregate, table)).collect();
    let mut found = estimate(&mut tables, bootstrap, counts, what.to_string(), |tables| {
        let values = tables.iter().zip(&mut evaluators).map(|(table, e)| e.value(table));
        values.zip(terms).map(|(value, term)| term.coefficient * value).sum()
    })?;
    found.trimmed_minus_infinity = terms.iter().map(|term| aggregate.trimmed(term.arm)).sum();
    Ok(found)
}
