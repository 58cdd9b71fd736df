//! The learner: one compiled update, run on one batch after another.

use crate::batch::{BatchNodes, BatchSlots, Transition};
use crate::draws::{DrawSlots, Draws};
use crate::error::Error;
use crate::method::Method;
use crate::metrics::Metric;
use crate::nets::{Dims, Nets};
use crate::replay::Replay;
use crate::rng::{Stream, stream};
use crate::row::Algorithm;
use crate::window::Step;
use crate::{em, kl};
use coadapt_nn::{Graph, Params, Pool, Program, Slot};

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
    draws: DrawSlots,
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
        let target = method.estimate.target;
        let batch = BatchNodes::record(&graph, target, rows, (dims.obs, dims.action));
        let mut draws = Draws::new(&graph, rows, dims.action);
        let update = match algorithm {
            Algorithm::Kl => kl::update,
            Algorithm::EmReplay => em::update_on_replay,
            Algorithm::EmSamples { .. } => em::update_on_samples,
            Algorithm::EmAllActions => em::update_on_all_actions,
            Algorithm::EmData => return Err(not_batches(method)),
        };
        let logged = update(method, &nets, &graph, &batch, &mut draws)?;
        nets.sync(&graph, method);
        logged.iter().for_each(|(_, node)| graph.output(*node));
        let program = Program::compile_at(&graph, method.code.precision.into());
        Ok(Learner {
            batch: batch.slots(&program),
            draws: draws.slots(&program),
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
        self.draws.fill(&mut self.program, &mut self.noise_rng);
        self.run(pool);
    }

    fn discount(&self) -> f32 {
        self.method.estimate.discount as f32
    }

    /// One update on given transitions and random numbers, in the order the row's update asks for them.
    pub fn update_on(&mut self, transitions: &[Transition<'_>], noise: &[&[f32]], pool: &mut Pool) {
        let discount = self.discount();
        for (row, &transition) in transitions.iter().enumerate() {
            let alone = std::iter::once(Step { transition, log_mu: f32::NAN });
            self.batch.write_row(&mut self.program, row, alone, discount);
        }
        self.draws.write(&mut self.program, noise);
        self.run(pool);
    }

    /// The same on given windows, each a row's consecutive transitions of one episode.
    pub fn update_on_windows(&mut self, windows: &[&[Step<'_>]], noise: &[&[f32]], pool: &mut Pool) {
        let discount = self.discount();
        for (row, window) in windows.iter().enumerate() {
            assert!(window.len() <= self.batch.reach(), "a window is longer than the target reads");
            self.batch.write_row(&mut self.program, row, window.iter().copied(), discount);
        }
        self.draws.write(&mut self.program, noise);
        self.run(pool);
    }

    /// Floating-point operations of one update's matrix products.
    pub fn product_flops(&self) -> u64 {
        self.program.product_flops()
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
