//! Every operation: its value against plain f64, its derivative against finite differences of that.

mod reference;

use coadapt_nn::dist::{Gaussian, TanhGaussian};
use coadapt_nn::{Act, Axis, Graph, Isa, Node, Params, Pool, Program, Shape};
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

const ODD: [[usize; 3]; 2] = [[2, 3, 5], [2, 3, 5]];

fn elementwise_cases() -> Vec<Case> {
    let one = &[[2, 3, 37]];
    vec![
        case("exp", one, |x| x[0].exp(), |x| x[0].map(f64::exp)),
        within(case("log", one, |x| x[0].log(), |x| x[0].map(f64::ln)), 0.1, 9.0),
        case("tanh", one, |x| x[0].tanh(), |x| x[0].map(f64::tanh)),
        within(case("atanh", one, |x| x[0].atanh(), |x| x[0].map(f64::atanh)), -0.9, 0.9),
        case("softplus", one, |x| x[0].softplus(), |x| x[0].map(|x| x.exp().ln_1p())),
        case("sigmoid", one, |x| x[0].sigmoid(), |x| x[0].map(|x| 1.0 / (1.0 + (-x).exp()))),
        case("square", one, |x| x[0].square(), |x| x[0].map(|x| x * x)),
        within(case("sqrt", one, |x| x[0].sqrt(), |x| x[0].map(f64::sqrt)), 0.2, 5.0),
        within(case("recip", one, |x| x[0].recip(), |x| x[0].map(|x| 1.0 / x)), 0.3, 5.0),
        case("abs", one, |x| x[0].abs(), |x| x[0].map(f64::abs)),
        case("relu", one, |x| x[0].relu(), |x| x[0].map(|x| x.max(0.0))),
        case("elu", one, |x| x[0].elu(), |x| x[0].map(|x| act_of(Act::Elu, x))),
        case("clamp", one, |x| x[0].clamp(-0.5, 0.7), |x| x[0].map(|x| x.clamp(-0.5, 0.7))),
        case(
            "affine",
            one,
            |x| 2.0 * (1.0 - x[0] * 0.25) / 4.0,
            |x| x[0].map(|x| 2.0 * (1.0 - x * 0.25) / 4.0),
        ),
        case("add", &ODD, |x| x[0] + x[1], |x| x[0].zip(&x[1], |a, b| a + b)),
        case("sub", &ODD, |x| x[0] - x[1], |x| x[0].zip(&x[1], |a, b| a - b)),
        case("mul", &ODD, |x| x[0] * x[1], |x| x[0].zip(&x[1], |a, b| a * b)),
        case("min", &ODD, |x| x[0].min(x[1]), |x| x[0].zip(&x[1], f64::min)),
        case("max", &ODD, |x| x[0].max(x[1]), |x| x[0].zip(&x[1], f64::max)),
        within(case("div", &ODD, |x| x[0] / x[1], |x| x[0].zip(&x[1], |a, b| a / b)), 0.4, 2.0),
        case(
            "mul, rows stretch",
            &[[2, 1, 5], [1, 3, 5]],
            |x| x[0] * x[1],
            |x| x[0].zip(&x[1], |a, b| a * b),
        ),
        case(
            "sub, columns stretch",
            &[[1, 4, 1], [3, 4, 7]],
            |x| x[0] - x[1],
            |x| x[0].zip(&x[1], |a, b| a - b),
        ),
        case(
            "max, groups stretch",
            &[[3, 4, 1], [1, 4, 1]],
            |x| x[0].max(x[1]),
            |x| x[0].zip(&x[1], f64::max),
        ),
        within(
            case(
                "div, one number",
                &[[3, 4, 6], [1, 1, 1]],
                |x| x[0] / x[1],
                |x| x[0].zip(&x[1], |a, b| a / b),
            ),
            0.4,
            2.0,
        ),
        case("a value used three times", &[[1, 3, 4]], |x| x[0] * x[0] + x[0], |x| x[0].map(|x| x * x + x)),
        case(
            "stop",
            &[[1, 3, 4]],
            |x| x[0] + (x[0] * 3.0).stop_gradient() - 3.0 * x[0].stop_gradient(),
            |x| x[0].clone(),
        ),
    ]
}

fn reduction_cases() -> Vec<Case> {
    let one = &[[3, 5, 37]];
    vec![
        case("sum of columns", one, |x| x[0].sum(Axis::Col), |x| x[0].fold(2, 0.0, |s, x| s + x)),
        case("sum of rows", one, |x| x[0].sum(Axis::Row), |x| x[0].fold(1, 0.0, |s, x| s + x)),
        case("sum of groups", one, |x| x[0].sum(Axis::Group), |x| x[0].fold(0, 0.0, |s, x| s + x)),
        case("mean of rows", one, |x| x[0].mean(Axis::Row), |x| x[0].fold(1, 0.0, |s, x| s + x / 5.0)),
        case(
            "mean of all",
            one,
            |x| x[0].square().mean_all(),
            |x| {
                let n = x[0].data.len() as f64;
                Array::new([1, 1, 1], vec![x[0].data.iter().map(|x| x * x).sum::<f64>() / n])
            },
        ),
        case(
            "largest of columns",
            one,
            |x| x[0].maximum(Axis::Col),
            |x| x[0].fold(2, f64::NEG_INFINITY, f64::max),
        ),
        case(
            "smallest of groups",
            one,
            |x| x[0].minimum(Axis::Group),
            |x| x[0].fold(0, f64::INFINITY, f64::min),
        ),
        case(
            "log-sum-exp of groups",
            one,
            |x| x[0].log_sum_exp(Axis::Group),
            |x| x[0].map(f64::exp).fold(0, 0.0, |s, x| s + x).map(f64::ln),
        ),
        case(
            "softmax of columns",
            one,
            |x| x[0].softmax(Axis::Col),
            |x| {
                let e = x[0].map(f64::exp);
                e.zip(&e.fold(2, 0.0, |s, x| s + x), |a, b| a / b)
            },
        ),
        case(
            "softmax of groups",
            one,
            |x| x[0].softmax(Axis::Group),
            |x| {
                let e = x[0].map(f64::exp);
                e.zip(&e.fold(0, 0.0, |s, x| s + x), |a, b| a / b)
            },
        ),
        case(
            "reshape",
            &[[2, 3, 4]],
            |x| x[0].reshape(Shape::new(1, 8, 3)).square().sum(Axis::Row),
            |x| Array::new([1, 8, 3], x[0].data.clone()).map(|x| x * x).fold(1, 0.0, |s, x| s + x),
        ),
        case("columns", &[[2, 3, 7]], |x| x[0].exp().columns(2, 3), |x| x[0].map(f64::exp).columns(2, 3)),
        case(
            "join",
            &[[1, 4, 3], [2, 4, 2]],
            |x| Node::join(&[x[0], x[1]]).square(),
            |x| Array::join(&x[0], &x[1]).map(|x| x * x),
        ),
    ]
}

fn linear_by(act: Act, x: &[Array]) -> Array {
    x[0].matmul(&x[1]).zip(&x[2], |a, b| a + b).map(|x| act_of(act, x))
}

fn network_cases() -> Vec<Case> {
    let sizes = &[[1, 19, 23], [1, 23, 37], [1, 1, 37]];
    vec![
        case("linear", sizes, |x| x[0].linear(x[1], x[2], Act::Identity), |x| linear_by(Act::Identity, x)),
        case("linear relu", sizes, |x| x[0].linear(x[1], x[2], Act::Relu), |x| linear_by(Act::Relu, x)),
        case("linear elu", sizes, |x| x[0].linear(x[1], x[2], Act::Elu), |x| linear_by(Act::Elu, x)),
        case("linear tanh", sizes, |x| x[0].linear(x[1], x[2], Act::Tanh), |x| linear_by(Act::Tanh, x)),
        case("matmul", &[[2, 5, 3], [2, 3, 4]], |x| x[0].matmul(x[1]), |x| x[0].matmul(&x[1])),
        case(
            "twin linear on one input",
            &[[1, 9, 5], [2, 5, 33], [2, 1, 33]],
            |x| x[0].linear(x[1], x[2], Act::Tanh),
            |x| linear_by(Act::Tanh, x),
        ),
        case(
            "one output",
            &[[1, 17, 40], [1, 40, 1], [1, 1, 1]],
            |x| x[0].linear(x[1], x[2], Act::Identity),
            |x| linear_by(Act::Identity, x),
        ),
        case(
            "two layers on joined inputs",
            &[[1, 7, 3], [1, 7, 2], [2, 5, 16], [2, 1, 16], [2, 16, 1], [2, 1, 1]],
            |x| Node::join(&[x[0], x[1]]).linear(x[2], x[3], Act::Elu).linear(x[4], x[5], Act::Identity),
            |x| {
                let hidden = linear_by(Act::Elu, &[Array::join(&x[0], &x[1]), x[2].clone(), x[3].clone()]);
                linear_by(Act::Identity, &[hidden, x[4].clone(), x[5].clone()])
            },
        ),
        case(
            "layer norm tanh",
            &[[2, 6, 35], [2, 1, 35], [2, 1, 35]],
            |x| x[0].layer_norm(x[1], x[2], 1e-5, Act::Tanh),
            |x| x[0].layer_norm(1e-5).zip(&x[1], |a, b| a * b).zip(&x[2], |a, b| (a + b).tanh()),
        ),
        case(
            "layer norm, one gain for all groups",
            &[[2, 6, 16], [1, 1, 16], [1, 1, 16]],
            |x| x[0].layer_norm(x[1], x[2], 1e-5, Act::Identity),
            |x| x[0].layer_norm(1e-5).zip(&x[1], |a, b| a * b).zip(&x[2], |a, b| a + b),
        ),
    ]
}

fn gaussian_log_prob(x: &[Array]) -> Array {
    let z = x[2].zip(&x[0], |a, m| a - m).zip(&x[1], |d, s| d / s);
    let terms = z.zip(&x[1], |z, s| -0.5 * z * z - s.ln() - 0.5 * std::f64::consts::TAU.ln());
    terms.fold(2, 0.0, |s, x| s + x)
}

fn distribution_cases() -> Vec<Case> {
    let three = &[[1, 5, 3], [1, 5, 3], [4, 5, 3]];
    let gaussian: Formula = |x| Gaussian { mean: x[0], std: x[1] }.log_prob(x[2]);
    let kl: Formula = |x| Gaussian { mean: x[0], std: x[1] }.kl(Gaussian { mean: x[2], std: x[3] });
    vec![
        within(case("gaussian log prob", three, gaussian, gaussian_log_prob), 0.3, 2.0),
        within(
            case("gaussian kl", &[[1, 4, 3], [1, 4, 3], [1, 4, 3], [1, 1, 3]], kl, |x| {
                let distance = x[0].zip(&x[2], |a, b| (a - b) * (a - b));
                let first = distance.zip(&x[3], |d, s| d / (2.0 * s * s));
                let ratio = x[1].zip(&x[3], |a, b| a / b).map(|r| 0.5 * r * r - r.ln() - 0.5);
                first.zip(&ratio, |a, b| a + b).fold(2, 0.0, |s, x| s + x)
            }),
            0.3,
            2.0,
        ),
        case(
            "tanh gaussian sample",
            &[[1, 5, 3], [1, 5, 3], [2, 5, 3]],
            |x| TanhGaussian { mean: x[0], log_std: x[1] }.sample_and_log_prob(x[2]).1,
            |x| {
                let u = x[1].map(f64::exp).zip(&x[2], |s, z| s * z).zip(&x[0], |a, m| a + m);
                let normal = x[2].zip(&x[1], |z, l| -0.5 * z * z - l - 0.5 * std::f64::consts::TAU.ln());
                let log_det = u.map(|u| (1.0 - u.tanh().powi(2)).ln());
                normal.zip(&log_det, |n, j| n - j).fold(2, 0.0, |s, x| s + x)
            },
        ),
    ]
}

fn all_cases() -> Vec<Case> {
    [elementwise_cases(), reduction_cases(), network_cases(), distribution_cases()]
        .into_iter()
        .flatten()
        .collect()
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
