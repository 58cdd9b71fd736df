//! How intervals are resampled: repetitions, level and seed, and the random streams made of the seed.

use crate::Error;
use rand_core::Rng;
use rand_pcg::Pcg64;

/// How intervals are resampled: the stratified percentile bootstrap of Agarwal et al. 2021, Sec. 4.1.
///
/// The scores of each cell (an arm on a task) are drawn anew with replacement, as many as there are, independently of
/// other cells; the statistic of the redrawn table is noted; an interval is the noted values' quantiles (1 ± level)/2,
/// interpolated linearly. Each cell has a random stream of its own, made of the seed, the arm's place in the
/// comparison and the task's name: a task more does not move what the others draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    seed: u64,
    reps: usize,
    level: f64,
}

impl Bootstrap {
    /// 2000 repetitions, 95 % intervals: rliable's number for profiles.
    pub const fn new(seed: u64) -> Self {
        Bootstrap { seed, reps: 2000, level: 0.95 }
    }

    /// Any number of repetitions and any level.
    ///
    /// # Errors
    /// [`Error::TooFewReps`] below 100, [`Error::NotAProbability`] for a level outside (0, 1).
    pub fn with(seed: u64, reps: usize, level: f64) -> Result<Self, Error> {
        if reps < 100 {
            return Err(Error::TooFewReps { reps });
        }
        probability("level", level)?;
        Ok(Bootstrap { seed, reps, level })
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Repetitions.
    pub fn reps(&self) -> usize {
        self.reps
    }

    /// Nominal coverage, such as 0.95.
    pub fn level(&self) -> f64 {
        self.level
    }

    /// The stream of one cell: of the arm at place `role` of the comparison, on `task`.
    pub(crate) fn stream(&self, role: usize, task: &str) -> Pcg64 {
        let named = task.bytes().fold(mix(self.seed), |h, byte| mix(h ^ u64::from(byte)));
        let keyed = mix(named ^ mix(role as u64));
        let word = |index: u64| u128::from(mix(keyed ^ index));
        Pcg64::new(word(1) << 64 | word(2), word(3) << 64 | word(4))
    }
}

/// Refuses what is not strictly between 0 and 1.
pub(crate) fn probability(name: &'static str, value: f64) -> Result<(), Error> {
    if value > 0.0 && value < 1.0 { Ok(()) } else { Err(Error::NotAProbability { name, value }) }
}

/// A uniform number below `n`, by multiplication: the bias is below n / 2^64.
pub(crate) fn below(rng: &mut Pcg64, n: usize) -> usize {
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

/// SplitMix64's mixing step.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_role_and_task() {
        let first = |seed, role, task| Bootstrap::new(seed).stream(role, task).next_u64();
        assert_eq!(first(1, 0, "Ant"), first(1, 0, "Ant"));
        assert_ne!(first(1, 0, "Ant"), first(2, 0, "Ant"));
        assert_ne!(first(1, 0, "Ant"), first(1, 1, "Ant"));
        assert_ne!(first(1, 0, "Ant"), first(1, 0, "Hopper"));
    }

    #[test]
    fn what_gives_no_interval_is_refused() {
        assert_eq!(Bootstrap::with(0, 99, 0.95), Err(Error::TooFewReps { reps: 99 }));
        for level in [0.0, 1.0, -0.5, f64::NAN] {
            assert!(matches!(Bootstrap::with(0, 100, level), Err(Error::NotAProbability { .. })));
        }
    }
}
