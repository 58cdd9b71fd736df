//! One compiled update on a batch, with the places of its input and of what it logs.

use crate::batch::{BatchNodes, BatchSlots};
use crate::metrics::Metric;
use crate::nets::Nets;
use crate::noise::{NoiseInputs, NoiseSlots};
use crate::plan::{Plan, Posterior, QCritic};
use crate::record::Record;
use crate::replay::Replay;
use crate::rng::Stream;
use crate::transition::StoredTransition;
use crate::{em, kl};
use coadapt_nn::{Graph, Params, Pool, Program, Slot};

/// The part of a plan's update that a program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// The step of the critics; policy, temperatures and targets stay as they are.
    Critics,
}

/// A compiled update.
#[derive(Debug)]
pub(super) struct UpdateProgram {
    program: Program,
    batch: BatchSlots,
    draws: NoiseSlots,
    logged: Vec<(Metric, Slot)>,
}

impl UpdateProgram {
    pub(super) fn compile(plan: &Plan, critic: QCritic, (nets, part): (&Nets, Part)) -> Self {
        let graph = Graph::new();
        let dims = (plan.dims.obs, plan.dims.action);
        let batch = BatchNodes::record(&graph, critic.target, plan.batch, dims);
        let draws = NoiseInputs::new(&graph, plan.batch, plan.dims.action);
        let mut record = Record { plan, critic, nets, graph: &graph, batch: &batch, draws };
        let logged = match (plan.posterior, part) {
            (Posterior::Reparameterised { eta }, Part::Whole) => kl::update(&mut record, eta),
            (Posterior::Reparameterised { eta }, Part::Critics) => kl::update_critics(&mut record, eta),
            (Posterior::PerState { eta, samples, uniform }, Part::Whole) => {
                em::update_on_samples(&mut record, eta, (samples, uniform))
            }
            (Posterior::AllActions { eta }, Part::Whole) => em::update_on_all_actions(&mut record, eta),
            (Posterior::PerBatch { eta, clip, uniform }, Part::Whole) => {
                em::update_on_replay(&mut record, (eta, clip), uniform)
            }
            (
                Posterior::PerState { .. } | Posterior::AllActions { .. } | Posterior::PerBatch { .. },
                Part::Critics,
            ) => panic!("a policy is delayed in KL control alone"),
            (
                Posterior::OverData { .. } | Posterior::Top { .. } | Posterior::Surrogate(_),
                Part::Whole | Part::Critics,
            ) => panic!("what is learned from all data at once has phases of its own"),
        };
        if part == Part::Whole {
            nets.sync(&graph);
        }
        logged.iter().for_each(|(_, node)| graph.output(*node));
        let program = Program::compile_at(&graph, plan.code.precision.into());
        UpdateProgram {
            batch: batch.slots(&program),
            draws: record.draws.slots(&program),
            logged: logged.into_iter().map(|(metric, node)| (metric, program.slot(node))).collect(),
            program,
        }
    }

    /// Draws a batch from `replay`, and the random numbers.
    pub(super) fn draw(
        &mut self,
        replay: &Replay,
        (replay_rng, noise_rng): (&mut Stream, &mut Stream),
        discount: f32,
    ) {
        self.batch.sample(&mut self.program, replay, replay_rng, discount);
        self.draws.fill(&mut self.program, noise_rng);
    }

    /// Writes given windows and given random numbers.
    pub(super) fn write<'a>(
        &mut self,
        windows: impl Iterator<Item = &'a [StoredTransition<'a>]>,
        noise: &[&[f32]],
        discount: f32,
    ) {
        for (row, window) in windows.enumerate() {
            assert!(window.len() <= self.batch.reach(), "a window is longer than the target reads");
            self.batch.write_row(&mut self.program, row, window.iter().copied(), discount);
        }
        self.draws.write(&mut self.program, noise);
    }

    /// One update on what is written.
    pub(super) fn run(&mut self, params: &mut Params, pool: &mut Pool) {
        self.program.run(params, pool);
    }

    /// Floating-point operations of its matrix products.
    pub(super) fn product_flops(&self) -> u64 {
        self.program.product_flops()
    }

    /// What its last run logged.
    pub(super) fn metrics(&self) -> impl Iterator<Item = (Metric, f64)> {
        self.logged.iter().map(|(metric, slot)| (*metric, f64::from(self.program.read(*slot)[0])))
    }
}
