//! The options of every task: clipped actions, repeated actions, another time limit; saved and restored.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use coadapt_envs::{ActionSpace, Cache, Env, Options, Step, make, make_with};

fn with(id: &str, options: &Options) -> Box<dyn Env> {
    match make_with(id, options, &Cache::from_environment(), &mut |line| eprintln!("{line}")) {
        Ok(env) => env,
        Err(error) => panic!("{error}"),
    }
}

/// The first steps from the start of seed 3, until an end; the observations beside.
fn run(env: &mut dyn Env, action: &[f64], steps: usize) -> Vec<(Step, Vec<f64>)> {
    let mut obs = vec![0.0; env.spec().obs_dim];
    env.seed(3);
    env.reset(&mut obs).unwrap();
    let mut seen = Vec::new();
    while seen.len() < steps {
        let step = env.step(action, &mut obs).unwrap();
        seen.push((step, obs.clone()));
        if step.ended() {
            break;
        }
    }
    seen
}

#[test]
fn without_options_it_is_the_same_task() {
    let (mut plain, mut same) = (
        make("CartPole-v1", &Cache::at("unused"), &mut |_| {}).unwrap(),
        with("CartPole-v1", &Options::NONE),
    );
    assert_eq!(run(&mut *plain, &[1.0], 100), run(&mut *same, &[1.0], 100));
    let mut state = Vec::new();
    plain.save(&mut state);
    same.restore(&state).unwrap();
}

#[test]
fn a_clipped_action_is_that_of_the_box() {
    let clip = Options { clip_action: true, ..Options::NONE };
    for (id, dim) in [("MountainCarContinuous-v0", 1), ("HalfCheetah-v4", 6), ("Humanoid-v4", 17)] {
        let space = with(id, &Options::NONE).spec().action.clone();
        let ActionSpace::Continuous { high, .. } = &space else { panic!("{id} has a box") };
        let beyond: Vec<f64> = high.iter().map(|high| 3.0 * high).collect();
        assert_eq!(beyond.len(), dim);
        let clipped = run(&mut *with(id, &clip), &beyond, 5);
        assert_eq!(clipped, run(&mut *with(id, &Options::NONE), high, 5), "{id}");
        assert_ne!(
            clipped,
            run(&mut *with(id, &Options::NONE), &beyond, 5),
            "{id} counts what was asked for"
        );
        let mut env = with(id, &clip);
        env.reset(&mut vec![0.0; env.spec().obs_dim]).unwrap();
        let obs = &mut vec![0.0; env.spec().obs_dim];
        assert!(env.step(&vec![f64::NAN; dim], obs).unwrap_err().is_divergence());
        assert!(env.step(&vec![0.0; dim + 1], obs).unwrap_err().to_string().contains("actions of"));
    }
    // A choice is not clamped.
    let mut discrete = with("CartPole-v1", &clip);
    discrete.reset(&mut [0.0; 4]).unwrap();
    assert!(discrete.step(&[2.0], &mut [0.0; 4]).is_err());
}

#[test]
fn repeated_actions_sum_their_rewards_and_stop_at_the_end() {
    let plain = run(&mut *with("CartPole-v1", &Options::NONE), &[1.0], 100);
    let repeated = Options { action_repeat: 4, ..Options::NONE };
    let mut env = with("CartPole-v1", &repeated);
    assert_eq!(env.spec().max_episode_steps, 125);
    let whole = run(&mut *env, &[1.0], 100);
    assert!(
        plain.len() > 4 && !plain.len().is_multiple_of(4),
        "the fall comes amid an action, after {}",
        plain.len()
    );
    assert_eq!(whole.len(), plain.len().div_ceil(4));
    for ((step, obs), steps) in whole.iter().zip(plain.chunks(4)) {
        assert_eq!(step.reward, steps.iter().map(|(step, _)| step.reward).sum::<f64>());
        let (last, last_obs) = steps.last().unwrap();
        assert_eq!((step.terminated, step.truncated, obs), (last.terminated, last.truncated, last_obs));
    }
}

#[test]
fn another_time_limit_counts_the_steps_of_the_task() {
    let ends = |options: &Options| {
        let mut env = with("Pendulum-v1", options);
        let seen = run(&mut *env, &[0.1], 1000);
        assert_eq!(seen.len(), env.spec().max_episode_steps as usize);
        let (last, before) = seen.split_last().unwrap();
        assert!(last.0.truncated && !last.0.terminated && before.iter().all(|(step, _)| !step.ended()));
        seen.len()
    };
    assert_eq!(ends(&Options::NONE), 200);
    assert_eq!(ends(&Options { time_limit: Some(7), ..Options::NONE }), 7);
    assert_eq!(ends(&Options { time_limit: Some(350), ..Options::NONE }), 350);
    assert_eq!(ends(&Options { time_limit: Some(10), action_repeat: 3, ..Options::NONE }), 4);
    assert_eq!(ends(&Options { action_repeat: 3, ..Options::NONE }), 67);
}

#[test]
fn zeros_are_refused() {
    let refusal = |options: &Options| {
        make_with("Pendulum-v1", options, &Cache::at("unused"), &mut |_| {}).err().unwrap().to_string()
    };
    let none = Options { action_repeat: 0, ..Options::NONE };
    assert_eq!(refusal(&none), "action_repeat is 0, but must be 1 or more");
    let never = Options { time_limit: Some(0), ..Options::NONE };
    assert_eq!(refusal(&never), "time_limit is 0, but must be 1 or more");
}

/// The next steps, resetting as episodes end, to the bit.
fn future(env: &mut dyn Env) -> Vec<(u64, bool, Vec<u64>)> {
    let mut obs = vec![0.0; env.spec().obs_dim];
    let dim = env.spec().action.dim();
    (0..40)
        .map(|t| {
            let step = env.step(&vec![1.5 * (t as f64).sin(); dim], &mut obs).unwrap();
            if step.ended() {
                env.reset(&mut obs).unwrap();
            }
            (step.reward.to_bits(), step.ended(), obs.iter().map(|x| x.to_bits()).collect())
        })
        .collect()
}

#[test]
fn a_saved_task_goes_on_to_the_bit_and_only_with_its_options() {
    let all = Options { clip_action: true, action_repeat: 2, time_limit: Some(50) };
    for id in ["Pendulum-v1", "Hopper-v5", "Reacher-v4"] {
        for options in [
            Options { clip_action: true, ..Options::NONE },
            Options { action_repeat: 3, ..Options::NONE },
            Options { time_limit: Some(25), ..Options::NONE },
            all,
        ] {
            let mut original = with(id, &options);
            original.reset(&mut vec![0.0; original.spec().obs_dim]).unwrap();
            future(&mut *original);
            let mut state = Vec::new();
            original.save(&mut state);
            let expected = future(&mut *original);
            assert!(options.time_limit.is_none() || expected.iter().any(|(_, ended, _)| *ended));
            let mut fresh = with(id, &options);
            fresh.restore(&state).unwrap();
            assert!(future(&mut *fresh) == expected, "{id} with {options:?}");
        }
    }
}

#[test]
fn a_state_of_other_options_is_refused_and_changes_nothing() {
    let all = Options { clip_action: true, action_repeat: 2, time_limit: Some(50) };
    let mut env = with("Pendulum-v1", &all);
    env.reset(&mut [0.0; 3]).unwrap();
    let state = |env: &dyn Env| {
        let mut state = Vec::new();
        env.save(&mut state);
        state
    };
    let before = state(&*env);
    let start = "this saved state cannot be restored into Pendulum-v1: ";
    let own = "clip_action=true, action_repeat=2, time_limit=50";
    let other = state(&*with("Pendulum-v1", &Options { action_repeat: 3, ..Options::NONE }));
    let plain = state(&*with("Pendulum-v1", &Options::NONE));
    let saved_other = "it was saved with clip_action=false, action_repeat=3, time_limit=none";
    for (wrong, problem) in [
        (&other[..], format!("{saved_other}, and this has {own};")),
        (&plain[..], format!("it was saved without options, and this has {own};")),
        (&[], format!("it was saved without options, and this has {own};")),
        (&before[1..], "it was not written by a coadapt environment;".to_owned()),
    ] {
        let said = env.restore(wrong).unwrap_err().to_string();
        assert!(said.starts_with(&format!("{start}{problem}")), "{said}");
        assert_eq!(state(&*env), before);
    }
    let said = with("Pendulum-v1", &Options::NONE).restore(&before).unwrap_err().to_string();
    assert!(said.contains("bytes too many"), "{said}");
}
