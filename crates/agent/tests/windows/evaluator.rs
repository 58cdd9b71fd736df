//! The learner's own networks, asked one state and one action at a time, and windows to ask them about.

use coadapt_agent::Dims;
use coadapt_agent::columns::Next;
use coadapt_agent::learner::Learner;
use coadapt_agent::rng::{Stream, stream};
use coadapt_agent::transition::StoredTransition;
use coadapt_agent::transition::Transition;
use coadapt_agent::{Method, Metric};
use coadapt_nn::init::{fill_normal, unit_uniform};
use coadapt_nn::{Graph, Pool, Program, Shape, Slot};

pub const DIMS: Dims = Dims { obs: 3, action: 2 };

/// What the target looks at: the policy that gives its next actions, and the target critics.
pub struct Evaluator {
    program: Program,
    inputs: [Slot; 3],
    /// ln pi(a|s), Q(s, a), and of an action drawn with the given noise Q - bonus ln pi.
    outputs: [Slot; 3],
}

impl Evaluator {
    pub fn new(method: &Method, learner: &Learner) -> Self {
        let graph = Graph::new();
        let input = |cols| graph.input(Shape::new(1, 1, cols));
        let [obs, action, noise] = [input(DIMS.obs), input(DIMS.action), input(DIMS.action)];
        let nets = &learner.nets;
        let policy = match method.estimate.next {
            Next::Target => nets.previous_policy(&graph, obs),
            _ => nets.policy(&graph, obs),
        };
        let combine = |action| method.estimate.critics.combine(nets.target_critics(&graph, obs, action));
        let (drawn, log_prob) = policy.sample(|| noise);
        let value = learner.plan().critic.bonus().value(combine(drawn), log_prob, graph.constant(f32::NAN));
        let outputs = [policy.log_prob(action), combine(action), value];
        outputs.iter().for_each(|node| graph.output(*node));
        let program = Program::compile(&graph);
        let slot = |node| program.slot(node);
        Evaluator { inputs: [obs, action, noise].map(slot), outputs: outputs.map(slot), program }
    }

    fn run(&mut self, learner: &mut Learner, given: [&[f32]; 3]) -> [f32; 3] {
        for (slot, values) in self.inputs.iter().zip(given) {
            self.program.write(*slot).copy_from_slice(values);
        }
        self.program.run(&mut learner.params, &mut Pool::new(1));
        self.outputs.map(|slot| self.program.read(slot)[0])
    }

    /// ln pi(a|s) and Q(s, a).
    pub fn of(&mut self, learner: &mut Learner, obs: &[f32], action: &[f32]) -> (f32, f32) {
        let [log_pi, q, _] = self.run(learner, [obs, action, &[0.0; DIMS.action]]);
        (log_pi, q)
    }

    /// V(s), the mean over actions drawn with `noise`, D numbers each.
    pub fn value(&mut self, learner: &mut Learner, obs: &[f32], noise: &[f32]) -> f32 {
        let drawn: Vec<f64> = noise
            .chunks(DIMS.action)
            .map(|noise| f64::from(self.run(learner, [obs, &[0.0; DIMS.action], noise])[2]))
            .collect();
        (drawn.iter().sum::<f64>() / drawn.len() as f64) as f32
    }
}

/// `algo` with small networks and one row a batch, changed in places.
pub fn method(algo: &str, changes: &[(&str, &str)]) -> Method {
    let mut method = crate::toy::small(algo);
    let small = [("collect.batch", "1"), ("code.policy_sizes", "[8, 8]"), ("code.critic_sizes", "[8, 8]")];
    small.iter().chain(changes).for_each(|(path, value)| method.set(path, value).unwrap());
    method
}

/// A learner all of whose networks and targets differ and depend on what they are given.
pub fn learner(method: &Method) -> Learner {
    let mut learner = crate::plans::learner(method, DIMS, 0);
    let mut rng = stream(1, "test");
    for set in ["policy.", "target_policy.", "critic.", "target_critic."] {
        for span in learner.params.set(set).spans {
            learner.params.get_mut(span).iter_mut().for_each(|x| *x += 0.4 * (unit_uniform(&mut rng) - 0.5));
        }
    }
    learner
}

/// Numbers of a window, first step first.
pub struct Window {
    pub obs: Vec<[f32; DIMS.obs]>,
    pub actions: Vec<[f32; DIMS.action]>,
    pub rewards: Vec<f32>,
    pub log_mu: Vec<f32>,
    pub terminated: bool,
}

impl Window {
    /// `length` steps that do not end their episode.
    pub fn drawn(length: usize, rng: &mut Stream) -> Self {
        let mut number = || 2.0 * unit_uniform(rng) - 1.0;
        Window {
            obs: (0..=length).map(|_| std::array::from_fn(|_| number())).collect(),
            actions: (0..length).map(|_| std::array::from_fn(|_| number())).collect(),
            rewards: (0..length).map(|_| number()).collect(),
            log_mu: (0..length).map(|_| number()).collect(),
            terminated: false,
        }
    }

    pub fn len(&self) -> usize {
        self.rewards.len()
    }

    /// s_t; that of t = len is where the window ends.
    pub fn obs(&self, t: usize) -> &[f32] {
        &self.obs[t]
    }

    pub fn steps(&self) -> Vec<StoredTransition<'_>> {
        let last = self.len() - 1;
        (0..=last)
            .map(|t| StoredTransition {
                transition: Transition {
                    obs: self.obs(t),
                    action: &self.actions[t],
                    reward: self.rewards[t],
                    terminated: self.terminated && t == last,
                    truncated: false,
                    next_obs: self.obs(t + 1),
                },
                log_mu: self.log_mu[t],
            })
            .collect()
    }

    /// gamma, or 0 where the step terminated.
    pub fn discounts(&self, method: &Method) -> Vec<f32> {
        let gamma = method.estimate.discount as f32;
        self.steps().iter().map(|step| step.transition.discount(gamma)).collect()
    }
}

/// `count` arrays of noise for `samples` actions.
pub fn noise(count: usize, samples: usize, rng: &mut Stream) -> Vec<Vec<f32>> {
    let mut one = || {
        let mut values = vec![0.0; samples * DIMS.action];
        fill_normal(rng, &mut values);
        values
    };
    (0..count).map(|_| one()).collect()
}

pub fn borrowed(arrays: &[Vec<f32>]) -> Vec<&[f32]> {
    arrays.iter().map(Vec::as_slice).collect()
}

/// The target of the last update, which was of one row.
pub fn target(learner: &Learner) -> f32 {
    learner
        .metrics()
        .find(|(metric, _)| *metric == Metric::TargetMean)
        .map(|(_, value)| value as f32)
        .unwrap()
}

/// Everything that an update changes.
pub fn parameters(learner: &Learner) -> Vec<f32> {
    learner.params.iter().flat_map(|(_, span)| learner.params.get(span).to_vec()).collect()
}

pub fn assert_near(found: f32, expected: f32, what: &str) {
    assert!(
        (found - expected).abs() < 1e-5 * expected.abs().max(1.0),
        "{what}: {found}, expected {expected}"
    );
}
