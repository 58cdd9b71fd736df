//! When things happen: warm-up, updates, evaluation.

use serde::{Deserialize, Serialize};

/// When a row that learns from all data at once does so, and how many minibatches it steps through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Iteration {
    /// Never: the row learns from single batches.
    Off,
    /// At the end of the episode that completes so many new transitions.
    ByEpisodes {
        /// New transitions.
        samples: u64,
        /// Steps of the critic for so many; in proportion for more, rounded up.
        critic_steps: u64,
        /// Steps of the policy for so many; in proportion for more, rounded up.
        policy_steps: u64,
    },
    /// At regular times, on the episodes that have ended.
    Fixed {
        /// Environment steps between iterations.
        every: u64,
        /// Steps of the critic.
        critic_steps: u64,
        /// Steps of the policy.
        policy_steps: u64,
    },
}

impl Iteration {
    /// The steps of critic and policy that are due after environment step `step`, with `fresh` transitions of
    /// episodes that ended since the last iteration.
    pub fn due(self, step: u64, fresh: u64) -> Option<[u64; 2]> {
        match self {
            Iteration::ByEpisodes { samples, critic_steps, policy_steps } if fresh >= samples => {
                Some([critic_steps, policy_steps].map(|steps| (steps * fresh).div_ceil(samples)))
            }
            Iteration::Fixed { every, critic_steps, policy_steps } if step.is_multiple_of(every) => {
                Some([critic_steps, policy_steps])
            }
            _ => None,
        }
    }
}

/// The schedule of a run; every number counts environment steps unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Transitions in a batch.
    pub batch: usize,
    /// Transitions the replay holds; the oldest go first.
    pub replay_capacity: usize,
    /// Steps with uniformly random actions.
    pub warmup: u64,
    /// Steps before the first update.
    pub learn_after: u64,
    /// Iterations over all data, for rows that learn so; `update_every` and `updates` are for the others.
    pub iteration: Iteration,
    /// Steps between updates.
    pub update_every: u64,
    /// Updates each time.
    pub updates: u64,
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

    #[test]
    fn steps_follow_the_new_transitions_or_the_clock() {
        let by_episodes = Iteration::ByEpisodes { samples: 2048, critic_steps: 200, policy_steps: 1000 };
        assert_eq!(by_episodes.due(2048, 2047), None);
        assert_eq!(by_episodes.due(1, 2048), Some([200, 1000]));
        assert_eq!(by_episodes.due(1, 3000), Some([293, 1465]));
        let fixed = Iteration::Fixed { every: 3000, critic_steps: 293, policy_steps: 1465 };
        assert_eq!((fixed.due(2999, 9999), fixed.due(6000, 0)), (None, Some([293, 1465])));
        assert_eq!(Iteration::Off.due(0, 9999), None);
    }
}
