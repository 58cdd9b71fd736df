//! An iteration over all stored data: values and returns of everything, many minibatches for the critic, the
//! same again with the critic that came of them, weights, many minibatches for the policy.

use crate::columns::{PiQ, Weights};
use crate::critic;
use crate::em;
use crate::episodes::Episodes;
use crate::error::Error;
use crate::math::returns::{Trajectory, lambda_returns};
use crate::math::{statistics, weights};
use crate::method::Method;
use crate::metrics::Metric;
use crate::minibatch::{Minibatches, Shuffle, StepProgram};
use crate::nets::{Dims, Nets};
use crate::rng::{Stream, stream};
use crate::row::Algorithm;
use coadapt_nn::{Graph, Params, Pool, Program, Shape, Slot};

/// Observations whose values are computed at once.
const CHUNK: usize = 1024;
/// Added to the standard deviation of the advantages.
const ADVANTAGE_EPS: f64 = 1e-5;

/// Everything that learns, in a row that learns from all data at once.
#[derive(Debug)]
pub struct DataLearner {
    /// Weights and optimiser velocities.
    pub params: Params,
    /// The networks by name.
    pub nets: Nets,
    /// Minibatches stepped through so far.
    pub updates: u64,
    pub(crate) rng: Stream,
    numbers: Numbers,
    batch: usize,
    values: ValueProgram,
    critic: StepProgram<2>,
    policy: StepProgram<3>,
    table: Table,
    shuffle: Shuffle,
    logged: Vec<(Metric, f64)>,
}

/// The method's numbers that an iteration needs.
#[derive(Debug, Clone, Copy)]
struct Numbers {
    discount: f64,
    lambda: f64,
    eta: f64,
    clip: f64,
}

/// V of a chunk of observations.
#[derive(Debug)]
struct ValueProgram {
    program: Program,
    obs: Slot,
    value: Slot,
}

/// What an iteration knows of each transition, and of each observation where it says so.
#[derive(Debug, Default)]
struct Table {
    /// The row of its observation among all observations.
    rows: Vec<usize>,
    discounts: Vec<f32>,
    /// V of each observation.
    values: Vec<f32>,
    returns: Vec<f32>,
    advantages: Vec<f32>,
    standardised: Vec<f32>,
    weights: Vec<f32>,
}

impl ValueProgram {
    fn compile(method: &Method, nets: &Nets, obs_dim: usize) -> Self {
        let graph = Graph::new();
        let obs = graph.input(Shape::new(1, CHUNK, obs_dim));
        let value = critic::state_value(method, nets, &graph, obs);
        graph.output(value);
        let program = Program::compile_at(&graph, method.code.precision.into());
        ValueProgram { obs: program.slot(obs), value: program.slot(value), program }
    }

    fn run(&mut self, episodes: &Episodes, values: &mut [f32], params: &mut Params, pool: &mut Pool) {
        let mut start = 0;
        for chunk in values.chunks_mut(CHUNK) {
            let obs = episodes.obs_rows(start..start + chunk.len());
            let input = self.program.write(self.obs);
            input[..obs.len()].copy_from_slice(obs);
            input[obs.len()..].fill(0.0);
            self.program.run(params, pool);
            chunk.copy_from_slice(&self.program.read(self.value)[..chunk.len()]);
            start += chunk.len();
        }
    }
}

impl Table {
    /// Makes a place for every transition of `episodes`.
    fn lay_out(&mut self, episodes: &Episodes, gamma: f32) {
        let (mut row, mut step) = (0, 0);
        self.rows.clear();
        self.discounts.clear();
        for episode in episodes.iter() {
            let length = episode.rewards.len();
            self.rows.extend(row..row + length);
            row += length + 1;
            step += length;
            self.discounts.resize(step - 1, gamma);
            self.discounts.push(episode.last.discount(gamma));
        }
        self.values.resize(row, 0.0);
        for each in [&mut self.returns, &mut self.advantages, &mut self.standardised, &mut self.weights] {
            each.resize(step, 0.0);
        }
    }

    fn fill_returns(&mut self, episodes: &Episodes, lambda: f64) {
        let (mut row, mut step) = (0, 0);
        for episode in episodes.iter() {
            let length = episode.rewards.len();
            let stretch = Trajectory {
                rewards: episode.rewards,
                discounts: &self.discounts[step..step + length],
                values: &self.values[row..row + length + 1],
            };
            lambda_returns(stretch, lambda, &mut self.returns[step..step + length]);
            row += length + 1;
            step += length;
        }
    }

    fn weigh(&mut self, eta: f64, clip: f64) {
        for ((advantage, value), &row) in self.advantages.iter_mut().zip(&self.returns).zip(&self.rows) {
            *advantage = value - self.values[row];
        }
        statistics::standardise(&self.advantages, ADVANTAGE_EPS, &mut self.standardised);
        weights::awr(&self.standardised, eta, clip, &mut self.weights);
    }
}

impl DataLearner {
    /// Registers the networks of `method` and compiles its steps.
    pub fn new(method: &Method, dims: Dims, seed: u64) -> Result<Self, Error> {
        let algorithm = method.row().algorithm()?;
        let (
            Algorithm::EmData,
            Some(lambda),
            PiQ::Analytic { weights: Weights::Unnormalised { clip }, eta, .. },
        ) = (algorithm, method.estimate.target.lambda(), method.pi_q)
        else {
            let reason = "an iteration over data has unnormalised weights on TD(lambda) returns";
            return Err(Error::NotBuilt { column: "pi_q", cell: method.pi_q.to_string(), reason });
        };
        let mut params = Params::new();
        let nets = Nets::register(method, algorithm, dims, &mut params, &mut stream(seed, "init"))?;
        Ok(DataLearner {
            values: ValueProgram::compile(method, &nets, dims.obs),
            critic: StepProgram::compile(method, [dims.obs, 1], |graph, [obs, returns]| {
                Ok(critic::state_step(method, &nets, graph, (obs, returns)))
            })?,
            policy: StepProgram::compile(method, [dims.obs, dims.action, 1], |graph, inputs| {
                em::step_on_data(method, &nets, graph, inputs)
            })?,
            params,
            nets,
            updates: 0,
            rng: stream(seed, "replay"),
            numbers: Numbers { discount: method.estimate.discount, lambda, eta: eta.initial(), clip },
            batch: method.schedule.batch,
            table: Table::default(),
            shuffle: Shuffle::default(),
            logged: Vec::new(),
        })
    }

    /// One iteration over all of `episodes`; none if there are none. Its minibatches allocate nothing.
    pub fn iterate(&mut self, episodes: &Episodes, minibatches: [Minibatches<'_>; 2], pool: &mut Pool) {
        self.logged.clear();
        if episodes.is_empty() {
            return;
        }
        let [for_critic, for_policy] = minibatches;
        self.table.lay_out(episodes, self.numbers.discount as f32);
        self.evaluate(episodes, pool);
        // Policy evaluation: the targets stay what they are while the critic moves.
        self.shuffle.start(episodes.len());
        for number in 0..for_critic.count() {
            self.shuffle.next(for_critic, number, self.batch, &mut self.rng);
            for (row, &index) in self.shuffle.indices().iter().enumerate() {
                let at = self.table.rows[index];
                self.critic
                    .write_row(row, [episodes.obs_rows(at..at + 1), &self.table.returns[index..=index]]);
            }
            self.critic.run(&mut self.params, pool);
        }
        // E-step, with the critic as it is now.
        self.evaluate(episodes, pool);
        self.table.weigh(self.numbers.eta, self.numbers.clip);
        // M-step.
        self.shuffle.start(episodes.len());
        for number in 0..for_policy.count() {
            self.shuffle.next(for_policy, number, self.batch, &mut self.rng);
            for (row, &index) in self.shuffle.indices().iter().enumerate() {
                let (at, weight) = (self.table.rows[index], &self.table.weights[index..=index]);
                self.policy.write_row(row, [episodes.obs_rows(at..at + 1), episodes.action(index), weight]);
            }
            self.policy.run(&mut self.params, pool);
        }
        self.updates += (for_critic.count() + for_policy.count()) as u64;
        self.log();
    }

    /// Floating-point operations of the matrix products of an iteration over `episodes` with so many minibatches of
    /// the critic and of the policy.
    pub fn product_flops(&self, episodes: &Episodes, [for_critic, for_policy]: [u64; 2]) -> u64 {
        // Values are computed twice: for the targets, and with the critic that came of them.
        let chunks = 2 * episodes.rows().div_ceil(CHUNK) as u64;
        chunks * self.values.program.product_flops()
            + for_critic * self.critic.product_flops()
            + for_policy * self.policy.product_flops()
    }

    /// Values of all observations and returns of all transitions, with the critic as it is.
    fn evaluate(&mut self, episodes: &Episodes, pool: &mut Pool) {
        self.values.run(episodes, &mut self.table.values, &mut self.params, pool);
        self.table.fill_returns(episodes, self.numbers.lambda);
    }

    fn log(&mut self) {
        let Table { returns, advantages, weights, .. } = &self.table;
        let of_advantages = statistics::moments(advantages);
        self.critic.drain_means(&mut self.logged);
        self.logged.extend([
            (Metric::TargetMean, statistics::moments(returns).mean),
            (Metric::ScoreMean, of_advantages.mean),
            (Metric::Eta, self.numbers.eta),
            (Metric::AdvantageStd, of_advantages.std),
            (Metric::WeightEss, weights::effective_sample_size(weights)),
            (Metric::ClippedFraction, weights::clipped_fraction(weights, self.numbers.clip)),
        ]);
        self.policy.drain_means(&mut self.logged);
    }

    /// What the last iteration logged: means over its minibatches, statistics of all data.
    pub fn metrics(&self) -> impl Iterator<Item = (Metric, f64)> {
        self.logged.iter().copied()
    }

    /// The first logged quantity of the last iteration that is not a finite number.
    pub fn first_not_finite(&self) -> Option<Metric> {
        self.metrics().find(|(_, value)| !value.is_finite()).map(|(metric, _)| metric)
    }

    /// V of the observation of each transition, as the last iteration's weights saw it.
    pub fn values(&self) -> Vec<f32> {
        self.table.rows.iter().map(|&row| self.table.values[row]).collect()
    }

    /// The returns of the transitions, as the last iteration's weights saw them.
    pub fn returns(&self) -> &[f32] {
        &self.table.returns
    }

    /// The standardised advantages of the last iteration.
    pub fn standardised(&self) -> &[f32] {
        &self.table.standardised
    }

    /// The weights of the last iteration.
    pub fn weights(&self) -> &[f32] {
        &self.table.weights
    }
}
