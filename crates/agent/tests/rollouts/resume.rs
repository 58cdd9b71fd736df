//! A run that was left at any place of a rollout or of its iteration goes on as the one that was never stopped.

use crate::kept::Kept;
use crate::start::{Change, ROWS, UNSEEN, method, piece, start, tasks};
use coadapt_agent::{Event, Method, Status, Trainer};

/// Everything that a run keeps beside its networks: copies, scaled rewards, input statistics (which the rows have of
/// themselves), rates that fall.
const KEEPS: [Change; 4] = [
    ("collect.copies", "3"),
    ("code.reward_norm", "{ kind = \"running\", clip = 10 }"),
    ("code.lr_decay", "{ kind = \"linear\", steps = 2000 }"),
    UNSEEN,
];

/// Lines of a log, floats as bits.
type Log = Vec<(u64, &'static str, u64)>;

/// The next piece; what it reports is added to `log`.
fn logged_piece(trainer: &mut Trainer, log: &mut Log) {
    let status = trainer.piece(&mut |event| match event {
        Event::Train { step, values } => {
            log.extend(values.iter().map(|(name, x)| (step, *name, x.to_bits())))
        }
        Event::Evaluation { .. } => panic!("an evaluation"),
    });
    assert_eq!(status.unwrap(), Status::Running);
}

fn go_on(trainer: &mut Trainer, end: u64, log: &mut Log) {
    while trainer.step() < end || !trainer.is_between_steps() {
        logged_piece(trainer, log);
    }
}

/// A run of another seed and in the middle of an iteration, so that nothing is right by chance.
fn another(method: &Method, steps: u64) -> Trainer {
    let mut trainer = start(method, 99, 2);
    while trainer.step() < steps || trainer.is_between_steps() {
        piece(&mut trainer);
    }
    (0..4).for_each(|_| piece(&mut trainer));
    assert!(!trainer.is_between_steps());
    trainer
}

/// Leaves a run after each of its pieces from step `from` to step `to`, rollouts being `steps` long, and takes it up there;
/// gives how many of those places lay between steps of the task.
fn assert_resumes(method: &Method, steps: u64, (from, to): (u64, u64)) -> usize {
    let (mut trainer, mut log) = (start(method, 5, 1), Log::new());
    go_on(&mut trainer, from, &mut log);
    let (mut places, mut inside) = (Vec::new(), 0);
    while trainer.step() < to || !trainer.is_between_steps() {
        places.push((Kept::of(&trainer), log.len(), trainer.step()));
        logged_piece(&mut trainer, &mut log);
        inside += usize::from(!trainer.is_between_steps());
    }
    let end = to + steps + steps / 2;
    go_on(&mut trainer, end, &mut log);
    let expected = Kept::of(&trainer);
    for (number, (kept, lines, step)) in places.iter().enumerate() {
        let mut restored = another(method, steps);
        kept.put_back(&mut restored).unwrap();
        let what = format!("place {number}, left after step {step}");
        assert!(Kept::of(&restored) == *kept, "{what}: what is kept of it is another thing");
        let mut found = Log::new();
        go_on(&mut restored, end, &mut found);
        assert_eq!(found, log[*lines..], "{what}");
        assert!(Kept::of(&restored) == expected, "{what}: another end");
    }
    inside
}

#[test]
fn a_run_left_after_any_piece_goes_on_to_the_bit() {
    let short = [("collect.steps", "48"), ("collect.batch", "16"), ("collect.epochs", "2")];
    for algo in ROWS {
        for task in tasks() {
            let mut method = method(algo, &task, &[&KEEPS[..], &short].concat());
            if algo == "vmpo" {
                // A copy in the middle of an iteration.
                method.set("code.targets.period", "4").unwrap();
            }
            // From the middle of the second rollout to the middle of the third.
            let inside = assert_resumes(&method, 48, (80, 110));
            assert!(inside >= 9, "{algo}: {inside} pieces of an iteration");
        }
    }
}

#[test]
fn an_iteration_that_looks_at_its_rollout_chunk_by_chunk_goes_on_to_the_bit() {
    // More observations than are looked at in one piece.
    let long = [("collect.steps", "1302"), ("collect.batch", "434"), ("collect.epochs", "1")];
    for algo in ROWS {
        let method = method(algo, &tasks()[0], &[&KEEPS[..], &long].concat());
        let inside = assert_resumes(&method, 1302, (1301, 1303));
        // Values twice, returns, advantages, three minibatches, the statistics; the prior twice, the KL's measure twice.
        let pieces = match algo {
            "ppo" => 12,
            "ppo_clip" => 10,
            "vmpo" => 8,
            // Each product of the natural gradient is pieces of its own.
            _ => 12.max(inside),
        };
        assert_eq!(inside, pieces, "{algo}");
    }
}

#[test]
fn an_iteration_that_a_kl_may_stop_goes_on_to_the_bit() {
    let stop: [Change; 5] = [
        ("code.kl_stop", "{ kind = \"above\", kl = 1e-4 }"),
        ("code.advantage_norm", "minibatch"),
        ("collect.steps", "48"),
        ("collect.batch", "16"),
        ("collect.epochs", "4"),
    ];
    for task in tasks() {
        let method = method("ppo_clip", &task, &[&KEEPS[..], &stop].concat());
        let mut trainer = start(&method, 5, 1);
        go_on(&mut trainer, 96, &mut Log::new());
        assert!((2..24).contains(&trainer.updates()), "{} updates: nothing was stopped", trainer.updates());
        assert_resumes(&method, 48, (95, 97));
    }
}

#[test]
fn a_run_of_another_number_of_copies_is_refused_with_a_sentence() {
    let [two, three] = ["2", "3"].map(|copies| method("ppo", &tasks()[0], &[("collect.copies", copies)]));
    let mut trainer = start(&two, 1, 1);
    (0..5).for_each(|_| piece(&mut trainer));
    let error = Kept::of(&trainer).put_back(&mut start(&three, 1, 1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the checkpoint does not fit this run: it is of another number of copies of the task"
    );
}
