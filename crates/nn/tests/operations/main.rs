//! Every operation: its value against plain f64, its derivative against finite differences of that.

mod distributions;
mod elementwise;
mod networks;
mod reductions;
mod reference;
mod tangents;

use coadapt_nn::{Act, Graph, Isa, Node, Params, Pool, Program, Shape};
use reference::{Array, random_array};

type Formula = for<'g> fn(&[Node<'g>]) -> Node<'g>;

struct Case {
    name: &'static str,
    shapes: Vec<[usize; 3]>,
    /// Inputs are drawn uniformly from here.
    range: (f64, f64),
    formula: Formula,
    reference: fn(&[Array]) -> Array,
}

fn case(
    name: &'static str,
    shapes: &[[usize; 3]],
    formula: Formula,
    reference: fn(&[Array]) -> Array,
) -> Case {
    Case { name, shapes: shapes.to_vec(), range: (-1.5, 1.5), formula, reference }
}

fn within(mut case: Case, lo: f64, hi: f64) -> Case {
    case.range = (lo, hi);
    case
}

fn all_cases() -> Vec<Case> {
    let lists = [
        elementwise::cases(),
        elementwise::pair_cases(),
        reductions::cases(),
        reductions::built_cases(),
        networks::cases(),
        distributions::cases(),
        distributions::categorical_cases(),
    ];
    lists.into_iter().flatten().collect()
}

fn act_of(act: Act, x: f64) -> f64 {
    match act {
        Act::Identity => x,
        Act::Relu => x.max(0.0),
        Act::Elu => {
            if x > 0.0 {
                x
            } else {
                x.exp_m1()
            }
        }
        Act::Tanh => x.tanh(),
    }
}

struct Computed {
    value: Vec<f32>,
    gradients: Vec<Vec<f32>>,
}

/// Runs a case on the core: its value, and the derivative of sum(value * weights) by every input.
fn compute(case: &Case, inputs: &[Array], isa: Isa, threads: usize) -> Computed {
    let mut params = Params::new();
    let spans: Vec<_> = inputs
        .iter()
        .enumerate()
        .map(|(i, x)| {
            let span = params.add(format!("x{i}"), Shape::new(x.shape[0], x.shape[1], x.shape[2]));
            params.get_mut(span).iter_mut().zip(&x.data).for_each(|(to, x)| *to = *x as f32);
            span
        })
        .collect();
    let graph = Graph::new();
    let nodes: Vec<_> = spans.iter().map(|&s| graph.param(s)).collect();
    let value = (case.formula)(&nodes);
    let weights = graph.input(value.shape());
    let gradients = graph.gradients((value * weights).sum_all(), &nodes);
    // A bare parameter is not an output; an affine copy of it is.
    let value = value * 1.0 + 0.0 * weights.stop_gradient();
    graph.output(value);
    gradients.iter().for_each(|g| graph.output(*g));
    let mut program = Program::compile_for(&graph, isa);
    program.divide_everything();
    let slot = program.slot(weights);
    let weight_values = random_array(case.name, 99, weights.shape().len(), (-1.0, 1.0));
    program.write(slot).iter_mut().zip(&weight_values).for_each(|(to, x)| *to = *x as f32);
    program.run(&mut params, &mut Pool::new(threads));
    let read = |node| program.read(program.slot(node)).to_vec();
    Computed { value: read(value), gradients: gradients.iter().map(|&g| read(g)).collect() }
}

fn inputs_of(case: &Case) -> Vec<Array> {
    let draw = |(i, shape): (usize, &[usize; 3])| {
        let data = random_array(case.name, i as u64, shape.iter().product(), case.range);
        Array::new(*shape, data)
    };
    case.shapes.iter().enumerate().map(draw).collect()
}

fn assert_close(what: &str, got: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{what}: length");
    let scale = expected.iter().fold(1.0f64, |m, x| m.max(x.abs()));
    for (i, (g, e)) in got.iter().zip(expected).enumerate() {
        let error = (f64::from(*g) - e).abs();
        assert!(error <= tolerance * scale, "{what}[{i}]: {g} instead of {e}");
    }
}

#[test]
fn values_and_derivatives_agree_with_f64() {
    for case in all_cases() {
        let inputs = inputs_of(&case);
        let expected = (case.reference)(&inputs);
        let weights = random_array(case.name, 99, expected.data.len(), (-1.0, 1.0));
        let loss = |inputs: &[Array]| -> f64 {
            (case.reference)(inputs).data.iter().zip(&weights).map(|(y, w)| y * w).sum()
        };
        for isa in Isa::available() {
            let computed = compute(&case, &inputs, isa, 1);
            assert_close(&format!("{} on {isa:?}", case.name), &computed.value, &expected.data, 4e-6);
            for (i, gradient) in computed.gradients.iter().enumerate() {
                let numeric: Vec<f64> = (0..gradient.len())
                    .map(|j| {
                        let shifted = |by: f64| {
                            let mut moved = inputs.to_vec();
                            moved[i].data[j] += by;
                            loss(&moved)
                        };
                        (shifted(1e-6) - shifted(-1e-6)) / 2e-6
                    })
                    .collect();
                assert_close(&format!("d {} / d x{i} on {isa:?}", case.name), gradient, &numeric, 2e-5);
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    for case in all_cases() {
        let inputs = inputs_of(&case);
        let one = compute(&case, &inputs, Isa::detect(), 1);
        for threads in [2, 3] {
            let more = compute(&case, &inputs, Isa::detect(), threads);
            let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&one.value), bits(&more.value), "{} on {threads} threads", case.name);
            for (a, b) in one.gradients.iter().zip(&more.gradients) {
                assert_eq!(bits(a), bits(b), "derivative of {} on {threads} threads", case.name);
            }
        }
    }
}

#[test]
fn vector_widths_give_the_same_bits() {
    let vector: Vec<Isa> = Isa::available().into_iter().filter(|&isa| isa != Isa::Plain).collect();
    for case in all_cases() {
        let inputs = inputs_of(&case);
        let results: Vec<_> = vector.iter().map(|&isa| compute(&case, &inputs, isa, 1)).collect();
        for pair in results.windows(2) {
            assert_eq!(pair[0].value, pair[1].value, "{}", case.name);
            assert_eq!(pair[0].gradients, pair[1].gradients, "derivative of {}", case.name);
        }
    }
}
