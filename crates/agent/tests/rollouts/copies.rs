//! Copies of a task: each with its own episodes, stepped in turn, their actions drawn of one policy.

use crate::kept::Kept;
use crate::start::{Change, ROWS, Taken, UNSEEN, collect, method, piece, rollout, start, tasks};
use crate::toy::Toy;
use coadapt_agent::{Event, Method, Status, Trainer};
use std::collections::{HashMap, HashSet};

const COPIES: usize = 4;
const CHANGES: [Change; 3] = [("collect.copies", "4"), ("collect.steps", "200"), UNSEEN];

/// The rollouts of `count` iterations.
fn rollouts(method: &Method, count: usize) -> Vec<Vec<Taken>> {
    let mut trainer = start(method, 6, 1);
    let mut all = Vec::new();
    for _ in 0..count {
        collect(&mut trainer);
        all.push(rollout(&Kept::of(&trainer)));
        while !trainer.is_between_steps() {
            piece(&mut trainer);
        }
    }
    all
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn no_two_copies_see_one_episode() {
    for algo in ROWS {
        for task in tasks() {
            let mut seen = HashMap::new();
            for rollout in rollouts(&method(algo, &task, &CHANGES), 3) {
                assert_eq!(rollout.len(), 200);
                for (place, taken) in rollout.iter().enumerate() {
                    let copy = place / (200 / COPIES);
                    let other = *seen.entry(bits(&taken.obs)).or_insert(copy);
                    assert_eq!(other, copy, "{algo}: both were at {:?}", taken.obs);
                }
            }
        }
    }
}

#[test]
fn copies_do_not_take_each_other_s_actions() {
    for algo in ROWS {
        let rollout = &rollouts(&method(algo, &tasks()[0], &CHANGES), 1)[0];
        let actions: HashSet<_> = rollout.iter().map(|taken| bits(&taken.action)).collect();
        assert_eq!(actions.len(), rollout.len(), "{algo}: an action was taken twice");
        for taken in rollout.iter().filter(|taken| !taken.last) {
            // The action that is stored is the one that moved this copy.
            let moved = taken.obs[0] + 0.3 * taken.action[0];
            assert!((taken.next_obs[0] - moved).abs() < 1e-5, "{algo}: {taken:?}");
        }
    }
}

#[test]
fn the_first_copy_begins_as_the_only_one_does() {
    let of = |copies: &'static str| {
        let method = method("ppo", &tasks()[0], &[("collect.copies", copies), CHANGES[1], UNSEEN]);
        rollouts(&method, 1)[0][0].obs.clone()
    };
    assert_eq!(of("1"), of("4"));
    assert_eq!(of("2"), of("4"));
}

/// A log's numbers of episodes are of all copies.
#[test]
fn every_copy_s_episodes_are_logged() {
    let mut method = method("ppo", &tasks()[0], &CHANGES);
    method.set("schedule.log_every", "200").unwrap();
    // A copy takes 50 of them, in which at least two of its episodes end.
    let (mut trainer, mut episodes) = (start(&method, 6, 1), None);
    while episodes.is_none() {
        let status = trainer.piece(&mut |event| {
            if let Event::Train { values, .. } = event {
                episodes = values.iter().find(|(name, _)| *name == "episodes").map(|(_, x)| *x);
            }
        });
        assert_eq!(status.unwrap(), Status::Running);
    }
    assert!(episodes >= Some(2.0 * COPIES as f64), "{episodes:?}");
}

#[test]
fn another_number_of_tasks_than_copies_is_refused_with_a_sentence() {
    let method = method("ppo", &tasks()[0], &CHANGES);
    let sentence = "`collect.copies` is 4, but must be the number of tasks that the trainer is given";
    let alone = Trainer::new(&method, Toy::boxed(), Toy::boxed(), 0, 1).err().unwrap();
    assert_eq!(alone.to_string(), sentence);
    let three = (0..3).map(|_| Toy::boxed()).collect();
    let error = Trainer::of_copies(&method, three, Toy::boxed(), 0, 1).err().unwrap();
    assert_eq!(error.to_string(), sentence);
}
