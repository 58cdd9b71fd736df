//! When a run looks at itself: evaluations, lines of its log.

use serde::{Deserialize, Serialize};

/// The schedule of evaluations and logs; every number counts environment steps unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Schedule {
    /// Steps between evaluations.
    pub eval_every: u64,
    /// Episodes of an evaluation.
    pub eval_episodes: u32,
    /// Episodes, beside those, over which the critics' bias is measured; 0 measures none.
    pub bias_episodes: u32,
    /// Steps over which logged numbers are averaged.
    pub log_every: u64,
}

/// Lines of a run that have a window of `log_every` steps each; later ones have longer windows.
const EVEN_LINES: u64 = 10_000;

impl Schedule {
    /// Whether a line is logged after `step` steps: every `log_every` steps up to 10,000 lines, then twice as seldom
    /// each time the run has doubled. A log grows with the logarithm of its run, and as the step alone decides, a run
    /// that is continued to more steps has the lines of one that was long from the start.
    pub fn logs_at(&self, step: u64) -> bool {
        let window = step / self.log_every;
        let apart = (window.saturating_sub(1) / EVEN_LINES + 1).next_power_of_two();
        step.is_multiple_of(self.log_every) && window.is_multiple_of(apart)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_grows_with_the_logarithm_of_its_run() {
        let schedule = Schedule { log_every: 1000, ..crate::paper::sac().schedule };
        let lines = |steps: u64| (1..=steps / 500).filter(|half| schedule.logs_at(half * 500)).count();
        // As long as any run of the paper, nothing is different from a line every so many steps.
        assert_eq!((lines(999), lines(1000), lines(10_000_000)), (0, 1, 10_000));
        assert_eq!((lines(20_000_000), lines(40_000_000), lines(80_000_000)), (15_000, 20_000, 25_000));
        assert!(!schedule.logs_at(1500) && !schedule.logs_at(10_001_000) && schedule.logs_at(10_002_000));
        assert!(Schedule { log_every: u64::MAX, ..schedule }.logs_at(0));
    }
}
