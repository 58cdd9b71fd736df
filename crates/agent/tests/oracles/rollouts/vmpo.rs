//! V-MPO's iterations, with each portion whose better half is weighed, each trust region, and every detail that goes with them.

use super::case::{BATCH, Case, boxes, choices, two_epochs};
use crate::reference::Change;
use coadapt_agent::Metric;
use coadapt_envs::Spec;

/// A copy of the policy within the iteration, and one at its end.
const COPIES: Change = ("code.targets.period", "3");
const REGION_OFF: Change = ("pi_p.trust_region", "off");
const WHOLE: Change =
    ("pi_p.trust_region", "{ kind = \"whole\", epsilon = 0.01, initial_raw = 0.5413, lr = 1e-2 }");
const FIXED: Change = ("pi_q.eta", "{ kind = \"fixed\", value = 0.7 }");
const OF_ROLLOUT: Change = ("pi_q.weights.of", "rollout");

/// Two iterations, so that moments, duals and counts go on from one to the next; gives what the first logs of `metric`.
fn assert_iterations(task: &Spec, changes: &[Change], metric: Metric) -> f64 {
    assert_some(2, task, changes, metric)
}

fn assert_some(iterations: usize, task: &Spec, changes: &[Change], metric: Metric) -> f64 {
    let mut case = Case::new("vmpo", task, &[&[COPIES], changes].concat());
    let logged = (0..iterations).map(|number| {
        let what = format!("vmpo on {:?}, {changes:?}, iteration {number}", task.action);
        case.assert_iteration(&what, &two_epochs())[metric.name()]
    });
    logged.collect::<Vec<_>>()[0]
}

#[test]
fn the_better_half_of_minibatch_or_rollout_is_fitted_as_the_formulas_have_it() {
    for task in [boxes(), choices()] {
        let of_minibatch = assert_iterations(&task, &[], Metric::KlQ);
        let of_rollout = assert_iterations(&task, &[OF_ROLLOUT], Metric::KlQ);
        assert!((of_minibatch - of_rollout).abs() > 1e-3, "one is the other: {of_minibatch}, {of_rollout}");
        // A third, and all of them.
        for fraction in ["0.34", "1"] {
            assert_iterations(&task, &[("pi_q.weights.fraction", fraction)], Metric::KlQ);
        }
    }
}

#[test]
fn a_fixed_temperature_stays() {
    for task in [boxes(), choices()] {
        assert!((assert_iterations(&task, &[FIXED], Metric::Eta) - 0.7).abs() < 1e-12);
        assert!(Case::new("vmpo", &task, &[FIXED]).state().find("temperature").is_none());
    }
}

#[test]
fn every_trust_region_costs_what_the_formulas_say() {
    let apart = assert_iterations(&boxes(), &[], Metric::KlMeanRelative);
    assert!(apart > 1.0, "a bound that was never reached: {apart}");
    for task in [boxes(), choices()] {
        assert_iterations(&task, &[REGION_OFF], Metric::KlStep);
        if task == boxes() {
            assert_iterations(&task, &[WHOLE], Metric::Multiplier);
        }
    }
}

#[test]
fn the_previous_policy_follows_in_steps_or_softly() {
    const SOFTLY: Change = ("code.targets", "{ kind = \"soft\", tau = 0.1 }");
    for task in [boxes(), choices()] {
        let mut case = Case::new("vmpo", &task, &[SOFTLY]);
        case.assert_iteration("softly", &two_epochs());
        // None is due within the iteration.
        let mut case = Case::new("vmpo", &task, &[]);
        let old = case.state().flat("target_policy.");
        case.assert_iteration("never", &two_epochs());
        assert_eq!(case.state().flat("target_policy."), old);
    }
}

#[test]
fn every_detail_is_that_of_the_formulas() {
    let everywhere: [&[Change]; 8] = [
        &[("code.advantage_norm", "rollout")],
        &[("code.advantage_norm", "minibatch")],
        &[("code.advantage_norm", "rollout"), OF_ROLLOUT],
        &[("code.entropy_bonus", "0.3")],
        &[("code.value_loss", "{ kind = \"clipped\", epsilon = 0.05 }")],
        &[("estimate.target", "{ kind = \"n_step\", n = 3 }")],
        &[("code.gradient_clip", "{ kind = \"norm\", max = 0.1 }"), ("code.weight_decay", "0.1")],
        &[("code.optimizer", "{ kind = \"sgd\", momentum = 0.9 }"), ("code.adam_eps", "1e-8")],
    ];
    for task in [boxes(), choices()] {
        for changes in everywhere {
            assert_some(1, &task, changes, Metric::PolicyLoss);
        }
    }
    let of_boxes: [&[Change]; 4] = [
        &[("pi.bounds", "{ kind = \"tanh\", inset = 1e-2 }")],
        &[("pi.penalty", "{ kind = \"mean_l2\", coefficient = 10 }"), ("pi.head.std", "learned")],
        &[("pi.head.std", "{ kind = \"exp\", initial = 0.5 }")],
        &[("pi.head.mean", "tanh"), WHOLE],
    ];
    for changes in of_boxes {
        assert_some(1, &boxes(), changes, Metric::PolicyLoss);
    }
    let penalty = ("pi.penalty", "{ kind = \"logit_l2\", coefficient = 0.5 }");
    assert_some(1, &choices(), &[penalty], Metric::PolicyLoss);
}

#[test]
fn a_minibatch_without_any_of_the_rollout_s_best_leaves_policy_and_temperature_as_they_are() {
    for task in [boxes(), choices()] {
        let mut case = Case::new("vmpo", &task, &[OF_ROLLOUT, REGION_OFF]);
        case.iterate(&[]);
        let advantages = case.learner.standardised().to_vec();
        let mut rows: Vec<usize> = (0..advantages.len()).collect();
        rows.sort_by(|&a, &b| advantages[a].total_cmp(&advantages[b]));
        let before = case.state();
        case.iterate(&[rows[..BATCH].to_vec()]);
        let after = case.state();
        for kept in ["policy.", "temperature"] {
            assert_eq!(before.flat(kept), after.flat(kept), "{kept}");
        }
        assert_ne!(before.flat("critic."), after.flat("critic."));
        let logged = |wanted: Metric| case.learner.metrics().find(|(metric, _)| *metric == wanted).unwrap().1;
        assert_eq!([Metric::PolicyLoss, Metric::DualLoss, Metric::KlQ].map(logged), [0.0; 3]);
    }
}
