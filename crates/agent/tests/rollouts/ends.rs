//! What is thought of the state in which an episode, or the rollout, ends.

use crate::kept::Kept;
use crate::start::{Change, ROWS, Taken, UNSEEN, collect, method, piece, rollout, start, tasks};
use coadapt_agent::{Method, Trainer};

/// What the critic says of every state.
const VALUE: f32 = 5.0;
/// Steps of an episode that the clock ends, and of the rollout's part in each of its copies: beyond the first episode's end, and
/// in the middle of the second.
const CLOCK: usize = 20;
const PART: usize = 50;

/// Returns of one step; a task that is left now and then before its time is up.
const ONE_STEP: [Change; 4] =
    [("estimate.target", "td"), ("collect.steps", "200"), ("collect.copies", "4"), UNSEEN];

/// Has the critic give the same value everywhere.
fn fix_value(trainer: &mut Trainer) {
    let mut kept = Kept::of(trainer);
    for (name, values) in kept.arrays.iter_mut().filter(|(name, _)| name.starts_with("params.critic.")) {
        values.fill(if name == "params.critic.2.bias" { VALUE } else { 0.0 });
    }
    kept.put_back(trainer).unwrap();
}

/// The first rollout of a run, and the return of each of its transitions.
fn returns(method: &Method) -> (Vec<Taken>, Vec<f32>) {
    let mut trainer = start(method, 2, 1);
    fix_value(&mut trainer);
    collect(&mut trainer);
    let taken = rollout(&Kept::of(&trainer));
    let known = |trainer: &Trainer| {
        let returns = Kept::of(trainer).arrays.remove("iteration.returns").unwrap_or_default();
        returns.iter().any(|x| *x != 0.0).then_some(returns)
    };
    let returns = loop {
        piece(&mut trainer);
        if let Some(returns) = known(&trainer) {
            break returns;
        }
    };
    assert_eq!((taken.len(), returns.len()), (4 * PART, 4 * PART));
    (taken, returns)
}

/// How a transition ends its episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    None,
    Terminated,
    Clock,
    Cut,
}

/// The ends of a rollout, from the states themselves and the clock.
fn ends(rollout: &[Taken]) -> Vec<End> {
    let mut age = 0;
    let of = |(t, taken): (usize, &Taken)| {
        age += 1;
        let end = match (taken.next_obs[0].abs() > 2.0, age == CLOCK, (t + 1) % PART == 0) {
            (true, ..) => End::Terminated,
            (false, true, _) => End::Clock,
            (false, false, true) => End::Cut,
            (false, false, false) => End::None,
        };
        if end != End::None {
            age = 0;
        }
        end
    };
    rollout.iter().enumerate().map(of).collect()
}

/// Demands that a return is the reward alone where `alone`, and else goes on with the value.
fn assert_returns(method: &Method, what: &str, alone: fn(End) -> bool) {
    let (taken, returns) = returns(method);
    let ends = ends(&taken);
    for wanted in [End::None, End::Terminated, End::Clock, End::Cut] {
        assert!(ends.contains(&wanted), "{what}: none is {wanted:?}");
    }
    let discount = method.estimate.discount as f32;
    for ((taken, found), end) in taken.iter().zip(&returns).zip(ends) {
        let expected = taken.reward + if alone(end) { 0.0 } else { discount * VALUE };
        assert!((found - expected).abs() < 1e-5, "{what}: {end:?} gives {found}, expected {expected}");
        assert_eq!(taken.last, end != End::None, "{what}: {end:?}");
    }
}

/// Noise that leaves the line now and then.
fn wild(algo: &str, changes: &[Change]) -> Method {
    let mut method = method(algo, &tasks()[0], &[&ONE_STEP[..], changes].concat());
    method.set("pi.head.std.initial", "1.7").unwrap();
    method
}

#[test]
fn a_time_limit_and_the_end_of_the_rollout_go_on_with_the_value_and_a_termination_does_not() {
    for algo in ROWS {
        assert_returns(&wild(algo, &[]), algo, |end| end == End::Terminated);
    }
}

#[test]
fn a_time_limit_that_is_terminal_ends_the_sum_and_the_end_of_the_rollout_still_does_not() {
    let terminal = wild("ppo", &[("estimate.time_limits", "terminal")]);
    assert_returns(&terminal, "terminal", |end| matches!(end, End::Terminated | End::Clock));
}

#[test]
fn an_episode_that_a_rollout_cuts_goes_on_in_the_next_one() {
    let method = method("ppo", &tasks()[0], &ONE_STEP);
    let mut trainer = start(&method, 2, 1);
    let mut both = Vec::new();
    for _ in 0..2 {
        collect(&mut trainer);
        both.push(rollout(&Kept::of(&trainer)));
        while !trainer.is_between_steps() {
            piece(&mut trainer);
        }
    }
    for copy in 0..4 {
        let (cut, next) = (&both[0][(copy + 1) * PART - 1], &both[1][copy * PART]);
        assert!(cut.last && !cut.terminated);
        assert_eq!(cut.next_obs, next.obs, "copy {copy}");
    }
}
