//! Phases: what one iteration of a learner does, each in a file with its equation, its numbers and its metrics.
//!
//! A phase advances in small pieces (a batch, a minibatch, a chunk of values), so that a stop, a checkpoint and
//! progress fit between any two. What it keeps from one piece to the next is written down in checkpoints.

mod adapt;
mod batch;
mod chunk;
mod minibatches;
mod natural;
mod observe;
mod outline;
mod prior;
mod returns;
mod shuffle;
mod step_program;
mod table;
mod values;
mod weigh;

pub(crate) use adapt::Adaptation;
pub use batch::Batch;
pub(crate) use chunk::CHUNK;
pub(crate) use minibatches::{Fitting, FittingState};
pub(crate) use natural::{Natural, NaturalState};
pub(crate) use prior::PriorAt;
pub use shuffle::Minibatches;
pub(crate) use table::Table;
pub(crate) use values::Values;
pub(crate) use weigh::fill as fill_weights;

use crate::episodes::Episodes;
use crate::metrics::Metric;
use crate::nets::Nets;
use crate::normaliser::Statistics;
use crate::plan::{Critic, Experience, Moment, Net, Plan, Step};
use crate::replay::Replay;
use crate::rng::Stream;
use coadapt_nn::{Params, Pool};

/// What a step of an iteration does, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its name.
    pub name: &'static str,
    /// What happens, in the order it happens, each with its equation or source.
    pub lines: Vec<String>,
}

impl Step {
    /// What it does under `plan`.
    pub fn about(self, plan: &Plan) -> About {
        let (name, lines) = match self {
            Step::Batch => ("batch", batch::about(plan)),
            Step::Observe(moment) => ("input statistics", observe::about(plan, moment)),
            Step::Values => ("values", values::about(plan)),
            Step::Returns => ("returns", returns::about(plan)),
            Step::Prior => ("prior", prior::about(plan)),
            Step::Weigh => (weighing_name(plan), weigh::about(plan)),
            Step::Natural => ("natural gradient", natural::about(plan)),
            Step::Adapt => ("temperature", adapt::about(plan)),
            Step::Minibatches(Net::Critic) => ("policy evaluation", minibatches::about(plan, Net::Critic)),
            Step::Minibatches(Net::Policy) => ("M-step", minibatches::about(plan, Net::Policy)),
            Step::Minibatches(Net::Both) => ("critic and policy", minibatches::about(plan, Net::Both)),
        };
        About { name, lines }
    }
}

fn weighing_name(plan: &Plan) -> &'static str {
    match plan.experience {
        Experience::Rollout { .. } => "advantages",
        Experience::Replay { .. } | Experience::Episodes { .. } => "E-step",
    }
}

/// What a phase works on.
pub(crate) struct Work<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Weights, targets, duals and optimiser moments.
    pub params: &'a mut Params,
    /// The networks by name.
    pub nets: &'a Nets,
    /// What is known of each stored transition.
    pub table: &'a mut Table,
    /// Input statistics.
    pub statistics: &'a mut Statistics,
    /// Draws batches and orders of minibatches.
    pub replay_rng: &'a mut Stream,
    /// Draws the noise of updates.
    pub noise_rng: &'a mut Stream,
    /// Updates done: batches, or minibatches.
    pub updates: &'a mut u64,
    /// Threads of an update.
    pub pool: &'a mut Pool,
    /// Where the quantities go that a phase logs when it is done.
    pub logged: &'a mut Vec<(Metric, f64)>,
}

/// The data an iteration reads.
#[derive(Clone, Copy)]
pub(crate) enum Data<'a> {
    /// Batches are drawn from it.
    Replay(&'a Replay),
    /// All of it is gone through.
    Episodes {
        /// What is stored.
        episodes: &'a Episodes,
        /// Episodes that ended since the last iteration.
        fresh: usize,
        /// The environment step it happens at.
        step: u64,
        /// Whether it is the first iteration of the run.
        first: bool,
        /// The minibatches of critic and policy.
        minibatches: [Minibatches<'a>; 2],
    },
}

/// Whether a phase has more pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    /// There is another.
    More,
    /// It was the last.
    Last,
}

/// A phase with what was compiled for it.
#[derive(Debug)]
pub(crate) enum Phase {
    /// See [`Step::Batch`].
    Batch(Box<Batch>),
    /// See [`Step::Observe`].
    Observe(Moment),
    /// See [`Step::Prior`].
    Prior(Box<PriorAt>),
    /// See [`Step::Values`].
    Values(Box<Values>),
    /// See [`Step::Returns`].
    Returns,
    /// See [`Step::Weigh`].
    Weigh,
    /// See [`Step::Minibatches`].
    Minibatches(Net, Box<Fitting>),
    /// See [`Step::Natural`].
    Natural(Box<Natural>),
    /// See [`Step::Adapt`].
    Adapt(Box<Adaptation>),
}

impl Phase {
    /// Compiles what `step` of `plan` needs.
    pub(crate) fn compile(step: Step, plan: &Plan, nets: &Nets) -> Self {
        match (step, plan.critic) {
            (Step::Batch, Critic::Q(critic)) => Phase::Batch(Box::new(Batch::compile(plan, critic, nets))),
            (Step::Observe(moment), _) => Phase::Observe(moment),
            (Step::Prior, _) => Phase::Prior(Box::new(PriorAt::compile(plan, nets))),
            (Step::Natural, _) => match Natural::compile(plan, nets) {
                Some(natural) => Phase::Natural(Box::new(natural)),
                None => panic!("a plan with a constrained step that it does not have"),
            },
            (Step::Adapt, _) => match Adaptation::compile(plan, nets) {
                Some(adaptation) => Phase::Adapt(Box::new(adaptation)),
                None => panic!("a plan that adapts a temperature it does not have"),
            },
            (Step::Values, Critic::V(critic)) => Phase::Values(Box::new(Values::compile(plan, critic, nets))),
            (Step::Returns, _) => Phase::Returns,
            (Step::Weigh, _) => Phase::Weigh,
            (Step::Minibatches(net), Critic::V(critic)) => {
                Phase::Minibatches(net, Box::new(Fitting::compile(plan, critic, (net, nets))))
            }
            (Step::Batch, Critic::V(_)) | (Step::Values | Step::Minibatches(_), Critic::Q(_)) => {
                panic!("a plan whose phases ask for another critic than it has")
            }
        }
    }

    /// Does piece number `piece` of it.
    pub(crate) fn advance(&mut self, piece: u64, data: Data<'_>, work: &mut Work<'_>) -> Piece {
        match (self, data) {
            (Phase::Batch(batch), Data::Replay(replay)) => batch.advance(replay, work),
            (Phase::Observe(moment), Data::Episodes { episodes, fresh, step, first, .. }) => {
                observe::advance(*moment, (episodes, fresh), (step, first), work)
            }
            (Phase::Prior(prior), Data::Episodes { episodes, .. }) => prior.advance(piece, episodes, work),
            (Phase::Natural(natural), Data::Episodes { episodes, .. }) => {
                natural.advance(piece, episodes, work)
            }
            (Phase::Adapt(adapt), Data::Episodes { episodes, .. }) => adapt.advance(piece, episodes, work),
            (Phase::Values(values), Data::Episodes { episodes, .. }) => values.advance(piece, episodes, work),
            (Phase::Returns, Data::Episodes { episodes, .. }) => returns::advance(episodes, work),
            (Phase::Weigh, Data::Episodes { .. }) => weigh::advance(work),
            (Phase::Minibatches(net, fitting), Data::Episodes { episodes, minibatches, .. }) => {
                let from = minibatches[net.count()];
                fitting.advance(piece, (episodes, from), work)
            }
            (_, Data::Replay(_)) | (Phase::Batch(_), Data::Episodes { .. }) => {
                panic!("a phase over other data than the plan keeps")
            }
        }
    }
}
