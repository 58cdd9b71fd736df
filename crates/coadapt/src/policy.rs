//! A policy that acts: chance, or what a run has learned.

use coadapt_agent::Trainer;
use coadapt_agent::rng::Stream;
use coadapt_envs::ActionSpace;
use coadapt_nn::init::unit_uniform;

/// Whether a learned policy explores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// Actions are drawn by the policy, as in training after the warm-up, but without noise that exploration adds there.
    Sampled,
    /// Actions are the policy's mode, as in evaluations.
    None,
}

/// Someone who acts.
pub enum Policy {
    /// Uniform draws from the box, or of the choices.
    Random,
    /// What a run has learned.
    Learned(Box<Trainer>, Noise),
}

impl Policy {
    /// Writes an action of `space` at `obs`, as the task takes it; what is drawn is drawn from `rng`.
    ///
    /// # Panics
    /// When `obs` or `action` has another length than the task that was learned says.
    pub fn act(&mut self, space: &ActionSpace, obs: &[f64], rng: &mut Stream, action: &mut [f64]) {
        match self {
            Policy::Random => random(space, rng, action),
            Policy::Learned(trainer, Noise::Sampled) => trainer.act_at(obs, Some(rng), action),
            Policy::Learned(trainer, Noise::None) => trainer.act_at(obs, None, action),
        }
    }
}

/// A uniform draw, on a grid of 2^24 values a dimension.
fn random(space: &ActionSpace, rng: &mut Stream, action: &mut [f64]) {
    match space {
        ActionSpace::Continuous { low, high } => {
            for (action, (low, high)) in action.iter_mut().zip(low.iter().zip(high)) {
                *action = low + (high - low) * f64::from(unit_uniform(rng));
            }
        }
        ActionSpace::Discrete { n } => action[0] = (*n as f64 * f64::from(unit_uniform(rng))).floor(),
    }
}
