//! The learner: one compiled update, run on one batch after another.

use crate::batch::{BatchNodes, BatchSlots, Transition};
use crate::error::Error;
use crate::method::Method;
use crate::metrics::Metric;
use crate::nets::{Dims, Nets};
use crate::replay::Replay;
use crate::rng::{Stream, stream};
use crate::row::Algorithm;
use crate::{em, kl};
use coadapt_nn::init::fill_normal;
use coadapt_nn::{Graph, Params, Pool, Program, Shape, Slot};

/// Everything that learns: parameters, the update, and the streams it draws from.
#[derive(Debug)]
pub struct Learner {
    /// Weights, targets, duals and optimiser moments.
    pub params: Params,
    /// The networks by name.
    pub nets: Nets,
    method: Method,
    program: Program,
    batch: BatchSlots,
    noise: Vec<Slot>,
    logged: Vec<(Metric, Slot)>,
    pub(crate) replay_rng: Stream,
    pub(crate) noise_rng: Stream,
    /// Updates done.
    pub updates: u64,
}

impl Learner {
    /// Registers the networks of `method` and compiles its update.
    pub fn new(method: &Method, dims: Dims, seed: u64) -> Result<Self, Error> {
        let algorithm = method.row().algorithm()?;
        let mut params = Params::new();
        let nets = Nets::register(method, algorithm, dims, &mut params, &mut stream(seed, "init"))?;
        let graph = Graph::new();
        let rows = method.schedule.batch;
        let batch = BatchNodes::record(&graph, rows, dims.obs, dims.action);
        let array = |samples| graph.input(Shape::new(samples, rows, dims.action));
        let noise = match algorithm {
            Algorithm::Kl | Algorithm::EmReplay => vec![array(1), array(1)],
            Algorithm::EmSamples { samples } => vec![array(samples)],
            Algorithm::EmData => return Err(not_batches(method)),
        };
        let logged = match algorithm {
            Algorithm::Kl => kl::update(method, &nets, &graph, &batch, &noise)?,
            Algorithm::EmReplay => em::update_on_replay(method, &nets, &graph, &batch, &noise)?,
            Algorithm::EmSamples { .. } => em::update_on_samples(method, &nets, &graph, &batch, noise[0])?,
            Algorithm::EmData => return Err(not_batches(method)),
        };
        nets.sync(&graph, method);
        logged.iter().for_each(|(_, node)| graph.output(*node));
        let program = Program::compile(&graph);
        Ok(Learner {
            batch: batch.slots(&program),
            noise: noise.into_iter().map(|n| program.slot(n)).collect(),
            logged: logged.into_iter().map(|(metric, node)| (metric, program.slot(node))).collect(),
            params,
            nets,
            method: method.clone(),
            program,
            replay_rng: stream(seed, "replay"),
            noise_rng: stream(seed, "update"),
            updates: 0,
        })
    }

    /// One update on a batch drawn from `replay`. Allocates nothing.
    pub fn update(&mut self, replay: &Replay, pool: &mut Pool) {
        let discount = self.discount();
        self.batch.sample(&mut self.program, replay, &mut self.replay_rng, discount);
        for slot in &self.noise {
            fill_normal(&mut self.noise_rng, self.program.write(*slot));
        }
        self.run(pool);
    }

    fn discount(&self) -> f32 {
        self.method.estimate.discount as f32
    }

    /// One update on given transitions and standard normal noise, as the row's update takes it.
    pub fn update_on(&mut self, transitions: &[Transition<'_>], noise: &[&[f32]], pool: &mut Pool) {
        let discount = self.discount();
        for (row, transition) in transitions.iter().enumerate() {
            self.batch.write_row(&mut self.program, row, *transition, discount);
        }
        for (slot, values) in self.noise.iter().zip(noise) {
            self.program.write(*slot).copy_from_slice(values);
        }
        self.run(pool);
    }

    fn run(&mut self, pool: &mut Pool) {
        self.program.run(&mut self.params, pool);
        self.updates += 1;
        self.nets.after_update(&self.method, &mut self.params, self.updates);
    }

    /// What the last update logged.
    pub fn metrics(&self) -> impl Iterator<Item = (Metric, f32)> {
        self.logged.iter().map(|(metric, slot)| (*metric, self.program.read(*slot)[0]))
    }

    /// The first logged quantity of the last update that is not a finite number.
    pub fn first_not_finite(&self) -> Option<Metric> {
        self.metrics().find(|(_, value)| !value.is_finite()).map(|(metric, _)| metric)
    }
}

fn not_batches(method: &Method) -> Error {
    let reason = "the row learns from all data at once, not from batches";
    Error::NotBuilt { column: "pi_q", cell: method.pi_q.to_string(), reason }
}
