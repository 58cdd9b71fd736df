//! PPO's iterations, clipped and with a penalty, and every detail that goes with them.

use super::case::{Case, boxes, choices, two_epochs};
use crate::reference::Change;
use coadapt_agent::Metric;
use coadapt_envs::Spec;

const TANH: Change = ("pi.bounds", "{ kind = \"tanh\", inset = 1e-2 }");
const SOFTPLUS: Change = ("pi.head.std", "{ kind = \"softplus\", initial = 0.5 }");
const FIXED: Change = ("pi_q.eta", "{ kind = \"fixed\", value = 0.7 }");
const VALUE_CLIP: Change = ("code.value_loss", "{ kind = \"clipped\", epsilon = 0.05 }");
const GRADIENT_CLIP: Change = ("code.gradient_clip", "{ kind = \"norm\", max = 0.1 }");

/// Two iterations, so that moments, temperatures and counts go on from one to the next.
fn assert_iterations(algo: &str, task: &Spec, changes: &[Change]) -> Vec<f64> {
    assert_some(2, algo, task, changes)
}

fn assert_some(iterations: usize, algo: &str, task: &Spec, changes: &[Change]) -> Vec<f64> {
    let mut case = Case::new(algo, task, changes);
    let metric = if algo == "ppo_clip" { Metric::ClippedFraction } else { Metric::KlStep };
    (0..iterations)
        .map(|number| {
            let what = format!("{algo} on {:?}, {changes:?}, iteration {number}", task.action);
            case.assert_iteration(&what, &two_epochs())[metric.name()]
        })
        .collect()
}

#[test]
fn clipped_iterations_are_those_of_the_formulas() {
    for task in [boxes(), choices()] {
        let beyond = assert_iterations("ppo_clip", &task, &[]);
        // Ratios on either side of the clip, or the test would see half of it.
        assert!(beyond.iter().any(|part| *part > 0.05 && *part < 0.95), "{beyond:?}");
        assert_iterations("ppo_clip", &task, &[("pi_q.epsilon", "0.01")]);
    }
}

#[test]
fn penalised_iterations_are_those_of_the_formulas_in_either_direction() {
    for task in [boxes(), choices()] {
        for changes in [&[][..], &[("pi_q.divergence", "q_to_p")]] {
            let kls = assert_iterations("ppo", &task, changes);
            assert!(kls.iter().all(|kl| *kl > 1e-3), "a penalty of nothing: {kls:?}");
            assert_iterations("ppo", &task, &[changes, &[FIXED]].concat());
        }
        assert_iterations("ppo", &task, &[("pi_q.eta", "zero")]);
    }
}

#[test]
fn the_temperature_follows_the_kl_of_the_whole_rollout() {
    for task in [boxes(), choices()] {
        let after = |target: &'static str| {
            let mut case = Case::new("ppo", &task, &[("pi_q.eta.target", target)]);
            case.assert_iteration(&format!("a target of {target}"), &two_epochs());
            case.state().get("temperature")[0]
        };
        // Far below what the KL is, and far above.
        assert_eq!(["1e-6", "1e3"].map(after), [2.0, 0.5]);
    }
}

#[test]
fn every_detail_is_that_of_the_formulas() {
    let everywhere: [&[Change]; 11] = [
        &[("code.advantage_norm", "off")],
        &[("code.advantage_norm", "minibatch")],
        &[VALUE_CLIP],
        &[("code.value_loss", "{ kind = \"clipped\", epsilon = 1e3 }")],
        &[("code.entropy_bonus", "0.3")],
        &[GRADIENT_CLIP, ("code.weight_decay", "0.1")],
        &[("code.optimizer", "{ kind = \"sgd\", momentum = 0.9 }"), ("code.adam_eps", "1e-8")],
        &[("code.input_norm", "off")],
        &[("estimate.target", "{ kind = \"n_step\", n = 3 }")],
        &[("estimate.target", "{ kind = \"lambda\", lambda = 1 }"), ("estimate.discount", "0.8")],
        &[("estimate.target", "td"), ("code.layer_norm", "true"), ("code.activation", "elu")],
    ];
    for algo in ["ppo", "ppo_clip"] {
        for task in [boxes(), choices()] {
            for changes in everywhere {
                assert_some(1, algo, &task, changes);
            }
        }
        let of_boxes: [&[Change]; 4] = [
            &[TANH],
            &[SOFTPLUS, ("pi.head.mean", "tanh")],
            &[("pi.penalty", "{ kind = \"mean_l2\", coefficient = 10 }")],
            &[("pi.head.std", "{ kind = \"constant\", value = 0.4 }")],
        ];
        of_boxes.iter().for_each(|changes| drop(assert_some(1, algo, &boxes(), changes)));
        let penalty = ("pi.penalty", "{ kind = \"logit_l2\", coefficient = 0.5 }");
        assert_some(1, algo, &choices(), &[penalty]);
    }
}
