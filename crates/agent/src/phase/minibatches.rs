//! Steps of one network, or of both, on minibatches of all data: which rows are next, and the step compiled for them.

mod rows;

use super::shuffle::{Minibatches, Shuffle};
use super::step_program::StepProgram;
use super::{Piece, Work};
use crate::code::{KlStop, ValueLoss};
use crate::columns::Penalty;
use crate::critic;
use crate::em;
use crate::episodes::Episodes;
use crate::metrics::Metric;
use crate::nets::Nets;
use crate::on_policy::{self, KNOWN, RolloutNodes};
use crate::plan::{Experience, Net, Plan, VCritic};
use rows::RolloutRows;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A step on a minibatch, and how far a stretch of them is.
#[derive(Debug)]
pub(crate) struct Fitting {
    net: Net,
    program: StepProgram,
    shuffle: Shuffle,
    batch: usize,
    /// Where the data are a rollout.
    rollout: Option<RolloutRows>,
    /// The KL beyond which a stretch of steps ends.
    stop: Option<f64>,
}

/// What a checkpoint keeps of a stretch of steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FittingState {
    order: Vec<usize>,
    at: usize,
    /// Steps so far, and the sums over them of what they log, by name, as bits.
    steps: u64,
    sums: BTreeMap<String, u64>,
}

pub(super) fn about(plan: &Plan, net: Net) -> Vec<String> {
    let rows = format!("minibatches of {}, in an order shuffled anew wherever it is used up", plan.batch);
    match net {
        Net::Critic => vec![rows, value_loss(plan)],
        Net::Policy => {
            let mut lines =
                vec![rows, "the policy one step down -w ln pi(a|s) (Eq. 3, Sec. 4.2.2)".to_owned()];
            lines.extend(penalty(plan.policy.penalty));
            lines
        }
        Net::Both => {
            let mut lines = vec![rows, value_loss(plan)];
            lines.extend(rows::about(plan));
            lines
        }
    }
}

fn value_loss(plan: &Plan) -> String {
    match plan.code.value_loss {
        ValueLoss::Plain => {
            "the critic one step down 1/2 (V(s) - G)^2, the returns held as they are".to_owned()
        }
        ValueLoss::Clipped { epsilon } => format!(
            "the critic one step down the larger of 1/2 (V(s) - G)^2 and the same of V(s) kept within {epsilon} of what it was"
        ),
    }
}

/// What a policy that is fitted pays beside.
pub(super) fn penalty(penalty: Penalty) -> Option<String> {
    match penalty {
        Penalty::Off | Penalty::Samples { .. } => None,
        Penalty::MeanL2 { coefficient } => {
            Some(format!("plus {coefficient} / 2 times the squared distance of its mean from the box"))
        }
        Penalty::LogitL2 { coefficient } => {
            Some(format!("plus {coefficient} / 2 times the squared length of its logits"))
        }
    }
}

impl Fitting {
    /// Compiles the step of `net`.
    pub(crate) fn compile(plan: &Plan, of_v: VCritic, (net, nets): (Net, &Nets)) -> Self {
        let (obs, action) = (plan.dims.obs, plan.dims.action);
        let rollout = matches!(plan.experience, Experience::Rollout { .. }).then(|| RolloutRows::new(plan));
        let program = match (net, &rollout) {
            (Net::Critic, None) => StepProgram::compile(plan, [obs, 1], |graph, inputs| {
                let [obs, returns] = inputs;
                critic::state_step(of_v, nets, graph, (obs, returns))
            }),
            (Net::Policy, None) => StepProgram::compile(plan, [obs, action, 1], |graph, inputs| {
                em::step_on_data(plan, nets, graph, inputs)
            }),
            (Net::Critic, Some(rows)) => {
                StepProgram::compile(plan, [obs, action, KNOWN, rows.prior_width()], |graph, inputs| {
                    on_policy::value_step(plan, of_v, nets, (graph, RolloutNodes::of(inputs)))
                })
            }
            (Net::Both, Some(rows)) => {
                StepProgram::compile(plan, [obs, action, KNOWN, rows.prior_width()], |graph, inputs| {
                    on_policy::step(plan, of_v, nets, (graph, RolloutNodes::of(inputs)))
                })
            }
            (Net::Policy, Some(_)) | (Net::Both, None) => {
                panic!("steps on minibatches of other data than the plan keeps")
            }
        };
        let stop = match (net, plan.code.kl_stop) {
            (Net::Both, KlStop::Above { kl }) => Some(kl),
            (Net::Critic | Net::Policy, KlStop::Above { .. }) | (_, KlStop::Off) => None,
        };
        Fitting { net, program, shuffle: Shuffle::default(), batch: plan.batch, rollout, stop }
    }

    /// One step, on minibatch number `piece`. Allocates nothing after the first iteration.
    pub(crate) fn advance(
        &mut self,
        piece: u64,
        (episodes, from): (&Episodes, Minibatches<'_>),
        work: &mut Work<'_>,
    ) -> Piece {
        let (number, count) = (piece as usize, from.count());
        if number == 0 {
            self.shuffle.start(episodes.len());
            // A run that was put back in between left sums of what it was in the middle of.
            self.program.forget_sums();
        }
        let mut stops = false;
        if number < count {
            self.shuffle.next(from, number, self.batch, work.replay_rng);
            self.write(episodes, work);
            self.program.run(work.params, work.pool);
            *work.updates += 1;
            work.nets.after_update(work.params, *work.updates);
            let kl = self.program.last(Metric::KlStep);
            stops = self.stop.zip(kl).is_some_and(|(bound, kl)| kl > bound);
        }
        if number + 1 < count && !stops {
            return Piece::More;
        }
        self.program.drain_means(work.logged);
        Piece::Last
    }

    fn write(&mut self, episodes: &Episodes, work: &Work<'_>) {
        let (table, indices) = (&*work.table, self.shuffle.indices());
        if let Some(rollout) = &mut self.rollout {
            return rollout.write(&mut self.program, (episodes, table), indices);
        }
        for (row, &index) in indices.iter().enumerate() {
            let at = table.rows[index];
            let obs = episodes.obs_rows(at..at + 1);
            match self.net {
                Net::Critic => self.program.write_row(row, &[obs, &table.returns[index..=index]]),
                Net::Policy | Net::Both => {
                    let weight = &table.weights[index..=index];
                    self.program.write_row(row, &[obs, episodes.action(index), weight]);
                }
            }
        }
    }

    /// Floating-point operations of a step's matrix products.
    pub(crate) fn product_flops(&self) -> u64 {
        self.program.program.product_flops()
    }

    /// How far it is.
    pub(crate) fn state(&self) -> FittingState {
        let StepProgram { logged, runs, .. } = &self.program;
        let sums = logged.iter().map(|(metric, _, sum)| (metric.name().to_owned(), sum.to_bits()));
        let Shuffle { order, at, .. } = &self.shuffle;
        FittingState { order: order.clone(), at: *at, steps: *runs, sums: sums.collect() }
    }

    /// Puts back how far it was.
    pub(crate) fn restore(&mut self, state: FittingState) -> Result<(), String> {
        let FittingState { order, at, steps, mut sums } = state;
        let mut seen = vec![false; order.len()];
        for &index in &order {
            let free = seen.get_mut(index).is_some_and(|seen| !std::mem::replace(seen, true));
            if !free {
                return Err("its order of minibatches is no order".to_owned());
            }
        }
        if at > order.len() {
            return Err("its order of minibatches is shorter than what was used of it".to_owned());
        }
        (self.shuffle.order, self.shuffle.at) = (order, at);
        let StepProgram { logged, runs, .. } = &mut self.program;
        *runs = steps;
        for (metric, _, sum) in logged {
            // A metric that the program did not log when it wrote the checkpoint has no sum yet.
            *sum = sums.remove(metric.name()).map_or(0.0, f64::from_bits);
        }
        match sums.keys().next() {
            Some(name) => Err(format!("it has sums of `{name}`, which is not logged here")),
            None => Ok(()),
        }
    }
}
