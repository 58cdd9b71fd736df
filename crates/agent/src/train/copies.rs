//! The copies of the task that a run steps in turn, each with its own episode.

use crate::checkpoint::{from_hex, to_hex};
use crate::env_loop::EnvLoop;
use crate::error::Error;
use crate::rng::derived_seed;
use coadapt_envs::Env;
use serde::{Deserialize, Serialize};

/// One copy.
pub(super) struct Copy {
    pub(super) env_loop: EnvLoop,
    /// Return of its episode so far.
    pub(super) episode_return: f64,
    /// Steps of its episode so far.
    pub(super) episode_length: u32,
}

/// A copy to the bit, for a checkpoint.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CopyState {
    pub(crate) obs_bits: Vec<u64>,
    pub(crate) episode_return_bits: u64,
    pub(crate) episode_length: u32,
    /// The environment's own state, in hexadecimal.
    pub(crate) env: String,
}

impl Copy {
    /// Copy number `number` of the run of `seed`, its first episode begun.
    pub(super) fn begin(env: Box<dyn Env>, seed: u64, number: u64) -> Result<Self, Error> {
        let mut env_loop = EnvLoop::new(env);
        env_loop.env.seed(derived_seed(seed, "env", number));
        env_loop.reset()?;
        Ok(Copy { env_loop, episode_return: 0.0, episode_length: 0 })
    }

    pub(super) fn state(&self) -> CopyState {
        let mut env = Vec::new();
        self.env_loop.env.save(&mut env);
        CopyState {
            obs_bits: self.env_loop.wide_obs.iter().map(|x| x.to_bits()).collect(),
            episode_return_bits: self.episode_return.to_bits(),
            episode_length: self.episode_length,
            env: to_hex(&env),
        }
    }

    /// Puts back what [`Copy::state`] gave.
    pub(super) fn restore(&mut self, state: &CopyState) -> Result<(), Error> {
        let CopyState { obs_bits, episode_return_bits, episode_length, env } = state;
        if obs_bits.len() != self.env_loop.wide_obs.len() {
            return Err(Error::Checkpoint { reason: "its observations have another size".to_owned() });
        }
        self.env_loop.env.restore(&from_hex(env)?)?;
        for (i, bits) in obs_bits.iter().enumerate() {
            self.env_loop.wide_obs[i] = f64::from_bits(*bits);
            self.env_loop.obs[i] = self.env_loop.wide_obs[i] as f32;
        }
        self.episode_return = f64::from_bits(*episode_return_bits);
        self.episode_length = *episode_length;
        Ok(())
    }
}
