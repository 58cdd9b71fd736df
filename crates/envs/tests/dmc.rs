//! The DeepMind Control tasks against dm_control: recorded trajectories of all 28.
//!
//! The simulator and the models are fetched by pip on the first run. Without a network these tests fail; they
//! never skip.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod suite_recording;

use std::path::Path;

use coadapt_envs::dmc::{Definition, Suite, TASKS};
use coadapt_envs::{Cache, Env, EnvError};
use suite_recording::{Recording, replay};

fn suite(definition: &Definition) -> Suite {
    match Suite::new(definition, &Cache::from_environment(), &mut |line| eprintln!("{line}")) {
        Ok(env) => env,
        Err(error) => panic!("{error}"),
    }
}

fn task(name: &str) -> &'static Definition {
    let id = format!("dm_control/{name}-v0");
    TASKS.iter().find(|task| task.id == id).unwrap()
}

fn name(definition: &Definition) -> &'static str {
    definition.id.trim_start_matches("dm_control/").trim_end_matches("-v0")
}

fn recording(definition: &Definition) -> Recording {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dmc");
    Recording::read(&folder.join(format!("{}.f64", name(definition))))
}

#[test]
fn all_28_equal_dm_control() {
    for definition in &TASKS {
        let recording = recording(definition);
        let whole = recording.episodes.iter().filter(|episode| episode.rewards.len() == 1000).count();
        let found = replay(&mut suite(definition), &recording);
        println!("{:26} {found:?}", name(definition));
        assert!(whole == 2 && found.steps > 2000, "{}", definition.id);
        assert!(found.rewarded > 20, "{}: the recording hardly ever earns a reward", definition.id);
        let physics = [found.qpos, found.qvel, found.obs, found.obs_sum];
        assert!(
            physics.iter().all(|gap| *gap <= 1e-9) && found.reward <= 1e-12,
            "{} differs from the recording: {found:?}. Differences that grow from 1e-15 mean that sin or cos \
             round otherwise here than where it was recorded (see tests/data/dmc/RECORDED.txt)",
            definition.id
        );
    }
}

#[test]
fn a_listed_task_is_as_listed() {
    for definition in &TASKS {
        let env = suite(definition);
        let spec = env.spec();
        assert_eq!(spec.id, definition.id);
        assert_eq!(spec.obs_dim, definition.parts.iter().map(|part| part.1).sum::<usize>());
        assert_eq!(spec.action.dim(), definition.action_dim());
        assert_eq!(env.step_secs(), definition.step_secs, "{}", definition.id);
        for (name, size, unit) in definition.parts {
            let labels = name.split_once('.').map_or(*name, |(_, labels)| labels).split(", ");
            assert_eq!(labels.count(), *size, "{}: {name}", definition.id);
            assert!(!unit.is_empty() && name.is_ascii() && unit.is_ascii());
        }
    }
}

#[test]
fn actions_are_clipped_number_by_number() {
    let mut env = suite(task("point_mass-easy"));
    let mut run = |actions: [[f64; 2]; 2]| {
        let mut obs = [0.0; 4];
        env.start_from(&[0.004, 0.001], &[0.0, 0.0], &[], &mut obs).unwrap();
        actions.map(|action| (env.step(&action, &mut obs).unwrap(), obs))
    };
    assert_eq!(run([[3.0, -0.5], [-17.0, 1.5]]), run([[1.0, -0.5], [-1.0, 1.0]]));
    assert_ne!(run([[0.9, -0.5], [-1.0, 1.0]]), run([[1.0, -0.5], [-1.0, 1.0]]));
}

#[test]
fn a_restored_task_sees_and_earns_the_same_before_it_steps() {
    for definition in &TASKS {
        let mut env = suite(definition);
        let mut obs = vec![0.0; definition.obs_dim()];
        env.seed(3);
        env.reset(&mut obs).unwrap();
        let action = vec![0.7; definition.action_dim()];
        for _ in 0..37 {
            env.step(&action, &mut obs).unwrap();
        }
        let (reward, model) = (env.reward(), env.drawn_of_model());
        let mut saved = Vec::new();
        env.save(&mut saved);

        let mut fresh = suite(definition);
        fresh.seed(4);
        fresh.reset(&mut vec![0.0; obs.len()]).unwrap();
        fresh.restore(&saved).unwrap();
        let mut seen = vec![0.0; obs.len()];
        fresh.observe(&mut seen).unwrap();
        let bits = |numbers: &[f64]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&seen), bits(&obs), "{}", definition.id);
        // The controls of the last step are part of the state, so the reward is that of the step.
        assert_eq!(fresh.reward().to_bits(), reward.to_bits(), "{}", definition.id);
        assert_eq!(bits(&fresh.drawn_of_model()), bits(&model), "{}", definition.id);
    }
}

#[test]
fn a_start_that_does_not_fit_is_refused_with_a_sentence() {
    let mut env = suite(task("reacher-easy"));
    let mut obs = [0.0; 6];
    let mut refusal = |qpos: &[f64], qvel: &[f64], model: &[f64]| {
        env.start_from(qpos, qvel, model, &mut obs).unwrap_err().to_string()
    };
    let said = refusal(&[0.0; 3], &[0.0; 2], &[0.0; 3]);
    assert_eq!(said, "dm_control/reacher-easy-v0 cannot start from this qpos: it must be 2 finite numbers");
    assert!(refusal(&[0.0; 2], &[0.0, f64::NAN], &[0.0; 3]).contains("from this qvel: "));
    assert!(refusal(&[0.0; 2], &[0.0; 2], &[]).contains("from this model: it must be 3 finite"));
    let early = env.step(&[0.0; 2], &mut obs).unwrap_err().to_string();
    assert!(early.starts_with("dm_control/reacher-easy-v0 has no episode to step"), "{early}");
    env.reset(&mut obs).unwrap();
    let nan = env.step(&[0.0, f64::NAN], &mut obs).unwrap_err();
    assert!(nan.is_divergence() && nan.to_string().contains("NaN as element 1"), "{nan}");
}

#[test]
fn a_simulation_that_blows_up_is_an_outcome_and_a_reset_mends_it() {
    let mut env = suite(task("hopper-hop"));
    let (qpos, mut qvel) = ([0.0; 7], [0.0; 7]);
    let mut obs = [0.0; 15];
    qvel[3] = 1e12;
    let error = env
        .start_from(&qpos, &qvel, &[], &mut obs)
        .and_then(|()| env.step(&[0.0; 4], &mut obs).map(|_| ()))
        .unwrap_err();
    assert!(error.is_divergence(), "{error}");
    assert!(error.to_string().starts_with("dm_control/hopper-hop-v0 became unstable at step "), "{error}");
    assert!(matches!(env.step(&[0.0; 4], &mut obs), Err(EnvError::NotReset { .. })));
    env.reset(&mut obs).unwrap();
    env.step(&[0.0; 4], &mut obs).unwrap();
}

#[test]
fn targets_are_drawn_with_the_state_and_follow_the_seed() {
    for definition in &TASKS {
        let mut env = suite(definition);
        let mut draw = |seed: u64| {
            env.seed(seed);
            env.reset(&mut vec![0.0; definition.obs_dim()]).unwrap();
            (env.drawn_of_model(), env.state().0.to_vec())
        };
        let (first, other) = (draw(1), draw(2));
        assert_eq!(first, draw(1), "{}", definition.id);
        assert!(first.0.is_empty() || first.0 != other.0, "{}", definition.id);
        assert_ne!(first.1, other.1, "{}", definition.id);
    }
}
