//! The weights of AWR and AWAC, AWR's bound, and mixed critics against numpy.

use crate::slices;
use crate::vectors::{array, assert_close, cases, evaluate, narrow, number, numbers};
use coadapt_agent::columns::Critics;
use coadapt_agent::math::{bounds, double_q, estep, statistics, weights};
use coadapt_nn::Shape;
use serde_json::Value;

const TOLERANCE: f64 = 1e-5;

fn named(name: &str) -> Value {
    let cases = cases(include_str!("../data/formula_weights.json"));
    cases.into_iter().find(|case| case["name"] == name).unwrap()
}

#[test]
fn awr_weights() {
    let case = named("awr");
    let advantages = narrow(&case["adv"]);
    let mut standardised = vec![f32::NAN; advantages.len()];
    statistics::standardise(&advantages, number(&case["eps_std"]), &mut standardised);
    assert_close("standardised", &standardised, &numbers(&case["norm_adv"]), TOLERANCE);
    let mut found = vec![f32::NAN; advantages.len()];
    weights::awr(&standardised, number(&case["beta"]), number(&case["clip"]), &mut found);
    assert_close("weights", &found, &numbers(&case["weights"]), TOLERANCE);
}

#[test]
fn awac_weights_of_slices_and_of_nodes() {
    let case = named("awac_softmax");
    let (lambda, clip) = (number(&case["lam"]), number(&case["clip"]));
    let (q, v) = (narrow(&case["q"]), narrow(&case["v"]));
    let advantages: Vec<f32> = q.iter().zip(&v).map(|(q, v)| q - v).collect();
    let mut found = vec![f32::NAN; q.len()];
    slices::awac(&advantages, lambda, clip, &mut found);
    assert_close("slices", &found, &numbers(&case["weights"]), TOLERANCE);
    let arrays = [(Shape::new(1, q.len(), 1), advantages)];
    let found = evaluate(&arrays, |_, x| vec![estep::batch_weights(x[0], lambda as f32, clip as f32)]);
    assert_close("nodes", &found[0], &numbers(&case["weights"]), TOLERANCE);
}

#[test]
fn awr_bound_loss_and_its_gradient() {
    let case = named("awr_bound_loss");
    let coefficient = number(&case["coef"]);
    let arrays = [array([1, 2, 2], &case["mean"])];
    let found = evaluate(&arrays, |graph, x| {
        let loss = bounds::mean_loss(x[0], coefficient as f32);
        vec![loss, graph.gradients(loss, &[x[0]])[0]]
    });
    // The recorded loss is the one the coefficient multiplies.
    assert_close("loss", &found[0], &[coefficient * number(&case["loss"])], TOLERANCE);
    // coefficient / B times the excess: of 1.5 and -0.2, of -2 and 0.3.
    assert_eq!(found[1], [2.5, 0.0, -5.0, 0.0]);
}

#[test]
fn double_q_targets() {
    for case in cases(include_str!("../data/double_q_targets.json")) {
        let [alpha, gamma, lambda] = ["alpha", "gamma", "lam"].map(|k| number(&case[k]) as f32);
        let rows = numbers(&case["q1"]).len();
        let both = [narrow(&case["q1"]), narrow(&case["q2"])].concat();
        let of = |key: &str| array([1, rows, 1], &case[key]);
        let arrays = [(Shape::new(2, rows, 1), both), of("reward"), of("terminal"), of("log_prob")];
        let found = evaluate(&arrays, |_, x| {
            let target = |q| x[1] + gamma * (1.0 - x[2]) * (q - alpha * x[3]);
            vec![target(double_q::mix(x[0], lambda)), target(Critics::Twin.combine(x[0]))]
        });
        let what = format!("lambda {lambda}, alpha {alpha}");
        assert_close(&what, &found[0], &numbers(&case["y"]), TOLERANCE);
        if lambda == 1.0 {
            assert_close(&what, &found[1], &numbers(&case["y"]), TOLERANCE);
        }
    }
}

#[test]
fn the_mean_of_two_critics() {
    let q = [(Shape::new(2, 3, 1), vec![1.0, -2.0, 0.5, 3.0, 4.0, 0.5])];
    let found = evaluate(&q, |_, x| vec![Critics::Mean.combine(x[0])]);
    assert_eq!(found[0], [2.0, 1.0, 0.5]);
}
