//! The MuJoCo tasks against gymnasium: recorded trajectories, equal to the bit over 1000 steps.
//!
//! The simulator is fetched by pip on the first run. Without a network these tests fail; they never skip.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod recorded;

use coadapt_envs::gym::{Locomotion, Version, Walker};
use coadapt_envs::{ActionSpace, Cache, Env, EnvError, Step, tasks};
use recorded::Recording;

fn walker(walker: Walker, version: Version) -> Locomotion {
    match Locomotion::new(walker, version, &Cache::from_environment(), &mut |line| eprintln!("{line}")) {
        Ok(env) => env,
        Err(error) => panic!("{error}"),
    }
}

/// Fails with the place and the size of the difference unless both are equal to the bit.
fn assert_bits(found: &[f64], expected: &[f64], place: &str) {
    let bits = |numbers: &[f64]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let gap = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(
        bits(found) == bits(expected),
        "{place}: differs from the recording by up to {gap:e}. A difference that starts near 1e-15 and grows \
         means that sin or cos round otherwise here than where it was recorded: the C library picks other \
         code on a processor without AVX2 and FMA (see tests/data/RECORDED.txt).\n found    {found:?}\n expected {expected:?}"
    );
}

/// Replays every episode of a recording from its start state. Only the bits may be the same.
fn replay(mut env: Locomotion, task: &str) -> usize {
    let recording = Recording::of(task);
    let nq = env.state().0.len();
    let mut obs = vec![0.0; env.spec().obs_dim];
    let mut steps = 0;
    for (e, episode) in recording.episodes.iter().enumerate() {
        let (qpos, qvel) = episode.start.split_at(nq);
        env.start_from(qpos, qvel, &mut obs).unwrap();
        assert_bits(&obs, &episode.first_obs, &format!("{} episode {e} start", task));
        for (t, row) in episode.rows.iter().enumerate() {
            let place = format!("{} against {}, episode {e} step {t}", env.spec().id, task);
            let step = env.step(&row.action, &mut obs).unwrap();
            assert_bits(&obs, &row.obs, &place);
            assert_bits(&[step.reward], &[row.reward], &format!("{place}, reward"));
            let expected = Step { reward: row.reward, terminated: row.terminated, truncated: row.truncated };
            assert_eq!(step, expected, "{place}");
            if let Some(state) = &row.state {
                let (qpos, qvel) = env.state();
                assert_bits(&[qpos, qvel].concat(), state, &format!("{place}, state"));
            }
            steps += 1;
        }
    }
    steps
}

#[test]
fn half_cheetah_v4_and_v5_equal_gymnasium() {
    for (version, task) in [(Version::V4, "HalfCheetah-v4"), (Version::V5, "HalfCheetah-v5")] {
        assert_eq!(replay(walker(Walker::HalfCheetah, version), task), 1000);
    }
}

#[test]
fn hopper_v4_and_v5_equal_gymnasium() {
    for (version, task) in [(Version::V4, "Hopper-v4"), (Version::V5, "Hopper-v5")] {
        let recording = Recording::of(task);
        let rows = || recording.episodes.iter().flat_map(|episode| &episode.rows);
        assert!(rows().any(|row| row.terminated) && rows().any(|row| row.truncated));
        assert!(replay(walker(Walker::Hopper, version), task) > 1000);
    }
}

/// -v2 runs nowhere any more (it needs mujoco-py). For these two tasks it differs from -v4 in nothing that
/// is computed here, so the -v4 recordings are its expectation: stated by reading, not measured.
#[test]
fn v2_equals_the_v4_recordings() {
    replay(walker(Walker::HalfCheetah, Version::V2), "HalfCheetah-v4");
    replay(walker(Walker::Hopper, Version::V2), "Hopper-v4");
}

/// The recordings show what sets the versions apart: who pays on the step of the fall.
#[test]
fn only_v5_withholds_the_bonus_on_the_fall() {
    let mut rewards = Vec::new();
    let recording = Recording::of("Hopper-v4");
    let fall = recording.episodes.iter().find(|e| e.rows.last().is_some_and(|r| !r.truncated)).unwrap();
    for version in [Version::V2, Version::V4, Version::V5] {
        let mut env = walker(Walker::Hopper, version);
        let mut obs = vec![0.0; 11];
        env.start_from(&fall.start[..6], &fall.start[6..], &mut obs).unwrap();
        let steps: Vec<Step> = fall.rows.iter().map(|row| env.step(&row.action, &mut obs).unwrap()).collect();
        assert!(steps.last().is_some_and(|last| last.terminated && !last.truncated));
        rewards.push(steps.iter().map(|step| step.reward).collect::<Vec<_>>());
    }
    let last = rewards[0].len() - 1;
    assert_eq!(rewards[0], rewards[1]);
    assert_eq!(rewards[1][..last], rewards[2][..last]);
    assert!((rewards[1][last] - rewards[2][last] - 1.0).abs() < 1e-12);
}

#[test]
fn a_listed_mujoco_task_is_as_listed() {
    for task in tasks().iter().filter(|task| task.needs_mujoco()) {
        let env = coadapt_envs::make(task.id, &Cache::from_environment(), &mut |_| {}).unwrap();
        let spec = env.spec();
        assert_eq!((spec.id.as_str(), spec.obs_dim), (task.id, task.obs_dim));
        assert_eq!((spec.max_episode_steps, spec.mujoco.as_deref()), (1000, Some("3.17.0")));
        let coadapt_envs::Actions::Continuous(n) = task.actions else { panic!("{} has a box", task.id) };
        assert_eq!(spec.action, ActionSpace::boxed(n, -1.0, 1.0));
    }
}

#[test]
fn resets_follow_the_seed_and_the_stated_distribution() {
    let mut env = walker(Walker::HalfCheetah, Version::V4);
    let mut draw = |seed: u64| {
        let mut obs = vec![0.0; 17];
        env.seed(seed);
        env.reset(&mut obs).unwrap();
        (obs, env.state().0.to_vec(), env.state().1.to_vec())
    };
    assert_eq!(draw(3), draw(3));
    assert_ne!(draw(3).0, draw(4).0);
    let starts: Vec<_> = (0..2000).map(draw).collect();
    let qpos: Vec<f64> = starts.iter().flat_map(|start| start.1.clone()).collect();
    let qvel: Vec<f64> = starts.iter().flat_map(|start| start.2.clone()).collect();
    let std = |xs: &[f64]| (xs.iter().map(|x| x * x).sum::<f64>() / xs.len() as f64).sqrt();
    assert!(qpos.iter().all(|q| q.abs() <= 0.1));
    assert!((std(&qpos) - 0.1 / 3f64.sqrt()).abs() < 1e-3);
    assert!((std(&qvel) - 0.1).abs() < 2e-3 && qvel.iter().any(|v| v.abs() > 0.25));
}

#[test]
fn a_simulation_that_blows_up_is_an_outcome_and_a_reset_mends_it() {
    let mut env = walker(Walker::Hopper, Version::V4);
    let mut obs = vec![0.0; 11];
    let mut fast = vec![0.0; 6];
    fast[3] = 1e12;
    env.start_from(&[0.0, 1.25, 0.0, 0.0, 0.0, 0.0], &fast, &mut obs).unwrap();
    let error = env.step(&[0.0; 3], &mut obs).unwrap_err();
    assert!(error.is_divergence(), "{error}");
    assert!(error.to_string().starts_with("Hopper-v4 became unstable at step 1 of the episode: "), "{error}");
    assert!(matches!(env.step(&[0.0; 3], &mut obs), Err(EnvError::NotReset { .. })));
    env.reset(&mut obs).unwrap();
    env.step(&[0.0; 3], &mut obs).unwrap();
}

#[test]
fn bad_actions_are_refused_with_a_sentence_and_change_nothing() {
    let mut env = walker(Walker::Hopper, Version::V5);
    let mut obs = vec![0.0; 11];
    let early = env.step(&[0.0; 3], &mut obs).unwrap_err().to_string();
    assert!(early.starts_with("Hopper-v5 has no episode to step"), "{early}");
    env.reset(&mut obs).unwrap();
    let mut before = Vec::new();
    env.save(&mut before);
    let short = env.step(&[0.0; 2], &mut obs).unwrap_err().to_string();
    assert_eq!(short, "Hopper-v5 takes actions of 3 numbers, but was given 2");
    let nan = env.step(&[0.0, f64::NAN, 0.0], &mut obs).unwrap_err();
    assert_eq!(nan.to_string(), "Hopper-v5 was given NaN as element 1 of the action, which must be finite");
    assert!(nan.is_divergence());
    let buffer = env.step(&[0.0; 3], &mut [0.0; 3]).unwrap_err().to_string();
    assert_eq!(buffer, "Hopper-v5 writes observations of 11 numbers, but the buffer holds 3");
    let mut after = Vec::new();
    env.save(&mut after);
    assert_eq!(before, after);
}
