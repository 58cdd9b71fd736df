//! The -v2 tasks against their stated formulas: no installable package runs them.
//!
//! Where -v2 differs from -v4 in nothing that is computed here, the -v4 recording is its expectation. That it
//! does not differ is stated by reading gym's code, not measured.

use coadapt_envs::{ActionSpace, Env};

use crate::actions::Actions;
use crate::parity::replay;
use crate::recorded::Recording;
use crate::task;

#[test]
fn tasks_that_are_the_same_in_v2_equal_the_v4_recordings() {
    for robot in ["HalfCheetah", "Hopper", "Walker2d", "Swimmer", "Reacher", "Pusher"] {
        replay(&format!("{robot}-v2"), &format!("{robot}-v4"));
    }
}

/// Observations of MuJoCo 2.0 beside those of -v4, in lockstep from the starts of the recordings: the first
/// `shared` numbers are equal, the rest of -v2 is zero and that of -v4 is not.
fn differs_in_contact_forces_only(robot: &str, shared: usize, contacts: usize) {
    let (mut old, mut new) = (task(&format!("{robot}-v2")), task(&format!("{robot}-v4")));
    let mut obs = [&old, &new].map(|env| vec![0.0; env.spec().obs_dim]);
    assert_eq!(obs[0].len(), shared + contacts);
    let ActionSpace::Continuous { high, .. } = old.spec().action.clone() else { panic!("a box") };
    let mut touched = false;
    for episode in &Recording::of(&format!("{robot}-v4")).episodes {
        let mut actions = Actions::new(episode.action_seed, &high);
        old.start_from(&episode.qpos, &episode.qvel, &mut obs[0]).unwrap();
        new.start_from(&episode.qpos, &episode.qvel, &mut obs[1]).unwrap();
        for row in &episode.rows {
            let action = actions.draw();
            let steps = [old.step(&action, &mut obs[0]).unwrap(), new.step(&action, &mut obs[1]).unwrap()];
            assert_eq!(steps[0], steps[1]);
            assert!((steps[0].reward - row.reward).abs() < 1e-12);
            assert_eq!(obs[0][..shared], obs[1][..shared]);
            assert!(obs[0][shared..].iter().all(|force| *force == 0.0));
            touched |= obs[1][shared..].iter().any(|force| *force != 0.0);
        }
    }
    assert_eq!(touched, obs[1].len() > shared, "{robot}-v4 shows contact forces, or none at all");
}

#[test]
fn ant_v2_is_v4_and_84_zeros() {
    differs_in_contact_forces_only("Ant", 27, 84);
}

#[test]
fn humanoid_v2_is_v4_with_84_zeros() {
    differs_in_contact_forces_only("Humanoid", 292, 84);
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// The places of hand, ball and goal that the reward is made of are in the observation before the step.
#[test]
fn striker_v2_pays_by_its_formula() {
    let mut env = task("Striker-v2");
    let mut obs = vec![0.0; 23];
    let mut overshot = false;
    for seed in 0..5 {
        env.seed(seed);
        env.reset(&mut obs).unwrap();
        let (mut qpos, mut qvel) = (env.state().0.to_vec(), env.state().1.to_vec());
        // The ball is on its way to where the goal is, and beyond.
        (qvel[7], qvel[8]) = (3.0 * (qpos[10] - qpos[7]), 3.0 * (qpos[9] - qpos[8]));
        // The hand starts a little elsewhere each time.
        qpos[..7].iter_mut().enumerate().for_each(|(i, q)| *q = 0.1 * (seed as f64 + i as f64).sin());
        env.start_from(&qpos, &qvel, &mut obs).unwrap();
        let mut actions = Actions::new(seed, &[3.0; 7]);
        let mut least = f64::INFINITY;
        for t in 1..=100 {
            let [hand, ball, goal] = [14, 17, 20].map(|i| obs[i..i + 3].to_vec());
            let action = actions.draw();
            let to_goal = distance(&ball, &goal);
            least = least.min(to_goal);
            overshot |= to_goal > least + 0.05;
            let squares: f64 = action.iter().map(|a| a * a).sum();
            let expected = -3.0 * least - 0.1 * squares - 0.5 * distance(&ball, &hand);
            let step = env.step(&action, &mut obs).unwrap();
            assert!((step.reward - expected).abs() < 1e-12, "{} {expected}", step.reward);
            assert!(!step.terminated);
            assert_eq!(step.truncated, t == 100);
        }
    }
    assert!(overshot, "the least distance is told apart from the present one");
}

/// The versions differ in who is paid on the step of the fall.
#[test]
fn only_v5_withholds_the_bonus_on_the_fall() {
    for (robot, bonus) in [("Hopper", 1.0), ("Walker2d", 1.0), ("Ant", 1.0), ("Humanoid", 5.0)] {
        let recording = Recording::of(&format!("{robot}-v4"));
        let falls = |episode: &&crate::recorded::Episode| {
            episode.rows.last().is_some_and(|row| row.terminated && !row.truncated)
        };
        let episode = recording.episodes[1..].iter().find(falls).unwrap();
        let last = ["v2", "v4", "v5"].map(|version| {
            let mut env = task(&format!("{robot}-{version}"));
            let mut obs = vec![0.0; env.spec().obs_dim];
            let ActionSpace::Continuous { high, .. } = env.spec().action.clone() else { panic!("a box") };
            let mut actions = Actions::new(episode.action_seed, &high);
            env.start_from(&episode.qpos, &episode.qvel, &mut obs).unwrap();
            let mut steps = (0..2000).map(|_| env.step(&actions.draw(), &mut obs).unwrap());
            steps.find(|step| step.terminated).unwrap().reward
        });
        assert_eq!(last[0], last[1], "{robot}");
        // -v5 also pays for contacts, and Walker2d-v5 walks on another foot, so that its fall is another one.
        let gap = last[1] - last[2];
        let met = if robot == "Walker2d" { gap > 0.0 } else { gap > bonus - 1e-9 && gap < bonus + 10.0 };
        assert!(met, "{robot}: {last:?}");
    }
}
