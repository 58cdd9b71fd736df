//! The steps of one iteration of a plan, in order, before anything is compiled for them.

use super::{Critic, Experience, Plan, Prior};
use crate::code::{Ingest, InputNorm};

/// One step of a plan's iteration: a phase, before anything is compiled for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// An update on a batch of the replay.
    Batch,
    /// Stored observations are taken into the input statistics.
    Observe(Moment),
    /// The policy that took a rollout's actions, at every observation of it.
    Prior,
    /// V of every stored observation.
    Values,
    /// TD(lambda) returns of every stored transition.
    Returns,
    /// Advantages of every stored transition, and its weight or mark where it has one.
    Weigh,
    /// Steps of one network, or of both, on minibatches of everything stored.
    Minibatches(Net),
    /// The policy takes one step along its natural gradient, under a bound.
    Natural,
    /// The temperature of a penalty is moved.
    Adapt,
}

/// The network that is stepped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Net {
    /// The critic of states, towards the returns.
    Critic,
    /// The policy, towards the weighted actions.
    Policy,
    /// Critic and policy, each on the same minibatch.
    Both,
}

impl Net {
    /// Which of the two counts of minibatches, the critic's and the policy's, it goes by.
    pub fn count(self) -> usize {
        match self {
            Net::Critic => 0,
            Net::Policy | Net::Both => 1,
        }
    }
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
        match (plan.critic, plan.experience) {
            (Critic::V(_), Experience::Episodes { .. }) => Step::over_episodes(plan),
            (Critic::V(_), Experience::Rollout { .. }) => Step::over_rollout(plan),
            (Critic::V(_), Experience::Replay { .. }) | (Critic::Q(_), _) => vec![Step::Batch],
        }
    }

    /// Those of a rollout.
    fn over_rollout(plan: &Plan) -> Vec<Step> {
        let mut steps = Vec::new();
        if plan.prior == Prior::Rollout {
            steps.push(Step::Prior);
        }
        steps.extend([Step::Values, Step::Returns, Step::Weigh]);
        if plan.posterior.constraint().is_some() {
            steps.extend([Step::Natural, Step::Minibatches(Net::Critic)]);
        } else {
            steps.push(Step::Minibatches(Net::Both));
        }
        if plan.posterior.eta().target().is_some() {
            steps.push(Step::Adapt);
        }
        if matches!(plan.code.input_norm, InputNorm::Running { ingest: Ingest::Buffer, .. }) {
            // At the end: ratios start at 1, and a KL is one of parameters alone.
            steps.push(Step::Observe(Moment::After));
        }
        steps
    }

    /// Those of all stored episodes.
    fn over_episodes(plan: &Plan) -> Vec<Step> {
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
