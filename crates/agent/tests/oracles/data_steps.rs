//! Iterations over all data (AWR) against the formulas in f64: returns, weights at their clip, a mean outside
//! the box, normalised inputs, momentum, decay.

use crate::reference::case::small;
use crate::reference::{Change, Sample, State, assert_close, mean, nets};
use coadapt_agent::Dims;
use coadapt_agent::columns::{Eta, Penalty, PiQ, Weights};
use coadapt_agent::episodes::Episodes;
use coadapt_agent::phase::Minibatches;
use coadapt_agent::rng::{Stream, stream};
use coadapt_agent::{Method, Metric};
use coadapt_nn::Pool;
use coadapt_nn::init::fill_normal;

const DIMS: Dims = Dims { obs: 3, action: 2 };
const GRADIENT: f64 = 3e-5;
/// Transitions of the critic's and the policy's minibatch; number 17 is the one with a reward beyond all others.
const BATCHES: [[usize; 6]; 2] = [[0, 5, 17, 20, 25, 11], [17, 1, 25, 8, 19, 6]];

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&x| f64::from(x)).collect()
}

/// Three episodes that end in the three possible ways.
fn episodes(rng: &mut Stream) -> Vec<Vec<Sample>> {
    let mut draw = |count: usize| {
        let mut values = vec![0.0; count];
        fill_normal(rng, &mut values);
        values
    };
    let ends = [(1, true, false), (19, false, true), (6, true, true)];
    let mut all = Vec::new();
    for (length, terminated, truncated) in ends {
        let obs: Vec<Vec<f32>> = (0..=length).map(|_| draw(DIMS.obs)).collect();
        let sample = |t: usize, action, reward| {
            let last = t + 1 == length;
            let (obs, next_obs) = (obs[t].clone(), obs[t + 1].clone());
            Sample {
                obs,
                action,
                reward,
                terminated: last && terminated,
                truncated: last && truncated,
                next_obs,
            }
        };
        all.push((0..length).map(|t| sample(t, draw(DIMS.action), draw(1)[0])).collect::<Vec<_>>());
    }
    all[1][16].reward = 300.0;
    all
}

/// V(s) of the critic, whose output is (1 - gamma) V.
fn value(method: &Method, state: &State, obs: &[f32]) -> f64 {
    let x = nets::seen(method, state, &wide(obs));
    nets::network(method, state, "critic", [0, 1], &x)[0] / (1.0 - method.estimate.discount)
}

/// G_t = sum over n of the weighted n-step returns, written out: the recursion's definition.
fn returns(method: &Method, state: &State, episode: &[Sample]) -> Vec<f64> {
    let (gamma, lambda) = (method.estimate.discount, method.estimate.target.lambda().unwrap());
    let value_after = |t: usize| {
        let Sample { next_obs, terminated, .. } = &episode[t];
        if *terminated { 0.0 } else { value(method, state, next_obs) }
    };
    let n_step = |t: usize, n: usize| {
        let rewards: f64 = (0..n).map(|k| gamma.powi(k as i32) * f64::from(episode[t + k].reward)).sum();
        rewards + gamma.powi(n as i32) * value_after(t + n - 1)
    };
    let of = |t: usize| {
        let left = episode.len() - t;
        let inner: f64 = (1..left).map(|n| (1.0 - lambda) * lambda.powi(n as i32 - 1) * n_step(t, n)).sum();
        inner + lambda.powi(left as i32 - 1) * n_step(t, left)
    };
    (0..episode.len()).map(of).collect()
}

/// Standardised advantages, and min(exp(A / eta), clip) of them.
fn weights(method: &Method, advantages: &[f64]) -> [Vec<f64>; 2] {
    let PiQ::Analytic { eta: Eta::Fixed { value: eta }, weights: Weights::Unnormalised { clip }, .. } =
        method.pi_q
    else {
        panic!("unnormalised weights")
    };
    let center = mean(advantages.iter().copied());
    let std = mean(advantages.iter().map(|a| (a - center).powi(2))).sqrt();
    let standardised: Vec<f64> = advantages.iter().map(|a| (a - center) / (std + 1e-5)).collect();
    let weights = standardised.iter().map(|a| (a / eta).exp().min(clip)).collect();
    [standardised, weights]
}

/// -mean w ln pi(a|s), and what a mean outside the box costs.
fn policy_loss(method: &Method, state: &State, batch: &[(Sample, f64)]) -> f64 {
    mean(batch.iter().map(|(sample, weight)| {
        let policy = nets::policy(method, state, "policy", &wide(&sample.obs));
        let outside = policy.mode().iter().map(|m| (m.abs() - 1.0).max(0.0).powi(2)).sum::<f64>();
        let cost = match method.pi.penalty {
            Penalty::MeanL2 { coefficient } => 0.5 * coefficient * outside,
            _ => 0.0,
        };
        cost - weight * policy.log_prob(&wide(&sample.action))
    }))
}

/// One step of momentum down `loss`.
fn assert_step(
    what: &str,
    states: [&State; 2],
    net: &str,
    lr: f64,
    decay: f64,
    loss: &dyn Fn(&State) -> f64,
) {
    let [before, after] = states;
    let [old, velocity] = states.map(|state| state.get(&format!("{net}_adam.velocity")).to_vec());
    let start = before.flat(&format!("{net}."));
    let gradient = before.gradient(&format!("{net}."), loss);
    let expected: Vec<f64> = (0..old.len()).map(|i| 0.9 * old[i] + gradient[i] + decay * start[i]).collect();
    assert_close(&format!("{what}: {net}'s velocity"), &velocity, &expected, GRADIENT);
    let moved: Vec<f64> = start.iter().zip(&velocity).map(|(p, v)| p - lr * v).collect();
    assert_close(&format!("{what}: {net}"), &after.flat(&format!("{net}.")), &moved, 1e-6);
}

fn assert_iterations(changes: &[Change]) {
    let method = small("awr", DIMS, changes);
    let mut learner = crate::plans::learner(&method, DIMS, 3);
    for (name, values) in [
        ("input_norm.mean", &[0.2, -0.1, 0.3][..]),
        ("input_norm.scale", &[0.8, 1.3, 40.0]),
        ("policy.2.bias", &[1.6, -1.3]),
    ] {
        let span = learner.params.span(name).unwrap();
        learner.params.get_mut(span).copy_from_slice(values);
    }
    let episodes = episodes(&mut stream(5, "case"));
    let mut store = Episodes::new(1000, DIMS.obs, DIMS.action);
    episodes.iter().flatten().for_each(|sample| {
        store.push(sample.transition());
    });
    let samples: Vec<Sample> = episodes.iter().flatten().cloned().collect();
    let [for_critic, for_policy] = BATCHES.map(|batch| vec![batch.to_vec()]);
    for number in 0..2 {
        let what = format!("{changes:?}, iteration {number}");
        let before = State::of(&learner.params);
        let given = [Minibatches::Given(&for_critic), Minibatches::Given(&for_policy)];
        learner.iterate(&store, given, &mut Pool::new(1));
        let after = State::of(&learner.params);
        let targets: Vec<f64> = episodes.iter().flat_map(|e| returns(&method, &before, e)).collect();
        let share = 1.0 - method.estimate.discount;
        let critic_loss = |s: &State| {
            mean(
                BATCHES[0]
                    .iter()
                    .map(|&i| 0.5 * (share * (value(&method, s, &samples[i].obs) - targets[i])).powi(2)),
            )
        };
        let (lr, decay) = (method.code.critic_lr, method.code.weight_decay);
        assert_step(&what, [&before, &after], "critic", lr, decay, &critic_loss);
        // Weights are of the critic after its step.
        let targets: Vec<f64> = episodes.iter().flat_map(|e| returns(&method, &after, e)).collect();
        assert_close(&format!("{what}: returns"), &wide(learner.returns()), &targets, 1e-5);
        let advantages: Vec<f64> =
            samples.iter().zip(&targets).map(|(s, g)| g - value(&method, &after, &s.obs)).collect();
        let [standardised, weights] = weights(&method, &advantages);
        assert_close(&format!("{what}: advantages"), &wide(learner.standardised()), &standardised, 1e-5);
        assert_close(&format!("{what}: weights"), &wide(learner.weights()), &weights, 1e-5);
        let batch: Vec<(Sample, f64)> =
            BATCHES[1].iter().map(|&i| (samples[i].clone(), weights[i])).collect();
        let loss = |s: &State| policy_loss(&method, s, &batch);
        assert_step(&what, [&before, &after], "policy", method.code.policy_lr, decay, &loss);
        let logged = learner.metrics().find(|(m, _)| *m == Metric::PolicyLoss).unwrap().1;
        assert!((logged - loss(&before)).abs() < 1e-4 * logged.abs().max(1.0), "{what}: {logged}");
    }
}

#[test]
fn two_iterations_of_the_row_and_its_variants() {
    let variants: [&[Change]; 7] = [
        &[],
        &[("estimate.target.lambda", "0"), ("pi_q.eta.value", "0.5")],
        &[("estimate.target.lambda", "1"), ("estimate.discount", "0.8")],
        &[("code.weight_decay", "0.1")],
        &[("pi.penalty", "off")],
        &[("pi.bounds", "{ kind = \"tanh\", inset = 1e-2 }")],
        &[("pi.head", "{ kind = \"normal\", mean = \"linear\", std = { kind = \"learned\" } }")],
    ];
    variants.iter().for_each(|changes| assert_iterations(changes));
}

#[test]
fn the_largest_weight_is_twenty() {
    let method = small("awr", DIMS, &[]);
    let mut learner = crate::plans::learner(&method, DIMS, 3);
    let mut store = Episodes::new(1000, DIMS.obs, DIMS.action);
    // One-step episodes that terminate: the returns are the rewards. One among forty stands 6.2 deviations out.
    for i in 0..40 {
        let reward = if i == 7 { 100.0 } else { 0.0 };
        let obs = vec![0.1, 0.2, 0.3];
        let sample = Sample {
            next_obs: obs.clone(),
            obs,
            action: vec![0.0; 2],
            reward,
            terminated: true,
            truncated: false,
        };
        store.push(sample.transition());
    }
    learner.iterate(&store, [Minibatches::Given(&[]); 2], &mut Pool::new(1));
    let others = (-0.16f64).exp() as f32;
    for (i, &weight) in learner.weights().iter().enumerate() {
        if i == 7 {
            assert_eq!(weight, 20.0);
        } else {
            assert!((weight - others).abs() < 0.01 * others, "{weight}, {others}");
        }
    }
    let logged: Vec<_> = learner.metrics().collect();
    assert!(logged.contains(&(Metric::ClippedFraction, 1.0 / 40.0)), "{logged:?}");
}
