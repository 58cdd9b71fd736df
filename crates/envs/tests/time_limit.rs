//! Past its time limit a task goes on: the clock says so at each step, and the physics does not notice.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use coadapt_envs::{ActionSpace, Cache, Env, make, tasks};

/// Small pushes, so that what can stand stands.
fn action(env: &dyn Env) -> Vec<f64> {
    match env.spec().action {
        ActionSpace::Discrete { .. } => vec![1.0],
        ActionSpace::Continuous { ref high, .. } => high.iter().map(|high| 0.02 * high).collect(),
    }
}

#[test]
fn every_task_goes_on_past_its_limit() {
    for task in tasks() {
        let mut env = make(task.id, &Cache::from_environment(), &mut |line| eprintln!("{line}")).unwrap();
        let (mut obs, limit) = (vec![0.0; task.obs_dim], env.spec().max_episode_steps);
        let action = action(&*env);
        env.reset(&mut obs).unwrap();
        for t in 1..=limit + 100 {
            let before = obs.clone();
            let step = env.step(&action, &mut obs).unwrap();
            assert_eq!(step.truncated, t >= limit, "{} step {t}", task.id);
            // What lies still in a valley or on the ground may stay where it is.
            // What has ended stays as it ended, and so does what has come to the end of a chain.
            let small = ["MountainCarContinuous-v0", "LinearBandit-v0", "SlipperyChain-v0"];
            let still = small.contains(&task.id) || task.id.starts_with("Bits") || task.needs_mujoco();
            assert!(still || obs != before, "{} step {t} stood still", task.id);
        }
    }
}
