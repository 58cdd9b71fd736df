//! A linear system with quadratic cost and one number each of state and action: values in closed form.
//!
//! s' = A s + B a, r = -(q s^2 + rho a^2); after a step the episode has terminated with probability delta, so
//! that values are those of the discount g = gamma (1 - delta). Under a ~ N(k s, sigma^2)
//!
//! V(s) = -(p s^2 + v), p = (q + rho k^2) / (1 - g (A + B k)^2), v = sigma^2 (rho + g p B^2) / (1 - g),
//! Q(s, a) = -(q s^2 + rho a^2) + g V(s') and a soft Q is g eta H / (1 - g) more, H the entropy of the policy.

use crate::exact::{Quadratic, write_line};
use crate::reference::case::small;
use crate::reference::{Case, Change, Sample, State, nets};
use coadapt_agent::Dims;
use coadapt_agent::Method;
use coadapt_agent::episodes::Episodes;
use coadapt_agent::phase::Minibatches;
use coadapt_agent::replay::Replay;
use coadapt_agent::rng::{Stream, stream};
use coadapt_nn::Pool;
use coadapt_nn::init::{fill_normal, unit_uniform};
use std::f64::consts::{E, TAU};

const ONE: Dims = Dims { obs: 1, action: 1 };
const A: f64 = 0.7;
const B: f64 = 0.4;
const COST: [f64; 2] = [1.0, 0.3];
const GAMMA: f64 = 0.9;
const DELTA: f64 = 0.25;
const G: f64 = GAMMA * (1.0 - DELTA);
const SIGMA: f64 = 0.3;
const ETA: f64 = 0.2;
const LINEAR: Change = ("pi.head.mean", "linear");
const NO_NORM: Change = ("code.layer_norm", "false");

/// The values of a policy a ~ N(k s, SIGMA^2).
#[derive(Debug, Clone, Copy)]
struct Values {
    p: f64,
    v: f64,
    soft: f64,
}

impl Values {
    fn of(k: f64, eta: f64) -> Self {
        let [q, rho] = COST;
        let p = (q + rho * k * k) / (1.0 - G * (A + B * k).powi(2));
        let v = SIGMA * SIGMA * (rho + G * p * B * B) / (1.0 - G);
        let entropy = 0.5 * (TAU * E * SIGMA * SIGMA).ln();
        Values { p, v, soft: G * eta * entropy / (1.0 - G) }
    }

    fn state(&self, s: f64) -> f64 {
        -(self.p * s * s + self.v)
    }

    fn action(&self, s: f64, a: f64) -> f64 {
        reward(s, a) + G * self.state(A * s + B * a) + self.soft
    }

    /// argmax_a Q(s, a) / s
    fn greedy(&self) -> f64 {
        -G * self.p * A * B / (COST[1] + G * self.p * B * B)
    }
}

fn reward(s: f64, a: f64) -> f64 {
    -(COST[0] * s * s + COST[1] * a * a)
}

fn uniform(rng: &mut Stream, width: f64) -> f64 {
    width * (2.0 * f64::from(unit_uniform(rng)) - 1.0)
}

/// A step that did not end its episode.
fn step([s, a]: [f64; 2]) -> Sample {
    let (obs, action, next_obs) = (vec![s as f32], vec![a as f32], vec![(A * s + B * a) as f32]);
    Sample { obs, action, reward: reward(s, a) as f32, terminated: false, truncated: false, next_obs }
}

#[test]
fn the_closed_form_solves_its_own_equation() {
    // V = E Q over the policy's actions, by quadrature: what the other tests rest on.
    for (k, s) in [(0.0, 0.7), (-0.8, -1.1)] {
        let values = Values::of(k, 0.0);
        let h = 1e-3;
        let mean = (-6000..6000)
            .map(|i| {
                let z = f64::from(i) * h;
                values.action(s, k * s + SIGMA * z) * (-0.5 * z * z).exp() / TAU.sqrt() * h
            })
            .sum::<f64>();
        assert!((mean - values.state(s)).abs() < 1e-8, "{mean} {}", values.state(s));
    }
    // Greedy is the best of actions.
    let (values, s) = (Values::of(0.0, 0.0), 0.7);
    let best = values.greedy() * s;
    assert!([-1e-3, 1e-3].iter().all(|d| values.action(s, best + d) < values.action(s, best)));
}

/// Changes that make the policy's deviation SIGMA, which the network then leaves to its last bias.
fn spread_of(algo: &str) -> f64 {
    match algo {
        "sac" => SIGMA.ln(),
        // softplus(p) is the variance.
        "awac" => (SIGMA * SIGMA).exp_m1().ln(),
        // softplus(y) / ln 2 times the initial deviation.
        _ => 0.0,
    }
}

fn set_policy(case: &mut Case, algo: &str, [k, shift]: [f64; 2]) {
    for name in ["policy", "target_policy"] {
        if case.learner.params.span(&format!("{name}.0.weight")).is_some() {
            write_line(&mut case.learner.params, name, [k, 0.0], [shift, spread_of(algo)]);
        }
        if algo == "awac" && name == "policy" {
            case.write("policy.std", &[spread_of(algo) as f32]);
        }
    }
}

/// What each row needs to run with a linear policy of that deviation.
fn changes(algo: &str) -> Vec<Change> {
    let mut all: Vec<Change> = vec![("code.policy_sizes", "[2]"), ("estimate.discount", "0.9")];
    match algo {
        "sac" => all.extend([("pi.bounds", "none"), ("pi_q.eta", "{ kind = \"fixed\", value = 0.2 }")]),
        "mpo" => all.extend([NO_NORM, ("pi.head.std.initial", "0.3"), ("pi.penalty", "off")]),
        _ => all.extend([LINEAR, ("code.weight_decay", "0")]),
    }
    all
}

/// Transitions from everywhere in reach.
fn replay(count: usize, width: [f64; 2]) -> Replay {
    let mut rng = stream(2, "transitions");
    let mut replay = Replay::new(count, 1, 1).unwrap();
    for i in 0..count {
        let at = width.map(|width| uniform(&mut rng, width));
        // Every fourth terminates. Each stands by itself: it ended, by the clock if not by itself.
        let sample = Sample { terminated: i % 4 == 0, truncated: true, ..step(at) };
        replay.push(sample.transition());
    }
    replay
}

#[test]
fn critics_of_state_and_action_come_to_the_closed_form() {
    // The next state of |s| <= 2 and |a| <= 1.5 is no further out: no value is asked for where none was learned.
    let k = -0.4;
    for (algo, eta) in [("sac", ETA), ("mpo", 0.0), ("awac", 0.0)] {
        let mut all = changes(algo);
        all.extend([
            ("code.policy_lr", "1e-30"),
            ("code.critic_lr", "3e-3"),
            ("code.critic_sizes", "[48, 48]"),
            ("collect.batch", "128"),
            ("code.targets", "{ kind = \"soft\", tau = 0.03 }"),
        ]);
        // Smooth units of some size fit a quadratic best, and the smaller of two critics is biased by their errors.
        match algo {
            "mpo" => all.extend([
                ("code.weight_init", "{ kind = \"xavier_uniform\", gain = 1 }"),
                ("pi_p.actions.samples", "4"),
            ]),
            _ => all.extend([("code.activation", "elu"), ("estimate.critics", "single")]),
        }
        let mut case = Case::new(algo, ONE, &all);
        // A shift, because the units are not ReLUs here.
        set_policy(&mut case, algo, [k, 10.0]);
        let (replay, mut pool) = (replay(8000, [2.0, 1.5]), Pool::new(1));
        let grid: Vec<[f64; 2]> =
            [-1.2, -0.6, 0.0, 0.6, 1.2].iter().flat_map(|&s| [-1.0, 0.0, 1.0].map(|a| [s, a])).collect();
        let mut found = vec![0.0; grid.len()];
        let (warm, kept) = (1500, 30);
        for update in 0..warm + 20 * kept {
            case.learner.update(&replay, &mut pool);
            if update >= warm && (update - warm) % 20 == 0 {
                let state = case.state();
                for (sum, [s, a]) in found.iter_mut().zip(&grid) {
                    *sum += nets::value(&case.method, &state, "critic", &[*s], &[*a]) / kept as f64;
                }
            }
        }
        let values = Values::of(k, eta);
        for (found, [s, a]) in found.iter().zip(&grid) {
            let expected = values.action(*s, *a);
            assert!((found - expected).abs() < 0.15, "{algo}: Q({s}, {a}) is {found}, expected {expected}");
        }
    }
}

/// Episodes of the policy a ~ N(k s, SIGMA^2), so many steps at most, each the last with probability `delta`.
fn episodes(count: usize, k: f64, most: usize, delta: f64) -> Episodes {
    let mut rng = stream(3, "episodes");
    let mut store = Episodes::new(100_000, 1, 1);
    for _ in 0..count {
        let mut s = uniform(&mut rng, 1.5);
        for t in 0..most {
            let mut noise = [0.0];
            fill_normal(&mut rng, &mut noise);
            let a = k * s + SIGMA * f64::from(noise[0]);
            let terminated = f64::from(unit_uniform(&mut rng)) < delta;
            let sample = Sample { terminated, truncated: t + 1 == most, ..step([s, a]) };
            store.push(sample.transition());
            if sample.terminated {
                break;
            }
            s = f64::from(sample.next_obs[0]);
        }
    }
    store
}

fn data_method(more: &[Change]) -> Method {
    let own = [
        ("code.input_norm", "off"),
        ("code.policy_sizes", "[2]"),
        ("estimate.discount", "0.9"),
        ("pi.penalty", "off"),
        ("pi.head.std.value", "0.3"),
    ];
    small("awr", ONE, &[&own, more].concat())
}

#[test]
fn a_critic_of_states_comes_to_the_closed_form() {
    let k = -0.6;
    let more = [
        ("code.optimizer", "adam"),
        ("code.critic_sizes", "[32, 32]"),
        ("code.critic_lr", "3e-3"),
        ("collect.batch", "128"),
    ];
    for lambda in ["0.5", "1"] {
        let mut method = data_method(&more);
        method.set("estimate.target.lambda", lambda).unwrap();
        let mut learner = crate::plans::learner(&method, ONE, 0);
        let (store, mut pool) = (episodes(2000, k, 12, DELTA), Pool::new(1));
        for _ in 0..40 {
            learner.iterate(&store, [Minibatches::Shuffled(40), Minibatches::Shuffled(0)], &mut pool);
        }
        let (state, values) = (State::of(&learner.params), Values::of(k, 0.0));
        for s in [-1.2, -0.6, 0.0, 0.6, 1.2] {
            let found = nets::network(&method, &state, "critic", [0, 1], &[s])[0] / (1.0 - GAMMA);
            let expected = values.state(s);
            assert!(
                (found - expected).abs() < 0.15,
                "lambda {lambda}: V({s}) is {found}, expected {expected}"
            );
        }
    }
}

/// Q of the policy a ~ N(k s, SIGMA^2) as a function that a critic can be.
fn exact_q(k: f64, eta: f64) -> Quadratic {
    let values = Values::of(k, eta);
    let terms = vec![(vec![1.0, 0.0], COST[0]), (vec![0.0, 1.0], COST[1]), (vec![A, B], G * values.p)];
    Quadratic { terms, constant: values.soft - G * values.v, reach: 4.0 }
}

/// Demands that at each state the mean has moved from the old action towards the greedy one, and not beyond.
fn assert_improved(what: &str, method: &Method, state: &State, [old, greedy]: [f64; 2]) {
    for s in [-1.2, -0.6, 0.6, 1.2] {
        let mean = nets::policy(method, state, "policy", &[s]).mean[0];
        let share = (mean - old * s) / ((greedy - old) * s);
        assert!(share > 0.05 && share < 1.3, "{what}: at {s} the mean went {share} of the way");
    }
}

#[test]
fn every_row_steps_from_the_exact_q_towards_the_greedy_policy() {
    // From a policy that does too little and from one that does too much.
    for k in [0.0, -2.0] {
        for (algo, eta) in [("sac", ETA), ("mpo", 0.0), ("awac", 0.0)] {
            let mut all = changes(algo);
            all.extend([
                ("code.policy_lr", "3e-3"),
                ("code.critic_lr", "1e-30"),
                ("code.critic_sizes", "[240]"),
                ("collect.batch", "128"),
                ("code.targets", "{ kind = \"hard\", period = 10 }"),
            ]);
            if algo == "mpo" {
                all.push(("code.activation", "relu"));
            }
            let mut case = Case::new(algo, ONE, &all);
            set_policy(&mut case, algo, [k, 0.0]);
            let q = exact_q(k, eta);
            ["critic", "target_critic"].iter().for_each(|name| q.write(&mut case.learner.params, name));
            let at = nets::value(&case.method, &case.state(), "critic", &[0.8], &[-0.3]);
            assert!((at - q.at(&[0.8, -0.3])).abs() < 5e-3);
            assert!((at - Values::of(k, eta).action(0.8, -0.3)).abs() < 5e-3);
            let (replay, mut pool) = (replay(4000, [1.5, 3.0]), Pool::new(1));
            for _ in 0..150 {
                case.learner.update(&replay, &mut pool);
            }
            let towards = [k, Values::of(k, 0.0).greedy()];
            assert_improved(&format!("{algo} from {k}"), &case.method, &case.state(), towards);
        }
    }
}

#[test]
fn exact_advantages_over_all_data_lead_towards_the_greedy_policy() {
    // Episodes of one step that the clock ends: with lambda anything, G - V is the advantage of the action.
    for k in [0.0, -2.0] {
        let more = [("code.critic_sizes", "[100]"), ("code.policy_lr", "3e-3"), ("collect.batch", "128")];
        let mut method = data_method(&more);
        // The same values with a discount that no termination is part of, whose chance would drown the advantages.
        method.set("estimate.discount", &G.to_string()).unwrap();
        let mut learner = crate::plans::learner(&method, ONE, 0);
        write_line(&mut learner.params, "policy", [k, 0.0], [0.0; 2]);
        let values = Values::of(k, 0.0);
        let v = Quadratic { terms: vec![(vec![1.0], values.p)], constant: -values.v, reach: 4.0 };
        let normalised = Quadratic {
            terms: vec![(vec![1.0], (1.0 - G) * values.p)],
            constant: -(1.0 - G) * values.v,
            reach: 4.0,
        };
        normalised.write(&mut learner.params, "critic");
        let store = episodes(4000, k, 1, 0.0);
        learner.iterate(&store, [Minibatches::Given(&[]), Minibatches::Shuffled(600)], &mut Pool::new(1));
        for (s, found) in store.iter().map(|e| f64::from(e.obs[0])).zip(learner.values()) {
            assert!((f64::from(found) - v.at(&[s])).abs() < 5e-3, "V({s}) is {found}");
        }
        let towards = [k, values.greedy()];
        assert_improved(&format!("from {k}"), &method, &State::of(&learner.params), towards);
    }
}
