//! The temperature's dual against its optimum found by scipy, and learned down to it.

use crate::vectors::{array, assert_close, cases, evaluate, number};
use coadapt_agent::math::{dual, estep};
use coadapt_nn::optim::{OptimConfig, Optimizer};
use coadapt_nn::{Graph, Params, Pool, Program, Shape};
use serde_json::Value;

fn estep_cases() -> Vec<Value> {
    cases(include_str!("../data/estep_dual_optimum.json"))
}

#[test]
fn dual_values_and_the_optimum_agree_with_scipy() {
    for case in estep_cases() {
        let epsilon = number(&case["eps"]) as f32;
        let scores = array([20, 6, 1], &case["q"]);
        let at = |eta: f64| {
            let arrays = [scores.clone(), (Shape::SCALAR, vec![eta as f32])];
            evaluate(&arrays, |graph, x| {
                let loss = estep::dual_loss(x[0], x[1], epsilon);
                let kl = estep::kl_to_uniform(estep::boltzmann_weights(x[0], x[1]));
                vec![loss, graph.gradients(loss, &[x[1]])[0], kl]
            })
        };
        for point in case["dual_at"].as_array().unwrap() {
            let eta = number(&point["eta"]);
            assert_close(&format!("dual at {eta}"), &at(eta)[0], &[number(&point["value"])], 1e-5);
        }
        let optimum = at(number(&case["eta_star"]));
        // The optimum is recorded to nine digits; at a KL of a hundredth, f32 leaves it six.
        assert_close("KL at the optimum", &optimum[2], &[number(&case["mean_kl_at_star"])], 1e-4);
        assert!(optimum[1][0].abs() < 1e-4 * epsilon, "the derivative at the optimum is {}", optimum[1][0]);
        // With large scores of either sign the value at the optimum is a small difference of large numbers.
        let spread = scores.1.iter().fold(0.0, |s: f32, q| s.max(q.abs()));
        let error = (f64::from(optimum[0][0]) - number(&case["dual_at_star"])).abs();
        assert!(error < 1e-6 * f64::from(spread.max(1.0)), "the dual at the optimum is off by {error}");
    }
}

#[test]
fn gradient_descent_finds_the_optimum() {
    for case in estep_cases() {
        let (epsilon, optimum) = (number(&case["eps"]) as f32, number(&case["eta_star"]));
        let (shape, values) = array([20, 6, 1], &case["q"]);
        let mut params = Params::new();
        let scores = params.add("scores", shape);
        params.get_mut(scores).copy_from_slice(&values);
        let x = params.add("x", Shape::SCALAR);
        params.get_mut(x)[0] = (5.0 * optimum).ln() as f32;
        let set = params.set("x");
        let optimizer = Optimizer::new(&mut params, "optimizer", &set, OptimConfig::adam(0.02));
        let graph = Graph::new();
        let loss = estep::dual_loss(graph.param(scores), dual::exp_dual(graph.param(x)), epsilon);
        graph.minimize(&optimizer, loss);
        let mut program = Program::compile(&graph);
        let mut pool = Pool::new(1);
        (0..1500).for_each(|_| program.run(&mut params, &mut pool));
        let found = f64::from(params.get(x)[0]).exp();
        assert!((found / optimum - 1.0).abs() < 1e-3, "eta {found}, expected {optimum}");
    }
}

#[test]
fn duals_are_positive_and_their_floor_is_kept() {
    let raw = vec![-18.0, -1.0, 0.0, 1.0, 1000.0];
    let found = evaluate(&[(Shape::new(1, 1, 5), raw)], |graph, x| {
        let value = dual::softplus_dual(x[0]);
        vec![value, graph.gradients(value.sum_all(), &[x[0]])[0], dual::exp_dual(x[0].clamp(-1.0, 1.0))]
    });
    let (floor, slope) = ((-18f64).exp().ln_1p(), 1.0 / (1.0 + 18f64.exp()));
    assert_close("floor", &found[0][..1], &[floor + 1e-8], 1e-6);
    assert_close("slope at the floor", &found[1][..1], &[slope], 1e-6);
    assert_close("softplus of 1", &found[0][3..4], &[1f64.exp().ln_1p() + 1e-8], 1e-6);
    assert_eq!((found[0][4], found[1][4]), (1000.0, 1.0));
    assert_close("exp", &found[2][2..4], &[1.0, 1f64.exp()], 1e-6);
    let mut stored = [-1e30, -18.0, -17.5, 3.0, f32::NAN];
    dual::project(&mut stored);
    assert_eq!(stored[..4], [-18.0, -18.0, -17.5, 3.0]);
    assert!(stored[4].is_nan());
}

#[test]
fn multipliers_rise_where_the_bound_is_broken() {
    let arrays = [(Shape::new(1, 1, 2), vec![2.0, 0.5]), (Shape::new(1, 1, 2), vec![0.25, 0.0])];
    let found = evaluate(&arrays, |graph, x| {
        let loss = dual::multiplier_loss(x[0], x[1], 0.125);
        let penalty = dual::multiplier_penalty(x[0], x[1]);
        let gradients = graph.gradients(2.0 * (loss + penalty), x);
        vec![loss, penalty, gradients[0], gradients[1]]
    });
    assert_eq!((found[0][0], found[1][0]), (-0.1875, 0.5));
    // The loss moves the multipliers alone, the penalty the KL alone.
    assert_eq!((found[2].as_slice(), found[3].as_slice()), ([-0.25, 0.25].as_slice(), [4.0, 1.0].as_slice()));
}
