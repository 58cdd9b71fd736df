//! The store against a plain list of episodes.

use super::*;

/// Episode `number` of `length` steps, its numbers saying where they are from; terminated if even.
fn push_episode(store: &mut Episodes, number: usize, length: usize) {
    for t in 0..length {
        push_step(store, number, t, length);
    }
}

fn push_step(store: &mut Episodes, number: usize, t: usize, length: usize) {
    let ended = t + 1 == length;
    let at = |t: usize| [number as f32, t as f32];
    let (terminated, truncated) = (ended && number.is_multiple_of(2), ended);
    let (obs, action, next_obs) = (&at(t), &[t as f32 + 0.5], &at(t + 1));
    let ended_length =
        store.push(Transition { obs, action, reward: t as f32, terminated, truncated, next_obs });
    assert_eq!(ended_length, ended.then_some(t + 1));
}

fn assert_holds(store: &Episodes, expected: &[(usize, usize)]) {
    assert_eq!(store.len(), expected.iter().map(|(_, length)| length).sum::<usize>());
    assert_eq!(store.lengths(), expected.iter().map(|(_, length)| *length).collect::<Vec<_>>());
    let mut index = 0;
    for (episode, &(number, length)) in store.iter().zip(expected) {
        let obs: Vec<f32> = (0..=length).flat_map(|t| [number as f32, t as f32]).collect();
        let rewards: Vec<f32> = (0..length).map(|t| t as f32).collect();
        assert_eq!((episode.obs, episode.rewards), (&obs[..], &rewards[..]), "episode {number}");
        assert_eq!(episode.last.terminated, number.is_multiple_of(2), "episode {number}");
        assert!(episode.last.truncated && episode.last.next_obs == [number as f32, length as f32]);
        for t in 0..length {
            assert_eq!(store.action(index), [t as f32 + 0.5]);
            index += 1;
        }
    }
}

#[test]
fn the_newest_whole_episodes_stay() {
    let mut store = Episodes::new(10, 2, 1);
    let lengths = [4, 1, 5, 3, 1, 1, 12, 2, 9];
    let kept: [&[usize]; 9] =
        [&[0], &[0, 1], &[0, 1, 2], &[1, 2, 3], &[1, 2, 3, 4], &[2, 3, 4, 5], &[6], &[7], &[8]];
    for (number, length) in lengths.into_iter().enumerate() {
        push_episode(&mut store, number, length);
        let expected: Vec<_> = kept[number].iter().map(|&n| (n, lengths[n])).collect();
        assert_holds(&store, &expected);
        assert_eq!(store.rows(), store.len() + expected.len());
    }
}

#[test]
fn an_episode_is_invisible_until_it_ends() {
    let mut store = Episodes::new(10, 2, 1);
    push_step(&mut store, 0, 0, 2);
    assert!(store.is_empty() && store.running() == 1 && store.iter().next().is_none());
    push_step(&mut store, 0, 1, 2);
    push_step(&mut store, 1, 0, 2);
    assert_holds(&store, &[(0, 2)]);
    assert_eq!(store.newest_obs(1), [0.0, 0.0, 0.0, 1.0, 0.0, 2.0]);
    push_step(&mut store, 1, 1, 2);
    assert_holds(&store, &[(0, 2), (1, 2)]);
    assert_eq!(store.newest_obs(1), [1.0, 0.0, 1.0, 1.0, 1.0, 2.0]);
    assert_eq!(store.newest_obs(7).len(), 12);
    let acted_on: Vec<&[f32]> = store.acted_on().collect();
    assert_eq!(acted_on, [&[0.0, 0.0, 0.0, 1.0][..], &[1.0, 0.0, 1.0, 1.0]]);
}

#[test]
fn restored_from_its_arrays_it_goes_on_the_same() {
    for running in [0, 1, 3] {
        let mut original = Episodes::new(10, 2, 1);
        [4, 1, 5, 3].into_iter().enumerate().for_each(|(n, length)| push_episode(&mut original, n, length));
        (0..running).for_each(|t| push_step(&mut original, 4, t, 9));
        let mut restored = Episodes::new(10, 2, 1);
        push_episode(&mut restored, 9, 9);
        let saved = original.arrays("episodes");
        let mut read = |name: &str, into: &mut [f32]| {
            let (.., values) = saved.iter().find(|(n, ..)| n == name).ok_or("missing")?;
            into.copy_from_slice(values);
            Ok(())
        };
        restored.restore("episodes", original.position(), &mut read).unwrap();
        assert_holds(&restored, &[(1, 1), (2, 5), (3, 3)]);
        for store in [&mut original, &mut restored] {
            push_step(store, 4, running, running + 1);
            push_episode(store, 5, 2);
        }
        assert_eq!(original.arrays("episodes"), restored.arrays("episodes"));
        let (steps, rows) = restored.position();
        let arrays: Vec<_> =
            restored.arrays("episodes").into_iter().map(|(n, s, v)| (n, s, v.to_vec())).collect();
        let mut other = |name: &str, into: &mut [f32]| {
            let (.., values) = arrays.iter().find(|(n, ..)| n == name).ok_or("missing")?;
            into.iter_mut().zip(values).for_each(|(to, from)| *to = *from);
            Ok(())
        };
        assert!(Episodes::new(10, 2, 1).restore("episodes", (steps, rows + 1), &mut other).is_err());
    }
}
