//! The steps of one iteration of a plan, in order, before anything is compiled for them.

use super::{Critic, Plan, Posterior};
use crate::code::{Ingest, InputNorm};

/// One step of a plan's iteration: a phase, before anything is compiled for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// An update on a batch of the replay.
    Batch,
    /// Stored observations are taken into the input statistics.
    Observe(Moment),
    /// V of every stored observation.
    Values,
    /// TD(lambda) returns of every stored transition.
    Returns,
    /// Advantages and weights of every stored transition.
    Weigh,
    /// Steps of one network on minibatches of everything stored.
    Minibatches(Net),
}

/// The network that is stepped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Net {
    /// The critic of states, towards the returns.
    Critic = 0,
    /// The policy, towards the weighted actions.
    Policy = 1,
}

/// When of an iteration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before anything else.
    Before,
    /// Once there are returns for the critic, before its steps.
    BeforeCritic,
    /// When everything is done.
    After,
}

impl Step {
    /// The steps of one iteration of `plan`, in order.
    pub(super) fn of(plan: &Plan) -> Vec<Step> {
        let (Critic::V(_), Posterior::OverData { .. }) = (plan.critic, plan.posterior) else {
            return vec![Step::Batch];
        };
        let ingest = match plan.code.input_norm {
            InputNorm::Running { ingest, .. } => Some(ingest),
            InputNorm::Off => None,
        };
        let mut steps = Vec::new();
        if ingest == Some(Ingest::NewEpisodes) {
            steps.push(Step::Observe(Moment::Before));
        }
        steps.extend([Step::Values, Step::Returns]);
        if ingest == Some(Ingest::Buffer) {
            // The critic is fitted to returns that it gave with the statistics of the last iteration.
            steps.push(Step::Observe(Moment::BeforeCritic));
        }
        steps.extend([
            Step::Minibatches(Net::Critic),
            Step::Values,
            Step::Returns,
            Step::Weigh,
            Step::Minibatches(Net::Policy),
        ]);
        if ingest == Some(Ingest::NewEpisodes) {
            steps.push(Step::Observe(Moment::After));
        }
        steps
    }
}
