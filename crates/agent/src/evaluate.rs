//! Evaluation: returns of the policy without noise, in an environment and a stream of its own.

use crate::actor::Actor;
use crate::bias::Bias;
use crate::error::Error;
use coadapt_envs::{ActionSpace, Env};
use coadapt_nn::{Params, Pool, first_largest};

/// What an evaluation saw.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evaluation {
    /// Undiscounted return of each episode.
    pub returns: Vec<f64>,
    /// Steps of each episode.
    pub lengths: Vec<u32>,
    /// By how much the critics are off, where that was measured and some state counted.
    pub bias: Option<Bias>,
}

impl Evaluation {
    /// Mean of the returns.
    pub fn mean(&self) -> f64 {
        self.returns.iter().sum::<f64>() / self.returns.len() as f64
    }

    /// Standard deviation of the returns over episodes (ddof 0).
    pub fn std(&self) -> f64 {
        let mean = self.mean();
        let squares: f64 = self.returns.iter().map(|r| (r - mean).powi(2)).sum();
        (squares / self.returns.len() as f64).sqrt()
    }
}

/// An environment with the buffers a step needs.
pub(crate) struct EnvLoop {
    pub env: Box<dyn Env>,
    /// What the simulator saw last.
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

/// An evaluation in progress: episodes of the policy without noise.
#[derive(Debug)]
pub(crate) struct Evaluating {
    evaluation: Evaluation,
    left: u32,
    /// Return and steps so far of the episode that runs.
    episode: Option<(f64, u32)>,
}

impl Evaluating {
    /// Begins `episodes` episodes, whose starts `seed` alone decides.
    pub(crate) fn begin(env_loop: &mut EnvLoop, (episodes, seed): (u32, u64)) -> Self {
        env_loop.env.seed(seed);
        Evaluating { evaluation: Evaluation::default(), left: episodes, episode: None }
    }

    /// One environment step; gives the evaluation when it was the last.
    pub(crate) fn advance(
        &mut self,
        env_loop: &mut EnvLoop,
        actor: &mut Actor,
        params: &mut Params,
        pool: &mut Pool,
    ) -> Result<Option<Evaluation>, Error> {
        if self.left == 0 {
            return Ok(Some(std::mem::take(&mut self.evaluation)));
        }
        let (total, length) = match self.episode {
            Some(running) => running,
            None => {
                env_loop.reset()?;
                (0.0, 0)
            }
        };
        let step = env_loop.step(actor.mode(params, &env_loop.obs, pool))?;
        let (total, length) = (total + step.reward, length + 1);
        self.episode = Some((total, length));
        if step.ended() {
            self.episode = None;
            self.left -= 1;
            self.evaluation.returns.push(total);
            self.evaluation.lengths.push(length);
        }
        Ok(if self.left == 0 { Some(std::mem::take(&mut self.evaluation)) } else { None })
    }
}
