//! A run written down whole, and continued from there.

use super::{Next, Trainer};
use crate::arrays::Read;
use crate::checkpoint::{Snapshot, State, from_hex, to_hex};
use crate::error::Error;
use crate::metrics::MetricMeans;

impl Trainer {
    /// The whole state of the run.
    pub fn snapshot(&self) -> Result<Snapshot<'_>, Error> {
        let mut env = Vec::new();
        self.env_loop.env.save(&mut env);
        let state = State {
            step: self.step,
            obs_bits: self.env_loop.wide_obs.iter().map(|x| x.to_bits()).collect(),
            episode_return_bits: self.episode_return.to_bits(),
            episode_length: self.episode_length,
            next: self.next,
            means: self.means.state(),
            actor_rng: self.actor_rng.clone(),
            exploration_bits: self.explorer.bits(),
            env: to_hex(&env),
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
        if state.obs_bits.len() != self.env_loop.wide_obs.len() {
            return Err(wrong("its observations have another size".to_owned()));
        }
        self.learning.restore(state.learning, read).map_err(wrong)?;
        if self.learning.is_due() != (state.next == Next::Learn) {
            return Err(wrong("what comes next does not go with what is due".to_owned()));
        }
        self.env_loop.env.restore(&from_hex(&state.env)?)?;
        for (i, bits) in state.obs_bits.iter().enumerate() {
            self.env_loop.wide_obs[i] = f64::from_bits(*bits);
            self.env_loop.obs[i] = self.env_loop.wide_obs[i] as f32;
        }
        self.step = state.step;
        self.episode_return = f64::from_bits(state.episode_return_bits);
        self.episode_length = state.episode_length;
        self.means = MetricMeans::restored(&state.means).map_err(wrong)?;
        (self.next, self.evaluation) = (state.next, None);
        self.actor_rng = state.actor_rng;
        self.explorer.restore(&state.exploration_bits).map_err(wrong)?;
        Ok(())
    }
}
