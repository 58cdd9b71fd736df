//! A bandit whose answers are known: one state, one number of action, r(a) = -(a - c)^2 / 2.

use crate::exact::{Quadratic, write_line};
use crate::reference::case::small;
use crate::reference::{Case, Change, Sample, State, mean, nets};
use coadapt_agent::Dims;
use coadapt_agent::Metric;
use coadapt_agent::episodes::Episodes;
use coadapt_agent::learner::Learner;
use coadapt_agent::phase::Minibatches;
use coadapt_agent::replay::Replay;
use coadapt_agent::rng::stream;
use coadapt_nn::Pool;
use coadapt_nn::init::fill_normal;
use std::f64::consts::PI;

const ONE: Dims = Dims { obs: 1, action: 1 };
const NO_TANH: Change = ("pi.bounds", "none");
const SINGLE: Change = ("estimate.critics", "single");
const BATCH: Change = ("collect.batch", "64");
/// Critics that are written and stay as they are; the smallest policy there is.
const GIVEN: [Change; 5] = [
    ("code.critic_sizes", "[240]"),
    ("code.critic_lr", "1e-30"),
    ("code.policy_sizes", "[2]"),
    BATCH,
    ("code.targets", "{ kind = \"hard\", period = 50 }"),
];

/// A learner whose critics, with their targets, are -(a - c)^2 / 2 + constant at the one state s = 1.
fn bandit(algo: &str, changes: &[Change], [c, constant]: [f64; 2]) -> Case {
    let mut case = Case::new(algo, ONE, &[&GIVEN, changes].concat());
    let q = Quadratic { terms: vec![(vec![-c, 1.0], 0.5)], constant, reach: 6.0 };
    ["critic", "target_critic"].iter().for_each(|name| q.write(&mut case.learner.params, name));
    case
}

fn set_policy(case: &mut Case, offset: f64, spread: f64) {
    for name in ["policy", "target_policy"] {
        if case.learner.params.span(&format!("{name}.0.weight")).is_some() {
            write_line(&mut case.learner.params, name, [0.0, offset], [0.0, spread]);
        }
    }
}

fn policy(case: &Case) -> [f64; 2] {
    let found = nets::policy(&case.method, &case.state(), "policy", &[1.0]);
    [found.mean[0], found.std[0]]
}

/// Transitions of the one state to itself with these actions; an endless episode.
fn replay(actions: &[f32], reward: impl Fn(f64) -> f64) -> Replay {
    let mut replay = Replay::new(actions.len(), 1, 1).unwrap();
    for &action in actions {
        let reward = reward(f64::from(action)) as f32;
        let (terminated, truncated) = (false, false);
        let sample = Sample {
            obs: vec![1.0],
            action: vec![action],
            reward,
            terminated,
            truncated,
            next_obs: vec![1.0],
        };
        replay.push(sample.transition());
    }
    replay
}

fn normals(count: usize) -> Vec<f32> {
    let mut values = vec![0.0; count];
    fill_normal(&mut stream(1, "actions"), &mut values);
    values
}

/// Mean over updates of what `of` finds after each.
fn averaged<const N: usize>(
    case: &mut Case,
    replay: &Replay,
    updates: usize,
    of: impl Fn(&Case) -> [f64; N],
) -> [f64; N] {
    let mut pool = Pool::new(1);
    let mut sums = [0.0; N];
    for _ in 0..updates {
        case.learner.update(replay, &mut pool);
        sums.iter_mut().zip(of(case)).for_each(|(sum, x)| *sum += x / updates as f64);
    }
    sums
}

/// eta ln of the integral of exp(Q / eta), by the trapezoid rule.
fn log_partition(q: impl Fn(f64) -> f64, eta: f64) -> f64 {
    let h = 1e-3;
    eta * ((-20_000..20_000).map(|i| (q(f64::from(i) * h) / eta).exp() * h).sum::<f64>()).ln()
}

#[test]
fn kl_control_finds_the_boltzmann_distribution() {
    // argmax of E Q - eta E ln pi is N(c, eta).
    for (eta, text) in
        [(0.25, "{ kind = \"fixed\", value = 0.25 }"), (1.0, "{ kind = \"fixed\", value = 1 }")]
    {
        let mut case = bandit("sac", &[NO_TANH, SINGLE, ("pi_q.eta", text)], [0.7, 0.0]);
        set_policy(&mut case, -0.5, 0.3);
        let replay = replay(&[0.0; 8], |_| 0.0);
        averaged(&mut case, &replay, 700, policy);
        let [center, std] = averaged(&mut case, &replay, 500, policy);
        assert!((center - 0.7).abs() < 0.02, "eta {eta}: mean {center}");
        assert!((std / f64::sqrt(eta) - 1.0).abs() < 0.02, "eta {eta}: deviation {std}");
    }
}

#[test]
fn the_soft_value_is_the_log_partition_function() {
    // At N(c, eta) the target through any sample is r + gamma eta ln of the integral of exp(Q / eta); at another
    // policy it is less, by gamma eta KL.
    let (c, eta, constant, gamma) = (0.7, 0.25, 1.3, 0.9);
    let value = constant + 0.5 * eta * (2.0 * PI * eta).ln();
    let integrated = log_partition(|a| constant - 0.5 * (a - c).powi(2), eta);
    assert!((value - integrated).abs() < 1e-9, "{value} {integrated}");
    let eta_text = ("pi_q.eta", "{ kind = \"fixed\", value = 0.25 }");
    let changes = [NO_TANH, eta_text, ("estimate.discount", "0.9"), ("code.policy_lr", "1e-30")];
    let mut case = bandit("sac", &changes, [c, constant]);
    let replay = replay(&[0.0; 8], |_| -2.0);
    let target = |case: &Case| [case.metric(Metric::TargetMean).unwrap()];
    set_policy(&mut case, c, 0.5 * eta.ln());
    // No average is needed: Q - eta ln pi is one number for all actions.
    let [found] = averaged(&mut case, &replay, 1, target);
    assert!((found - (-2.0 + gamma * value)).abs() < 3e-4, "{found}, {}", -2.0 + gamma * value);
    for (center, std) in [(0.2, 0.5), (0.7, 1.0), (1.0, 0.2f64)] {
        set_policy(&mut case, center, std.ln());
        let kl = (eta.sqrt() / std).ln() + (std * std + (center - c).powi(2)) / (2.0 * eta) - 0.5;
        let [found] = averaged(&mut case, &replay, 100, target);
        let expected = -2.0 + gamma * (value - eta * kl);
        assert!((found - expected).abs() < 0.02, "N({center}, {std}): {found}, expected {expected}");
    }
}

#[test]
fn a_soft_q_that_is_learned_holds_the_entropy_of_all_later_steps() {
    // Q(a) = r(a) + gamma V with V = eta / 2 ln(2 pi eta) / (1 - gamma): without the entropy V would be negative.
    let (c, gamma) = (0.5, 0.5);
    let changes = [
        NO_TANH,
        BATCH,
        ("pi_q.eta", "{ kind = \"fixed\", value = 1 }"),
        ("estimate.discount", "0.5"),
        ("code.critic_sizes", "[32, 32]"),
        ("code.activation", "elu"),
        ("code.critic_lr", "5e-3"),
        ("code.policy_lr", "5e-3"),
        ("code.targets.tau", "0.05"),
    ];
    let mut case = Case::new("sac", ONE, &changes);
    let actions: Vec<f32> = (0..801).map(|i| i as f32 / 100.0 - 3.5).collect();
    let replay = replay(&actions, |a| -0.5 * (a - c).powi(2));
    averaged(&mut case, &replay, 1500, policy);
    let q = |case: &Case| {
        [-0.5, 0.5, 1.5].map(|a| nets::value(&case.method, &case.state(), "critic", &[1.0], &[a]))
    };
    let [center, std] = averaged(&mut case, &replay, 300, policy);
    assert!((center - c).abs() < 0.06 && (std - 1.0).abs() < 0.06, "N({center}, {std})");
    let found = averaged(&mut case, &replay, 300, q);
    let value = 0.5 * (2.0 * PI).ln() / (1.0 - gamma);
    for (a, found) in [-0.5, 0.5, 1.5].into_iter().zip(found) {
        let expected = -0.5 * f64::powi(a - c, 2) + gamma * value;
        assert!((found - expected).abs() < 0.12, "Q({a}) is {found}, expected {expected}");
    }
}

#[test]
fn em_control_on_samples_walks_to_the_optimum_within_its_trust_region() {
    const REGION: &str =
        "{ kind = \"mean_std\", mean = 1e-2, std = 1e-4, mean_raw = 10.0, std_raw = 10.0, lr = 0.05 }";
    let changes = [
        ("code.layer_norm", "false"),
        ("code.activation", "relu"),
        ("code.policy_lr", "3e-3"),
        ("pi_p.trust_region", REGION),
    ];
    let mut case = bandit("mpo", &changes, [0.6, 0.0]);
    set_policy(&mut case, -0.8, 0.0);
    let replay = replay(&[0.0; 8], |_| 0.0);
    let logged = |case: &Case| {
        [Metric::KlMeanRelative, Metric::KlQRelative].map(|metric| case.metric(metric).unwrap())
    };
    let (mut apart, mut largest) = (1.4, 0.0);
    // Blocks of one period: from one copy of the policy to the next. The KLs are in units of their bounds.
    for block in 0..30 {
        let [kl_mean, kl_q] = averaged(&mut case, &replay, 50, logged);
        let now = (policy(&case)[0] - 0.6).abs();
        assert!(now < apart || now < 0.06, "block {block}: {now} after {apart}");
        assert!(kl_mean < 1.25, "block {block}: the step is {kl_mean} of its bound");
        assert!((kl_q - 1.0).abs() < 0.1, "block {block}: the posterior is {kl_q} of its bound away");
        (apart, largest) = (now, f64::max(largest, kl_mean));
    }
    assert!(apart < 0.06, "{apart}");
    // The bound is what held it: without one it would have been there at once.
    assert!(largest > 0.8, "{largest}");
}

#[test]
fn em_control_on_the_replay_finds_the_posterior_of_its_actions() {
    // Actions of N(0, 1), weighed by exp(Q / lambda): N(c / (1 + lambda), lambda / (1 + lambda)).
    for (lambda, text) in [(1.0, "1"), (2.0, "2")] {
        let c = 1.0;
        let mut changes = vec![("pi.head.mean", "linear"), ("pi_q.weights.clip", "1e6")];
        changes.extend(
            [("pi_q.eta.value", text), ("code.weight_decay", "0")].iter().skip((text == "1") as usize),
        );
        let mut case = bandit("awac", &changes, [c, 0.0]);
        set_policy(&mut case, -1.0, 0.0);
        let replay = replay(&normals(4000), |_| 0.0);
        let (fixed, variance) = (c / (1.0 + lambda), lambda / (1.0 + lambda));
        let mut apart = (policy(&case)[0] - fixed).abs();
        for block in 0..6 {
            averaged(&mut case, &replay, 25, policy);
            let now = (policy(&case)[0] - fixed).abs();
            assert!(now < apart || now < 0.1, "block {block}: {now} after {apart}");
            apart = now;
        }
        averaged(&mut case, &replay, 500, policy);
        let [center, std] = averaged(&mut case, &replay, 1000, policy);
        assert!((center - fixed).abs() < 0.03, "lambda {lambda}: mean {center}, expected {fixed}");
        assert!((std * std / variance - 1.0).abs() < 0.06, "lambda {lambda}: deviation {std}");
    }
}

#[test]
fn em_control_over_all_data_finds_the_weighted_mean() {
    // One state and one-step episodes: the mean's optimum is the mean of the actions, weighed by
    // min(exp(standardised reward), 20); where that is outside the box, against its penalty.
    for (c, shift, inside) in [(0.9, 0.0, true), (4.0, 1.5, false)] {
        let changes = [
            ("code.policy_lr", "5e-5"),
            ("code.policy_sizes", "[2]"),
            ("code.critic_sizes", "[2]"),
            ("code.input_norm", "off"),
            ("collect.batch", "400"),
        ];
        let method = small("awr", ONE, &changes);
        let mut learner = crate::plans::learner(&method, ONE, 0);
        write_line(&mut learner.params, "policy", [0.0, -0.5], [0.0; 2]);
        let actions: Vec<f32> = normals(400).into_iter().map(|z| z + shift).collect();
        let rewards: Vec<f64> = actions.iter().map(|&a| -0.5 * (f64::from(a) - c).powi(2)).collect();
        let mut store = Episodes::new(1000, 1, 1);
        for (&action, &reward) in actions.iter().zip(&rewards) {
            let (obs, next_obs) = (vec![1.0], vec![1.0]);
            let reward = reward as f32;
            let sample =
                Sample { obs, action: vec![action], reward, terminated: true, truncated: false, next_obs };
            store.push(sample.transition());
        }
        let center = mean(rewards.iter().copied());
        let std = mean(rewards.iter().map(|r| (r - center).powi(2))).sqrt();
        let weights: Vec<f64> =
            rewards.iter().map(|r| ((r - center) / (std + 1e-5)).exp().min(20.0)).collect();
        let weight = mean(weights.iter().copied());
        let target = mean(weights.iter().zip(&actions).map(|(w, &a)| w * f64::from(a))) / weight;
        // weight (mu - target) / sigma^2 + 10 max(mu - 1, 0) = 0
        let pull = weight / 0.16;
        let fixed = if target < 1.0 { target } else { (pull * target + 10.0) / (pull + 10.0) };
        assert_eq!(target < 1.0, inside, "{target}");
        let everything = [vec![(0..400).collect::<Vec<_>>()], vec![(0..400).collect(); 20]];
        let at =
            |learner: &Learner| nets::policy(&method, &State::of(&learner.params), "policy", &[1.0]).mean[0];
        let mut apart = (at(&learner) - fixed).abs();
        for iteration in 0..100 {
            let [critic, policy] = [&everything[0], &everything[1]].map(|given| Minibatches::Given(given));
            learner.iterate(&store, [critic, policy], &mut Pool::new(1));
            let now = (at(&learner) - fixed).abs();
            assert!(now < apart || now < 1e-3, "iteration {iteration}: {now} after {apart}");
            apart = now;
        }
        assert!(apart < 1e-3, "{} for {fixed}", at(&learner));
    }
}
