//! An iteration that ends where its policy has gone too far: after the step of the minibatch that saw it.

use super::case::{Case, boxes, choices, two_epochs};
use coadapt_agent::Metric;
use coadapt_envs::Spec;

/// The KLs of an iteration's minibatches that is never stopped.
fn kls(algo: &str, task: &Spec) -> Vec<f64> {
    let case = Case::new(algo, task, &[]);
    case.formulas().run(&case.state(), &two_epochs()).kls
}

/// A bound that minibatch `number` is the first to be above.
fn bound_before(kls: &[f64], number: usize) -> f64 {
    let before = kls[..number].iter().copied().fold(0.0, f64::max);
    assert!(kls[number] > 1.1 * before, "minibatch {number} is not the first that is further: {kls:?}");
    0.5 * (kls[number] + before)
}

/// One that is stopped above `bound`.
fn stopped(algo: &str, task: &Spec, bound: f64) -> Case {
    let stop: &'static str = format!("{{ kind = \"above\", kl = {bound} }}").leak();
    Case::new(algo, task, &[("code.kl_stop", stop)])
}

#[test]
fn the_minibatch_that_is_too_far_is_the_last() {
    for algo in ["ppo", "ppo_clip"] {
        for task in [boxes(), choices()] {
            let kls = kls(algo, &task);
            assert_eq!(kls.len(), 6);
            assert!(kls[0].abs() < 1e-12, "the policy is the one that acted: {kls:?}");
            for number in [1, 2] {
                let mut case = stopped(algo, &task, bound_before(&kls, number));
                let what = format!("{algo} on {:?}, stopped in minibatch {number}", task.action);
                let logged = case.assert_iteration(&what, &two_epochs());
                assert_eq!(case.learner.updates, number as u64 + 1, "{what}");
                let mean = kls[..=number].iter().sum::<f64>() / (number as f64 + 1.0);
                assert!((logged[Metric::KlStep.name()] - mean).abs() < 1e-9, "{what}");
            }
        }
    }
}

#[test]
fn a_bound_that_is_never_reached_stops_nothing() {
    let task = boxes();
    let (mut bounded, mut free) = (stopped("ppo_clip", &task, 1e6), Case::new("ppo_clip", &task, &[]));
    for case in [&mut bounded, &mut free] {
        case.assert_iteration("a bound out of reach", &two_epochs());
        assert_eq!(case.learner.updates, 6);
    }
    assert!(bounded.state().arrays().eq(free.state().arrays()));
}

#[test]
fn the_iteration_after_a_stop_is_a_whole_one() {
    let task = boxes();
    let mut case = stopped("ppo_clip", &task, bound_before(&kls("ppo_clip", &task), 1));
    // Its policy is measured from where the second begins, not from where the first began.
    for number in 0..2 {
        let before = case.learner.updates;
        case.assert_iteration(&format!("iteration {number}"), &two_epochs());
        assert!(case.learner.updates > before + 1, "iteration {number} was stopped by the one before it");
    }
}
