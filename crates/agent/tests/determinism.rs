//! Same seed, same run, to the bit: for any number of threads, and across a save and a restore.
#![allow(clippy::unwrap_used)]

mod kept;
mod toy;

use coadapt_agent::columns::Head;
use coadapt_agent::{Event, Method, Status, Trainer};
use kept::{Kept, log_of};
use toy::{Toy, small, small_method, small_on};

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
fn every_precision_is_as_reproducible_and_another_run() {
    for algo in coadapt_agent::ALGORITHMS {
        let mut method = small(algo);
        let sizes =
            [("code.policy_sizes", "[32, 24]"), ("code.critic_sizes", "[40, 24]"), ("collect.batch", "48")];
        sizes.iter().for_each(|(path, value)| method.set(path, value).unwrap());
        let mut logs = vec![log_of(&mut trainer(&method, 3, 1), 200)];
        for precision in ["f32x6", "bf16x3", "bf16"] {
            method.set("code.precision", precision).unwrap();
            let log = log_of(&mut trainer(&method, 3, 1), 200);
            assert_eq!(log, log_of(&mut trainer(&method, 3, 2), 200), "{algo} at {precision}");
            assert!(!logs.contains(&log), "{algo} at {precision} is what another precision gives");
            logs.push(log);
        }
        method.set("code.precision", "f32").unwrap();
        assert_eq!(log_of(&mut trainer(&method, 3, 2), 200), logs[0], "{algo}");
    }
}

#[test]
fn a_longer_target_of_one_step_is_the_one_step_target() {
    let n_step = "{ kind = \"n_step\", n = 1 }";
    let retrace = "{ kind = \"retrace\", lambda = 0.95, length = 1 }";
    for (algo, target) in [("sac", n_step), ("awac", n_step), ("mpo", n_step), ("mpo", retrace)] {
        let mut method = small(algo);
        let expected = log_of(&mut trainer(&method, 3, 1), 400);
        method.set("estimate.target", target).unwrap();
        assert_eq!(log_of(&mut trainer(&method, 3, 1), 400), expected, "{algo} with {target}");
    }
}

#[test]
fn windows_do_not_depend_on_threads() {
    let mut method = small("mpo");
    method.set("estimate.target", "{ kind = \"retrace\", lambda = 0.95, length = 4 }").unwrap();
    let first = log_of(&mut trainer(&method, 3, 1), 400);
    assert_eq!(first, log_of(&mut trainer(&method, 3, 2), 400));
    method.set("estimate.target.lambda", "0.5").unwrap();
    assert_ne!(first, log_of(&mut trainer(&method, 3, 1), 400));
}

#[test]
fn a_restored_run_goes_on_as_if_never_stopped() {
    // MPO has the most to restore: target policy, four duals, copies that are due at update counts.
    let mut mpo = small("mpo");
    mpo.set("code.targets.period", "7").unwrap();
    // Retrace has the densities of the stored actions too.
    let mut retrace = mpo.clone();
    retrace.set("estimate.target", "{ kind = \"retrace\", lambda = 0.95, length = 4 }").unwrap();
    // The rows that learn from all data have the episode that still runs.
    let rows = [small_method(), mpo, retrace, small("awr"), small("awr_xbp"), small("ddpg"), delayed()];
    // Rates that fall to 0 in the middle of what is compared, with either optimiser.
    let falling = ["sac", "awr"].map(|algo| small(algo).with("code.lr_decay", FALLING).unwrap());
    for method in rows.into_iter().chain(falling) {
        assert_restores(&method);
    }
}

/// Learning rates that fall to 0 at step 400.
const FALLING: &str = "{ kind = \"linear\", steps = 400 }";

/// TD3 with exploration noise that goes on from step to step, and of three updates two without the policy.
fn delayed() -> Method {
    let mut method = small("td3");
    let process = "{ kind = \"ornstein_uhlenbeck\", theta = 0.15, std = 0.3, dt = 0.5 }";
    for (path, value) in [("collect.exploration", process), ("code.policy_delay", "3")] {
        method.set(path, value).unwrap();
    }
    method
}

/// As [`Trainer::new`] on the toy that `method` has the policy for.
fn trainer_of(method: &Method, seed: u64, threads: usize) -> Trainer {
    if method.pi.head != Head::Softmax {
        return trainer(method, seed, threads);
    }
    let task = || Box::new(Toy::discrete());
    Trainer::new(method, task(), task(), seed, threads).unwrap()
}

#[test]
fn a_run_on_discrete_actions_is_decided_by_its_seed_and_goes_on_when_restored() {
    for algo in ["mpo", "awr", "awr_xbp"] {
        let mut method = small_on(&Toy::discrete(), algo);
        if algo == "mpo" {
            method.set("code.targets.period", "7").unwrap();
        }
        let first = log_of(&mut trainer_of(&method, 3, 1), 400);
        assert!(first.iter().any(|(_, name, _)| name == "critic_loss"), "{algo} never learned");
        assert_eq!(first, log_of(&mut trainer_of(&method, 3, 2), 400), "{algo}");
        assert_ne!(first, log_of(&mut trainer_of(&method, 4, 1), 400), "{algo}");
        assert_restores(&method);
    }
}

#[test]
fn a_run_left_between_any_two_pieces_goes_on_to_the_bit() {
    let mut several = small("sac");
    several.set("collect.updates", "3").unwrap();
    let mut td3 = delayed();
    td3.set("collect.updates", "4").unwrap();
    let mut long = small("awr");
    // More observations than are looked at in one piece.
    for (path, value) in [("collect.capacity", "3000"), ("schedule.eval_every", "1300")] {
        long.set(path, value).unwrap();
    }
    let iteration = "{ kind = \"fixed\", every = 1300, critic_steps = 5, policy_steps = 7 }";
    long.set("collect.iteration", iteration).unwrap();
    let softmax = small_on(&Toy::discrete(), "awr_xbp");
    let falling = small("awr").with("code.lr_decay", FALLING).unwrap();
    for (method, from) in [
        (several, 95),
        (td3, 95),
        (small("awr"), 98),
        (falling, 98),
        (small("awr_xbp"), 98),
        (softmax, 98),
        (long, 1298),
    ] {
        let mut trainer = trainer_of(&method, 5, 1);
        log_of(&mut trainer, from);
        // Past the first thing learned, and past an evaluation, piece by piece.
        let mut kept = vec![Kept::of(&trainer)];
        let mut inside = 0;
        let mut evaluations = 0;
        while trainer.step() < from + 8 || !trainer.is_between_steps() {
            let mut count =
                |event: Event<'_>| evaluations += u32::from(matches!(event, Event::Evaluation { .. }));
            assert_eq!(trainer.piece(&mut count).unwrap(), Status::Running);
            inside += u32::from(!trainer.is_between_steps());
            kept.push(Kept::of(&trainer));
        }
        assert!(inside > 15 && evaluations == 1, "{inside} pieces between steps, {evaluations} evaluations");
        log_of(&mut trainer, 20);
        let expected = Kept::of(&trainer);
        let end = trainer.step();
        // Not every evaluation step, of which there are many, and at most so many places of the rest.
        let apart = 1 + kept.len() / 40;
        for place in kept.iter().step_by(apart) {
            let mut restored = trainer_of(&method, 5, 2);
            place.put_back(&mut restored).unwrap();
            while restored.step() < end || !restored.is_between_steps() {
                assert_eq!(restored.piece(&mut |_| {}).unwrap(), Status::Running);
            }
            let found = Kept::of(&restored);
            assert_eq!(found.state, expected.state);
            assert!(found.arrays == expected.arrays);
        }
    }
}

fn assert_restores(method: &Method) {
    // In the warm-up, in the middle of an episode, at its end, after the ring of the replay has come round.
    for stop in [1, 57, 130, 355] {
        let mut whole = trainer_of(method, 5, 1);
        log_of(&mut whole, stop);
        let kept = Kept::of(&whole);
        let expected = log_of(&mut whole, 300);
        // Another seed, so that nothing is right by chance.
        let mut restored = trainer_of(method, 99, 1);
        log_of(&mut restored, 10);
        kept.put_back(&mut restored).unwrap();
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
