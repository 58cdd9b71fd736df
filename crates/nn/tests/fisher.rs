//! Tangents of whole policies against f64, and products with their Fisher matrices against the dense matrices.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "operations/reference.rs"]
mod reference;

use coadapt_nn::dist::Categorical;
use coadapt_nn::init::Init;
use coadapt_nn::mlp::{First, LAYER_NORM_EPS, MlpConfig};
use coadapt_nn::params::ParamSet;
use coadapt_nn::{Act, Axis, Graph, Node, Params, Pool, Program, Shape};
use rand_core::SeedableRng;
use rand_pcg::Pcg64;
use reference::{Array, random_array};

const STATES: usize = 7;
const INPUTS: usize = 3;

/// A policy network of outputs `outputs`, and a log standard deviation of its own where the policy is a Gaussian.
struct Policy {
    act: Act,
    first: First,
    hidden: Vec<usize>,
    outputs: usize,
    gaussian: bool,
}

/// What a test computes of a policy's parameters, its states and one more row of numbers.
type Formula = for<'g> fn(&'g Graph, &ParamSet, Vec<Node<'g>>, Node<'g>) -> Vec<Node<'g>>;

impl Policy {
    fn all() -> Vec<Policy> {
        let acts = [(Act::Tanh, First::Plain), (Act::Relu, First::Plain), (Act::Elu, First::Plain)];
        let normed = [(Act::Elu, First::LayerNormTanh), (Act::Relu, First::LayerNormTanhAct)];
        let of = |(act, first)| {
            [true, false].map(|gaussian| Policy { act, first, hidden: vec![5, 4], outputs: 3, gaussian })
        };
        acts.into_iter().chain(normed).flat_map(of).collect()
    }

    /// The parameters, all drawn: an untouched gain or bias would hide a wrong rule.
    fn params(&self) -> (Params, coadapt_nn::mlp::Mlp, ParamSet) {
        let config = MlpConfig {
            inputs: INPUTS,
            hidden: self.hidden.clone(),
            outputs: self.outputs,
            act: self.act,
            first: self.first,
            hidden_init: Init::Zeros,
            output_init: Init::Zeros,
            bias_init: Init::Zeros,
            output_bias_init: Init::Zeros,
            groups: 1,
        };
        let mut params = Params::new();
        let mlp = config.register(&mut params, "policy", &mut Pcg64::seed_from_u64(0));
        if self.gaussian {
            params.add("policy.log_std", Shape::new(1, 1, self.outputs));
        }
        let set = params.set("policy.");
        let drawn: Vec<f32> = self.theta(&set).iter().map(|x| *x as f32).collect();
        params.assign_flat(&set, &drawn);
        (params, mlp, set)
    }

    fn theta(&self, set: &ParamSet) -> Vec<f64> {
        random_array("theta", self.hidden.len() as u64, set.range.len(), (-0.9, 0.9))
    }

    /// The parameters of the distribution at each state: mean and log standard deviation, or log-probabilities.
    fn outputs(&self, set: &ParamSet, theta: &[f64]) -> Vec<Array> {
        let mut spans = set.spans.iter().map(|span| {
            let Shape { groups, rows, cols } = span.shape;
            let from = span.offset - set.range.start;
            Array::new([groups, rows, cols], theta[from..from + span.shape.len()].to_vec())
        });
        let mut y = states();
        for layer in 0..=self.hidden.len() {
            let (weight, bias) = (spans.next().unwrap(), spans.next().unwrap());
            y = y.matmul(&weight).zip(&bias, |a, b| a + b);
            let act = |y: Array| y.map(|x| act_of(self.act, x));
            y = match self.first {
                _ if layer == self.hidden.len() => y,
                First::LayerNormTanh | First::LayerNormTanhAct if layer == 0 => {
                    let (gain, offset) = (spans.next().unwrap(), spans.next().unwrap());
                    let n = y.layer_norm(f64::from(LAYER_NORM_EPS));
                    let normed = n.zip(&gain, |n, g| n * g).zip(&offset, |a, b| (a + b).tanh());
                    if self.first == First::LayerNormTanhAct { act(normed) } else { normed }
                }
                _ => act(y),
            };
        }
        if self.gaussian {
            return vec![y, spans.next().unwrap()];
        }
        let total = y.map(f64::exp).fold(2, 0.0, |s, x| s + x).map(f64::ln);
        vec![y.zip(&total, |x, t| x - t)]
    }

    /// Runs `formula` on the core, once for each row of `rows`.
    fn computed(&self, rows: &[Vec<f64>], formula: Formula) -> Vec<Vec<Vec<f32>>> {
        let (mut params, mlp, set) = self.params();
        let graph = Graph::new();
        let x = graph.input(Shape::new(1, STATES, INPUTS));
        let row = graph.input(Shape::new(1, 1, rows[0].len()));
        let y = mlp.forward(&graph, x);
        let outputs = if self.gaussian {
            vec![y, graph.param(*set.spans.last().unwrap())]
        } else {
            vec![Categorical { logits: y }.log_probs()]
        };
        let found = formula(&graph, &set, outputs, row);
        found.iter().for_each(|node| graph.output(*node));
        let mut program = Program::compile(&graph);
        write(&mut program, x, &states().data);
        let one_run = |numbers: &Vec<f64>| {
            write(&mut program, row, numbers);
            program.run(&mut params, &mut Pool::new(1));
            found.iter().map(|n| program.read(program.slot(*n)).to_vec()).collect()
        };
        rows.iter().map(one_run).collect()
    }
}

fn states() -> Array {
    Array::new([1, STATES, INPUTS], random_array("states", 0, STATES * INPUTS, (-1.5, 1.5)))
}

fn act_of(act: Act, x: f64) -> f64 {
    match act {
        Act::Identity => x,
        Act::Relu => x.max(0.0),
        Act::Elu => x.max(0.0) + x.min(0.0).exp_m1(),
        Act::Tanh => x.tanh(),
    }
}

fn write(program: &mut Program, node: Node<'_>, numbers: &[f64]) {
    let slot = program.slot(node);
    program.write(slot).iter_mut().zip(numbers).for_each(|(to, x)| *to = *x as f32);
}

fn assert_close(what: &str, found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}: length");
    let scale = expected.iter().fold(1.0f64, |m, x| m.max(x.abs()));
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!((f64::from(*f) - e).abs() <= tolerance * scale, "{what}[{i}]: {f} instead of {e}");
    }
}

/// <a, b> of two lists of arrays.
fn paired<'g>(a: &[Node<'g>], b: &[Node<'g>]) -> Node<'g> {
    a.iter().zip(b).map(|(a, b)| (*a * *b).sum_all()).reduce(|sum, term| sum + term).unwrap()
}

fn moved(theta: &[f64], by: f64, v: &[f64]) -> Vec<f64> {
    theta.iter().zip(v).map(|(x, v)| x + by * v).collect()
}

#[test]
fn tangents_of_policies_agree_with_f64() {
    for policy in Policy::all() {
        let (_, _, set) = policy.params();
        let theta = policy.theta(&set);
        let v = random_array("v", 1, theta.len(), (-1.0, 1.0));
        let found = policy.computed(std::slice::from_ref(&v), |graph, set, outputs, row| {
            let tangents = graph.flat_tangents(&outputs, set, row);
            // That of the log standard deviation is the row's own end.
            tangents.into_iter().map(|t| t * 1.0 + 0.0 * row.sum(Axis::Col)).collect()
        });
        let at = |by: f64| policy.outputs(&set, &moved(&theta, by, &v));
        for (found, (up, down)) in found[0].iter().zip(at(1e-6).iter().zip(at(-1e-6))) {
            let expected = up.zip(&down, |a, b| (a - b) / 2e-6);
            let what = format!("{:?} {:?}", policy.act, policy.first);
            assert_close(&what, found, &expected.data, 2e-6);
        }
    }
}

#[test]
fn tangents_of_policies_are_their_gradients_transposed() {
    for policy in Policy::all() {
        let (_, _, set) = policy.params();
        let v = random_array("v", 2, set.range.len(), (-1.0, 1.0));
        let found = policy.computed(std::slice::from_ref(&v), |graph, set, outputs, row| {
            let tangents = graph.flat_tangents(&outputs, set, row);
            // Any u that differs from place to place will do.
            let weights: Vec<_> = outputs.iter().map(|y| (y.stop_gradient() * 3.0).tanh()).collect();
            let gradient = graph.flat_gradient(paired(&outputs, &weights), set);
            vec![paired(&tangents, &weights), (gradient * row).sum_all()]
        });
        let [forward, backward] = [found[0][0][0], found[0][1][0]];
        assert!((forward - backward).abs() < 1e-5 * forward.abs().max(1.0), "{forward} and {backward}");
    }
}

/// J' M J v, averaged over states, with the metric M of a distribution's own parameters: 1 / std^2 of a Gaussian's
/// mean, 2 of its log standard deviation; the probability of a log-probability.
fn fisher_product<'g>(
    graph: &'g Graph,
    set: &ParamSet,
    outputs: Vec<Node<'g>>,
    row: Node<'g>,
) -> Vec<Node<'g>> {
    let tangents = graph.flat_tangents(&outputs, set, row);
    let weighted = match (&outputs[..], &tangents[..]) {
        (&[_, log_std], &[of_mean, of_log_std]) => {
            vec![of_mean * (log_std * -2.0).exp() / STATES as f32, of_log_std * 2.0]
        }
        (&[log_probs], &[tangent]) => vec![log_probs.exp() * tangent / STATES as f32],
        _ => panic!("a Gaussian has two outputs, a softmax one"),
    };
    let weighted: Vec<_> = weighted.into_iter().map(Node::stop_gradient).collect();
    vec![graph.flat_gradient(paired(&outputs, &weighted), set)]
}

/// KL(old || new) of the distributions whose parameters are given, averaged over states.
fn mean_kl(old: &[Array], new: &[Array]) -> f64 {
    let per_number = match (old, new) {
        ([mean, log_std], [new_mean, new_log_std]) => {
            let distance = mean.zip(new_mean, |a, b| (a - b) * (a - b));
            let spread = log_std.zip(new_log_std, |s, t| t - s + 0.5 * (2.0 * (s - t)).exp() - 0.5);
            distance.zip(new_log_std, |d, t| 0.5 * d * (-2.0 * t).exp()).zip(&spread, |d, s| d + s)
        }
        _ => old[0].zip(&new[0], |p, q| p.exp() * (p - q)),
    };
    per_number.data.iter().sum::<f64>() / STATES as f64
}

#[test]
fn fisher_vector_products_are_those_of_the_dense_matrix() {
    for (act, first) in [(Act::Tanh, First::Plain), (Act::Elu, First::LayerNormTanhAct)] {
        for gaussian in [true, false] {
            let policy = Policy { act, first, hidden: vec![4], outputs: 2, gaussian };
            let (_, _, set) = policy.params();
            let (theta, n) = (policy.theta(&set), set.range.len());
            let units: Vec<Vec<f64>> =
                (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
            // The Fisher matrix is the Hessian of KL(old || new) where both are one.
            let (old, h) = (policy.outputs(&set, &theta), 1e-3);
            let kl = |i: usize, a: f64, j: usize, b: f64| {
                mean_kl(&old, &policy.outputs(&set, &moved(&moved(&theta, a, &units[i]), b, &units[j])))
            };
            let found = policy.computed(&units, fisher_product);
            for (i, found) in found.iter().enumerate() {
                let row: Vec<f64> = (0..n)
                    .map(|j| {
                        (kl(i, h, j, h) - kl(i, h, j, -h) - kl(i, -h, j, h) + kl(i, -h, j, -h))
                            / (4.0 * h * h)
                    })
                    .collect();
                assert_close(&format!("{act:?}, Gaussian: {gaussian}, row {i}"), &found[0], &row, 1e-5);
            }
        }
    }
}
