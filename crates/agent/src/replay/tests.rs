//! The ring against a plain list.

use super::*;

/// s, r, terminated, truncated, s'
type Stored = (Vec<f32>, f32, bool, bool, Vec<f32>);

/// Episodes of changing length, some truncated, some terminated; numbers that say where they are from.
fn episodes(count: usize) -> Vec<Stored> {
    let mut all = Vec::new();
    let mut clock = 0.0;
    for episode in 0..count {
        let length = 1 + (episode * 7) % 5;
        for t in 0..length {
            let ended = t + 1 == length;
            let next = if ended { clock + 0.5 } else { clock + 1.0 };
            all.push((
                vec![clock, -clock],
                clock * 10.0,
                ended && episode % 2 == 0,
                ended,
                vec![next, -next],
            ));
            clock += 1.0;
        }
    }
    all
}

fn push(replay: &mut Replay, (obs, reward, terminated, truncated, next_obs): &Stored) {
    let (reward, terminated, truncated) = (*reward, *terminated, *truncated);
    replay.push(Transition { obs, action: &[reward + 1.0], reward, terminated, truncated, next_obs });
}

fn filled(capacity: usize, transitions: &[Stored]) -> Replay {
    let mut replay = Replay::new(capacity, 2, 1).unwrap();
    transitions.iter().for_each(|stored| push(&mut replay, stored));
    replay
}

fn assert_holds(replay: &Replay, expected: &[Stored]) {
    assert_eq!(replay.len(), expected.len());
    for (i, (obs, reward, terminated, truncated, next_obs)) in expected.iter().enumerate() {
        let found = replay.get(i);
        assert_eq!((found.obs, found.next_obs), (&obs[..], &next_obs[..]), "transition {i}");
        assert_eq!((found.reward, found.action), (*reward, &[reward + 1.0][..]), "transition {i}");
        let ends = (found.terminated, found.truncated);
        assert_eq!(ends, (*terminated, *truncated), "transition {i}: the two ends stay apart");
    }
}

#[test]
fn holds_the_newest_transitions_in_order() {
    let all = episodes(40);
    for count in [1, 5, 16, 17, 18, 60, all.len()] {
        let replay = filled(17, &all[..count]);
        assert_holds(&replay, &all[count.saturating_sub(17)..count]);
    }
}

#[test]
fn one_step_episodes_keep_both_observations() {
    let all: Vec<_> =
        (0..200).map(|i| (vec![i as f32, 0.0], 1.0, i % 3 == 0, true, vec![i as f32 + 0.5, 1.0])).collect();
    assert_holds(&filled(50, &all), &all[150..]);
}

#[test]
fn restored_from_its_arrays_it_goes_on_the_same() {
    let all = episodes(60);
    for count in [3, 17, 40, 100] {
        let original = filled(17, &all[..count]);
        let saved: Vec<(String, Vec<f32>)> =
            original.arrays().into_iter().map(|(name, _, values)| (name, values.to_vec())).collect();
        let mut restored = Replay::new(17, 2, 1).unwrap();
        let mut read = |name: &str, into: &mut [f32]| {
            let (_, values) = saved.iter().find(|(n, _)| n == name).ok_or("missing")?;
            if values.len() != into.len() {
                return Err(format!("{name}: {} numbers for {}", values.len(), into.len()));
            }
            into.copy_from_slice(values);
            Ok(())
        };
        restored.restore(original.position(), original.lasts_position(), &mut read).unwrap();
        assert_holds(&restored, &all[count.saturating_sub(17)..count]);
        all[count..].iter().for_each(|stored| push(&mut restored, stored));
        assert_holds(&restored, &all[all.len() - 17..]);
    }
}

#[test]
fn a_window_stops_where_its_episode_or_the_data_stop() {
    let all = episodes(40);
    for count in [1, 5, 17, 18, 60, all.len()] {
        let held = &all[count.saturating_sub(17)..count];
        let replay = filled(17, held);
        for (start, length) in (0..held.len()).flat_map(|start| [(start, 1), (start, 3), (start, 1000)]) {
            let mut expected = Vec::new();
            for stored in held[start..].iter().take(length) {
                expected.push(stored.1);
                if stored.2 || stored.3 {
                    break;
                }
            }
            let found: Vec<f32> = replay.window(start, length).map(|step| step.transition.reward).collect();
            assert_eq!(found, expected, "{length} from {start} of {count}");
            assert!(replay.window(start, length).all(|step| step.log_mu.is_nan()), "nobody asked to keep it");
        }
    }
}

/// Transition number `i` of a replay that keeps densities, each of its own.
fn push_kept(replay: &mut Replay, i: usize) {
    let x = i as f32;
    let (terminated, truncated) = (false, i % 4 == 3);
    let transition =
        Transition { obs: &[x], action: &[x], reward: x, terminated, truncated, next_obs: &[x + 0.5] };
    replay.push_step(StoredTransition { transition, log_mu: -x });
}

fn densities(replay: &Replay) -> Vec<(f32, f32)> {
    let one = |i| replay.window(i, 1).map(|step| (step.transition.reward, step.log_mu));
    (0..replay.len()).flat_map(one).collect()
}

#[test]
fn densities_stay_with_their_actions_and_are_restored() {
    for count in [3, 7, 30] {
        let mut replay = Replay::keeping_log_mu(7, 1, 1).unwrap();
        (0..count).for_each(|i| push_kept(&mut replay, i));
        let held = |end: usize| -> Vec<_> {
            (end.saturating_sub(7)..end).map(|i| (i as f32, -(i as f32))).collect()
        };
        assert_eq!(densities(&replay), held(count));
        let saved: Vec<(String, Vec<f32>)> =
            replay.arrays().into_iter().map(|(name, _, values)| (name, values.to_vec())).collect();
        let mut restored = Replay::keeping_log_mu(7, 1, 1).unwrap();
        let mut read = |name: &str, into: &mut [f32]| {
            let (_, values) = saved.iter().find(|(n, _)| n == name).ok_or("missing")?;
            into.copy_from_slice(values);
            Ok(())
        };
        restored.restore(replay.position(), replay.lasts_position(), &mut read).unwrap();
        push_kept(&mut restored, count);
        assert_eq!(densities(&restored), held(count + 1));
    }
    let plain = Replay::new(7, 1, 1).unwrap();
    assert!(plain.arrays().iter().all(|(name, ..)| name != "replay.log_mu"));
}

#[test]
fn a_million_humanoid_transitions_fit_in_1_7_gigabytes() {
    // Last observations of 1000-step episodes included.
    let lasts = 2048 * 376 * 4;
    assert!(Replay::bytes(1_000_000, 376, 17) + lasts < 1_700_000_000);
}
