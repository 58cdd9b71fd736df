//! The learner: one compiled update, run on one batch after another.

use crate::batch::{BatchNodes, BatchSlots, Transition};
use crate::kl;
use crate::method::Method;
use crate::nets::{Dims, Nets};
use crate::replay::Replay;
use crate::rng::{Stream, stream};
use crate::{critic, metrics::Metric};
use coadapt_nn::init::fill_normal;
use coadapt_nn::{Graph, Params, Pool, Program, Shape, Slot};

/// Everything that learns: parameters, the update, and the streams it draws from.
#[derive(Debug)]
pub struct Learner {
    /// Weights, targets, duals and optimiser moments.
    pub params: Params,
    /// The networks by name.
    pub nets: Nets,
    program: Program,
    batch: BatchSlots,
    noise: [Slot; 2],
    logged: Vec<(Metric, Slot)>,
    discount: f32,
    pub(crate) replay_rng: Stream,
    pub(crate) noise_rng: Stream,
    /// Updates done.
    pub updates: u64,
}

impl Learner {
    /// Registers the networks of `method` and compiles its update.
    pub fn new(method: &Method, dims: Dims, seed: u64) -> Self {
        let mut params = Params::new();
        let nets = Nets::register(method, dims, &mut params, &mut stream(seed, "init"));
        let graph = Graph::new();
        let rows = method.schedule.batch;
        let batch = BatchNodes::record(&graph, rows, dims.obs, dims.action);
        let noise = [(); 2].map(|()| graph.input(Shape::new(1, rows, dims.action)));
        // Policy evaluation, then improvement with the evaluated critics, then the targets.
        let eta = method.pi_q.eta_node(&graph, nets.temperature(&graph));
        let evaluated = critic::evaluate(method, &nets, &graph, &batch, noise[0], eta);
        let improved = kl::improve(method, &nets, &graph, &batch, noise[1], eta);
        nets.sync(&graph, method);
        let mut logged = vec![
            (Metric::CriticLoss, evaluated.loss),
            (Metric::QMean, evaluated.q_mean),
            (Metric::TargetMean, evaluated.target_mean),
            (Metric::PolicyLoss, improved.loss),
            (Metric::Entropy, -improved.log_prob_mean),
            (Metric::ScoreMean, improved.score_mean),
            (Metric::Eta, eta * 1.0),
        ];
        logged.extend(improved.dual_loss.map(|loss| (Metric::DualLoss, loss)));
        logged.iter().for_each(|(_, node)| graph.output(*node));
        let program = Program::compile(&graph);
        Learner {
            batch: batch.slots(&program),
            noise: noise.map(|n| program.slot(n)),
            logged: logged.into_iter().map(|(metric, node)| (metric, program.slot(node))).collect(),
            params,
            nets,
            program,
            discount: method.estimate.discount as f32,
            replay_rng: stream(seed, "replay"),
            noise_rng: stream(seed, "update"),
            updates: 0,
        }
    }

    /// One update on a batch drawn from `replay`. Allocates nothing.
    pub fn update(&mut self, replay: &Replay, pool: &mut Pool) {
        self.batch.sample(&mut self.program, replay, &mut self.replay_rng, self.discount);
        for slot in self.noise {
            fill_normal(&mut self.noise_rng, self.program.write(slot));
        }
        self.run(pool);
    }

    /// One update on given transitions and noise (standard normal, [B, D], for the next actions and for the
    /// improved policy's).
    pub fn update_on(&mut self, transitions: &[Transition<'_>], noise: [&[f32]; 2], pool: &mut Pool) {
        for (row, transition) in transitions.iter().enumerate() {
            self.batch.write_row(&mut self.program, row, *transition, self.discount);
        }
        for (slot, values) in self.noise.into_iter().zip(noise) {
            self.program.write(slot).copy_from_slice(values);
        }
        self.run(pool);
    }

    fn run(&mut self, pool: &mut Pool) {
        self.program.run(&mut self.params, pool);
        self.updates += 1;
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
