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

#[cfg(test)]
mod tests {
    use super::*;

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
