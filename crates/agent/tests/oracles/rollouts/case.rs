//! A learner with small networks, the rollout that it goes through, and the minibatches of it.

use super::Iteration;
use super::dist::Dist;
use crate::reference::{Change, Sample, State, assert_close};
use coadapt_agent::episodes::Episodes;
use coadapt_agent::learner::Learner;
use coadapt_agent::phase::Minibatches;
use coadapt_agent::rng::{Stream, stream};
use coadapt_agent::{Dims, Method, Plan};
use coadapt_envs::{ActionSpace, Spec};
use coadapt_nn::Pool;
use coadapt_nn::init::fill_normal;
use std::collections::BTreeMap;

/// Agreement of every array with the formulas', relative to its largest number.
const ARRAYS: f64 = 1e-5;
/// The same of what is logged.
const LOGGED: f64 = 5e-5;
/// What a KL is off by that is next to nothing, divided by a bound of a hundredth.
const ROUNDING: f64 = 5e-6;

/// Steps of each episode of a rollout, and how it ended: terminated, truncated. The last is cut in its middle.
const EPISODES: [(usize, bool, bool); 4] =
    [(4, true, false), (7, false, true), (1, true, true), (6, false, true)];
/// Transitions of a minibatch, three of which are the rollout.
pub const BATCH: usize = 6;

pub struct Case {
    pub method: Method,
    pub learner: Learner,
    pub episodes: Vec<Vec<Sample>>,
}

/// A task of two numbers of a box.
pub fn boxes() -> Spec {
    Spec::new("oracle", 3, ActionSpace::boxed(2, -1.0, 1.0), 10)
}

/// A task of three choices.
pub fn choices() -> Spec {
    Spec::new("oracle", 3, ActionSpace::Discrete { n: 3 }, 10)
}

fn method(algo: &str, task: &Spec, changes: &[Change]) -> Method {
    let mut method = coadapt_agent::method(algo, task).unwrap();
    let own = [
        ("code.policy_sizes", "[5, 4]"),
        ("code.critic_sizes", "[6, 4]"),
        ("code.policy_lr", "2e-2"),
        ("code.critic_lr", "3e-2"),
        // A gradient that is nothing but rounding then makes a step that is no more.
        ("code.adam_eps", "1e-3"),
        ("collect.batch", "6"),
    ];
    for (path, value) in own.iter().chain(changes) {
        method.set(path, value).unwrap_or_else(|e| panic!("{algo}: {e}"));
    }
    method
}

fn normals(rng: &mut Stream, count: usize) -> Vec<f32> {
    let mut values = vec![0.0; count];
    fill_normal(rng, &mut values);
    values
}

impl Case {
    /// `algo` with `changes` on `task`, every network moved away from where it begins, and a rollout whose actions its policy
    /// could have taken.
    pub fn new(algo: &str, task: &Spec, changes: &[Change]) -> Self {
        let method = method(algo, task, changes);
        let mut learner = Learner::new(&Plan::of(&method, task).unwrap(), 3);
        let mut rng = stream(11, "case");
        for (prefix, scale) in [("policy.", 0.4), ("critic.", 0.3), ("target_policy.", 0.3)] {
            shake(&mut learner, &mut rng, prefix, scale);
        }
        for (name, values) in [("input_norm.mean", [0.2, -0.1, 0.3]), ("input_norm.scale", [0.8, 1.3, 40.0])]
        {
            if let Some(span) = learner.params.span(name) {
                learner.params.get_mut(span).copy_from_slice(&values);
            }
        }
        let state = State::of(&learner.params);
        let episodes =
            EPISODES.map(|end| episode(&method, (&state, learner.plan().dims), &mut rng, end)).to_vec();
        Case { method, learner, episodes }
    }

    pub fn state(&self) -> State {
        State::of(&self.learner.params)
    }

    /// The formulas of its next iteration.
    pub fn formulas(&self) -> Iteration<'_> {
        Iteration::of(&self.method, &self.episodes, self.learner.updates)
    }

    fn store(&self) -> Episodes {
        let Dims { obs, action } = self.learner.plan().dims;
        let mut store = Episodes::new(1000, obs, action);
        self.episodes.iter().flatten().for_each(|sample| {
            store.push(sample.transition());
        });
        store
    }

    /// One iteration on `minibatches`.
    pub fn iterate(&mut self, minibatches: &[Vec<usize>]) {
        let store = self.store();
        self.learner.iterate(&store, [Minibatches::Given(minibatches); 2], &mut Pool::new(1));
    }

    /// The same, which must be what the formulas make of it; gives what the formulas logged.
    pub fn assert_iteration(
        &mut self,
        what: &str,
        minibatches: &[Vec<usize>],
    ) -> BTreeMap<&'static str, f64> {
        let before = self.state();
        let expected = self.formulas().run(&before, minibatches);
        let updates = self.learner.updates;
        self.iterate(minibatches);
        assert_eq!(self.learner.updates - updates, expected.kls.len() as u64, "{what}: minibatches");
        assert_states(what, &self.state(), &expected.state);
        let found: BTreeMap<_, _> = self.learner.metrics().map(|(metric, x)| (metric.name(), x)).collect();
        assert_logged(what, &found, &expected.logged);
        expected.logged
    }
}

/// Twice through the rollout, each time in another order.
pub fn two_epochs() -> Vec<Vec<usize>> {
    let order = |factor: usize| (0..3 * BATCH).map(move |i| (factor * i + 2) % (3 * BATCH));
    let rows: Vec<usize> = order(7).chain(order(11)).collect();
    rows.chunks_exact(BATCH).map(<[usize]>::to_vec).collect()
}

/// Demands that every array is as expected.
pub fn assert_states(what: &str, found: &State, expected: &State) {
    for ((name, found), (_, expected)) in found.arrays().zip(expected.arrays()) {
        assert_close(&format!("{what}: {name}"), found, expected, ARRAYS);
    }
}

/// Demands that the same quantities are logged, and that they are the same numbers.
pub fn assert_logged(
    what: &str,
    found: &BTreeMap<&'static str, f64>,
    expected: &BTreeMap<&'static str, f64>,
) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{what}");
    for ((name, found), expected) in found.iter().zip(expected.values()) {
        let error = (found - expected).abs();
        assert!(
            error <= LOGGED * expected.abs() + ROUNDING,
            "{what}: {name} is {found}, expected {expected}"
        );
    }
}

/// Adds noise of size `scale` to every array whose name begins with `prefix`.
fn shake(learner: &mut Learner, rng: &mut Stream, prefix: &str, scale: f32) {
    let spans: Vec<_> =
        learner.params.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, span)| span).collect();
    for span in spans {
        let noise = normals(rng, span.shape.len());
        learner.params.get_mut(span).iter_mut().zip(noise).for_each(|(x, z)| *x += scale * z);
    }
}

fn episode(
    method: &Method,
    (state, dims): (&State, Dims),
    rng: &mut Stream,
    (length, terminated, truncated): (usize, bool, bool),
) -> Vec<Sample> {
    let obs: Vec<Vec<f32>> = (0..=length).map(|_| normals(rng, dims.obs)).collect();
    let sample = |t: usize| {
        let last = t + 1 == length;
        let noise = normals(rng, dims.action);
        Sample {
            action: Dist::at(method, state, "policy", &obs[t]).action(&noise),
            reward: normals(rng, 1)[0],
            terminated: last && terminated,
            truncated: last && truncated,
            obs: obs[t].clone(),
            next_obs: obs[t + 1].clone(),
        }
    };
    (0..length).map(sample).collect()
}
