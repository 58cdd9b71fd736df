//! MPO's losses, composed of their parts on a graph, against acme and rlax: values and gradients.

use crate::vectors::{array, assert_close, assert_within, cases, evaluate, number, numbers};
use coadapt_agent::math::{bounds, dual, estep, gaussian_kl, mstep};
use coadapt_nn::dist::Gaussian;
use coadapt_nn::{Axis, Graph, Node, Shape};
use serde_json::Value;

/// Samples, states and action dimensions of acme's cases.
const N: usize = 6;
const B: usize = 4;
const D: usize = 3;
const LEARNED: [&str; 6] = [
    "log_temperature",
    "log_penalty_temperature",
    "log_alpha_mean",
    "log_alpha_std",
    "online_mean",
    "online_std",
];

/// The bounds of one case.
#[derive(Clone, Copy)]
struct Bounds {
    temperature: f32,
    penalty: f32,
    mean: f32,
    std: f32,
}

/// What a case's whole loss is made of, in the order of `COMPARED` and then the loss and its gradients.
fn mpo_loss<'g>(graph: &'g Graph, x: &[Node<'g>], at: Bounds, case: &Value) -> Vec<Node<'g>> {
    let &[temperature, penalty_temperature, alpha_mean, alpha_std, mean, std, ref rest @ ..] = x else {
        panic!("six arrays are learned");
    };
    let (actions, q) = (rest[2], rest[3]);
    let (policy, prior) = (Gaussian { mean, std }, Gaussian { mean: rest[0], std: rest[1] });
    let [per_dim, penalised] = ["per_dim", "action_penalization"].map(|k| case[k].as_bool().unwrap());
    let eta = dual::softplus_dual(temperature);
    let mut weights = estep::boltzmann_weights(q, eta);
    let mut duals = estep::dual_loss(q, eta, at.temperature);
    let mut parts = vec![eta, weights, duals, estep::kl_to_uniform(weights)];
    if penalised {
        let costs = bounds::penalty_scores(actions);
        let eta = dual::softplus_dual(penalty_temperature);
        let penalty_weights = estep::boltzmann_weights(costs, eta);
        let penalty_dual = estep::dual_loss(costs, eta, at.penalty);
        parts.extend([costs, penalty_weights, penalty_dual]);
        (weights, duals) = (weights + penalty_weights, duals + penalty_dual);
    }
    let fit = mstep::decoupled_nll(weights, actions, policy, prior);
    let kl = gaussian_kl::decoupled(prior, policy);
    let mut loss = duals + fit.mean + fit.std;
    for (raw, kl, epsilon) in [(alpha_mean, kl.mean, at.mean), (alpha_std, kl.std, at.std)] {
        let (alpha, kl) = (dual::softplus_dual(raw), if per_dim { kl } else { kl.sum(Axis::Col) });
        loss = loss + dual::multiplier_penalty(alpha, kl) + dual::multiplier_loss(alpha, kl, epsilon);
    }
    let gradients = graph.gradients(loss, &x[..LEARNED.len()]);
    parts.into_iter().chain([loss]).chain(gradients).collect()
}

fn acme_arrays(case: &Value) -> Vec<(Shape, Vec<f32>)> {
    let duals = if case["per_dim"] == true { D } else { 1 };
    let mut arrays: Vec<_> = LEARNED[..2]
        .iter()
        // Without the penalty there is no such variable, and nothing reads it.
        .map(|k| if case[*k].is_null() { (Shape::SCALAR, vec![0.0]) } else { array([1, 1, 1], &case[*k]) })
        .collect();
    arrays.extend(LEARNED[2..4].iter().map(|k| array([1, 1, duals], &case[*k])));
    let rows = ["online_mean", "online_std", "target_mean", "target_std"];
    arrays.extend(rows.map(|k| array([1, B, D], &case[k])));
    arrays.extend([array([N, B, D], &case["actions"]), array([N, B, 1], &case["q"])]);
    arrays
}

/// How far f32 may be off, value or gradient.
fn tolerance(key: &str) -> f64 {
    match key {
        // A KL of 1e-3 is what is left of a half less a half, each rounded to 3e-8.
        "log_alpha_std" => 1e-4,
        // So is a bound of 1e-3 less a KL that is the logarithm of numbers near 1.
        "log_penalty_temperature" => 1e-4,
        // And a small derivative may be what is left of large terms: 0.2 of 70, where a deviation is small.
        "online_mean" | "online_std" => 1e-4,
        _ => 1e-5,
    }
}

#[test]
fn value_and_gradients_agree_with_acme() {
    let cases = cases(include_str!("../data/acme_mpo.json"));
    assert_eq!(cases.len(), 20);
    for case in &cases {
        let name =
            format!("{} per_dim {} penalty {}", case["case"], case["per_dim"], case["action_penalization"]);
        let [temperature, penalty, mean, std] =
            ["eps", "eps_penalty", "eps_mean", "eps_std"].map(|k| number(&case[k]) as f32);
        let at = Bounds { temperature, penalty, mean, std };
        let found = evaluate(&acme_arrays(case), |graph, x| mpo_loss(graph, x, at, case));
        let mut keys = vec!["temperature", "weights", "loss_temperature", "nonparametric_kl"];
        if case["action_penalization"] == true {
            keys.extend(["penalty_cost", "penalty_weights", "loss_penalty_temperature"]);
        }
        keys.push("loss");
        for (found, key) in found.iter().zip(&keys) {
            let expected = numbers(&case[*key]);
            let what = format!("{name}: {key}");
            match *key {
                // Recorded state by state; with equal q it is 0, where f32 leaves the rounding of ln.
                "nonparametric_kl" => {
                    assert_within(&what, found, &[expected.iter().sum::<f64>() / B as f64], 1e-6);
                }
                _ => assert_close(&what, found, &expected, tolerance(key)),
            }
        }
        for (found, key) in found[keys.len()..].iter().zip(LEARNED) {
            if case[key].is_null() {
                assert_eq!(found, &[0.0], "{name}: nothing depends on {key}");
                continue;
            }
            assert_close(&format!("{name}: d {key}"), found, &numbers(&case["grad"][key]), tolerance(key));
        }
    }
}

#[test]
fn rlax_agrees_on_each_part() {
    for case in cases(include_str!("../data/rlax_mpo.json")) {
        let [epsilon, eps_mean, eps_std] = ["eps", "eps_mean", "eps_std"].map(|k| number(&case[k]) as f32);
        // rlax projects a raw temperature to this floor before it uses it.
        let eta = number(&case["temp"]).max(1e-10) as f32;
        let mut arrays = vec![(Shape::SCALAR, vec![eta])];
        arrays.extend(["q", "log_prob"].map(|k| array([5, 3, 1], &case[k])));
        arrays.extend(["alpha_mean", "alpha_std"].map(|k| array([1, 1, 2], &case[k])));
        arrays.extend(["kl_mean", "kl_std"].map(|k| array([1, 3, 2], &case[k])));
        let found = evaluate(&arrays, |graph, x| {
            let weights = estep::boltzmann_weights(x[1], x[0]);
            let temperature = estep::dual_loss(x[1], x[0], epsilon);
            let policy = mstep::weighted_nll(weights, x[2]);
            let (kl_mean, kl_std) = (x[5].mean(Axis::Row), x[6].mean(Axis::Row));
            let penalty = dual::multiplier_penalty(x[3], kl_mean) + dual::multiplier_penalty(x[4], kl_std);
            let alphas =
                dual::multiplier_loss(x[3], kl_mean, eps_mean) + dual::multiplier_loss(x[4], kl_std, eps_std);
            let loss = temperature + policy + penalty + alphas;
            let wanted = [x[0], x[2], x[3], x[4], x[5], x[6]];
            let gradients = graph.gradients(loss, &wanted);
            [weights, temperature, policy, penalty, alphas, loss].into_iter().chain(gradients).collect()
        });
        let what = |key: &str| format!("temperature {}: {key}", case["temp"]);
        assert_close(&what("weights"), &found[0], &numbers(&case["weights"]), 1e-5);
        let keys = ["temperature_loss", "policy_loss", "kl_loss", "alpha_loss", "loss"];
        for (found, key) in found[1..6].iter().zip(keys) {
            let each = numbers(&case[key]);
            let mean = each.iter().sum::<f64>() / each.len() as f64;
            assert_close(&what(key), found, &[mean], 1e-5);
        }
        let keys = ["temp", "log_prob", "alpha_mean", "alpha_std", "kl_mean", "kl_std"];
        for (found, key) in found[6..].iter().zip(keys) {
            // Below its floor rlax's temperature has no derivative; ours is projected after the step instead.
            if key != "temp" || number(&case["temp"]) > 1e-10 {
                assert_close(&what(&format!("d {key}")), found, &numbers(&case["grad_mean_loss"][key]), 1e-5);
            }
        }
    }
}
