//! Where episodes start: within the stated boxes, filling them, following the seed.
//!
//! Against gymnasium's own resets they are held by `tools/compare_resets.py`.

use coadapt_envs::Env;

use crate::task;

/// Positions and velocities of the starts of many seeds.
fn starts(id: &str, n: u64) -> Vec<(Vec<f64>, Vec<f64>)> {
    let mut env = task(id);
    let mut obs = vec![0.0; env.spec().obs_dim];
    (0..n)
        .map(|seed| {
            env.seed(seed);
            env.reset(&mut obs).unwrap();
            (env.state().0.to_vec(), env.state().1.to_vec())
        })
        .collect()
}

/// The least and the greatest of some number of the starts.
fn range(starts: &[(Vec<f64>, Vec<f64>)], of: impl Fn(&(Vec<f64>, Vec<f64>)) -> f64) -> (f64, f64) {
    starts.iter().map(of).fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)))
}

/// Fails unless the range lies within the box and fills it but for a twentieth.
fn assert_fills((low, high): (f64, f64), expected: (f64, f64), what: &str) {
    let slack = 0.05 * (expected.1 - expected.0);
    let within = low >= expected.0 && high <= expected.1;
    let filled = low <= expected.0 + slack && high >= expected.1 - slack;
    assert!(within && filled, "{what}: [{low}, {high}] where {expected:?} belongs");
}

fn std(numbers: &[f64]) -> f64 {
    (numbers.iter().map(|x| x * x).sum::<f64>() / numbers.len() as f64).sqrt()
}

#[test]
fn resets_follow_the_seed() {
    for id in ["HalfCheetah-v4", "Pusher-v5", "Striker-v2"] {
        assert_eq!(starts(id, 3), starts(id, 3));
        assert_ne!(starts(id, 1)[0], starts(id, 2)[1], "{id}");
    }
}

#[test]
fn half_cheetah_starts_with_even_positions_and_normal_velocities() {
    let starts = starts("HalfCheetah-v4", 2000);
    let qpos: Vec<f64> = starts.iter().flat_map(|start| start.0.clone()).collect();
    let qvel: Vec<f64> = starts.iter().flat_map(|start| start.1.clone()).collect();
    assert!(qpos.iter().all(|q| q.abs() <= 0.1));
    assert!((std(&qpos) - 0.1 / 3f64.sqrt()).abs() < 1e-3);
    assert!((std(&qvel) - 0.1).abs() < 2e-3 && qvel.iter().any(|v| v.abs() > 0.25));
}

#[test]
fn walkers_start_within_their_boxes() {
    for (id, bound) in [("Hopper-v5", 5e-3), ("Walker2d-v4", 5e-3), ("Swimmer-v5", 0.1)] {
        let starts = starts(id, 500);
        let height = if id.starts_with("Swimmer") { 0.0 } else { 1.25 };
        assert_fills(range(&starts, |s| s.0[1]), (height - bound, height + bound), id);
        assert_fills(range(&starts, |s| s.0[4]), (-bound, bound), id);
        assert_fills(range(&starts, |s| s.1[0]), (-bound, bound), id);
    }
}

/// The noise goes onto the quaternion, too, whose length is then not one until the first step.
#[test]
fn a_free_body_starts_with_noise_on_its_quaternion() {
    for (id, bound, height) in [("Ant-v5", 0.1, 0.75), ("Humanoid-v4", 0.01, 1.4)] {
        let starts = starts(id, 500);
        assert_fills(range(&starts, |s| s.0[2]), (height - bound, height + bound), id);
        assert_fills(range(&starts, |s| s.0[9]), (-bound, bound), id);
        assert_fills(range(&starts, |s| s.0[3]), (1.0 - bound, 1.0 + bound), id);
        assert_fills(range(&starts, |s| s.0[4]), (-bound, bound), id);
    }
}

#[test]
fn reaching_tasks_start_with_their_targets_in_reach_and_at_rest() {
    let reacher = starts("Reacher-v4", 1000);
    assert_fills(range(&reacher, |s| s.0[2]), (-0.2, 0.2), "target");
    assert!(reacher.iter().all(|s| s.0[2].hypot(s.0[3]) < 0.2 && s.1[2..] == [0.0, 0.0]));
    let pusher = starts("Pusher-v5", 1000);
    assert_fills(range(&pusher, |s| s.0[7]), (-0.3, 0.0), "object");
    assert_fills(range(&pusher, |s| s.0[8]), (-0.2, 0.2), "object");
    assert!(pusher.iter().all(|s| s.0[7].hypot(s.0[8]) > 0.17 && s.0[..7] == [0.0; 7]));
    assert!(pusher.iter().all(|s| s.0[9..] == [0.0; 2] && s.1[7..] == [0.0; 4] && s.1[0] != 0.0));
}

#[test]
#[allow(clippy::approx_constant, reason = "gym divides by 3.14")]
fn striker_starts_with_its_ball_in_place_and_its_goal_in_its_box() {
    let starts = starts("Striker-v2", 1000);
    assert!(starts.iter().all(|s| s.0[7..9] == [-0.175, 0.5] && s.0[..7] == [0.0; 7]));
    assert_fills(range(&starts, |s| s.0[9]), (0.15, 0.7), "goal x");
    assert_fills(range(&starts, |s| s.0[10]), (0.1, 1.0), "goal y");
    assert_fills(range(&starts, |s| s.1[3]), (-0.1, 0.1), "velocity");
    for (qpos, qvel) in &starts {
        assert!((qpos[9] - 0.5).hypot(qpos[10] + 0.175) > 0.17 && qvel[7..] == [0.0; 8]);
        let turn = -((0.5 - qpos[9]) / (-0.175 - qpos[10] + 1e-8)).atan() / 3.14;
        assert!(qpos[12..15] == [1.0, 0.0, 0.0] && (qpos[15] - turn).abs() < 1e-12);
    }
}
