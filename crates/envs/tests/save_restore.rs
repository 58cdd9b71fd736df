//! Saving and restoring every task: the future after a restore is the same to the bit.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use coadapt_envs::{ActionSpace, Cache, Env, Step, make, tasks};

fn env(id: &str) -> Box<dyn Env> {
    match make(id, &Cache::from_environment(), &mut |line| eprintln!("{line}")) {
        Ok(env) => env,
        Err(error) => panic!("{error}"),
    }
}

/// Actions without a random generator, some outside the box.
fn action(env: &dyn Env, t: usize) -> Vec<f64> {
    match env.spec().action {
        ActionSpace::Discrete { n } => vec![((t * t + t / 3) % n) as f64],
        ActionSpace::Continuous { ref high, .. } => {
            high.iter().enumerate().map(|(i, high)| 1.3 * high * (0.7 * t as f64 + i as f64).sin()).collect()
        }
    }
}

/// The next `steps` steps, resetting as episodes end; everything an agent would see.
fn run(env: &mut dyn Env, from: usize, steps: usize) -> Vec<(Vec<u64>, Step)> {
    let mut obs = vec![0.0; env.spec().obs_dim];
    (from..from + steps)
        .map(|t| {
            let step = env.step(&action(env, t), &mut obs).unwrap();
            if step.ended() {
                env.reset(&mut obs).unwrap();
            }
            (obs.iter().map(|x| x.to_bits()).collect(), step)
        })
        .collect()
}

#[test]
fn a_fresh_environment_goes_on_where_another_was_saved() {
    // Right after a reset, and in the middle of an episode whose end and the next reset are part of the test.
    let cases = tasks().iter().flat_map(|task| [(task, 0, 100), (task, 500, 520)]);
    for (task, past, ahead) in cases {
        let mut original = env(task.id);
        original.seed(11);
        original.reset(&mut vec![0.0; task.obs_dim]).unwrap();
        run(&mut *original, 0, past);
        let mut saved = Vec::new();
        original.save(&mut saved);
        let future = run(&mut *original, past, ahead);
        let resets = future.iter().any(|(_, step)| step.ended());
        assert!(resets || past == 0, "{}: resets are part of the test", task.id);

        let mut fresh = env(task.id);
        fresh.restore(&saved).unwrap();
        assert!(run(&mut *fresh, past, ahead) == future, "{}: a fresh environment differs", task.id);

        // And in one that has a past of its own.
        fresh.restore(&saved).unwrap();
        assert!(run(&mut *fresh, past, ahead) == future, "{}: a used environment differs", task.id);

        let mut again = Vec::new();
        fresh.restore(&saved).unwrap();
        fresh.save(&mut again);
        assert_eq!(saved, again, "{}", task.id);
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for task in tasks() {
        let whole = |seed: u64| {
            let mut env = env(task.id);
            let mut obs = vec![0.0; task.obs_dim];
            env.seed(seed);
            env.reset(&mut obs).unwrap();
            run(&mut *env, 0, 300)
        };
        assert!(whole(5) == whole(5), "{}", task.id);
        // Nothing is drawn in a row of bits.
        let draws = !task.id.starts_with("Bits");
        assert_eq!(whole(5) != whole(6), draws, "{}", task.id);
    }
}

#[test]
fn a_state_that_does_not_fit_is_refused_and_changes_nothing() {
    for id in ["Pendulum-v1", "HalfCheetah-v4"] {
        let mut env = env(id);
        env.reset(&mut vec![0.0; env.spec().obs_dim]).unwrap();
        let mut before = Vec::new();
        env.save(&mut before);
        let mut other = Vec::new();
        self::env("CartPole-v1").save(&mut other);
        let mut longer = before.clone();
        longer.push(0);
        let mut newer = before.clone();
        newer[11] = 9;
        let cases: [(&[u8], &str); 6] = [
            (&[], "it is cut short"),
            (b"not a state at all", "it was not written by a coadapt environment"),
            (&other, "it is a state of 'CartPole-v1'"),
            (&before[..before.len() - 1], "it is cut short by 1 bytes or more"),
            (&longer, "it has 1 bytes too many"),
            (&newer, "it has format 9, and this program reads 1"),
        ];
        for (state, problem) in cases {
            let said = env.restore(state).unwrap_err().to_string();
            let start = format!("this saved state cannot be restored into {id}: {problem}");
            assert!(said.starts_with(&start) && said.ends_with("the task was left as it was"), "{said}");
            let mut after = Vec::new();
            env.save(&mut after);
            assert_eq!(before, after);
        }
    }
}
