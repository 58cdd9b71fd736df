//! Classic control against gymnasium: recorded trajectories.
//!
//! Each step is taken from the recorded state, because a chaotic task (Acrobot) would blow one rounding of
//! NumPy's `**` or sin up to everything. gymnasium's observations are float32.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod recorded;

use coadapt_envs::classic::{
    Acrobot, CartPole, CartPoleContinuous, Classic, Equations, MountainCarContinuous, Pendulum,
};
use coadapt_envs::{Env, EnvError};
use recorded::Recording;

fn gap(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// One step from every recorded state. States and rewards agree to 1e-12; observations to half a unit in the
/// last place of a float32.
fn replay<E: Equations>() {
    let recording = Recording::of(E::ID);
    let mut env = Classic::<E>::new();
    let mut obs = vec![0.0; E::OBS_DIM];
    for (e, episode) in recording.episodes.iter().enumerate() {
        env.start_from(&episode.start, &mut obs).unwrap();
        // gymnasium takes the cosine of Acrobot's first state in float32.
        assert!(gap(&obs, &episode.first_obs) < 1e-7, "{} episode {e}", E::ID);
        let mut state = &episode.start;
        for (t, row) in episode.rows.iter().enumerate() {
            let place = format!("{} episode {e} step {t}", E::ID);
            env.start_from(state, &mut obs).unwrap();
            let step = env.step(&row.action, &mut obs).unwrap();
            state = row.state.as_ref().unwrap();
            assert!(gap(env.state(), state) < 1e-12, "{place}: {:?} {state:?}", env.state());
            assert!(gap(&obs, &row.obs) < 2e-6, "{place}: {obs:?} {:?}", row.obs);
            assert!(
                (step.reward - row.reward).abs() < 1e-12,
                "{place}: reward {} {}",
                step.reward,
                row.reward
            );
            assert_eq!(step.terminated, row.terminated, "{place}");
        }
    }
}

/// Whole episodes from their starts, each step from the last: the ends are equal, the states within
/// `tolerance`. (Where they were recorded all but Acrobot's are equal to the bit; NumPy squares by `pow`.)
fn run_free<E: Equations>(tolerance: f64) {
    let recording = Recording::of(E::ID);
    let mut env = Classic::<E>::new();
    let mut obs = vec![0.0; E::OBS_DIM];
    for (e, episode) in recording.episodes.iter().enumerate() {
        env.start_from(&episode.start, &mut obs).unwrap();
        for (t, row) in episode.rows.iter().enumerate() {
            let place = format!("{} episode {e} step {t}", E::ID);
            let step = env.step(&row.action, &mut obs).unwrap();
            let drift = gap(env.state(), row.state.as_ref().unwrap());
            assert!(drift <= tolerance, "{place}: drifted by {drift:e}");
            assert_eq!((step.terminated, step.truncated), (row.terminated, row.truncated), "{place}");
        }
    }
}

#[test]
fn pendulum_equals_gymnasium() {
    replay::<Pendulum>();
    run_free::<Pendulum>(1e-11);
}

#[test]
fn cartpole_equals_gymnasium() {
    replay::<CartPole>();
    run_free::<CartPole>(1e-11);
}

/// A full push either way is one of gymnasium's two; a harder one moves the cart no further and costs more.
#[test]
fn continuous_cartpole_moves_like_the_discrete_one() {
    let recording = Recording::of(CartPole::ID);
    let mut env = Classic::<CartPoleContinuous>::new();
    let mut obs = [0.0; 4];
    for episode in &recording.episodes {
        let mut state = &episode.start;
        for (t, row) in episode.rows.iter().enumerate() {
            let push = [2.0 * row.action[0] - 1.0, 3.0 * (2.0 * row.action[0] - 1.0)][t % 2];
            env.start_from(state, &mut obs).unwrap();
            let step = env.step(&[push], &mut obs).unwrap();
            state = row.state.as_ref().unwrap();
            assert!(gap(env.state(), state) < 1e-12, "step {t}: {:?} {state:?}", env.state());
            assert!(gap(&obs, &row.obs) < 2e-6, "step {t}: {obs:?} {:?}", row.obs);
            assert_eq!(step.terminated, row.terminated, "step {t}");
            assert_eq!(step.reward, if t % 2 == 0 { 0.9 } else { 1.0 - 0.1 * 9.0 }, "step {t}");
        }
    }
}

#[test]
fn continuous_cartpole_pays_for_the_action_as_given() {
    let mut env = Classic::<CartPoleContinuous>::new();
    let mut obs = [0.0; 4];
    for (action, reward) in
        [(0.0, 1.0), (0.5, 0.975), (-1.0, 0.9), (2.0, 0.6), (-10.0, -9.0), (1e3, -99_999.0)]
    {
        env.start_from(&[0.0; 4], &mut obs).unwrap();
        let step = env.step(&[action], &mut obs).unwrap();
        assert_eq!((step.reward, step.ended()), (reward, false));
    }
    // Between the two full pushes the force is in proportion: the state is affine in it.
    let after = |action: f64, env: &mut Classic<CartPoleContinuous>| {
        env.start_from(&[0.1, -0.3, 0.05, 0.7], &mut [0.0; 4]).unwrap();
        env.step(&[action], &mut [0.0; 4]).unwrap();
        env.state().to_vec()
    };
    let (left, right, some) = (after(-1.0, &mut env), after(1.0, &mut env), after(0.2, &mut env));
    let expected: Vec<f64> = left.iter().zip(&right).map(|(l, r)| 0.4 * l + 0.6 * r).collect();
    assert!(gap(&some, &expected) < 1e-15, "{some:?} {expected:?}");
}

/// Without a push the pole falls after 42.1 +- 14.5 steps: the mean of 300 episodes of an implementation of
/// its own, with the same equations, start box and limits.
#[test]
fn continuous_cartpole_falls_when_expected() {
    let mut env = Classic::<CartPoleContinuous>::new();
    let mut obs = [0.0; 4];
    let mut total = 0.0;
    for _ in 0..1000 {
        env.reset(&mut obs).unwrap();
        loop {
            let step = env.step(&[0.0], &mut obs).unwrap();
            total += step.reward;
            if step.ended() {
                break;
            }
        }
    }
    assert!((total / 1000.0 - 42.1).abs() < 3.0, "{total}");
}

#[test]
fn mountain_car_equals_gymnasium() {
    replay::<MountainCarContinuous>();
    run_free::<MountainCarContinuous>(1e-12);
}

#[test]
fn acrobot_equals_gymnasium() {
    replay::<Acrobot>();
    run_free::<Acrobot>(1e-9);
}

#[test]
fn a_step_past_the_fall_of_cartpole_pays_nothing() {
    let mut env = Classic::<CartPole>::new();
    let mut obs = [0.0; 4];
    env.start_from(&[0.0, 0.0, 0.2, 1.0], &mut obs).unwrap();
    let fall = env.step(&[0.0], &mut obs).unwrap();
    assert_eq!((fall.reward, fall.terminated), (1.0, true));
    assert_eq!(env.step(&[0.0], &mut obs).unwrap().reward, 0.0);
}

#[test]
fn discrete_actions_are_whole_and_within_range() {
    let mut env = Classic::<Acrobot>::new();
    let mut obs = [0.0; 6];
    assert!(matches!(env.step(&[0.0], &mut obs), Err(EnvError::NotReset { .. })));
    env.reset(&mut obs).unwrap();
    for wrong in [-1.0, 3.0, 0.5] {
        let said = env.step(&[wrong], &mut obs).unwrap_err().to_string();
        assert_eq!(said, format!("Acrobot-v1 takes whole-number actions from 0 to 2, but was given {wrong}"));
    }
    env.step(&[2.0], &mut obs).unwrap();
}

#[test]
fn start_states_are_checked() {
    let mut env = Classic::<Pendulum>::new();
    let said = env.start_from(&[0.0, f64::NAN], &mut [0.0; 3]).unwrap_err().to_string();
    assert_eq!(said, "Pendulum-v1 cannot start from this state: it must be 2 finite numbers");
}

#[test]
fn resets_stay_within_their_boxes_and_follow_the_seed() {
    fn starts<E: Equations>() -> Vec<Vec<f64>> {
        let mut env = Classic::<E>::new();
        let mut obs = vec![0.0; E::OBS_DIM];
        (0..500)
            .map(|seed| {
                env.seed(seed);
                env.reset(&mut obs).unwrap();
                env.state().to_vec()
            })
            .collect()
    }
    let within = |starts: Vec<Vec<f64>>, low: &[f64], high: &[f64]| {
        for (i, (low, high)) in low.iter().zip(high).enumerate() {
            let (least, most) = starts
                .iter()
                .fold((f64::MAX, f64::MIN), |(least, most), s| (least.min(s[i]), most.max(s[i])));
            let width = high - low;
            assert!(least >= *low && most <= *high, "{least} {most}");
            assert!(least <= low + 0.05 * width && most >= high - 0.05 * width, "{least} {most}");
        }
    };
    let pi = std::f64::consts::PI;
    within(starts::<Pendulum>(), &[-pi, -1.0], &[pi, 1.0]);
    within(starts::<CartPole>(), &[-0.05; 4], &[0.05; 4]);
    within(starts::<CartPoleContinuous>(), &[-0.05; 4], &[0.05; 4]);
    within(starts::<MountainCarContinuous>(), &[-0.6, 0.0], &[-0.4, 0.0]);
    within(starts::<Acrobot>(), &[-0.1001; 4], &[0.1001; 4]);
    assert_eq!(starts::<Acrobot>(), starts::<Acrobot>());
}
