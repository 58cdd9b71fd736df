//! The examples of tasks of one's own: they learn, they save and restore to the bit, they are refused what any task is.

#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "its main is the example's")]
#[path = "../examples/own_model.rs"]
mod own_model;
#[allow(dead_code, reason = "its main is the example's")]
#[path = "../examples/own_task.rs"]
mod own_task;

use std::path::Path;

use coadapt_envs::{Env, EnvError, VectorEnv};
use own_model::Hover;
use own_task::Point;

const XML: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hover.xml");

/// Walks, saves in the middle, and compares what follows with what follows a restored copy.
fn check(mut env: Box<dyn Env>, mut other: Box<dyn Env>) {
    let mut obs = vec![0.0; env.spec().obs_dim];
    assert!(matches!(env.step(&[0.5], &mut obs), Err(EnvError::NotReset { .. })));
    env.seed(3);
    env.reset(&mut obs).unwrap();
    assert!(matches!(env.step(&[f64::NAN], &mut obs), Err(EnvError::ActionNotFinite { .. })));
    assert!(matches!(env.step(&[0.5], &mut [0.0; 9]), Err(EnvError::ObsLength { .. })));
    (0..7).for_each(|_| assert!(!env.step(&[0.5], &mut obs).unwrap().ended()));
    let mut state = Vec::new();
    env.save(&mut state);
    other.restore(&state).unwrap();
    let mut again = obs.clone();
    for t in 0..300 {
        let action = [f64::from(t % 5) / 5.0];
        let (a, b) = (env.step(&action, &mut obs).unwrap(), other.step(&action, &mut again).unwrap());
        assert_eq!((a, &obs), (b, &again));
        if a.ended() {
            env.reset(&mut obs).unwrap();
            other.reset(&mut again).unwrap();
            assert_eq!(obs, again);
        }
    }
    assert!(other.restore(&state[1..]).is_err());
    let mut vector = VectorEnv::new(vec![env, other], 2).unwrap();
    vector.reset(&[true; 2], &mut [0.0; 4]).unwrap();
}

#[test]
fn an_own_task_keeps_the_contract() {
    check(Box::new(Point::idle()), Box::new(Point::idle()));
}

#[test]
fn an_own_model_keeps_the_contract() {
    let new = || Box::new(Hover::new(Path::new(XML)).unwrap());
    check(new(), new());
    let error = Hover::new(Path::new("no/such.xml")).err().unwrap().to_string();
    assert!(error.starts_with("MuJoCo cannot load the model no/such.xml: "), "{error}");
}

#[test]
fn an_own_task_is_learned() {
    let means = own_task::train(3_000).unwrap();
    // Standing still costs about 27 on average, walking straight to the goal less than 2.
    assert!(means.len() == 6 && means[5] > -3.0, "{means:?}");
}

#[test]
fn an_own_model_is_learned() {
    let means = own_model::train(Path::new(XML), 5_000).unwrap();
    // On the floor a step pays 0.04 (a return of 4), at the height 1.
    assert!(means.len() == 5 && means[4] > 60.0, "{means:?}");
}
