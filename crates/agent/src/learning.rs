//! A learner with the data it learns from: batches of a replay, or iterations over whole episodes.

use crate::code::{Ingest, InputNorm};
use crate::data::DataLearner;
use crate::episodes::Episodes;
use crate::error::Error;
use crate::learner::Learner;
use crate::method::Method;
use crate::metrics::{Metric, Window};
use crate::minibatch::Minibatches;
use crate::nets::{Dims, Nets};
use crate::normaliser::{Statistics, StatisticsBits};
use crate::replay::{Arrays, Read, Replay};
use crate::rng::Stream;
use crate::row::Algorithm;
use crate::schedule::{Iteration, Schedule};
use crate::window::Step;
use coadapt_nn::{Params, Pool};
use serde::{Deserialize, Serialize};

/// What learns in a run, what it learns from, and what it knows of its inputs.
#[derive(Debug)]
pub(crate) struct Learning {
    source: Source,
    schedule: Schedule,
    statistics: Statistics,
}

#[derive(Debug)]
enum Source {
    Batches { learner: Box<Learner>, replay: Replay },
    Data { learner: Box<DataLearner>, episodes: Episodes, fresh: Fresh },
}

/// What has ended since the last iteration.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fresh {
    transitions: u64,
    episodes: usize,
}

/// Everything of it that is not a large array.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LearningState {
    updates: u64,
    source: SourceState,
    statistics: StatisticsBits,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum SourceState {
    Batches { replay_rng: Stream, noise_rng: Stream, position: (usize, usize), lasts: (u32, usize, usize) },
    Data { rng: Stream, position: (usize, usize), fresh: Fresh },
}

impl Learning {
    /// Sets up what the row of `method` needs, or says why it does not run.
    pub(crate) fn new(method: &Method, dims: Dims, seed: u64) -> Result<Self, Error> {
        let algorithm = method.row().algorithm()?;
        check(method, algorithm)?;
        let capacity = method.schedule.replay_capacity;
        let source = if algorithm == Algorithm::EmData {
            let learner = Box::new(DataLearner::new(method, dims, seed)?);
            let episodes = Episodes::new(capacity, dims.obs, dims.action);
            Source::Data { learner, episodes, fresh: Fresh::default() }
        } else {
            let learner = Box::new(Learner::new(method, dims, seed)?);
            let new =
                if method.estimate.target.needs_log_mu() { Replay::keeping_log_mu } else { Replay::new };
            Source::Batches { learner, replay: new(capacity, dims.obs, dims.action)? }
        };
        Ok(Learning { source, schedule: method.schedule.clone(), statistics: Statistics::new(dims.obs) })
    }

    pub(crate) fn nets(&self) -> &Nets {
        match &self.source {
            Source::Batches { learner, .. } => &learner.nets,
            Source::Data { learner, .. } => &learner.nets,
        }
    }

    pub(crate) fn params(&self) -> &Params {
        match &self.source {
            Source::Batches { learner, .. } => &learner.params,
            Source::Data { learner, .. } => &learner.params,
        }
    }

    pub(crate) fn params_mut(&mut self) -> &mut Params {
        match &mut self.source {
            Source::Batches { learner, .. } => &mut learner.params,
            Source::Data { learner, .. } => &mut learner.params,
        }
    }

    /// Updates done: batches, or minibatches of iterations.
    pub(crate) fn updates(&self) -> u64 {
        match &self.source {
            Source::Batches { learner, .. } => learner.updates,
            Source::Data { learner, .. } => learner.updates,
        }
    }

    /// Stores what happened, in environment step number `step`.
    pub(crate) fn remember(&mut self, step: u64, happened: Step<'_>) {
        let transition = happened.transition;
        self.absorb(Ingest::Each, step, transition.obs);
        match &mut self.source {
            Source::Batches { replay, .. } => replay.push_step(happened),
            Source::Data { episodes, fresh, .. } => {
                if let Some(length) = episodes.push(transition) {
                    fresh.transitions += length as u64;
                    fresh.episodes += 1;
                }
            }
        }
    }

    /// Takes `obs` into the input statistics, where they are of observations of this kind.
    fn absorb(&mut self, ingest: Ingest, step: u64, obs: &[f32]) {
        let (nets, params) = match &mut self.source {
            Source::Batches { learner, .. } => (&learner.nets, &mut learner.params),
            Source::Data { learner, .. } => (&learner.nets, &mut learner.params),
        };
        if let Some(normaliser) = nets.normaliser.as_ref().filter(|n| n.ingest() == ingest) {
            normaliser.absorb(step, obs, &mut self.statistics, params);
        }
    }

    /// The updates that are due after environment step `step`; gives the first quantity that is not finite.
    pub(crate) fn learn(&mut self, step: u64, pool: &mut Pool, window: &mut Window) -> Option<Metric> {
        if step <= self.schedule.learn_after {
            return None;
        }
        match &self.source {
            Source::Batches { .. } => self.learn_from_batches(step, pool, window),
            Source::Data { fresh, episodes, .. } => {
                let due = self.schedule.iteration.due(step, fresh.transitions);
                let minibatches =
                    due.filter(|_| !episodes.is_empty())?.map(|n| Minibatches::Shuffled(n as usize));
                self.learn_from_data(step, minibatches, (pool, window))
            }
        }
    }

    fn learn_from_batches(&mut self, step: u64, pool: &mut Pool, window: &mut Window) -> Option<Metric> {
        let Source::Batches { learner, replay } = &mut self.source else { return None };
        let Schedule { batch, update_every, updates, .. } = self.schedule;
        if !step.is_multiple_of(update_every) || replay.len() < batch {
            return None;
        }
        for _ in 0..updates {
            learner.update(replay, pool);
            if let Some(metric) = learner.first_not_finite() {
                return Some(metric);
            }
            for (metric, value) in learner.metrics() {
                window.add(metric, f64::from(value));
            }
        }
        None
    }

    fn learn_from_data(
        &mut self,
        step: u64,
        minibatches: [Minibatches<'_>; 2],
        (pool, window): (&mut Pool, &mut Window),
    ) -> Option<Metric> {
        let first = self.updates() == 0;
        self.absorb_stored(step, |ingest| ingest == Ingest::Buffer || first && ingest == Ingest::NewEpisodes);
        let Source::Data { learner, episodes, .. } = &mut self.source else { return None };
        learner.iterate(episodes, minibatches, pool);
        if let Some(metric) = learner.first_not_finite() {
            return Some(metric);
        }
        learner.metrics().for_each(|(metric, value)| window.add(metric, value));
        self.absorb_stored(step, |ingest| !first && ingest == Ingest::NewEpisodes);
        if let Source::Data { fresh, .. } = &mut self.source {
            *fresh = Fresh::default();
        }
        None
    }

    /// Takes stored observations into the input statistics, if they are of a kind that is due.
    fn absorb_stored(&mut self, step: u64, due: impl Fn(Ingest) -> bool) {
        let Source::Data { learner, episodes, fresh } = &mut self.source else { return };
        let Some(normaliser) = learner.nets.normaliser.as_ref().filter(|n| due(n.ingest())) else { return };
        let obs = match normaliser.ingest() {
            Ingest::Buffer => episodes.obs_rows(0..episodes.rows()),
            Ingest::NewEpisodes | Ingest::Each => episodes.newest_obs(fresh.episodes),
        };
        normaliser.absorb(step, obs, &mut self.statistics, &mut learner.params);
    }

    /// The stored data, borrowed.
    pub(crate) fn arrays(&self) -> Arrays<'_> {
        match &self.source {
            Source::Batches { replay, .. } => replay.arrays(),
            Source::Data { episodes, .. } => episodes.arrays(),
        }
    }

    pub(crate) fn state(&self) -> LearningState {
        let source = match &self.source {
            Source::Batches { learner, replay } => SourceState::Batches {
                replay_rng: learner.replay_rng.clone(),
                noise_rng: learner.noise_rng.clone(),
                position: replay.position(),
                lasts: replay.lasts_position(),
            },
            Source::Data { learner, episodes, fresh } => {
                SourceState::Data { rng: learner.rng.clone(), position: episodes.position(), fresh: *fresh }
            }
        };
        LearningState { updates: self.updates(), source, statistics: self.statistics.to_bits() }
    }

    /// Puts back what [`Learning::state`], [`Learning::arrays`] and the parameters were.
    pub(crate) fn restore(&mut self, state: LearningState, read: &mut Read<'_>) -> Result<(), String> {
        let params = self.params_mut();
        let spans: Vec<_> = params.iter().map(|(name, span)| (format!("params.{name}"), span)).collect();
        for (name, span) in spans {
            read(&name, params.get_mut(span))?;
        }
        self.statistics.restore(state.statistics)?;
        match (&mut self.source, state.source) {
            (
                Source::Batches { learner, replay },
                SourceState::Batches { replay_rng, noise_rng, position, lasts },
            ) => {
                replay.restore(position, lasts, read)?;
                learner.updates = state.updates;
                (learner.replay_rng, learner.noise_rng) = (replay_rng, noise_rng);
            }
            (
                Source::Data { learner, episodes, fresh },
                SourceState::Data { rng, position, fresh: since_iteration },
            ) => {
                episodes.restore(position, read)?;
                learner.updates = state.updates;
                (learner.rng, *fresh) = (rng, since_iteration);
            }
            _ => return Err("its data are of another kind of row".to_owned()),
        }
        Ok(())
    }
}

/// Refuses a schedule or a normaliser that the row has no use for.
fn check(method: &Method, algorithm: Algorithm) -> Result<(), Error> {
    let over_data = algorithm == Algorithm::EmData;
    let Method { schedule, code, .. } = method;
    if over_data == (schedule.iteration == Iteration::Off) {
        let (value, valid) = if over_data {
            ("off", "by_episodes or fixed for a row that learns from all data at once")
        } else {
            ("on", "off for a row that learns from single batches")
        };
        return Err(Error::OutOfRange { field: "schedule.iteration", value: value.to_owned(), valid });
    }
    match code.input_norm {
        InputNorm::Running { ingest: Ingest::NewEpisodes | Ingest::Buffer, .. } if !over_data => {
            let valid = "each for a row that learns from single batches";
            let value = "over stored episodes".to_owned();
            Err(Error::OutOfRange { field: "code.input_norm.ingest", value, valid })
        }
        _ => Ok(()),
    }
}
