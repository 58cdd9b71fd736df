//! Recordings at their edges: derivatives of intermediate values, parameters before and after a step, shared
//! gradients, empty arrays, infinities.
#![allow(clippy::unwrap_used)]

use coadapt_nn::optim::{OptimConfig, Optimizer};
use coadapt_nn::{Act, Axis, Graph, Node, Params, Pool, Program, Shape};

fn computed(graph: &Graph, params: &mut Params, nodes: &[Node<'_>]) -> Vec<Vec<f32>> {
    nodes.iter().for_each(|n| graph.output(*n));
    let mut program = Program::compile(graph);
    program.run(params, &mut Pool::new(2));
    nodes.iter().map(|n| program.read(program.slot(*n)).to_vec()).collect()
}

fn one_parameter(value: f32) -> (Params, coadapt_nn::Span) {
    let mut params = Params::new();
    let span = params.add("p", Shape::SCALAR);
    params.get_mut(span)[0] = value;
    (params, span)
}

#[test]
fn a_target_behind_another_target_gets_its_whole_derivative() {
    let (mut params, span) = one_parameter(1.0);
    let graph = Graph::new();
    let x = graph.param(span);
    let h = x.square();
    let gradients = graph.gradients(h.exp(), &[x, h]);
    let found = computed(&graph, &mut params, &gradients);
    let e = std::f32::consts::E;
    assert!((found[0][0] - 2.0 * e).abs() < 1e-5 && (found[1][0] - e).abs() < 1e-5, "{found:?}");
}

#[test]
fn a_target_the_loss_does_not_reach_gets_zeros() {
    let mut params = Params::new();
    let shape = Shape::new(1, 2, 3);
    let [a, b] = ["a", "b"].map(|name| params.add(name, shape));
    let graph = Graph::new();
    let (a, b) = (graph.param(a), graph.param(b));
    let gradients = graph.gradients((a * 3.0).sum_all(), &[a, b]);
    assert_eq!(computed(&graph, &mut params, &gradients), [vec![3.0; 6], vec![0.0; 6]]);
}

#[test]
#[should_panic(expected = "as they were before an optimiser step")]
fn an_alias_of_a_parameter_does_not_outlive_its_step() {
    let (mut params, span) = one_parameter(1.0);
    let set = params.set("p");
    let optimizer = Optimizer::new(&mut params, "sgd", &set, OptimConfig::sgd(1.0, 0.0));
    let graph = Graph::new();
    let old = graph.param(span).stop_gradient();
    graph.minimize(&optimizer, graph.param(span).square());
    let _ = old * 2.0;
}

#[test]
fn one_gradient_may_be_that_of_two_parameters() {
    let mut params = Params::new();
    let shape = Shape::new(1, 1, 4);
    let spans = ["p.0", "p.1"].map(|name| params.add(name, shape));
    let set = params.set("p.");
    let optimizer = Optimizer::new(&mut params, "sgd", &set, OptimConfig::sgd(0.5, 0.0));
    let other = Optimizer::new(&mut params, "again", &set, OptimConfig::sgd(0.5, 0.0));
    let graph = Graph::new();
    let rows = graph.constant(1.0).broadcast_to(Shape::new(1, 3, 4));
    let loss = (rows + graph.param(spans[0]) + graph.param(spans[1])).sum_all();
    let targets = spans.map(|s| graph.param(s));
    let gradients = graph.gradients(loss, &targets);
    graph.step(&optimizer, &gradients);
    graph.step(&other, &gradients);
    Program::compile(&graph).run(&mut params, &mut Pool::new(1));
    for span in spans {
        assert_eq!(params.get(span), [-3.0; 4]);
    }
}

#[test]
fn columns_of_a_product_can_be_differentiated() {
    let mut params = Params::new();
    let x = params.add("x", Shape::new(1, 2, 2));
    let w = params.add("w", Shape::new(1, 2, 3));
    params.get_mut(x).copy_from_slice(&[1.0, 2.0, 3.0, 4.0]);
    params.get_mut(w).copy_from_slice(&[1.0, -1.0, 2.0, 0.5, 3.0, -2.0]);
    let graph = Graph::new();
    let (x, w) = (graph.param(x), graph.param(w));
    let gradients = graph.gradients(x.matmul(w).columns(1, 2).sum_all(), &[x, w]);
    let found = computed(&graph, &mut params, &gradients);
    assert_eq!(found[0], [1.0, 1.0, 1.0, 1.0]);
    assert_eq!(found[1], [0.0, 4.0, 4.0, 0.0, 6.0, 6.0]);
}

#[test]
fn empty_arrays_pass_through() {
    let mut params = Params::new();
    let w = params.add("w", Shape::new(1, 3, 4));
    let b = params.add("b", Shape::new(1, 1, 4));
    let graph = Graph::new();
    let x = graph.input(Shape::new(1, 0, 3));
    let y = x.linear(graph.param(w), graph.param(b), Act::Relu).sum(Axis::Row);
    let none = graph.input(Shape::new(1, 2, 0)).sum(Axis::Col);
    let found = computed(&graph, &mut params, &[y, none]);
    assert_eq!(found, [vec![0.0; 4], vec![0.0; 2]]);
}

#[test]
fn log_sum_exp_keeps_infinities_and_nan() {
    let graph = Graph::new();
    let x = graph.input(Shape::new(1, 4, 3));
    let y = x.log_sum_exp(Axis::Col);
    graph.output(y);
    let mut program = Program::compile(&graph);
    let (slot, out) = (program.slot(x), program.slot(y));
    let inf = f32::INFINITY;
    program.write(slot).copy_from_slice(&[
        -inf,
        -inf,
        -inf,
        1.0,
        inf,
        2.0,
        f32::NAN,
        0.0,
        0.0,
        1000.0,
        1000.0,
        -1000.0,
    ]);
    program.run(&mut Params::new(), &mut Pool::new(1));
    let found = program.read(out);
    assert_eq!((found[0], found[1]), (-inf, inf));
    assert!(found[2].is_nan());
    assert!((found[3] - 1_000.693).abs() < 1e-3);
}

#[test]
#[cfg_attr(miri, ignore = "measures time")]
fn a_pool_of_many_threads_gives_the_same_bits_quickly() {
    // More threads than processors: waiting must not starve those that work.
    let mut params = Params::new();
    let w = params.add("w", Shape::new(1, 64, 64));
    params.get_mut(w).iter_mut().enumerate().for_each(|(i, x)| *x = (i as f32).sin() * 0.1);
    let graph = Graph::new();
    let x = graph.input(Shape::new(1, 512, 64));
    let node = graph.param(w);
    let y = x.matmul(node).tanh().matmul(node).tanh().sum_all();
    graph.output(y);
    let mut program = Program::compile(&graph);
    let (slot, out) = (program.slot(x), program.slot(y));
    program.write(slot).iter_mut().enumerate().for_each(|(i, x)| *x = (i as f32).cos());
    let mut results = Vec::new();
    for threads in [1, 2, 8] {
        let mut pool = Pool::new(threads);
        (0..100).for_each(|_| program.run(&mut params, &mut pool));
        results.push(program.read(out)[0].to_bits());
    }
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
}
