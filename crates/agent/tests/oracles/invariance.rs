//! Losses of a batch do not depend on the order of its rows, and a batch twice over is the same batch.

use crate::reference::case::small;
use crate::reference::{Case, Change, Sample, State, assert_close};
use coadapt_agent::Dims;
use coadapt_agent::Metric;
use coadapt_agent::episodes::Episodes;
use coadapt_agent::phase::Minibatches;
use coadapt_agent::rng::stream;
use coadapt_nn::Pool;
use coadapt_nn::init::fill_normal;

const DIMS: Dims = Dims { obs: 3, action: 2 };
const LAGGED: Change = ("pi_p", "{ update = \"lagged\", period = 100 }");
const KL_DUAL: Change = ("pi_q.eta", "{ kind = \"dual\", epsilon = 0.01, initial_raw = 0.5, lr = 1e-2 }");
const SAMPLES: Change =
    ("pi.penalty", "{ kind = \"samples\", samples = 3, epsilon = 1e-3, initial_raw = 0.5, lr = 1e-2 }");

/// Rows of every kind: name, overrides.
const ROWS: [(&str, &[Change]); 8] = [
    ("sac", &[]),
    ("sac", &[LAGGED, KL_DUAL]),
    ("sac", &[("pi.bounds", "none"), SAMPLES]),
    ("mpo", &[("pi_p.actions.samples", "4")]),
    ("mpo", &[("pi_p.actions", "{ kind = \"uniform_mix\", samples = 4, alpha = 0.5 }")]),
    ("awac", &[]),
    ("awac", &[("pi_q.eta.value", "0.01"), ("pi_q.weights.clip", "1.5")]),
    ("awac", &[("pi_p.actions", "{ kind = \"mixture_uniform\", alpha = 0.5 }")]),
];

fn case(algo: &str, changes: &[Change]) -> Case {
    let mut case = Case::new(algo, DIMS, changes);
    for copy in ["target_critic.", "target_policy.", "prior_policy."] {
        case.shake(copy, 0.1);
    }
    case
}

/// The rows `order` of a batch of random numbers, whatever its samples and widths: [N, B, width].
fn rearranged(values: &[f32], rows: usize, samples: usize, order: &[usize]) -> Vec<f32> {
    let width = values.len() / (rows * samples);
    let row = |n: usize, b: usize| &values[(n * rows + b) * width..(n * rows + b + 1) * width];
    (0..samples).flat_map(|n| order.iter().flat_map(move |&b| row(n, b).to_vec())).collect()
}

/// How many actions a state each random input has.
fn samples_of(noise: &[Vec<f32>], rows: usize) -> Vec<usize> {
    // Coins have one number an action, the others two.
    let coins = |values: &Vec<f32>| values.iter().all(|&x| x == 0.0 || x == 1.0);
    noise.iter().map(|values| values.len() / rows / if coins(values) { 1 } else { DIMS.action }).collect()
}

/// Demands that the rows `order` of a batch, of a learner for so many, step as the batch itself does.
fn assert_same_step(order: &[usize]) {
    for (algo, changes) in ROWS {
        let mut plain = case(algo, changes);
        let (batch, noise) = (plain.batch(), plain.noise());
        plain.step(&batch, &noise);
        let mut other = case(algo, changes);
        if order.len() != batch.len() {
            other.method.set("collect.batch", &order.len().to_string()).unwrap();
            let learner = crate::plans::learner(&other.method, DIMS, 7);
            let start = std::mem::replace(&mut other.learner, learner);
            for (name, span) in start.params.iter() {
                let own = other.learner.params.span(name).unwrap();
                other.learner.params.get_mut(own).copy_from_slice(start.params.get(span));
            }
        }
        let moved: Vec<Sample> = order.iter().map(|&b| batch[b].clone()).collect();
        let counts = samples_of(&noise, batch.len());
        let drawn: Vec<Vec<f32>> =
            noise.iter().zip(counts).map(|(v, n)| rearranged(v, batch.len(), n, order)).collect();
        other.step(&moved, &drawn);
        let what = format!("{algo} {changes:?}");
        let (expected, found) = (plain.state(), other.state());
        let optimizers = plain.learner.params.iter().filter(|(name, _)| name.ends_with("first_moment"));
        for (name, _) in optimizers {
            assert_close(&format!("{what}: {name}"), found.get(name), expected.get(name), 2e-6);
        }
        for metric in [Metric::CriticLoss, Metric::PolicyLoss, Metric::ScoreMean, Metric::Entropy] {
            let (a, b) = (other.metric(metric).unwrap(), plain.metric(metric).unwrap());
            assert!((a - b).abs() < 2e-6 * b.abs().max(1.0), "{what}: {metric:?} is {a}, expected {b}");
        }
    }
}

#[test]
fn the_order_of_a_batch_does_not_matter() {
    assert_same_step(&[3, 0, 5, 1, 4, 2]);
}

#[test]
fn a_batch_twice_over_is_the_same_batch() {
    // Normalised over the batch, each weight halves and the factor B doubles.
    assert_same_step(&[0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]);
}

/// One iteration over one-step episodes of `rows`, in minibatches of `batches` for critic and policy.
fn iterated(rows: &[Sample], batches: [Vec<usize>; 2], size: &str) -> (State, Vec<f32>) {
    let mut method = small("awr", DIMS, &[("code.input_norm", "off")]);
    if size != "6" {
        method.set("collect.batch", size).unwrap();
    }
    let mut learner = crate::plans::learner(&method, DIMS, 3);
    let mut store = Episodes::new(1000, DIMS.obs, DIMS.action);
    rows.iter().for_each(|sample| {
        store.push(Sample { truncated: true, ..sample.clone() }.transition());
    });
    let [critic, policy] = batches.map(|batch| vec![batch]);
    let given = [Minibatches::Given(&critic), Minibatches::Given(&policy)];
    learner.iterate(&store, given, &mut Pool::new(1));
    (State::of(&learner.params), learner.weights().to_vec())
}

#[test]
fn neither_matters_over_all_data() {
    let mut rng = stream(9, "case");
    let mut draw = |count: usize| {
        let mut values = vec![0.0; count];
        fill_normal(&mut rng, &mut values);
        values
    };
    let rows: Vec<Sample> = (0..6)
        .map(|i| Sample {
            obs: draw(DIMS.obs),
            action: draw(DIMS.action),
            reward: 3.0 * draw(1)[0],
            terminated: i % 2 == 0,
            truncated: true,
            next_obs: draw(DIMS.obs),
        })
        .collect();
    let batch: Vec<usize> = (0..6).collect();
    let (plain, weights) = iterated(&rows, [batch.clone(), batch.clone()], "6");
    // Episodes in another order, minibatches in another order.
    let order = [3, 0, 5, 1, 4, 2];
    let moved: Vec<Sample> = order.iter().map(|&i| rows[i].clone()).collect();
    let (found, others) = iterated(&moved, [vec![5, 1, 0, 2, 3, 4], vec![2, 0, 4, 1, 3, 5]], "6");
    // Every episode twice, every row of a minibatch twice.
    let twice = [rows.clone(), rows.clone()].concat();
    let doubled: Vec<usize> = (0..12).collect();
    let (copies, of_copies) = iterated(&twice, [doubled.clone(), doubled], "12");
    for net in ["policy", "critic"] {
        let name = format!("{net}_adam.velocity");
        assert_close(&format!("{net}, in another order"), found.get(&name), plain.get(&name), 3e-6);
        assert_close(&format!("{net}, twice over"), copies.get(&name), plain.get(&name), 3e-6);
    }
    let wide = |values: &[f32]| values.iter().map(|&w| f64::from(w)).collect::<Vec<_>>();
    let expected: Vec<f64> = order.iter().map(|&i| f64::from(weights[i])).collect();
    assert_close("weights in another order", &wide(&others), &expected, 3e-6);
    assert_close("weights twice over", &wide(&of_copies), &wide(&[weights.clone(), weights].concat()), 3e-6);
}
