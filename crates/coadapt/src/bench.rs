//! The workload of `coadapt bench update`: one whole update of SAC, timed without environment or disk.

pub mod envs;

use std::time::Instant;

use anyhow::Result;
use coadapt_agent::batch::Transition;
use coadapt_agent::learner::Learner;
use coadapt_agent::nets::Dims;
use coadapt_agent::replay::Replay;
use coadapt_envs::{ActionSpace, Spec};
use coadapt_nn::Pool;
use serde::Serialize;

/// The sizes of HalfCheetah, as those who publish update times take them.
const DIMS: Dims = Dims { obs: 17, action: 6 };
/// More than a cache holds: rows of a batch must come from memory, as in a run.
const REPLAY_ROWS: usize = 100_000;
const EPISODE_STEPS: usize = 1000;
const WARM_UP_UPDATES: usize = 30;
/// Updates of a round; its time is their mean.
pub const UPDATES_PER_ROUND: usize = 50;

/// Milliseconds of one update, over rounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UpdateTimes {
    /// The fastest round: what the machine can do.
    pub min: f64,
    /// The middle one: what it usually does.
    pub median: f64,
    /// The slowest one: far above the others, it tells of a busy machine.
    pub max: f64,
}

/// Times SAC's update on `threads` threads in `rounds` rounds.
pub fn update(threads: usize, rounds: usize) -> Result<UpdateTimes> {
    let (learner, replay) = workload()?;
    let (mut learner, mut pool) = (learner, Pool::new(threads));
    for _ in 0..WARM_UP_UPDATES {
        learner.update(&replay, &mut pool);
    }
    let mut round = || {
        let started = Instant::now();
        for _ in 0..UPDATES_PER_ROUND {
            learner.update(&replay, &mut pool);
        }
        started.elapsed().as_secs_f64() * 1e3 / UPDATES_PER_ROUND as f64
    };
    Ok(summary((0..rounds).map(|_| round()).collect()))
}

fn summary(mut times: Vec<f64>) -> UpdateTimes {
    times.sort_by(f64::total_cmp);
    let middle = times.len() / 2;
    let median = if times.len() % 2 == 1 { times[middle] } else { (times[middle - 1] + times[middle]) / 2.0 };
    UpdateTimes { min: times[0], median, max: times[times.len() - 1] }
}

fn workload() -> Result<(Learner, Replay)> {
    let action = ActionSpace::boxed(DIMS.action, -1.0, 1.0);
    let spec = Spec { id: "bench".into(), obs_dim: DIMS.obs, action, max_episode_steps: 1000, mujoco: None };
    let method = coadapt_agent::method("sac", &spec)?;
    let mut replay = Replay::new(REPLAY_ROWS, DIMS.obs, DIMS.action)?;
    let mut drawn = 0_u32;
    // Multiples of the golden ratio fill [-1, 1] evenly; an update's time does not ask for more.
    let mut next = |_| {
        drawn = drawn.wrapping_add(0x9e37_79b9);
        drawn as f32 / (1_u64 << 31) as f32 - 1.0
    };
    for row in 1..=REPLAY_ROWS {
        let obs: [f32; DIMS.obs] = std::array::from_fn(&mut next);
        let next_obs: [f32; DIMS.obs] = std::array::from_fn(&mut next);
        let action: [f32; DIMS.action] = std::array::from_fn(&mut next);
        let (reward, terminated, truncated) = (next(0), false, row.is_multiple_of(EPISODE_STEPS));
        let (obs, action, next_obs) = (&obs, &action, &next_obs);
        replay.push(Transition { obs, action, reward, terminated, truncated, next_obs });
    }
    Ok((Learner::new(&method, DIMS, 0)?, replay))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_min_median_and_max() {
        let odd = summary(vec![3.0, 1.0, 2.0]);
        assert_eq!((odd.min, odd.median, odd.max), (1.0, 2.0, 3.0));
        assert_eq!(summary(vec![4.0, 1.0, 2.0, 3.0]).median, 2.5);
    }

    #[test]
    fn the_workload_trains_on_finite_numbers() {
        let (mut learner, replay) = workload().unwrap();
        assert_eq!(replay.len(), REPLAY_ROWS);
        learner.update(&replay, &mut Pool::new(1));
        assert_eq!(learner.first_not_finite(), None);
    }
}
