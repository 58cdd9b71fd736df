//! An update on one batch of the replay: critics, policy, duals and targets, recorded and compiled once. Where the policy is
//! delayed there is a second program, of the critics alone, for the updates between its steps.

mod about;
mod program;

pub(super) use about::{about, region};

use super::{Piece, Work};
use crate::metrics::Metric;
use crate::nets::Nets;
use crate::plan::{Plan, QCritic};
use crate::replay::Replay;
use crate::transition::{StoredTransition, Transition};
use coadapt_nn::{Params, Pool};
use program::{Part, UpdateProgram};

/// The compiled updates.
#[derive(Debug)]
pub struct Batch {
    whole: UpdateProgram,
    /// Of the critics alone, and how many updates of them there are for a whole one; where the policy is delayed.
    critics: Option<(UpdateProgram, u64)>,
    /// Whether the last update was whole.
    last_was_whole: bool,
    discount: f32,
}

impl Batch {
    pub(crate) fn compile(plan: &Plan, critic: QCritic, nets: &Nets) -> Self {
        let program = |part| UpdateProgram::compile(plan, critic, (nets, part));
        let delay = plan.code.policy_delay;
        Batch {
            whole: program(Part::Whole),
            critics: (delay > 1).then(|| (program(Part::Critics), delay)),
            last_was_whole: true,
            discount: plan.discount as f32,
        }
    }

    /// The program of the update after `updates` of them: every so many is whole.
    fn due(&mut self, updates: u64) -> &mut UpdateProgram {
        match &mut self.critics {
            Some((critics, delay)) if !(updates + 1).is_multiple_of(*delay) => critics,
            Some(_) | None => &mut self.whole,
        }
    }

    /// One update on a batch drawn from `replay`. Allocates nothing.
    pub(crate) fn advance(&mut self, replay: &Replay, work: &mut Work<'_>) -> Piece {
        let discount = self.discount;
        self.due(*work.updates).draw(replay, (work.replay_rng, work.noise_rng), discount);
        self.run((work.params, work.nets), work.updates, work.pool);
        work.logged.extend(self.metrics());
        Piece::Last
    }

    /// Writes given windows, each a row's consecutive transitions of one episode, and given random numbers, for the update
    /// after `updates` of them.
    pub(crate) fn write<'a>(
        &mut self,
        windows: impl Iterator<Item = &'a [StoredTransition<'a>]>,
        noise: &[&[f32]],
        updates: u64,
    ) {
        let discount = self.discount;
        self.due(updates).write(windows, noise, discount);
    }

    /// Writes given transitions and given random numbers, for the update after `updates` of them.
    pub(crate) fn write_transitions(
        &mut self,
        transitions: &[Transition<'_>],
        noise: &[&[f32]],
        updates: u64,
    ) {
        let alone: Vec<_> = transitions
            .iter()
            .map(|&transition| [StoredTransition { transition, log_mu: f32::NAN }])
            .collect();
        self.write(alone.iter().map(<[_; 1]>::as_slice), noise, updates);
    }

    /// One update on what is written.
    pub(crate) fn run(&mut self, (params, nets): (&mut Params, &Nets), updates: &mut u64, pool: &mut Pool) {
        self.due(*updates).run(params, pool);
        *updates += 1;
        self.last_was_whole = self.critics.as_ref().is_none_or(|(_, delay)| updates.is_multiple_of(*delay));
        nets.after_update(params, *updates);
    }

    /// Floating-point operations of one update's matrix products, on average.
    pub(crate) fn product_flops(&self) -> u64 {
        let whole = self.whole.product_flops();
        match &self.critics {
            Some((critics, delay)) => (whole + (delay - 1) * critics.product_flops()) / delay,
            None => whole,
        }
    }

    /// What the last update logged.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = (Metric, f64)> {
        match &self.critics {
            Some((critics, _)) if !self.last_was_whole => critics.metrics(),
            Some(_) | None => self.whole.metrics(),
        }
    }
}
