//! A whole update on one batch of the replay: critics, policy, duals and targets, recorded and compiled once.

mod about;

pub(super) use about::about;

use super::{Piece, Work};
use crate::batch::{BatchNodes, BatchSlots};

use crate::metrics::Metric;
use crate::nets::Nets;
use crate::noise::{NoiseInputs, NoiseSlots};
use crate::plan::{Plan, Posterior, QCritic};
use crate::record::Record;
use crate::replay::Replay;
use crate::transition::{StoredTransition, Transition};
use crate::{em, kl};
use coadapt_nn::{Graph, Params, Pool, Program, Slot};

/// The compiled update.
#[derive(Debug)]
pub struct Batch {
    program: Program,
    batch: BatchSlots,
    draws: NoiseSlots,
    logged: Vec<(Metric, Slot)>,
    discount: f32,
}

impl Batch {
    pub(crate) fn compile(plan: &Plan, critic: QCritic, nets: &Nets) -> Self {
        let graph = Graph::new();
        let dims = (plan.dims.obs, plan.dims.action);
        let batch = BatchNodes::record(&graph, critic.target, plan.batch, dims);
        let draws = NoiseInputs::new(&graph, plan.batch, plan.dims.action);
        let mut record = Record { plan, critic, nets, graph: &graph, batch: &batch, draws };
        let logged = match plan.posterior {
            Posterior::Reparameterised { eta } => kl::update(&mut record, eta),
            Posterior::PerState { eta, samples, uniform } => {
                em::update_on_samples(&mut record, eta, (samples, uniform))
            }
            Posterior::AllActions { eta } => em::update_on_all_actions(&mut record, eta),
            Posterior::PerBatch { eta, clip, uniform } => {
                em::update_on_replay(&mut record, (eta, clip), uniform)
            }
            Posterior::OverData { .. } => panic!("weights over all data are made by phases of their own"),
        };
        nets.sync(&graph);
        logged.iter().for_each(|(_, node)| graph.output(*node));
        let program = Program::compile_at(&graph, plan.code.precision.into());
        Batch {
            batch: batch.slots(&program),
            draws: record.draws.slots(&program),
            logged: logged.into_iter().map(|(metric, node)| (metric, program.slot(node))).collect(),
            program,
            discount: plan.discount as f32,
        }
    }

    /// One update on a batch drawn from `replay`. Allocates nothing.
    pub(crate) fn advance(&mut self, replay: &Replay, work: &mut Work<'_>) -> Piece {
        self.batch.sample(&mut self.program, replay, work.replay_rng, self.discount);
        self.draws.fill(&mut self.program, work.noise_rng);
        self.run((work.params, work.nets), work.updates, work.pool);
        work.logged.extend(self.metrics());
        Piece::Last
    }

    /// Writes given windows, each a row's consecutive transitions of one episode, and given random numbers.
    pub(crate) fn write<'a>(
        &mut self,
        windows: impl Iterator<Item = &'a [StoredTransition<'a>]>,
        noise: &[&[f32]],
    ) {
        for (row, window) in windows.enumerate() {
            assert!(window.len() <= self.batch.reach(), "a window is longer than the target reads");
            self.batch.write_row(&mut self.program, row, window.iter().copied(), self.discount);
        }
        self.draws.write(&mut self.program, noise);
    }

    /// Writes given transitions and given random numbers.
    pub(crate) fn write_transitions(&mut self, transitions: &[Transition<'_>], noise: &[&[f32]]) {
        for (row, &transition) in transitions.iter().enumerate() {
            let alone = std::iter::once(StoredTransition { transition, log_mu: f32::NAN });
            self.batch.write_row(&mut self.program, row, alone, self.discount);
        }
        self.draws.write(&mut self.program, noise);
    }

    /// One update on what is written.
    pub(crate) fn run(&mut self, (params, nets): (&mut Params, &Nets), updates: &mut u64, pool: &mut Pool) {
        self.program.run(params, pool);
        *updates += 1;
        nets.after_update(params, *updates);
    }

    /// Floating-point operations of one update's matrix products.
    pub(crate) fn product_flops(&self) -> u64 {
        self.program.product_flops()
    }

    /// What the last update logged.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = (Metric, f64)> {
        self.logged.iter().map(|(metric, slot)| (*metric, f64::from(self.program.read(*slot)[0])))
    }
}
