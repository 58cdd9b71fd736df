//! A learner with the experience it learns from, and what of its iterations is due.

use crate::arrays::{Arrays, Read};
use crate::code::Ingest;
use crate::episodes::Episodes;
use crate::error::Error;
use crate::learner::{Learner, LearnerState};
use crate::metrics::{Metric, MetricMeans};
use crate::phase::{Data, Minibatches, Piece};
use crate::plan::{Experience, Plan};
use crate::replay::Replay;
use crate::rollout::Rollout;
use crate::transition::StoredTransition;
use coadapt_nn::Pool;
use serde::{Deserialize, Serialize};

/// A learner and the experience it learns from.
#[derive(Debug)]
pub(crate) struct Learning {
    pub(crate) learner: Learner,
    store: Store,
    due: Option<Due>,
}

/// The experience so far.
#[derive(Debug)]
enum Store {
    Replay(Replay),
    Episodes { episodes: Episodes, fresh: Fresh },
    Rollout(Rollout),
}

/// Episodes that have ended since the last iteration.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
struct Fresh {
    transitions: u64,
    episodes: usize,
}

/// The rest of the iterations that an environment step made due.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Due {
    /// The environment step.
    step: u64,
    /// Iterations, the present one among them.
    iterations: u64,
    /// Whether nothing was learned before.
    first: bool,
    /// Minibatches of critic and policy in an iteration over all data.
    minibatches: [u64; 2],
}

/// Everything of it that is not a large array.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LearningState {
    learner: LearnerState,
    store: StoreState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<Due>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoreState {
    Replay { position: (usize, usize), lasts: (u32, usize, usize) },
    Episodes { position: (usize, usize), fresh: Fresh },
    Rollout { positions: Vec<(usize, usize)> },
}

impl Due {
    /// The minibatches of an iteration over all data, shuffled.
    fn shuffled(&self) -> [Minibatches<'static>; 2] {
        self.minibatches.map(|count| Minibatches::Shuffled(count as usize))
    }
}

impl Learning {
    /// Sets up what `plan` needs, or says that there is no memory for it.
    pub(crate) fn new(plan: &Plan, seed: u64) -> Result<Self, Error> {
        let dims = plan.dims;
        let store = match plan.experience {
            Experience::Episodes { capacity, .. } => {
                let episodes = Episodes::new(capacity, dims.obs, dims.action);
                Store::Episodes { episodes, fresh: Fresh::default() }
            }
            Experience::Rollout { steps, copies, .. } => {
                Store::Rollout(Rollout::new(steps as usize, copies as usize, (dims.obs, dims.action)))
            }
            Experience::Replay { capacity, .. } => {
                let new = if plan.critic.needs_log_mu() { Replay::keeping_log_mu } else { Replay::new };
                Store::Replay(new(capacity, dims.obs, dims.action)?)
            }
        };
        Ok(Learning { learner: Learner::new(plan, seed), store, due: None })
    }

    /// Stores what happened in copy number `copy` of the task, in environment step number `step`.
    pub(crate) fn store(&mut self, step: u64, copy: usize, happened: StoredTransition<'_>) {
        let transition = happened.transition;
        if self.learner.nets.normaliser.as_ref().is_some_and(|n| n.ingest() == Ingest::Each) {
            self.learner.observe(step, transition.obs);
        }
        match &mut self.store {
            Store::Replay(replay) => replay.push_step(happened),
            Store::Rollout(rollout) => rollout.push(copy, transition),
            Store::Episodes { episodes, fresh } => {
                if let Some(length) = episodes.push(transition) {
                    fresh.transitions += length as u64;
                    fresh.episodes += 1;
                }
            }
        }
    }

    /// Finds what is due after environment step `step`, and says whether anything is.
    pub(crate) fn begin(&mut self, step: u64) -> bool {
        let plan = self.learner.plan();
        let first = self.learner.updates == 0;
        self.due = match (&mut self.store, plan.experience) {
            _ if step <= plan.learn_after => None,
            (Store::Replay(replay), Experience::Replay { update_every, updates, .. }) => {
                let due = step.is_multiple_of(update_every) && replay.len() >= plan.batch && updates > 0;
                due.then_some(Due { step, iterations: updates, first, minibatches: [0; 2] })
            }
            (Store::Episodes { episodes, fresh }, Experience::Episodes { iteration, .. }) => {
                let due = iteration.due(step, fresh.transitions).filter(|_| !episodes.is_empty());
                due.map(|minibatches| Due { step, iterations: 1, first, minibatches })
            }
            (Store::Rollout(rollout), Experience::Rollout { steps, epochs, .. }) => {
                rollout.is_complete().then(|| {
                    rollout.close();
                    let count = (steps * epochs).div_ceil(plan.batch as u64);
                    Due { step, iterations: 1, first, minibatches: [count; 2] }
                })
            }
            (Store::Replay(_) | Store::Episodes { .. } | Store::Rollout(_), _) => {
                panic!("experience is not stored as the plan says")
            }
        };
        if self.due.is_some() {
            self.learner.nets.set_lr_factor(&mut self.learner.params, step);
        }
        self.due.is_some()
    }

    /// Whether something is due.
    pub(crate) fn is_due(&self) -> bool {
        self.due.is_some()
    }

    /// One piece of what is due; gives the first quantity that is not finite.
    pub(crate) fn advance(&mut self, pool: &mut Pool, means: &mut MetricMeans) -> Option<Metric> {
        let Some(due) = &mut self.due else { return None };
        let data = match &self.store {
            Store::Replay(replay) => Data::Replay(replay),
            Store::Episodes { episodes, fresh } => {
                let (fresh, step, first) = (fresh.episodes, due.step, due.first);
                Data::Episodes { episodes, fresh, step, first, minibatches: due.shuffled() }
            }
            Store::Rollout(rollout) => {
                let (episodes, step, first) = (rollout.whole(), due.step, due.first);
                Data::Episodes { episodes, fresh: 0, step, first, minibatches: due.shuffled() }
            }
        };
        if self.learner.advance(data, pool) == Piece::More {
            return None;
        }
        if let Some(metric) = self.learner.first_not_finite() {
            return Some(metric);
        }
        self.learner.metrics().for_each(|(metric, value)| means.add(metric, value));
        due.iterations -= 1;
        if due.iterations == 0 {
            self.due = None;
        }
        match &mut self.store {
            Store::Replay(_) => {}
            Store::Episodes { fresh, .. } => *fresh = Fresh::default(),
            Store::Rollout(rollout) => rollout.forget(),
        }
        None
    }

    /// Parameters and stored data, borrowed.
    pub(crate) fn arrays(&self) -> Arrays<'_> {
        let mut arrays = self.learner.arrays();
        arrays.extend(match &self.store {
            Store::Replay(replay) => replay.arrays(),
            Store::Episodes { episodes, .. } => episodes.arrays("episodes"),
            Store::Rollout(rollout) => rollout.arrays(),
        });
        arrays
    }

    pub(crate) fn state(&self) -> LearningState {
        let store = match &self.store {
            Store::Replay(replay) => {
                StoreState::Replay { position: replay.position(), lasts: replay.lasts_position() }
            }
            Store::Episodes { episodes, fresh } => {
                StoreState::Episodes { position: episodes.position(), fresh: *fresh }
            }
            Store::Rollout(rollout) => StoreState::Rollout { positions: rollout.positions() },
        };
        LearningState { learner: self.learner.state(), store, due: self.due }
    }

    /// Puts back what [`Learning::state`] and [`Learning::arrays`] gave.
    pub(crate) fn restore(&mut self, state: LearningState, read: &mut Read<'_>) -> Result<(), String> {
        self.learner.restore_params(read)?;
        let episodes = match (&mut self.store, state.store) {
            (Store::Replay(replay), StoreState::Replay { position, lasts }) => {
                replay.restore(position, lasts, read)?;
                None
            }
            (Store::Episodes { episodes, fresh }, StoreState::Episodes { position, fresh: since }) => {
                episodes.restore("episodes", position, read)?;
                *fresh = since;
                Some(&*episodes)
            }
            (Store::Rollout(rollout), StoreState::Rollout { positions }) => {
                rollout.restore(&positions, read)?;
                Some(rollout.whole())
            }
            (Store::Replay(_) | Store::Episodes { .. } | Store::Rollout(_), _) => {
                return Err("its data are of another kind of row".to_owned());
            }
        };
        self.due = state.due;
        self.learner.restore(state.learner, episodes, read)
    }
}
