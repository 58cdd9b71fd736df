//! An environment as the learner steps it: its observations in f32, its actions in the task's units.

use crate::error::Error;
use coadapt_envs::{ActionSpace, Env};
use coadapt_nn::first_largest;

/// An environment with the buffers a step needs.
pub(crate) struct EnvLoop {
    pub env: Box<dyn Env>,
    /// The last observation, as the simulator gave it.
    pub wide_obs: Vec<f64>,
    /// The same as the networks see it.
    pub obs: Vec<f32>,
    action: Vec<f64>,
}

impl EnvLoop {
    pub(crate) fn new(env: Box<dyn Env>) -> Self {
        let (obs_dim, action_dim) = (env.spec().obs_dim, env.spec().action.dim());
        EnvLoop { env, wide_obs: vec![0.0; obs_dim], obs: vec![0.0; obs_dim], action: vec![0.0; action_dim] }
    }

    fn narrow(&mut self) {
        self.obs.iter_mut().zip(&self.wide_obs).for_each(|(to, from)| *to = *from as f32);
    }

    pub(crate) fn reset(&mut self) -> Result<(), Error> {
        self.env.reset(&mut self.wide_obs)?;
        self.narrow();
        Ok(())
    }

    /// Takes an action as the learner has it: of [-1, 1]^D, stretched to the task's box and not clipped, or one-hot,
    /// turned into the choice's number.
    pub(crate) fn step(&mut self, action: &[f32]) -> Result<coadapt_envs::Step, Error> {
        to_task(&self.env.spec().action, action, &mut self.action);
        let step = self.env.step(&self.action, &mut self.wide_obs)?;
        self.narrow();
        Ok(step)
    }
}

/// Writes an action as the learner has it as the task takes it.
pub(crate) fn to_task(space: &ActionSpace, action: &[f32], out: &mut [f64]) {
    match space {
        ActionSpace::Discrete { .. } => out[0] = first_largest(action) as f64,
        space => space.from_unit(action, out),
    }
}
