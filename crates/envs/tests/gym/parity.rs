//! Every -v4 and -v5 task against gymnasium 1.4.0: the same starts, the same actions, the same numbers.
//!
//! Each recording has a run of 1000 steps past every end, and shorter ones from drawn starts and from states
//! far from them. Positions and velocities must be equal to the bit after every step, observations within
//! 1e-9, rewards within 1e-12, ends equal.

use coadapt_envs::gym::GymEnv;
use coadapt_envs::{ActionSpace, Env};

use crate::actions::Actions;
use crate::recorded::{Episode, Recording, hash, weighted_sum};
use crate::task;

const OBS: f64 = 1e-9;
const REWARD: f64 = 1e-12;

/// Fails with the place and the size of the difference unless it is within `tolerance`.
fn assert_near(found: &[f64], expected: &[f64], tolerance: f64, place: &str) {
    assert_eq!(found.len(), expected.len(), "{place}");
    let gap = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(gap <= tolerance, "{place}: off by up to {gap:e}\n found    {found:?}\n expected {expected:?}");
}

/// Replays one episode; the number of its steps.
fn replay_episode(env: &mut GymEnv, episode: &Episode, place: &str) {
    let ActionSpace::Continuous { high, .. } = env.spec().action.clone() else { panic!("{place}") };
    let mut actions = Actions::new(episode.action_seed, &high);
    let mut obs = vec![0.0; env.spec().obs_dim];
    env.start_from(&episode.qpos, &episode.qvel, &mut obs).unwrap();
    assert_near(&obs, &episode.first_obs, OBS, &format!("{place}, first observation"));
    for (t, row) in episode.rows.iter().enumerate() {
        let place = format!("{place}, step {}", t + 1);
        let step = env.step(&actions.draw(), &mut obs).unwrap();
        let (qpos, qvel) = env.state();
        if let Some([sampled, expected_qpos, expected_qvel]) = &row.sample {
            assert_near(qpos, expected_qpos, OBS, &format!("{place}, positions"));
            assert_near(qvel, expected_qvel, OBS, &format!("{place}, velocities"));
            assert_near(&obs, sampled, OBS, &format!("{place}, observation"));
        }
        assert_eq!(
            hash(&[qpos, qvel].concat()),
            row.state_hash,
            "{place}: positions and velocities are not those of the recording to the bit. If the first \
             differences are near 1e-15, sin or cos round otherwise here than where it was recorded: the C \
             library picks other code on a processor without AVX2 and FMA (see tests/data/RECORDED.txt)"
        );
        let sum = weighted_sum(&obs);
        assert!(
            (sum - row.obs_sum).abs() <= OBS * (1.0 + sum.abs()),
            "{place}: the weighted sum of the observation is {sum}, recorded {}",
            row.obs_sum
        );
        assert_near(&[step.reward], &[row.reward], REWARD, &format!("{place}, reward"));
        assert_eq!((step.terminated, step.truncated), (row.terminated, row.truncated), "{place}");
    }
}

/// Replays the recording of `recorded` in `task`.
pub fn replay(id: &str, recorded: &str) {
    let recording = Recording::of(recorded);
    assert!(recording.episodes[0].rows.len() == 1000 && recording.episodes.len() == 5);
    let mut env = task(id);
    for (e, episode) in recording.episodes.iter().enumerate() {
        replay_episode(&mut env, episode, &format!("{id} against {recorded}, episode {e}"));
    }
}

/// Replays both versions; the recordings must show an end of the task if there is one, and one by time.
fn replay_both(robot: &str, ends: &[bool]) {
    for version in ["v4", "v5"] {
        let id = format!("{robot}-{version}");
        let recording = Recording::of(&id);
        let mut seen: Vec<bool> = recording.rows().map(|row| row.terminated).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen, ends, "{id}");
        assert!(recording.rows().any(|row| row.truncated), "{id}");
        let mut rewards: Vec<u64> = recording.rows().map(|row| row.reward.to_bits()).collect();
        rewards.sort();
        rewards.dedup();
        assert!(rewards.len() > 100 || robot == "InvertedPendulum", "{id} has {} rewards", rewards.len());
        replay(&id, &id);
    }
}

#[test]
fn half_cheetah_equals_gymnasium() {
    replay_both("HalfCheetah", &[false]);
}

#[test]
fn hopper_equals_gymnasium() {
    replay_both("Hopper", &[false, true]);
}

#[test]
fn walker2d_equals_gymnasium() {
    replay_both("Walker2d", &[false, true]);
}

#[test]
fn ant_equals_gymnasium() {
    replay_both("Ant", &[false, true]);
}

#[test]
fn humanoid_equals_gymnasium() {
    replay_both("Humanoid", &[false, true]);
}

#[test]
fn swimmer_equals_gymnasium() {
    replay_both("Swimmer", &[false]);
}

#[test]
fn reacher_equals_gymnasium() {
    replay_both("Reacher", &[false]);
}

/// -v4 is gymnasium's code on a MuJoCo it refuses to run on.
#[test]
fn pusher_equals_gymnasium() {
    replay_both("Pusher", &[false]);
}

#[test]
fn inverted_pendulum_equals_gymnasium() {
    replay_both("InvertedPendulum", &[false, true]);
}

#[test]
fn inverted_double_pendulum_equals_gymnasium() {
    replay_both("InvertedDoublePendulum", &[false, true]);
}
