//! Tangents of every operation: against central differences of the f64 reference, and against the derivatives.

use crate::reference::{Array, random_array};
use crate::{Case, all_cases, assert_close, case, inputs_of};
use coadapt_nn::{Axis, Graph, Isa, Node, Params, Pool, Program, Shape};

/// Places and ties that no other case asks for, and products that have a tangent but no derivative.
fn more_cases() -> Vec<Case> {
    vec![
        case(
            "broadcast",
            &[[1, 3, 1]],
            |x| x[0].exp().broadcast_to(Shape::new(2, 3, 4)),
            |x| x[0].map(f64::exp).zip(&Array::new([2, 1, 4], vec![0.0; 8]), |a, b| a + b),
        ),
        case(
            "a tie",
            &[[1, 2, 3]],
            |x| Node::concat(&[x[0], x[0]]).maximum(Axis::Col) + x[0].max(x[0]) + x[0].min(x[0]),
            |x| x[0].zip(&x[0].fold(2, f64::NEG_INFINITY, f64::max), |x, top| 2.0 * x + top),
        ),
        case(
            "sum of a repeated row",
            &[[1, 1, 4], [2, 3, 4]],
            |x| (x[0] + x[1]).square().sum(Axis::Row) + (x[0] + 0.0 * x[1].stop_gradient()).sum(Axis::Row),
            |x| {
                let sum = x[0].zip(&x[1], |a, b| a + b);
                let repeated = x[0].map(|a| 3.0 * a);
                sum.map(|s| s * s).fold(1, 0.0, |s, x| s + x).zip(&repeated, |a, b| a + b)
            },
        ),
        case(
            "product with a transposed second factor",
            &[[2, 5, 3], [2, 4, 3]],
            |x| x[0].matmul_transposed(x[1]),
            |x| x[0].matmul(&transposed(&x[1])),
        ),
        case(
            "product with a transposed first factor",
            &[[2, 3, 5], [1, 3, 4]],
            |x| x[0].transposed_matmul(x[1]),
            |x| transposed(&x[0]).matmul(&x[1]),
        ),
    ]
}

fn transposed(x: &Array) -> Array {
    let [groups, rows, cols] = x.shape;
    let places = (0..groups).flat_map(|g| (0..cols).flat_map(move |c| (0..rows).map(move |r| [g, r, c])));
    Array::new([groups, cols, rows], places.map(|at| x.at(at)).collect())
}

fn has_gradients(case: &Case) -> bool {
    !case.name.starts_with("product with")
}

fn directions_of(case: &Case) -> Vec<Array> {
    let draw = |(i, shape): (usize, &[usize; 3])| {
        Array::new(*shape, random_array(case.name, 50 + i as u64, shape.iter().product(), (-1.0, 1.0)))
    };
    case.shapes.iter().enumerate().map(draw).collect()
}

/// J v of a case, of all its inputs together and of each alone; with the gradients J' u, where it has some.
fn compute(case: &Case, arrays: [&[Array]; 2], isa: Isa) -> (Vec<Vec<f32>>, Vec<Vec<f32>>) {
    let mut params = Params::new();
    let [spans, ways] = ["x", "v"].map(|name| {
        let shapes = case.shapes.iter().enumerate();
        shapes
            .map(|(i, s)| params.add(format!("{name}{i}"), Shape::new(s[0], s[1], s[2])))
            .collect::<Vec<_>>()
    });
    for (spans, arrays) in [&spans, &ways].into_iter().zip(arrays) {
        for (&span, array) in spans.iter().zip(arrays) {
            params.get_mut(span).iter_mut().zip(&array.data).for_each(|(to, x)| *to = *x as f32);
        }
    }
    let graph = Graph::new();
    let nodes: Vec<_> = spans.iter().map(|&s| graph.param(s)).collect();
    let of: Vec<_> = nodes.iter().zip(&ways).map(|(&x, &v)| (x, graph.param(v))).collect();
    let value = (case.formula)(&nodes);
    let mut tangents = graph.tangents(&[value], &of);
    tangents.extend(of.iter().map(|&pair| graph.tangents(&[value], &[pair])[0]));
    let u = graph.input(value.shape());
    let gradients =
        if has_gradients(case) { graph.gradients((value * u).sum_all(), &nodes) } else { Vec::new() };
    // A tangent may be a direction itself, which is a bare parameter and no output.
    let tangents: Vec<_> = tangents.into_iter().map(|t| t * 1.0 + 0.0 * u).collect();
    tangents.iter().chain(&gradients).for_each(|node| graph.output(*node));
    let mut program = Program::compile_for(&graph, isa);
    let u_values = random_array(case.name, 99, value.shape().len(), (-1.0, 1.0));
    let slot = program.slot(u);
    program.write(slot).iter_mut().zip(&u_values).for_each(|(to, x)| *to = *x as f32);
    program.run(&mut params, &mut Pool::new(1));
    let read = |nodes: &[Node<'_>]| nodes.iter().map(|n| program.read(program.slot(*n)).to_vec()).collect();
    (read(&tangents), read(&gradients))
}

/// J v by central differences, `of` being the inputs that move.
fn differences(case: &Case, inputs: &[Array], directions: &[Array], of: &[usize]) -> Vec<f64> {
    let moved = |by: f64| {
        let step = |(i, (x, v)): (usize, (&Array, &Array))| {
            if of.contains(&i) { x.zip(v, |x, v| x + by * v) } else { x.clone() }
        };
        (case.reference)(&inputs.iter().zip(directions).enumerate().map(step).collect::<Vec<_>>())
    };
    moved(1e-6).zip(&moved(-1e-6), |a, b| (a - b) / 2e-6).data
}

fn dot(a: &[f32], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * b).sum()
}

#[test]
fn tangents_agree_with_f64() {
    for case in all_cases().into_iter().chain(more_cases()) {
        let (inputs, directions) = (inputs_of(&case), directions_of(&case));
        let every: Vec<usize> = (0..inputs.len()).collect();
        for isa in Isa::available() {
            let (tangents, _) = compute(&case, [&inputs, &directions], isa);
            let moving = std::iter::once(&every[..]).chain(every.chunks(1));
            for (tangent, of) in tangents.iter().zip(moving) {
                let expected = differences(&case, &inputs, &directions, of);
                assert_close(&format!("J v of {} by {of:?} on {isa:?}", case.name), tangent, &expected, 2e-5);
            }
        }
    }
}

#[test]
fn tangents_and_derivatives_are_each_other_s_transpose() {
    for case in all_cases().into_iter().chain(more_cases()).filter(has_gradients) {
        let (inputs, directions) = (inputs_of(&case), directions_of(&case));
        let (tangents, gradients) = compute(&case, [&inputs, &directions], Isa::detect());
        let u = random_array(case.name, 99, tangents[0].len(), (-1.0, 1.0));
        // Each input alone, then all of them.
        let parts: Vec<f64> = gradients.iter().zip(&directions).map(|(g, v)| dot(g, &v.data)).collect();
        let sum = std::iter::once(parts.iter().sum::<f64>());
        for (tangent, expected) in tangents.iter().zip(sum.chain(parts.iter().copied())) {
            let found = dot(tangent, &u);
            let scale =
                tangent.iter().zip(&u).map(|(t, u)| f64::from(*t).abs() * u.abs()).sum::<f64>().max(1.0);
            assert!((found - expected).abs() < 2e-6 * scale, "{}: {found} and {expected}", case.name);
        }
    }
}
