//! Many episodes at once: copies of a task stepped by threads, with the returns of stepping one after the other.

use anyhow::Result;
use coadapt_envs::{EnvError, Step, VectorEnv};

/// Writes the action at an observation, both as the task has them.
pub type Act<'a> = dyn FnMut(&[f64], &mut [f64]) + 'a;

/// Undiscounted returns of `episodes` episodes, as one copy of the task seeded with `seed` would give them one after
/// the other: episode `i` starts where the (i + 1)-th reset leads. That holds for tasks that draw in resets alone, as
/// all listed ones do. `act` must answer the same observation with the same action.
pub fn returns(vector: &mut VectorEnv, episodes: usize, seed: u64, act: &mut Act<'_>) -> Result<Vec<f64>> {
    let copies = vector.len();
    let (obs_dim, action_dim) = (vector.spec().obs_dim, vector.spec().action.dim());
    let mut obs = vec![0.0; copies * obs_dim];
    let mut actions = vec![0.0; copies * action_dim];
    let mut steps = vec![Step { reward: 0.0, terminated: false, truncated: false }; copies];
    let mut returns = vec![0.0; episodes];
    let mut ended = vec![false; copies];
    vector.seed(&vec![seed; copies]);
    // The episode each copy is at; beyond the last one it idles.
    let mut at: Vec<usize> = (0..copies).collect();
    skip(vector, &mut obs, &mut |copy| copy + 1)?;
    while at.iter().any(|episode| *episode < episodes) {
        for copy in 0..copies {
            act(&obs[copy * obs_dim..][..obs_dim], &mut actions[copy * action_dim..][..action_dim]);
        }
        vector.step(&actions, &mut obs, &mut steps)?;
        for (copy, step) in steps.iter().enumerate() {
            if let Some(total) = returns.get_mut(at[copy]) {
                *total += step.reward;
            }
            ended[copy] = step.ended();
            if ended[copy] {
                at[copy] += copies;
            }
        }
        if ended.contains(&true) {
            skip(vector, &mut obs, &mut |copy| if ended[copy] { copies } else { 0 })?;
        }
    }
    Ok(returns)
}

/// Resets each copy as often as `times` says.
fn skip(
    vector: &mut VectorEnv,
    obs: &mut [f64],
    times: &mut dyn FnMut(usize) -> usize,
) -> Result<(), EnvError> {
    let left: Vec<usize> = (0..vector.len()).map(times).collect();
    for round in 0..left.iter().copied().max().unwrap_or(0) {
        let chosen: Vec<bool> = left.iter().map(|times| round < *times).collect();
        vector.reset(&chosen, obs)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner;
    use crate::task::TaskOptions;
    use coadapt_envs::Env;

    fn one_by_one(env: &mut dyn Env, episodes: usize, seed: u64, act: &mut Act<'_>) -> Vec<f64> {
        let (mut obs, mut action) = (vec![0.0; env.spec().obs_dim], vec![0.0; env.spec().action.dim()]);
        env.seed(seed);
        let mut returns = vec![0.0; episodes];
        for total in &mut returns {
            env.reset(&mut obs).unwrap();
            loop {
                act(&obs, &mut action);
                let step = env.step(&action, &mut obs).unwrap();
                *total += step.reward;
                if step.ended() {
                    break;
                }
            }
        }
        returns
    }

    #[test]
    fn at_once_is_as_one_by_one_on_every_task() {
        let short = TaskOptions { time_limit: Some(12), ..TaskOptions::NONE };
        for task in coadapt_envs::tasks() {
            let make = || learner::make_task(task.id, short).unwrap();
            let is_discrete = matches!(make().spec().action, coadapt_envs::ActionSpace::Discrete { .. });
            let mut act = |obs: &[f64], action: &mut [f64]| match is_discrete {
                true => action[0] = f64::from(obs[0] > 0.0),
                false => action.iter_mut().enumerate().for_each(|(i, a)| *a = obs[i % obs.len()].sin()),
            };
            let expected = one_by_one(&mut *make(), 5, 3, &mut act);
            let mut vector = VectorEnv::new((0..2).map(|_| make()).collect(), 2).unwrap();
            let found = returns(&mut vector, 5, 3, &mut act).unwrap();
            let bits = |returns: &[f64]| returns.iter().map(|r| r.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&found), bits(&expected), "{}: {found:?}, not {expected:?}", task.id);
        }
    }
}
