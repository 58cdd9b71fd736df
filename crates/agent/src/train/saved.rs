//! A run written down whole, and continued from there.

use super::copies::Copy;
use super::{CopyState, Next, Trainer};
use crate::arrays::Read;
use crate::checkpoint::{Snapshot, State};
use crate::error::Error;
use crate::metrics::MetricMeans;

impl Trainer {
    /// The whole state of the run.
    pub fn snapshot(&self) -> Result<Snapshot<'_>, Error> {
        let mut copies: Vec<_> = self.copies.iter().map(Copy::state).collect();
        let first = copies.remove(0);
        let state = State {
            step: self.step,
            obs_bits: first.obs_bits,
            episode_return_bits: first.episode_return_bits,
            episode_length: first.episode_length,
            next: self.next,
            means: self.means.state(),
            actor_rng: self.actor_rng.clone(),
            exploration_bits: self.explorer.bits(),
            env: first.env,
            others: copies,
            action_bits: self.actions.iter().map(|x| x.to_bits()).collect(),
            reward_scale: self.reward_scale.bits(),
            learning: self.learning.state(),
        };
        let state = serde_json::to_string(&state).map_err(|e| Error::Checkpoint { reason: e.to_string() })?;
        Ok(Snapshot { state, arrays: self.learning.arrays() })
    }

    /// Puts back a [`Snapshot`] of a run of the same method, task and seed; `read` fills an array by its name.
    ///
    /// After an error the trainer is of no further use.
    pub fn restore(&mut self, state: &str, read: &mut Read<'_>) -> Result<(), Error> {
        let wrong = |reason: String| Error::Checkpoint { reason };
        let state: State = serde_json::from_str(state).map_err(|e| wrong(e.to_string()))?;
        if state.others.len() + 1 != self.copies.len() || state.action_bits.len() != self.actions.len() {
            return Err(wrong("it is of another number of copies of the task".to_owned()));
        }
        let first = CopyState {
            obs_bits: state.obs_bits,
            episode_return_bits: state.episode_return_bits,
            episode_length: state.episode_length,
            env: state.env,
        };
        for (copy, saved) in self.copies.iter_mut().zip([&first].into_iter().chain(&state.others)) {
            copy.restore(saved)?;
        }
        self.learning.restore(state.learning, read).map_err(wrong)?;
        if self.learning.is_due() != (state.next == Next::Learn) {
            return Err(wrong("what comes next does not go with what is due".to_owned()));
        }
        self.actions.iter_mut().zip(&state.action_bits).for_each(|(x, bits)| *x = f32::from_bits(*bits));
        self.reward_scale.restore(state.reward_scale).map_err(wrong)?;
        self.step = state.step;
        self.means = MetricMeans::restored(&state.means).map_err(wrong)?;
        (self.next, self.evaluation) = (state.next, None);
        self.actor_rng = state.actor_rng;
        self.explorer.restore(&state.exploration_bits).map_err(wrong)?;
        Ok(())
    }
}
