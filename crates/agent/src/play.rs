//! An agent at work before the eyes of a watcher, apart from any training.

use std::ops::ControlFlow;

use crate::actor::{Actor, random_action};
use crate::error::Error;
use crate::evaluate::Stage;
use crate::nets::Dims;
use crate::rng::stream;
use coadapt_envs::{Env, Step};
use coadapt_nn::{Params, Pool};

/// Is shown the task at the start of an episode (with no step) and after each step, and says whether to go on.
/// After the end of an episode another begins.
pub type Watcher<'a> = dyn FnMut(&mut dyn Env, Option<Step>) -> ControlFlow<()> + 'a;

/// Uniformly random actions on `env` until the watcher has seen enough; starts and actions are drawn from
/// `seed`.
pub fn play_at_random(env: Box<dyn Env>, seed: u64, watch: &mut Watcher<'_>) -> Result<(), Error> {
    let mut actions = stream(seed, "actor");
    let mut action = vec![0.0; Dims::of(env.spec()).action];
    let mut stage = Stage::new(env);
    walk(&mut stage, seed, watch, &mut |stage| {
        random_action(&stage.env.spec().action, &mut actions, &mut action);
        stage.step(&action)
    })
}

/// The policy without noise, from starts drawn from `seed`, as in an evaluation.
pub(crate) fn play_mode(
    stage: &mut Stage,
    actor: &mut Actor,
    params: &mut Params,
    pool: &mut Pool,
    (seed, watch): (u64, &mut Watcher<'_>),
) -> Result<(), Error> {
    walk(stage, seed, watch, &mut |stage| {
        let action = actor.mode(params, &stage.obs, pool);
        stage.step(action)
    })
}

/// Episode after episode of what `act` does.
fn walk(
    stage: &mut Stage,
    seed: u64,
    watch: &mut Watcher<'_>,
    act: &mut dyn FnMut(&mut Stage) -> Result<Step, Error>,
) -> Result<(), Error> {
    stage.env.seed(seed);
    loop {
        stage.reset()?;
        if watch(&mut *stage.env, None).is_break() {
            return Ok(());
        }
        loop {
            let step = act(stage)?;
            if watch(&mut *stage.env, Some(step)).is_break() {
                return Ok(());
            }
            if step.ended() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coadapt_envs::{Cache, make};

    fn rewards(id: &str, seed: u64, count: usize) -> (Vec<f64>, usize) {
        let env = make(id, &Cache::at("unused"), &mut |_| {}).unwrap();
        let (mut rewards, mut starts) = (Vec::new(), 0);
        let mut watch = |_: &mut dyn Env, step: Option<Step>| {
            starts += usize::from(step.is_none());
            rewards.extend(step.map(|step| step.reward));
            if rewards.len() < count { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        play_at_random(env, seed, &mut watch).unwrap();
        (rewards, starts)
    }

    #[test]
    fn a_watcher_sees_so_much_as_it_asks_for_and_the_same_for_the_same_seed() {
        let (seen, starts) = rewards("Pendulum-v1", 3, 450);
        assert_eq!((seen.len(), starts), (450, 3), "an episode has 200 steps");
        assert_eq!(rewards("Pendulum-v1", 3, 450).0, seen);
        assert_ne!(rewards("Pendulum-v1", 4, 450).0, seen);
        let (falls, starts) = rewards("CartPole-v1", 0, 200);
        assert!(falls.len() == 200 && starts > 2, "{starts} episodes");
    }
}
