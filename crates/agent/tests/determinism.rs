//! Same seed, same run, to the bit: for any number of threads, and across a save and a restore.
#![allow(clippy::unwrap_used)]

mod toy;

use coadapt_agent::{Event, Method, Status, Trainer};
use std::collections::HashMap;
use toy::{Toy, small, small_method};

/// Everything a run reports over `steps` steps, floats as bits.
fn log_of(trainer: &mut Trainer, steps: u64) -> Vec<(u64, String, u64)> {
    let mut log = Vec::new();
    for _ in 0..steps {
        let status = trainer
            .advance(&mut |event| match event {
                Event::Train { step, values } => {
                    log.extend(values.iter().map(|(name, x)| (step, (*name).to_owned(), x.to_bits())));
                }
                Event::Evaluation { step, evaluation } => {
                    let bias = evaluation.bias.iter().flat_map(|bias| bias.values().map(|(_, x)| x));
                    let numbers = evaluation.returns.iter().copied().chain(bias);
                    log.extend(numbers.map(|x| (step, "return".to_owned(), x.to_bits())));
                }
            })
            .unwrap();
        assert_eq!(status, Status::Running);
    }
    log
}

fn trainer(method: &Method, seed: u64, threads: usize) -> Trainer {
    Trainer::new(method, Toy::boxed(), Toy::boxed(), seed, threads).unwrap()
}

#[test]
fn the_seed_decides_the_run_and_the_threads_do_not() {
    for algo in coadapt_agent::ALGORITHMS {
        let method = small(algo);
        let first = log_of(&mut trainer(&method, 3, 1), 400);
        assert!(first.iter().any(|(_, name, _)| name == "critic_loss"), "{algo} never learned");
        assert!(first.iter().any(|(_, name, _)| name == "return"), "{algo} was never evaluated");
        assert_eq!(first, log_of(&mut trainer(&method, 3, 1), 400), "{algo}");
        assert_eq!(first, log_of(&mut trainer(&method, 3, 2), 400), "{algo}");
        assert_ne!(first, log_of(&mut trainer(&method, 4, 1), 400), "{algo}");
    }
}

#[test]
fn a_restored_run_goes_on_as_if_never_stopped() {
    // MPO has the most to restore: target policy, four duals, copies that are due at update counts.
    let mut mpo = small("mpo");
    mpo.set("code.targets.period", "7").unwrap();
    // The rows that learn from all data have the episode that still runs.
    for method in [small_method(), mpo, small("awr"), small("awr_xbp")] {
        assert_restores(&method);
    }
}

fn assert_restores(method: &Method) {
    // In the warm-up, in the middle of an episode, at its end, after the ring of the replay has come round.
    for stop in [1, 57, 130, 355] {
        let mut whole = trainer(method, 5, 1);
        log_of(&mut whole, stop);
        let snapshot = whole.snapshot().unwrap();
        let state = snapshot.state.clone();
        let arrays: HashMap<String, Vec<f32>> =
            snapshot.arrays.iter().map(|(name, _, values)| (name.clone(), values.to_vec())).collect();
        let expected = log_of(&mut whole, 300);
        // Another seed, so that nothing is right by chance.
        let mut restored = trainer(method, 99, 1);
        log_of(&mut restored, 10);
        restored
            .restore(&state, &mut |name, into| {
                let values = arrays.get(name).ok_or(format!("no {name}"))?;
                into.copy_from_slice(values);
                Ok(())
            })
            .unwrap();
        let own_evaluation = |log: Vec<(u64, String, u64)>| -> Vec<_> {
            // Evaluation seeds come from the run's seed, which here differs on purpose.
            log.into_iter().filter(|(_, name, _)| name != "return").collect()
        };
        assert_eq!(own_evaluation(expected), own_evaluation(log_of(&mut restored, 300)), "stopped at {stop}");
    }
}

#[test]
fn a_foreign_checkpoint_is_refused_with_a_sentence() {
    let method = small_method();
    let mut run = trainer(&method, 1, 1);
    log_of(&mut run, 40);
    let state = run.snapshot().unwrap().state;
    let mut other = trainer(&method, 1, 1);
    let missing = other.restore(&state, &mut |name, _| Err(format!("`{name}` is missing"))).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "the checkpoint does not fit this run: `params.policy.0.weight` is missing"
    );
    let garbage = other.restore("{}", &mut |_, _| Ok(())).unwrap_err();
    assert!(garbage.to_string().starts_with("the checkpoint does not fit this run: missing field"));
}
