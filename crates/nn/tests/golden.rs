//! Vectors recorded from torch 2.4.1 in f64: MPO's network with gradients, the optimisers, the tanh Gaussian.
#![allow(clippy::unwrap_used)]

use coadapt_nn::dist::TanhGaussian;
use coadapt_nn::init::Init;
use coadapt_nn::mlp::{First, MlpConfig};
use coadapt_nn::optim::{OptimConfig, Optimizer};
use coadapt_nn::{Act, Graph, Isa, Node, Params, Pool, Program, Shape};
use rand_core::SeedableRng;
use rand_pcg::Pcg64;
use serde_json::Value;

fn cases(text: &str) -> Vec<Value> {
    serde_json::from_str::<Value>(text).unwrap()["cases"].as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

fn narrow(value: &Value) -> Vec<f32> {
    numbers(value).into_iter().map(|x| x as f32).collect()
}

fn turned(value: &Value) -> Vec<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    (0..rows[0].len()).flat_map(|i| rows.iter().map(move |row| row[i])).collect()
}

fn assert_close(what: &str, found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*f) - e).abs();
        assert!(error <= tolerance * e.abs().max(1.0), "{what}[{i}] is {f}, expected {e}");
    }
}

fn mpo_config(hidden: Vec<usize>, outputs: usize, first: First) -> MlpConfig {
    MlpConfig {
        inputs: 4,
        hidden,
        outputs,
        act: Act::Elu,
        first,
        hidden_init: Init::Zeros,
        output_init: Init::Zeros,
        bias_init: Init::Zeros,
        output_bias_init: Init::Zeros,
        groups: 1,
    }
}

/// Sets our layer `ours` from torch's modules `linear` and `norm`; gives (our name, torch's numbers) pairs.
fn layer(
    values: &Value,
    name: &str,
    ours: usize,
    linear: usize,
    norm: Option<usize>,
) -> Vec<(String, Vec<f64>)> {
    let mut pairs = vec![
        (format!("{name}.{ours}.weight"), turned(&values[format!("{linear}.weight")])),
        (format!("{name}.{ours}.bias"), numbers(&values[format!("{linear}.bias")])),
    ];
    if let Some(norm) = norm {
        pairs.push((format!("{name}.{ours}.norm.gain"), numbers(&values[format!("{norm}.weight")])));
        pairs.push((format!("{name}.{ours}.norm.offset"), numbers(&values[format!("{norm}.bias")])));
    }
    pairs
}

fn fill(params: &mut Params, pairs: &[(String, Vec<f64>)]) {
    for (name, values) in pairs {
        let span = params.span(name).unwrap();
        params.get_mut(span).iter_mut().zip(values).for_each(|(to, from)| *to = *from as f32);
    }
}

#[test]
fn mpo_network_and_its_gradients() {
    for isa in Isa::available() {
        let case = &cases(include_str!("data/mpo_network.json"))[0];
        let all = |values: &Value| {
            let parts = [
                layer(values, "p", 0, 0, Some(1)),
                layer(values, "p", 1, 3, None),
                layer(values, "p", 2, 5, None),
                layer(values, "p", 3, 7, None),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>()
        };
        let mut params = Params::new();
        let config = mpo_config(vec![8, 8, 8], 4, First::LayerNormTanh);
        let network = config.register(&mut params, "p", &mut Pcg64::seed_from_u64(0));
        fill(&mut params, &all(&case["params"]));
        let graph = Graph::new();
        let array = |cols| graph.input(Shape::new(1, 5, cols));
        let (x, cm, cs) = (array(4), array(2), array(2));
        let out = network.forward(&graph, x);
        let mean = out.columns(0, 2);
        let std = out.columns(2, 2).softplus() * (0.5 / std::f32::consts::LN_2) + 1e-6;
        let loss = (mean * cm).sum_all() + (std * cs).sum_all();
        let spans = network.set.spans.clone();
        let targets: Vec<Node<'_>> = spans.iter().map(|&s| graph.param(s)).collect();
        let gradients = graph.gradients(loss, &targets);
        [mean, std].into_iter().chain(gradients.iter().copied()).for_each(|n| graph.output(n));
        let mut program = Program::compile_for(&graph, isa);
        for (node, key) in [(x, "x"), (cm, "cm"), (cs, "cs")] {
            let slot = program.slot(node);
            program.write(slot).copy_from_slice(&narrow(&case[key]));
        }
        program.run(&mut params, &mut Pool::new(1));
        let read = |node| program.read(program.slot(node));
        assert_close("mean", read(mean), &numbers(&case["mean"]), 2e-6);
        assert_close("std", read(std), &numbers(&case["std"]), 2e-6);
        let expected = all(&case["grads"]);
        for (gradient, span) in gradients.iter().zip(&spans) {
            let name = params.iter().find(|(_, s)| s == span).map(|(n, _)| n.to_owned()).unwrap();
            let (_, values) = expected.iter().find(|(n, _)| *n == name).unwrap();
            assert_close(&format!("gradient of {name}"), read(*gradient), values, 1e-5);
        }
    }
}

#[test]
fn the_paper_listing_activates_after_tanh() {
    for isa in Isa::available() {
        let case = &cases(include_str!("data/mpo_network.json"))[0];
        let variant = &case["paper_variant"];
        let mut params = Params::new();
        let config = mpo_config(vec![8], 1, First::LayerNormTanhAct);
        let network = config.register(&mut params, "q", &mut Pcg64::seed_from_u64(0));
        fill(&mut params, &layer(&variant["params"], "q", 0, 0, Some(1)));
        fill(&mut params, &layer(&variant["params"], "q", 1, 4, None));
        let graph = Graph::new();
        let x = graph.input(Shape::new(1, 5, 4));
        let out = network.forward(&graph, x);
        graph.output(out);
        let mut program = Program::compile_for(&graph, isa);
        let slot = program.slot(x);
        program.write(slot).copy_from_slice(&narrow(&case["x"]));
        program.run(&mut params, &mut Pool::new(1));
        let found: Vec<f64> = numbers(&variant["out"]);
        // The recorded variant has an ELU only behind tanh, and one output column.
        assert_close("out", program.read(program.slot(out)), &found[..5], 2e-6);
    }
}

/// Steps an optimiser along recorded gradients; the parameters after each step.
fn stepped(isa: Isa, config: OptimConfig, start: &[f32], gradients: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let mut params = Params::new();
    let span = params.add("p", Shape::new(1, 1, start.len()));
    params.get_mut(span).copy_from_slice(start);
    let set = params.set("p");
    let optimizer = Optimizer::new(&mut params, "optimizer", &set, config);
    let graph = Graph::new();
    let gradient = graph.input(span.shape);
    graph.step(&optimizer, &[gradient]);
    let mut program = Program::compile_for(&graph, isa);
    let slot = program.slot(gradient);
    let mut after = Vec::new();
    for values in gradients {
        program.write(slot).copy_from_slice(values);
        program.run(&mut params, &mut Pool::new(2));
        after.push(params.get(span).to_vec());
    }
    after
}

#[test]
fn optimisers_step_as_torch_does() {
    for isa in Isa::available() {
        let known = [
            ("adam", OptimConfig::adam(0.01)),
            ("adam_l2", OptimConfig { weight_decay: 0.1, ..OptimConfig::adam(0.01) }),
            ("sgd_momentum", OptimConfig::sgd(0.01, 0.9)),
            ("sgd", OptimConfig::sgd(0.01, 0.0)),
        ];
        let cases = cases(include_str!("data/optimizers.json"));
        for (name, config) in known {
            let case = cases.iter().find(|c| c["optimizer"] == name).unwrap();
            let gradients: Vec<Vec<f32>> = case["grads"].as_array().unwrap().iter().map(narrow).collect();
            let after = stepped(isa, config, &narrow(&case["p0"]), &gradients);
            for (i, (found, expected)) in
                after.iter().zip(case["params_after"].as_array().unwrap()).enumerate()
            {
                assert_close(&format!("{name} after step {i}"), found, &numbers(expected), 2e-6);
            }
        }
    }
}

#[test]
fn gradients_are_clipped_by_their_global_norm() {
    for isa in Isa::available() {
        let cases = cases(include_str!("data/optimizers.json"));
        let case = cases.iter().find(|c| c["optimizer"] == "clip_global_norm").unwrap();
        let max_norm = case["max_norm"].as_f64().unwrap() as f32;
        let gradient = narrow(&case["grads"]);
        // Plain SGD with rate 1 from zero shows the clipped gradient itself.
        let config = OptimConfig { clip_norm: max_norm, ..OptimConfig::sgd(1.0, 0.0) };
        let after = stepped(isa, config, &vec![0.0; gradient.len()], std::slice::from_ref(&gradient));
        let expected: Vec<f64> = numbers(&case["clipped"]).iter().map(|x| -x).collect();
        assert_close("clipped", &after[0], &expected, 1e-6);
        let loose = OptimConfig { clip_norm: 1e3, ..OptimConfig::sgd(1.0, 0.0) };
        let after = stepped(isa, loose, &vec![0.0; gradient.len()], std::slice::from_ref(&gradient));
        let unclipped: Vec<f64> = gradient.iter().map(|x| -f64::from(*x)).collect();
        assert_close("not clipped", &after[0], &unclipped, 0.0);
    }
}

/// Two networks side by side: the recorded gradient, and a hundredth of it, which is within the norm.
#[test]
fn each_network_of_a_group_is_clipped_by_its_own_norm() {
    for isa in Isa::available() {
        let cases = cases(include_str!("data/optimizers.json"));
        let case = cases.iter().find(|c| c["optimizer"] == "clip_global_norm").unwrap();
        let clip_norm = case["max_norm"].as_f64().unwrap() as f32;
        let mut params = Params::new();
        let spans = [params.add("p.0", Shape::new(2, 3, 2)), params.add("p.1", Shape::new(2, 1, 4))];
        let set = params.set("p.");
        let config = OptimConfig { clip_norm, ..OptimConfig::sgd(1.0, 0.0) };
        let optimizer = Optimizer::new(&mut params, "optimizer", &set, config);
        let graph = Graph::new();
        let inputs = spans.map(|span| graph.input(span.shape));
        graph.step(&optimizer, &inputs);
        let mut program = Program::compile_for(&graph, isa);
        let small = |values: &[f32]| values.iter().map(|x| 0.01 * x).collect::<Vec<f32>>();
        for (input, recorded) in inputs.iter().zip(case["grads"].as_array().unwrap()) {
            let recorded = narrow(recorded);
            program.write(program.slot(*input)).copy_from_slice(&[&recorded[..], &small(&recorded)].concat());
        }
        program.run(&mut params, &mut Pool::new(2));
        for (i, span) in spans.iter().enumerate() {
            let (found, recorded) = (params.get(*span), narrow(&case["grads"][i]));
            let (first, second) = found.split_at(recorded.len());
            let expected: Vec<f64> = numbers(&case["clipped"][i]).iter().map(|x| -x).collect();
            assert_close("the first", first, &expected, 1e-6);
            let alone: Vec<f64> = small(&recorded).iter().map(|x| -f64::from(*x)).collect();
            assert_close("the second", second, &alone, 1e-7);
        }
    }
}

#[test]
fn tanh_gaussian_samples_and_gradients() {
    for isa in Isa::available() {
        for case in cases(include_str!("data/tanh_gaussian.json")) {
            let name = case["case"].as_str().unwrap();
            let rows = case["mean"].as_array().unwrap().len();
            let shape = Shape::new(1, rows, 2);
            let mut params = Params::new();
            let (mean, log_std) = (params.add("mean", shape), params.add("log_std", shape));
            params.get_mut(mean).copy_from_slice(&narrow(&case["mean"]));
            params.get_mut(log_std).copy_from_slice(&narrow(&case["log_std"]));
            let graph = Graph::new();
            let noise = graph.input(shape);
            let (mean, log_std) = (graph.param(mean), graph.param(log_std));
            let head = TanhGaussian { mean, log_std: log_std.clamp(-20.0, 2.0) };
            let (action, log_prob) = head.sample_and_log_prob(noise);
            let gradients = graph.gradients(log_prob.sum_all(), &[mean, log_std]);
            [action, log_prob, gradients[0], gradients[1]].into_iter().for_each(|n| graph.output(n));
            let mut program = Program::compile_for(&graph, isa);
            let slot = program.slot(noise);
            program.write(slot).copy_from_slice(&narrow(&case["noise"]));
            program.run(&mut params, &mut Pool::new(1));
            let read = |node| program.read(program.slot(node));
            assert_close(&format!("{name}: action"), read(action), &numbers(&case["action"]), 1e-6);
            assert_close(&format!("{name}: log prob"), read(log_prob), &numbers(&case["log_prob"]), 3e-6);
            assert_close(
                &format!("{name}: d mean"),
                read(gradients[0]),
                &numbers(&case["grad_sum_mean"]),
                1e-5,
            );
            assert_close(
                &format!("{name}: d log std"),
                read(gradients[1]),
                &numbers(&case["grad_sum_log_std"]),
                2e-5,
            );
        }
    }
}

#[test]
fn tanh_gaussian_log_prob_of_given_actions_needs_them_inside() {
    for isa in Isa::available() {
        let log_prob_of = |case: &Value, actions: &Value| {
            let rows = case["mean"].as_array().unwrap().len();
            let shape = Shape::new(1, rows, 2);
            let graph = Graph::new();
            let [mean, log_std, action] = [(); 3].map(|()| graph.input(shape));
            let log_prob = TanhGaussian { mean, log_std }.log_prob(action);
            graph.output(log_prob);
            let mut program = Program::compile_for(&graph, isa);
            for (node, values) in [(mean, &case["mean"]), (log_std, &case["log_std"]), (action, actions)] {
                let slot = program.slot(node);
                program.write(slot).copy_from_slice(&narrow(values));
            }
            program.run(&mut Params::new(), &mut Pool::new(1));
            program.read(program.slot(log_prob)).to_vec()
        };
        let cases = cases(include_str!("data/tanh_gaussian.json"));
        let typical = &cases[0];
        let found = log_prob_of(typical, &typical["float32_action"]);
        assert_close("typical", &found, &numbers(&typical["log_prob"]), 1e-4);
        let saturated = &cases[2];
        assert!(log_prob_of(saturated, &saturated["float32_action"]).iter().any(|x| !x.is_finite()));
        assert!(log_prob_of(saturated, &saturated["float32_clipped_action"]).iter().all(|x| x.is_finite()));
    }
}

#[test]
fn parameters_never_become_subnormal() {
    for isa in Isa::available() {
        // Weight decay alone shrinks a parameter for ever; below 1e-30 it is zero, and a NaN stays one.
        let configs = [
            OptimConfig { weight_decay: 1.0, ..OptimConfig::sgd(0.9, 0.0) },
            OptimConfig { weight_decay: 1e-4, ..OptimConfig::adam(1e-3) },
        ];
        for config in configs {
            let gradients = vec![vec![0.0; 3]; 400];
            let after = stepped(isa, config, &[1e-3, 1e-35, f32::NAN], &gradients);
            for values in &after {
                assert!(values[..2].iter().all(|x| *x == 0.0 || x.abs() >= 1e-30), "{config:?}: {values:?}");
                assert!(values[2].is_nan(), "{config:?}");
            }
        }
    }
}
