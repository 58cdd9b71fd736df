//! Evaluation: returns of the policy without noise, in an environment and a stream of its own.

use crate::actor::Actor;
use crate::bias::Bias;
use crate::env_loop::EnvLoop;
use crate::error::Error;
use coadapt_nn::{Params, Pool};

/// Returns and lengths of an evaluation's episodes.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
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
