//! Same seed, same run, to the bit, for any number of threads.

use crate::kept::{Kept, log_of};
use crate::start::{Change, ROWS, method, start, tasks};

/// Large enough for the products of an update to be divided among threads.
const LARGE: [Change; 5] = [
    ("code.policy_sizes", "[64, 64]"),
    ("code.critic_sizes", "[64, 64]"),
    ("collect.steps", "192"),
    ("collect.batch", "96"),
    ("collect.epochs", "2"),
];
const STEPS: u64 = 400;

#[test]
fn the_seed_decides_a_run_on_copies_and_the_threads_do_not() {
    for (algo, copies) in ROWS.iter().flat_map(|algo| ["1", "4"].map(|copies| (algo, copies))) {
        for task in tasks() {
            let method = method(algo, &task, &[&LARGE[..], &[("collect.copies", copies)]].concat());
            let run = |seed: u64, threads: usize| {
                let mut trainer = start(&method, seed, threads);
                let log = log_of(&mut trainer, STEPS);
                (log, Kept::of(&trainer))
            };
            let first = run(3, 1);
            assert!(first.0.iter().any(|(_, name, _)| name == "critic_loss"), "{algo} never learned");
            assert!(first.0.iter().any(|(_, name, _)| name == "return"), "{algo} was never evaluated");
            for threads in [1, 2, 4] {
                assert!(run(3, threads) == first, "{algo} on {copies} copies with {threads} threads");
            }
            assert!(run(4, 1).0 != first.0, "{algo} on {copies} copies of another seed");
        }
    }
}

#[test]
fn copies_are_another_run_of_the_same_length() {
    for task in tasks() {
        let [one, three] = ["1", "3"].map(|copies| {
            let mut trainer = start(&method("ppo", &task, &[("collect.copies", copies)]), 3, 1);
            (log_of(&mut trainer, STEPS), trainer.updates())
        });
        assert_ne!(one.0, three.0);
        assert_eq!(one.1, three.1);
        assert_eq!(one.1, 4 * 18, "four rollouts of 96 steps, six times through each, 32 at a time");
    }
}
