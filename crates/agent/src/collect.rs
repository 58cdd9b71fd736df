//! How experience is collected and in which portions it is learned from.

use crate::exploration::Exploration;
use serde::{Deserialize, Serialize};

/// The source of what a method learns from; every number counts environment steps unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Collect {
    /// Single transitions in a ring, from which batches are drawn (SAC, MPO, AWAC, DDPG, TD3).
    Replay {
        /// Transitions the replay holds; the oldest go first.
        capacity: usize,
        /// Transitions in a batch.
        batch: usize,
        /// Steps with uniformly random actions.
        warmup: u64,
        /// Steps before the first update.
        learn_after: u64,
        /// Steps between updates.
        update_every: u64,
        /// Updates each time.
        updates: u64,
        /// Noise added to the policy's actions; absent where there is none.
        #[serde(default, skip_serializing_if = "Exploration::is_off")]
        exploration: Exploration,
    },
    /// Whole episodes, all of which an iteration goes through (AWR).
    Episodes {
        /// Transitions that are kept; the oldest episodes go first.
        capacity: usize,
        /// Transitions in a minibatch.
        batch: usize,
        /// Steps with uniformly random actions.
        warmup: u64,
        /// Steps before the first iteration.
        learn_after: u64,
        /// When an iteration is due, and how many minibatches it steps through.
        iteration: Iteration,
    },
    /// Steps of the policy as it is, learned from and thrown away (PPO, TRPO, V-MPO, REPS, RWR, PoWER, UREX).
    Rollout {
        /// Steps of a rollout, of all copies together.
        steps: u64,
        /// Copies of the task, stepped in turn.
        copies: u64,
        /// Transitions in a minibatch.
        batch: usize,
        /// How often an iteration goes through the rollout.
        epochs: u64,
    },
    /// Transitions that somebody else collected (BRAC, BEAR).
    Dataset {
        /// Transitions in a batch.
        batch: usize,
    },
}

/// When an iteration over all data is due, and how many minibatches it steps through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Iteration {
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
            Iteration::ByEpisodes { .. } | Iteration::Fixed { .. } => None,
        }
    }
}

impl Collect {
    /// Its kind, as it is written.
    pub fn kind(&self) -> &'static str {
        match self {
            Collect::Replay { .. } => "replay",
            Collect::Episodes { .. } => "episodes",
            Collect::Rollout { .. } => "rollout",
            Collect::Dataset { .. } => "dataset",
        }
    }

    /// Transitions that go into one step of an optimiser.
    pub fn batch(&self) -> usize {
        match *self {
            Collect::Replay { batch, .. }
            | Collect::Episodes { batch, .. }
            | Collect::Rollout { batch, .. }
            | Collect::Dataset { batch } => batch,
        }
    }

    /// Transitions it keeps at most, where it keeps a number of them.
    pub fn capacity(&self) -> Option<usize> {
        match *self {
            Collect::Replay { capacity, .. } | Collect::Episodes { capacity, .. } => Some(capacity),
            Collect::Rollout { .. } | Collect::Dataset { .. } => None,
        }
    }

    /// Environment steps before anything is learned.
    pub fn begins(&self) -> u64 {
        match *self {
            Collect::Replay { warmup, learn_after, .. } | Collect::Episodes { warmup, learn_after, .. } => {
                warmup.max(learn_after)
            }
            Collect::Rollout { .. } | Collect::Dataset { .. } => 0,
        }
    }

    /// The same with learning as soon as there is a batch, and at most `most` transitions kept beside it: what a run
    /// costs is seen of it in a moment.
    pub fn at_once(mut self, most: usize) -> Collect {
        if let Collect::Replay { capacity, batch, warmup, learn_after, .. }
        | Collect::Episodes { capacity, batch, warmup, learn_after, .. } = &mut self
        {
            (*warmup, *learn_after) = (0, *batch as u64);
            *capacity = (*capacity).min(most.max(*batch));
        }
        self
    }

    /// The noise added to the policy's actions.
    pub fn exploration(&self) -> Exploration {
        match *self {
            Collect::Replay { exploration, .. } => exploration,
            Collect::Episodes { .. } | Collect::Rollout { .. } | Collect::Dataset { .. } => Exploration::Off,
        }
    }

    /// Copies of the task that a run steps.
    pub fn copies(&self) -> u64 {
        match *self {
            Collect::Rollout { copies, .. } => copies,
            Collect::Replay { .. } | Collect::Episodes { .. } | Collect::Dataset { .. } => 1,
        }
    }

    /// The iteration over all data, where there is one.
    pub fn iteration(&self) -> Option<Iteration> {
        match *self {
            Collect::Episodes { iteration, .. } => Some(iteration),
            Collect::Replay { .. } | Collect::Rollout { .. } | Collect::Dataset { .. } => None,
        }
    }
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
    }
}
