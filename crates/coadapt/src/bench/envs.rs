//! The workload of `coadapt bench envs`: copies of a task stepped with random actions, resets included.

use std::time::Instant;

use anyhow::Result;
use coadapt_agent::rng::{Stream, stream};
use coadapt_envs::{ActionSpace, Step, VectorEnv};
use coadapt_nn::init::unit_uniform;
use serde::Serialize;

use crate::run::learner;
use crate::run::task::TaskOptions;

/// Copies of the task, for any number of threads, so that rates differ by the threads alone.
pub const COPIES: usize = 8;
/// Different actions, taken in turn: drawing them is not what is measured.
const ACTION_SETS: usize = 64;
/// A round lasts about so long: enough to see a rate, short enough to repeat.
const ROUND_SECS: f64 = 0.2;
/// Steps of each copy before anything is timed: one whole episode of most tasks.
const WARM_UP_STEPS: usize = 100;

/// Steps a second of all copies together, over rounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepRates {
    /// The slowest round: far below the others, it tells of a busy machine.
    pub min: f64,
    /// The middle one.
    pub median: f64,
    /// The fastest one: what the machine can do.
    pub max: f64,
}

/// Measures the task `id` on `threads` threads in `rounds` rounds.
pub fn steps(id: &str, threads: usize, rounds: usize) -> Result<StepRates> {
    let mut walk = Walk::new(id, threads)?;
    let started = Instant::now();
    walk.go(WARM_UP_STEPS)?;
    let secs_per_step = started.elapsed().as_secs_f64() / WARM_UP_STEPS as f64;
    let steps = ((ROUND_SECS / secs_per_step) as usize).max(1);
    let mut rates = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let started = Instant::now();
        walk.go(steps)?;
        rates.push((steps * COPIES) as f64 / started.elapsed().as_secs_f64());
    }
    let super::Spread { min, median, max } = super::spread(rates);
    Ok(StepRates { min, median, max })
}

/// Copies with the buffers their steps need.
struct Walk {
    vector: VectorEnv,
    obs: Vec<f64>,
    actions: Vec<Vec<f64>>,
    told: Vec<Step>,
    reset: Vec<bool>,
    turn: usize,
}

impl Walk {
    fn new(id: &str, threads: usize) -> Result<Walk> {
        let envs: Result<Vec<_>> = (0..COPIES).map(|_| learner::make_task(id, TaskOptions::NONE)).collect();
        let mut vector = VectorEnv::new(envs?, threads)?;
        vector.seed(&std::array::from_fn::<u64, COPIES, _>(|copy| copy as u64));
        let (space, mut rng) = (vector.spec().action.clone(), stream(0, "bench"));
        let mut set = |_| (0..COPIES).flat_map(|_| random(&space, &mut rng)).collect();
        Ok(Walk {
            obs: vec![0.0; COPIES * vector.spec().obs_dim],
            actions: (0..ACTION_SETS).map(&mut set).collect(),
            told: vec![Step { reward: 0.0, terminated: false, truncated: false }; COPIES],
            reset: vec![true; COPIES],
            turn: 0,
            vector,
        })
    }

    /// Steps every copy `steps` times. Allocates nothing.
    fn go(&mut self, steps: usize) -> Result<()> {
        for _ in 0..steps {
            if self.reset.contains(&true) {
                self.vector.reset(&self.reset, &mut self.obs)?;
            }
            self.vector.step(&self.actions[self.turn % ACTION_SETS], &mut self.obs, &mut self.told)?;
            self.turn += 1;
            self.reset.iter_mut().zip(&self.told).for_each(|(reset, step)| *reset = step.ended());
        }
        Ok(())
    }
}

fn random(space: &ActionSpace, rng: &mut Stream) -> Vec<f64> {
    match space {
        ActionSpace::Continuous { low, high } => low
            .iter()
            .zip(high)
            .map(|(low, high)| low + (high - low) * f64::from(unit_uniform(rng)))
            .collect(),
        ActionSpace::Discrete { n } => vec![(*n as f64 * f64::from(unit_uniform(rng))).floor()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_measured_on_any_number_of_threads() {
        for threads in [1, 2] {
            let StepRates { min, median, max } = steps("CartPole-v1", threads, 2).unwrap();
            assert!(0.0 < min && min <= median && median <= max && max < 1e10, "{min} {median} {max}");
        }
        assert!(steps("CartPole-v9", 1, 1).unwrap_err().to_string().contains("CartPole-v1"));
    }

    #[test]
    fn episodes_end_and_begin_while_it_walks() {
        let mut walk = Walk::new("CartPole-v1", 2).unwrap();
        let mut resets = 0;
        for _ in 0..300 {
            walk.go(1).unwrap();
            resets += walk.reset.iter().filter(|reset| **reset).count();
        }
        assert!((COPIES..300).contains(&resets), "{resets}");
    }
}
