//! Tangents at their edges: what stops them, what they reach by two ways, derivatives that have some, refusals.
#![allow(clippy::unwrap_used)]

use coadapt_nn::optim::{OptimConfig, Optimizer};
use coadapt_nn::{Act, Axis, Graph, Node, Params, Pool, Program, Shape};

const ROW: Shape = Shape { groups: 1, rows: 1, cols: 4 };
const X: [f32; 4] = [0.5, -1.0, 2.0, 0.25];
const V: [f32; 4] = [1.0, 2.0, -0.5, 4.0];

/// What `formula` makes of inputs filled with `values`.
fn computed<F>(inputs: &[(Shape, &[f32])], formula: F) -> Vec<Vec<f32>>
where
    F: for<'g> Fn(&'g Graph, &[Node<'g>]) -> Vec<Node<'g>>,
{
    let graph = Graph::new();
    let nodes: Vec<_> = inputs.iter().map(|&(shape, _)| graph.input(shape)).collect();
    let found = formula(&graph, &nodes);
    found.iter().for_each(|node| graph.output(*node));
    let mut program = Program::compile(&graph);
    for (node, (_, values)) in nodes.iter().zip(inputs) {
        let slot = program.slot(*node);
        program.write(slot).copy_from_slice(values);
    }
    program.run(&mut Params::new(), &mut Pool::new(1));
    found.iter().map(|n| program.read(program.slot(*n)).to_vec()).collect()
}

fn each(f: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    X.iter().zip(&V).map(|(&x, &v)| f(x, v)).collect()
}

fn assert_close(found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(expected) {
        assert!(
            (f64::from(*f) - e).abs() <= tolerance * e.abs().max(1.0),
            "{found:?}, expected {expected:?}"
        );
    }
}

#[test]
fn what_stops_gradients_stops_tangents() {
    let found = computed(&[(ROW, &X), (ROW, &V)], |graph, nodes| {
        let (x, v) = (nodes[0], nodes[1]);
        let y = x.square();
        let outputs = [
            y.stop_gradient(),
            y.largest_choice(),
            x.at_least(0.0) * x,
            x * x.stop_gradient(),
            v,
            graph.constant(2.0),
        ];
        graph.tangents(&outputs, &[(x, v)])
    });
    assert_eq!(found[..2], [[0.0; 4], [0.0; 4]]);
    assert_eq!(found[2], each(|x, v| if x >= 0.0 { v } else { 0.0 }));
    assert_eq!(found[3], each(|x, v| x * v));
    assert_eq!(found[4..], [vec![0.0; 4], vec![0.0]]);
}

#[test]
fn parts_of_a_direction_add_up() {
    let found = computed(&[(ROW, &X), (ROW, &V)], |graph, nodes| {
        let (x, v) = (nodes[0], nodes[1]);
        let h = x.square();
        let y = h * 3.0;
        // By a node behind another one, by one node twice, and by no node at all.
        let both = graph.tangents(&[y, h], &[(x, v), (h, x)]);
        let twice = graph.tangents(&[h], &[(x, v), (x, v)]);
        [both, twice, graph.tangents(&[y], &[]), graph.tangents(&[], &[(x, v)])].concat()
    });
    assert_eq!(found.len(), 4);
    assert_eq!(found[0], each(|x, v| 3.0 * (2.0 * x * v + x)));
    assert_eq!(found[1], each(|x, v| 2.0 * x * v + x));
    assert_eq!(found[2], each(|x, v| 4.0 * x * v));
    assert_eq!(found[3], [0.0; 4]);
}

#[test]
fn a_flat_direction_lies_as_the_parameters_do() {
    let mut params = Params::new();
    params.add("before", ROW);
    let shapes = [Shape::new(1, 2, 3), Shape::new(2, 1, 2), Shape::SCALAR];
    let spans: Vec<_> = shapes.iter().enumerate().map(|(i, &s)| params.add(format!("net.{i}"), s)).collect();
    let set = params.set("net.");
    let graph = Graph::new();
    let row = graph.input(Shape::new(1, 1, 11));
    let outputs: Vec<_> = spans.iter().map(|&s| graph.param(s) * 2.0).collect();
    let tangents = graph.flat_tangents(&outputs, &set, row);
    tangents.iter().for_each(|node| graph.output(*node));
    let mut program = Program::compile(&graph);
    let numbers: Vec<f32> = (0..11).map(|i| i as f32).collect();
    let slot = program.slot(row);
    program.write(slot).copy_from_slice(&numbers);
    program.run(&mut params, &mut Pool::new(1));
    let found: Vec<f32> = tangents.iter().flat_map(|n| program.read(program.slot(*n)).to_vec()).collect();
    assert_eq!(found, numbers.iter().map(|x| 2.0 * x).collect::<Vec<_>>());
    assert!(tangents.iter().zip(shapes).all(|(t, shape)| t.shape() == shape));
}

#[test]
fn a_step_of_an_optimiser_passes_no_tangent_on() {
    let mut params = Params::new();
    let span = params.add("p", ROW);
    let set = params.set("p");
    let optimizer = Optimizer::new(&mut params, "sgd", &set, OptimConfig::sgd(0.5, 0.0));
    let graph = Graph::new();
    let (v, before) = (graph.input(ROW), graph.param(span));
    graph.minimize(&optimizer, before.square().sum_all());
    let after = graph.param(span).exp();
    let tangents = graph.tangents(&[after], &[(before, v)]);
    graph.output(tangents[0]);
    let mut program = Program::compile(&graph);
    program.run(&mut params, &mut Pool::new(1));
    assert_eq!(program.read(program.slot(tangents[0])), [0.0; 4]);
}

#[test]
fn a_gradient_without_slopes_has_a_tangent() {
    // sum(x^2 e^x) over columns 1 and 2: a Hessian-vector product, whose zeros around are padded.
    let found = computed(&[(ROW, &X), (ROW, &V)], |graph, nodes| {
        let cut = nodes[0].columns(1, 2);
        let gradient = graph.gradients((cut.square() * cut.exp()).sum_all(), &nodes[..1]);
        graph.tangents(&gradient, &[(nodes[0], nodes[1])])
    });
    let second = |x: f64| (x * x + 4.0 * x + 2.0) * x.exp();
    let mut expected: Vec<f64> = X.iter().zip(V).map(|(&x, v)| second(x.into()) * f64::from(v)).collect();
    (expected[0], expected[3]) = (0.0, 0.0);
    assert_close(&found[0], &expected, 1e-6);
}

#[test]
fn some_columns_of_a_product_have_a_tangent() {
    // The derivative by the second of two joined arrays is u W', of which only its own columns are computed.
    let [u, du, w, dw] = [[2.0, -1.0], [0.5, 3.0], [1.0, 4.0], [-2.0, 0.25]];
    let column = Shape::new(1, 2, 1);
    let (all, wide) = ([u[0], u[1]], [7.0, 8.0, w[0], w[1]]);
    let inputs: [(Shape, &[f32]); 6] = [
        (Shape::new(1, 2, 2), &[0.0; 4]),
        (Shape::new(1, 2, 2), &[0.0; 4]),
        (Shape::new(1, 4, 1), &wide),
        (column, &all),
        (Shape::new(1, 4, 1), &[9.0, 9.0, dw[0], dw[1]]),
        (column, &du),
    ];
    let found = computed(&inputs, |graph, nodes| {
        let product = Node::concat(&nodes[..2]).matmul(nodes[2]);
        let gradient = graph.gradients((product * nodes[3]).sum_all(), &nodes[1..2]);
        graph.tangents(&gradient, &[(nodes[2], nodes[4]), (nodes[3], nodes[5])])
    });
    let expected: Vec<f32> = (0..4).map(|i| u[i / 2] * dw[i % 2] + du[i / 2] * w[i % 2]).collect();
    assert_eq!(found[0], expected);
}

#[test]
fn plain_layer_norm_has_a_tangent() {
    // The derivative of sum(c layer_norm(x)) by the gain is c n.
    let ones = [1.0; 4];
    let found = computed(&[(ROW, &X), (ROW, &V), (ROW, &ones)], |graph, nodes| {
        let (x, v, one) = (nodes[0], nodes[1], nodes[2]);
        let normed = x.layer_norm(one, one, 1e-5, Act::Identity);
        let gradient = graph.gradients((normed * 3.0).sum_all(), &[one]);
        graph.tangents(&gradient, &[(x, v)])
    });
    let normed = |by: f64| -> Vec<f64> {
        let x: Vec<f64> = X.iter().zip(V).map(|(&x, v)| f64::from(x) + by * f64::from(v)).collect();
        let mean = x.iter().sum::<f64>() / 4.0;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 4.0;
        x.iter().map(|x| (x - mean) / (variance + 1e-5).sqrt()).collect()
    };
    // The gain is also the offset, whose own derivative does not depend on x.
    let expected: Vec<f64> =
        normed(1e-6).iter().zip(normed(-1e-6)).map(|(a, b)| 3.0 * (a - b) / 2e-6).collect();
    assert_close(&found[0], &expected, 1e-5);
}

#[test]
fn a_derivative_that_no_output_needs_refuses_nothing() {
    let found = computed(&[(ROW, &X), (ROW, &V)], |graph, nodes| {
        let y = nodes[0].tanh();
        let gradient = graph.gradients(y.square().sum_all(), &nodes[..1])[0];
        graph.tangents(&[y, gradient.stop_gradient()], &[(nodes[0], nodes[1])])
    });
    assert_eq!(found[1], [0.0; 4]);
}

/// The tangent of the gradient of `loss`.
fn of_gradient(loss: for<'g> fn(&[Node<'g>]) -> Node<'g>) {
    let graph = Graph::new();
    let nodes = [0; 3].map(|_| graph.input(ROW));
    let gradient = graph.gradients(loss(&nodes), &nodes[..1]);
    graph.tangents(&gradient, &[(nodes[0], nodes[1])]);
}

#[test]
#[should_panic(expected = "a formula that is itself a derivative has no tangent")]
fn the_slope_of_an_activation_has_no_tangent() {
    of_gradient(|x| x[0].tanh().sum(Axis::Col));
}

#[test]
#[should_panic(expected = "a formula that is itself a derivative has no tangent")]
fn a_product_with_a_slope_has_no_tangent() {
    of_gradient(|x| x[0].tanh().matmul(x[2].reshape(Shape::new(1, 4, 1))));
}

#[test]
#[should_panic(expected = "a formula that is itself a derivative has no tangent")]
fn the_derivative_of_layer_norm_has_no_tangent() {
    of_gradient(|x| x[0].layer_norm(x[2], x[2], 1e-5, Act::Identity).square().sum_all());
}

#[test]
#[should_panic(expected = "a direction of shape [1, 1, 4] for a node of shape [1, 1, 3]")]
fn a_direction_of_another_shape_is_refused() {
    let graph = Graph::new();
    let x = graph.input(Shape::new(1, 1, 3));
    graph.tangents(&[x.exp()], &[(x, graph.input(ROW))]);
}

#[test]
#[should_panic(expected = "a direction of shape [1, 1, 4] for parameters of shape [1, 1, 3]")]
fn a_row_of_another_length_is_refused() {
    let mut params = Params::new();
    let span = params.add("p", Shape::new(1, 1, 3));
    let graph = Graph::new();
    let y = graph.param(span).exp();
    graph.flat_tangents(&[y], &params.set("p"), graph.input(ROW));
}
