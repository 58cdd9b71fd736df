//! Refusals and outcomes: actions, start states, simulations that go wrong.

use coadapt_envs::{Env, EnvError, tasks};

use crate::task;

#[test]
fn a_simulation_that_blows_up_is_an_outcome_and_a_reset_mends_it() {
    let mut env = task("Hopper-v4");
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

/// An action so large that its square is infinite still moves the body within its box.
#[test]
fn a_reward_that_is_not_finite_is_an_outcome() {
    let mut env = task("Ant-v4");
    let mut obs = vec![0.0; 27];
    env.reset(&mut obs).unwrap();
    let error = env.step(&[1e200; 8], &mut obs).unwrap_err();
    assert!(error.is_divergence());
    let said = "Ant-v4 became unstable at step 1 of the episode: the reward is not finite";
    assert_eq!(error.to_string(), said);
}

#[test]
fn bad_actions_are_refused_with_a_sentence_and_change_nothing() {
    for listed in tasks().iter().filter(|task| task.needs_mujoco()) {
        let id = listed.id;
        let mut env = coadapt_envs::make(id, &coadapt_envs::Cache::from_environment(), &mut |_| {}).unwrap();
        let (mut obs, n) = (vec![0.0; listed.obs_dim], env.spec().action.dim());
        let early = env.step(&vec![0.0; n], &mut obs).unwrap_err().to_string();
        assert!(early.starts_with(&format!("{id} has no episode to step")), "{early}");
        env.reset(&mut obs).unwrap();
        let mut before = Vec::new();
        env.save(&mut before);
        let long = env.step(&vec![0.0; n + 1], &mut obs).unwrap_err().to_string();
        assert_eq!(long, format!("{id} takes actions of {n} numbers, but was given {}", n + 1));
        let mut strange = vec![0.0; n];
        for value in [f64::NAN, f64::INFINITY] {
            strange[n - 1] = value;
            let error = env.step(&strange, &mut obs).unwrap_err();
            let last = n - 1;
            assert_eq!(
                error.to_string(),
                format!("{id} was given {value} as element {last} of the action, which must be finite")
            );
            assert!(error.is_divergence());
        }
        let (dim, held) = (listed.obs_dim, listed.obs_dim + 1);
        let buffer = env.step(&vec![0.0; n], &mut vec![0.0; held]).unwrap_err().to_string();
        assert_eq!(buffer, format!("{id} writes observations of {dim} numbers, but the buffer holds {held}"));
        let mut after = Vec::new();
        env.save(&mut after);
        assert_eq!(before, after, "{id}");
    }
}

#[test]
fn start_states_are_checked() {
    let mut env = task("Reacher-v5");
    let mut obs = vec![0.0; 10];
    let short = env.start_from(&[0.0; 3], &[0.0; 4], &mut obs).unwrap_err().to_string();
    assert_eq!(short, "Reacher-v5 cannot start from this qpos: it must be 4 finite numbers");
    let strange = env.start_from(&[0.0; 4], &[0.0, 0.0, 0.0, f64::NAN], &mut obs).unwrap_err().to_string();
    assert_eq!(strange, "Reacher-v5 cannot start from this qvel: it must be 4 finite numbers");
}
