//! The plan: what will be done, made once of what was written.
//!
//! [`Plan::of`] is the only place where a method is refused: overrides, explanations, studies and trainers all ask it,
//! so what one accepts the others do. Everything after it reads the plan, in which every value has code behind it, and
//! nothing asks which row of Table 1 it came from.

mod cells;
mod critic;
mod details;
mod policy;
mod posterior;
mod steps;

pub use cells::Cells;
pub use critic::{
    Critic, EntropyBonus, NextActions, QCritic, Returns, Target, VCritic, one_step, regression_loss, trace,
};
pub use policy::{DeltaPolicy, Head, NormalPolicy, Policy, PolicyForm, Spread};
pub use posterior::{Constraint, Posterior, Surrogate, Temperature};
pub use steps::{Moment, Net, Step};

use crate::code::Code;
use crate::collect::{Collect, Iteration};
use crate::columns::{self, TimeLimits, TrustRegion};
use crate::dims::Dims;
use crate::error::Error;
use crate::exploration::Exploration;
use crate::method::Method;
use crate::schedule::Schedule;
use coadapt_envs::{ActionSpace, Spec};

/// A run as it will be done: every value has code behind it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// Sizes of the task's spaces.
    pub dims: Dims,
    /// gamma.
    pub discount: f64,
    /// The worth of a state in which the clock ended the episode.
    pub time_limits: TimeLimits,
    /// Where experience is kept, and when it is learned from.
    pub experience: Experience,
    /// Transitions in one step of an optimiser.
    pub batch: usize,
    /// Environment steps with uniformly random actions.
    pub warmup: u64,
    /// Environment steps before anything is learned.
    pub learn_after: u64,
    /// The noise added to actions while experience is collected.
    pub exploration: Exploration,
    /// The estimator of G.
    pub critic: Critic,
    /// How the posterior follows from prior and G.
    pub posterior: Posterior,
    /// The prior: the distribution that the posterior is held against.
    pub prior: Prior,
    /// How the policy is fitted.
    pub fit: Fit,
    /// The policy.
    pub policy: PolicyForm,
    /// Networks and optimisers.
    pub code: Code,
    /// Evaluations and logs.
    pub schedule: Schedule,
}

/// Where experience is kept, and when it is learned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Experience {
    /// Single transitions, from which batches are drawn.
    Replay {
        /// Transitions it holds.
        capacity: usize,
        /// Environment steps between updates.
        update_every: u64,
        /// Updates each time.
        updates: u64,
    },
    /// Whole episodes, all of which an iteration goes through.
    Episodes {
        /// Transitions it holds.
        capacity: usize,
        /// When an iteration is due.
        iteration: Iteration,
    },
    /// What the policy has just done, all of which an iteration goes through, and then forgotten.
    Rollout {
        /// Transitions of all copies.
        steps: u64,
        /// Copies of the task.
        copies: u64,
        /// How often an iteration goes through it.
        epochs: u64,
    },
}

/// The prior: the distribution that the posterior is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prior {
    /// A uniform distribution: its logarithm is a constant and drops out of every gradient.
    Fixed,
    /// A copy of the policy, renewed every so many updates.
    Copy {
        /// Updates between copies.
        period: u64,
    },
    /// The previous policy, which follows the policy as the target critics follow the critics.
    Previous,
    /// The mixture of all past policies, whose actions are the stored ones.
    Mixture,
    /// The policy that took the actions of the rollout.
    Rollout,
}

/// How the policy is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fit {
    /// One step of its optimiser on the batch that its critics are stepped on.
    Step {
        /// The trust region around the previous policy.
        region: TrustRegion,
    },
    /// Many steps, each on a minibatch of all data.
    Minibatches {
        /// The trust region around the previous policy.
        region: TrustRegion,
    },
}

impl Plan {
    /// The plan of `method` on the task `spec`, or the reason that it does not run there: the only gate.
    pub fn of(method: &Method, spec: &Spec) -> Result<Plan, Error> {
        method.validate()?;
        check_actions(method, spec)?;
        let cells = method.row().lower()?;
        let reach = Reach::of(cells.posterior);
        let (experience, warmup, learn_after) = experience(&method.collect, reach)?;
        details::check(method, &cells, reach)?;
        let Cells { critic, posterior, prior, region, policy } = cells;
        Ok(Plan {
            dims: Dims::of(spec),
            discount: method.estimate.discount,
            time_limits: method.estimate.time_limits,
            experience,
            batch: method.collect.batch(),
            warmup,
            learn_after,
            exploration: method.collect.exploration(),
            critic,
            posterior,
            prior,
            fit: match reach {
                Reach::Data | Reach::Rollout => Fit::Minibatches { region },
                Reach::Batch => Fit::Step { region },
            },
            policy,
            code: method.code.clone(),
            schedule: method.schedule,
        })
    }

    /// The version of the code behind results of this kind: raised by whatever can move one of them. Runs of unlike
    /// versions are never averaged together.
    pub fn results_version(&self) -> u32 {
        match self.posterior {
            Posterior::Reparameterised { .. }
            | Posterior::PerState { .. }
            | Posterior::AllActions { .. }
            | Posterior::PerBatch { .. }
            | Posterior::OverData { .. }
            | Posterior::Top { .. }
            | Posterior::Surrogate(_) => 3,
        }
    }

    /// Whether a copy of the policy follows it as the target critics follow the critics.
    pub fn has_target_policy(&self) -> bool {
        self.prior == Prior::Previous || self.critic.asks_previous_policy()
    }

    /// The bound on a step of the policy.
    pub fn region(&self) -> TrustRegion {
        match self.fit {
            Fit::Step { region } | Fit::Minibatches { region } => region,
        }
    }

    /// The steps of one iteration, in order.
    pub fn steps(&self) -> Vec<Step> {
        Step::of(self)
    }
}

/// The data that a posterior's weights are made over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// A batch.
    Batch,
    /// Everything stored.
    Data,
    /// A rollout.
    Rollout,
}

impl Reach {
    fn of(posterior: Posterior) -> Self {
        match posterior {
            Posterior::OverData { .. } => Reach::Data,
            Posterior::Top { .. } | Posterior::Surrogate(_) => Reach::Rollout,
            Posterior::Reparameterised { .. }
            | Posterior::PerState { .. }
            | Posterior::AllActions { .. }
            | Posterior::PerBatch { .. } => Reach::Batch,
        }
    }
}

/// Refuses a policy over other actions than those of the task `spec`.
fn check_actions(method: &Method, spec: &Spec) -> Result<(), Error> {
    use columns::Head;
    let (policy, needs, found) = match (method.pi.head, &spec.action) {
        (Head::Softmax, ActionSpace::Discrete { .. })
        | (Head::Normal { .. } | Head::Delta { .. }, ActionSpace::Continuous { .. }) => return Ok(()),
        (Head::Softmax, ActionSpace::Continuous { low, .. }) => {
            let numbers = if low.len() == 1 { "number" } else { "numbers" };
            ("a softmax policy", "discrete actions", format!("{} {numbers} of a box", low.len()))
        }
        (head, ActionSpace::Discrete { n }) => {
            let noisy = matches!(head, Head::Normal { .. });
            let policy = if noisy { "a Gaussian policy" } else { "a policy without noise" };
            (policy, "continuous actions", format!("one of {n} choices"))
        }
    };
    Err(Error::WrongTask { method: policy.to_owned(), needs, task: spec.id.clone(), found })
}

/// Where a row whose posterior has this reach keeps its experience; and the steps of random actions, and those before anything is learned.
fn experience(collect: &Collect, reach: Reach) -> Result<(Experience, u64, u64), Error> {
    match *collect {
        Collect::Replay { capacity, warmup, learn_after, update_every, updates, .. }
            if reach == Reach::Batch =>
        {
            Ok((Experience::Replay { capacity, update_every, updates }, warmup, learn_after))
        }
        Collect::Episodes { capacity, warmup, learn_after, iteration, .. } if reach == Reach::Data => {
            Ok((Experience::Episodes { capacity, iteration }, warmup, learn_after))
        }
        Collect::Rollout { steps, copies, epochs, .. } if reach == Reach::Rollout => {
            Ok((Experience::Rollout { steps, copies, epochs }, 0, 0))
        }
        Collect::Replay { .. } | Collect::Episodes { .. } | Collect::Rollout { .. } => {
            let valid = match reach {
                Reach::Data => "episodes for a row that learns from all data at once",
                Reach::Batch => "replay for a row that learns from single batches",
                Reach::Rollout => "rollout for a row that learns from what its policy has just done",
            };
            let value = collect.kind().to_owned();
            Err(Error::OutOfRange { field: "collect.kind", value, valid })
        }
        Collect::Dataset { .. } => {
            let reason = "experience is collected by a run itself: into a replay, as episodes or as rollouts";
            Err(Error::NotBuilt { column: "collect", cell: collect.kind().to_owned(), reason })
        }
    }
}
