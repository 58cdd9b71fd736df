//! A learner with small networks, and the random batches and numbers that it is stepped on.

use super::State;
use coadapt_agent::Dims;
use coadapt_agent::columns::{Actions, Head, Next, Penalty, PiP};
use coadapt_agent::learner::Learner;
use coadapt_agent::plan::Posterior;
use coadapt_agent::rng::{Stream, stream};
use coadapt_agent::transition::Transition;
use coadapt_agent::{Method, Metric};
use coadapt_envs::{ActionSpace, Spec};
use coadapt_nn::Pool;
use coadapt_nn::init::{fill_normal, unit_uniform};

/// Overrides of a row, each a path and a value.
pub type Change = (&'static str, &'static str);

/// A transition that owns its numbers.
#[derive(Debug, Clone)]
pub struct Sample {
    pub obs: Vec<f32>,
    pub action: Vec<f32>,
    pub reward: f32,
    pub terminated: bool,
    pub truncated: bool,
    pub next_obs: Vec<f32>,
}

impl Sample {
    pub fn transition(&self) -> Transition<'_> {
        let Sample { obs, action, reward, terminated, truncated, next_obs } = self;
        let (reward, terminated, truncated) = (*reward, *terminated, *truncated);
        Transition { obs, action, reward, terminated, truncated, next_obs }
    }
}

pub struct Case {
    pub method: Method,
    pub dims: Dims,
    pub learner: Learner,
    pub rng: Stream,
}

/// `algo` with networks of a few units, an update that moves them visibly, and `changes`.
pub fn small(algo: &str, dims: Dims, changes: &[Change]) -> Method {
    let action = ActionSpace::boxed(dims.action, -1.0, 1.0);
    let (obs_dim, id) = (dims.obs, "oracle".to_owned());
    let spec = Spec::new(id, obs_dim, action, 10);
    let mut method = coadapt_agent::method(algo, &spec).unwrap();
    let own = [
        ("code.policy_sizes", "[5, 4]"),
        ("code.critic_sizes", "[6, 4]"),
        ("code.policy_lr", "1e-2"),
        ("code.critic_lr", "2e-2"),
        ("collect.batch", "6"),
        ("collect.capacity", "1000"),
    ];
    let set = |method: &mut Method, (path, value): &Change| {
        method.set(path, value).unwrap_or_else(|e| panic!("{algo}: {e}"));
    };
    own.iter().for_each(|change| set(&mut method, change));
    changes.iter().for_each(|change| set(&mut method, change));
    method
}

impl Case {
    pub fn new(algo: &str, dims: Dims, changes: &[Change]) -> Self {
        let method = small(algo, dims, changes);
        let learner = crate::plans::learner(&method, dims, 7);
        Case { method, dims, learner, rng: stream(7, "case") }
    }

    /// Adds noise of size `scale` to every array whose name begins with `prefix`.
    pub fn shake(&mut self, prefix: &str, scale: f32) {
        let spans: Vec<_> =
            self.learner.params.iter().filter(|(n, _)| n.starts_with(prefix)).map(|(_, s)| s).collect();
        for span in spans {
            let values = self.learner.params.get_mut(span);
            let mut noise = vec![0.0; values.len()];
            fill_normal(&mut self.rng, &mut noise);
            values.iter_mut().zip(noise).for_each(|(x, z)| *x += scale * z);
        }
    }

    /// Replaces the numbers of one array, from the first on.
    pub fn write(&mut self, name: &str, values: &[f32]) {
        let span = self.learner.params.span(name).unwrap_or_else(|| panic!("no array `{name}`"));
        self.learner.params.get_mut(span)[..values.len()].copy_from_slice(values);
    }

    pub fn state(&self) -> State {
        State::of(&self.learner.params)
    }

    pub fn normals(&mut self, count: usize) -> Vec<f32> {
        let mut values = vec![0.0; count];
        fill_normal(&mut self.rng, &mut values);
        values
    }

    pub fn batch_size(&self) -> usize {
        self.method.collect.batch()
    }

    /// Transitions of all kinds: some terminated, some truncated, actions within the box.
    pub fn batch(&mut self) -> Vec<Sample> {
        (0..self.batch_size())
            .map(|i| Sample {
                obs: self.normals(self.dims.obs),
                action: self.uniforms(self.dims.action),
                reward: self.normals(1)[0],
                terminated: i % 3 == 1,
                truncated: i % 2 == 1,
                next_obs: self.normals(self.dims.obs),
            })
            .collect()
    }

    pub fn uniforms(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| 1.8 * unit_uniform(&mut self.rng) - 0.9).collect()
    }

    /// Whether the next update steps the policy too.
    pub fn is_whole_next(&self) -> bool {
        (self.learner.updates + 1).is_multiple_of(self.method.code.policy_delay)
    }

    /// How many numbers of each kind an update asks for, in its order: of noise, uniform ones, coins.
    fn draws(&self) -> Vec<(char, usize)> {
        let one = self.batch_size() * self.dims.action;
        let mut list = Vec::new();
        match self.learner.plan().posterior {
            Posterior::Reparameterised { .. } => {
                let is_drawn = matches!(self.method.pi.head, Head::Normal { .. });
                if is_drawn || self.method.estimate.next == Next::Smoothed {
                    list.push(('n', one));
                }
                if is_drawn && self.is_whole_next() {
                    list.push(('n', one));
                }
                if let (Penalty::Samples { samples, .. }, true) =
                    (self.method.pi.penalty, self.is_whole_next())
                {
                    list.push(('n', samples * one));
                }
            }
            Posterior::PerState { samples, .. } => {
                if self.method.estimate.next == Next::Online {
                    list.push(('n', one));
                }
                list.push(('n', samples * one));
                if let PiP::Sg { actions: Actions::UniformMix { .. }, .. } = self.method.pi_p {
                    let coins = samples * self.batch_size();
                    list.extend([('n', samples * one), ('u', samples * one), ('c', coins)]);
                }
            }
            Posterior::PerBatch { .. } => {
                list.extend([('n', one), ('n', one)]);
                if let PiP::Sg { actions: Actions::MixtureUniform { .. }, .. } = self.method.pi_p {
                    list.extend([('u', one), ('c', self.batch_size())]);
                }
            }
            Posterior::AllActions { .. }
            | Posterior::OverData { .. }
            | Posterior::Top { .. }
            | Posterior::Surrogate(_) => panic!("not a Gaussian row of batches"),
        }
        list
    }

    /// Random numbers for one update.
    pub fn noise(&mut self) -> Vec<Vec<f32>> {
        let draw = |case: &mut Case, (kind, count): (char, usize)| match kind {
            'n' => case.normals(count),
            'u' => case.uniforms(count),
            _ => case.normals(count).into_iter().map(|z| f32::from(z > 0.0)).collect(),
        };
        self.draws().into_iter().map(|what| draw(self, what)).collect()
    }

    pub fn step(&mut self, batch: &[Sample], noise: &[Vec<f32>]) {
        let transitions: Vec<_> = batch.iter().map(Sample::transition).collect();
        let noise: Vec<&[f32]> = noise.iter().map(Vec::as_slice).collect();
        self.learner.update_on(&transitions, &noise, &mut Pool::new(1));
    }

    /// A step on a random batch.
    pub fn random_step(&mut self) {
        let (batch, noise) = (self.batch(), self.noise());
        self.step(&batch, &noise);
    }

    pub fn metric(&self, wanted: Metric) -> Option<f64> {
        self.learner.metrics().find(|(metric, _)| *metric == wanted).map(|(_, value)| value)
    }

    /// Demands that neither what is logged nor what is learned has a number that is not finite.
    pub fn assert_finite(&self, what: &str) {
        assert_eq!(self.learner.first_not_finite(), None, "{what}");
        assert_eq!(self.learner.params.first_not_finite(), None, "{what}");
    }
}
