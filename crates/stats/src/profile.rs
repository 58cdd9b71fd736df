//! Performance profiles: the fraction of runs above each score.

use crate::resample::{Resampler, estimates};
use crate::{Bootstrap, Error, Estimate, Normalised};

/// A performance profile: at each threshold, the fraction of runs above it.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Thresholds τ, as given.
    pub thresholds: Vec<f64>,
    /// The fraction of runs above each, with an interval of its own (a pointwise band, not a simultaneous one).
    pub fractions: Vec<Estimate>,
}

/// The run-score distribution of Agarwal et al. 2021, Sec. 4.2: `F(τ) = (1/M) Σₘ (1/Nₘ) Σₙ [xₘₙ > τ]`.
///
/// Tasks weigh the same, whatever their numbers of runs. Runs at minus infinity are above no threshold.
///
/// # Errors
/// [`Error::Nothing`] without thresholds, [`Error::NotFinite`] for one that is no number, [`Error::EmptyCell`].
pub fn performance_profile(
    arm: &Normalised,
    thresholds: &[f64],
    bootstrap: &Bootstrap,
) -> Result<Profile, Error> {
    if thresholds.is_empty() {
        return Err(Error::Nothing { name: "threshold" });
    }
    if let Some(value) = thresholds.iter().copied().find(|tau| !tau.is_finite()) {
        return Err(Error::NotFinite { name: "a threshold", value });
    }
    let mut tables = [Resampler::of_arm(arm.arm(), 0, bootstrap)?];
    let tasks = tables[0].strata().len();
    // Values ascend within a task: those above a threshold are the last ones.
    let first_above: Vec<usize> = tables[0]
        .strata()
        .flat_map(|(values, _)| thresholds.iter().map(|tau| values.partition_point(|x| x <= tau)))
        .collect();
    let longest = tables[0].strata().map(|(values, _)| values.len()).max().unwrap_or(0);
    let mut from = vec![0u32; longest + 1];
    let what: Vec<_> = thresholds.iter().map(|tau| format!("the fraction of runs above {tau}")).collect();
    let fractions = estimates(&mut tables, bootstrap, arm.counts(), &what, |tables, row| {
        row.fill(0.0);
        for ((values, drawn), first) in tables[0].strata().zip(first_above.chunks(thresholds.len())) {
            let n = values.len();
            from[n] = 0;
            (0..n).rev().for_each(|i| from[i] = from[i + 1] + drawn[i]);
            let above = first.iter().map(|i| f64::from(from[*i]) / n as f64);
            row.iter_mut().zip(above).for_each(|(sum, fraction)| *sum += fraction);
        }
        row.iter_mut().for_each(|sum| *sum /= tasks as f64);
    })?;
    Ok(Profile { thresholds: thresholds.to_vec(), fractions })
}
