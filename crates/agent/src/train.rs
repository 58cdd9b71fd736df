//! The walk of a run: environment, actor, replay, learner, one step at a time.

use crate::actor::{Actor, random_action};
use crate::batch::Transition;
use crate::bias::{Bias, Gauge};
use crate::checkpoint::{Snapshot, State, from_hex, to_hex};
use crate::error::Error;
use crate::evaluate::{Evaluation, Stage, evaluate, to_task};
use crate::learning::Learning;
use crate::method::Method;
use crate::metrics::{Metric, Window};
use crate::nets::Dims;
use crate::rng::{Stream, derived_seed, stream};
use crate::window;
use coadapt_envs::{Env, Step};
use coadapt_nn::Pool;

/// A return beyond this is a diverged run's: the paper prints minus infinity.
pub const RETURN_LIMIT: f64 = 1e8;
/// How [`Divergence::what`] begins where it was the return that diverged; the return follows.
pub const RETURN_DIVERGED: &str = "the episode's return is";

/// What happened during a step, for whoever writes it down.
#[derive(Debug)]
pub enum Event<'a> {
    /// A window of steps closed: means of the logged quantities.
    Train {
        /// Environment steps so far.
        step: u64,
        /// Names and means.
        values: &'a [(&'static str, f64)],
    },
    /// The policy was evaluated.
    Evaluation {
        /// Environment steps so far.
        step: u64,
        /// Returns and lengths.
        evaluation: &'a Evaluation,
    },
}

/// Where a run broke down: the paper's dagger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// The environment step at which it was seen.
    pub step: u64,
    /// The quantity, and what was wrong with it.
    pub what: String,
}

/// What a step left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// All is well.
    Running,
    /// A quantity is not finite or out of all bounds. No further step makes sense.
    Diverged(Divergence),
}

/// A run in progress.
pub struct Trainer {
    method: Method,
    seed: u64,
    stage: Stage,
    eval_stage: Stage,
    actor: Actor,
    /// Measures the critics' bias, where the schedule asks for it.
    gauge: Option<Gauge>,
    learning: Learning,
    /// Threads of an update.
    pool: Pool,
    /// Acting is too small to divide.
    solo: Pool,
    actor_rng: Stream,
    step: u64,
    episode_return: f64,
    episode_length: u32,
    window: Window,
    action: Vec<f32>,
    /// ln of the density it was drawn with.
    log_mu: f32,
    last_obs: Vec<f32>,
    values: Vec<(&'static str, f64)>,
}

impl Trainer {
    /// Sets up a run of `method` with everything random drawn from `seed`, and starts its first episode.
    ///
    /// `threads` divide the work of an update; they do not change its result.
    pub fn new(
        method: &Method,
        train_env: Box<dyn Env>,
        eval_env: Box<dyn Env>,
        seed: u64,
        threads: usize,
    ) -> Result<Trainer, Error> {
        method.validate()?;
        method.check_task(train_env.spec())?;
        let dims = Dims::of(train_env.spec());
        let learning = Learning::new(method, dims, seed)?;
        let measures = method.schedule.bias_episodes > 0;
        let gauge = measures.then(|| Gauge::new(method, learning.nets(), dims)).transpose()?;
        let mut trainer = Trainer {
            actor: Actor::new(method, learning.nets(), dims)?,
            gauge,
            learning,
            stage: Stage::new(train_env),
            eval_stage: Stage::new(eval_env),
            pool: Pool::new(threads),
            solo: Pool::new(1),
            actor_rng: stream(seed, "actor"),
            method: method.clone(),
            seed,
            step: 0,
            episode_return: 0.0,
            episode_length: 0,
            window: Window::default(),
            action: vec![0.0; dims.action],
            log_mu: f32::NAN,
            last_obs: vec![0.0; dims.obs],
            values: Vec::with_capacity(Metric::ALL.len() + 1),
        };
        trainer.stage.env.seed(derived_seed(seed, "env", 0));
        trainer.stage.reset()?;
        Ok(trainer)
    }

    /// Environment steps taken.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Updates done.
    pub fn updates(&self) -> u64 {
        self.learning.updates()
    }

    /// The method that runs.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// One environment step and whatever is due after it: updates, a log line, an evaluation.
    pub fn advance(&mut self, sink: &mut dyn FnMut(Event<'_>)) -> Result<Status, Error> {
        self.act();
        self.last_obs.copy_from_slice(&self.stage.obs);
        let step = match self.stage.step(&self.action) {
            Ok(step) => step,
            Err(error) => return self.diverged_or(error),
        };
        self.step += 1;
        if let Some(what) = self.remember(step)? {
            return Ok(self.diverged(what));
        }
        if let Some(metric) = self.learning.learn(self.step, &mut self.pool, &mut self.window) {
            return Ok(self.diverged(format!("{} is not finite", metric.name())));
        }
        let schedule = &self.method.schedule;
        if schedule.logs_at(self.step) {
            self.window.close(&mut self.values);
            sink(Event::Train { step: self.step, values: &self.values });
        }
        if self.step.is_multiple_of(schedule.eval_every) {
            return self.evaluate_now(sink);
        }
        Ok(Status::Running)
    }

    fn act(&mut self) {
        if self.step < self.method.schedule.warmup {
            let space = &self.stage.env.spec().action;
            self.log_mu = random_action(space, &mut self.actor_rng, &mut self.action);
        } else {
            let (params, obs) = (self.learning.params_mut(), &self.stage.obs);
            let action = self.actor.sample(params, obs, &mut self.actor_rng, &mut self.solo);
            self.action.copy_from_slice(action);
            self.log_mu = self.actor.log_prob();
        }
    }

    /// Stores the transition and closes the episode if it ended; gives what is wrong with it, if anything.
    fn remember(&mut self, step: Step) -> Result<Option<String>, Error> {
        self.episode_return += step.reward;
        self.episode_length += 1;
        if self.stage.obs.iter().any(|x| !x.is_finite()) {
            return Ok(Some("an observation is not finite".to_owned()));
        }
        if !self.episode_return.is_finite() || self.episode_return.abs() > RETURN_LIMIT {
            return Ok(Some(format!("{RETURN_DIVERGED} {:e}", self.episode_return)));
        }
        let transition = Transition {
            obs: &self.last_obs,
            action: &self.action,
            reward: step.reward as f32,
            terminated: step.terminated,
            truncated: step.truncated,
            next_obs: &self.stage.obs,
        };
        self.learning.remember(self.step, window::Step { transition, log_mu: self.log_mu });
        if step.ended() {
            self.window.add(Metric::EpisodeReturn, self.episode_return);
            self.window.add(Metric::EpisodeLength, f64::from(self.episode_length));
            (self.episode_return, self.episode_length) = (0.0, 0);
            self.stage.reset()?;
        }
        Ok(None)
    }

    /// The evaluation that belongs to the current step; `advance` makes it where the schedule says so.
    pub fn evaluate_now(&mut self, sink: &mut dyn FnMut(Event<'_>)) -> Result<Status, Error> {
        let episodes = self.method.schedule.eval_episodes;
        let mut evaluation = match self.evaluate(episodes, derived_seed(self.seed, "evaluation", self.step)) {
            Ok(evaluation) => evaluation,
            Err(error) => return self.diverged_or(error),
        };
        evaluation.bias = self.measure_bias()?;
        sink(Event::Evaluation { step: self.step, evaluation: &evaluation });
        match evaluation.returns.iter().find(|r| !r.is_finite() || r.abs() > RETURN_LIMIT) {
            Some(bad) => Ok(self.diverged(format!("an evaluation's return is {bad:e}"))),
            None => Ok(Status::Running),
        }
    }

    /// Evaluates the policy without noise; `seed` alone decides the episodes' starts.
    pub fn evaluate(&mut self, episodes: u32, seed: u64) -> Result<Evaluation, Error> {
        let params = self.learning.params_mut();
        evaluate(&mut self.eval_stage, &mut self.actor, params, &mut self.solo, (episodes, seed))
    }

    /// Writes the policy's action at `obs`, as the task takes it: drawn with `noise` as in training after the
    /// warm-up, or without noise. Nothing of the run changes.
    ///
    /// # Panics
    /// When `obs` or `action` has another length than the task says.
    pub fn act_at(&mut self, obs: &[f64], noise: Option<&mut Stream>, action: &mut [f64]) {
        // An evaluation begins with a reset, so what it saw last is free to be overwritten.
        let narrow = &mut self.eval_stage.obs;
        assert_eq!(obs.len(), narrow.len(), "an observation of the task");
        narrow.iter_mut().zip(obs).for_each(|(to, from)| *to = *from as f32);
        let (params, pool) = (self.learning.params_mut(), &mut self.solo);
        let unit = match noise {
            Some(rng) => self.actor.sample(params, narrow, rng, pool),
            None => self.actor.mode(params, narrow, pool),
        };
        to_task(&self.stage.env.spec().action, unit, action);
    }

    /// The bias of the critics as they are, in episodes of its own that the run's seed and the step decide.
    fn measure_bias(&mut self) -> Result<Option<Bias>, Error> {
        let Some(gauge) = &mut self.gauge else { return Ok(None) };
        let episodes = (self.method.schedule.bias_episodes, derived_seed(self.seed, "bias", self.step));
        gauge.measure(&mut self.eval_stage, self.learning.params_mut(), &mut self.solo, episodes)
    }

    fn diverged(&self, what: String) -> Status {
        Status::Diverged(Divergence { step: self.step, what })
    }

    /// A simulation that blew up, or was given a non-finite action, is an outcome; other errors are errors.
    fn diverged_or(&self, error: Error) -> Result<Status, Error> {
        match error {
            Error::Env(e) if e.is_divergence() => Ok(self.diverged(e.to_string())),
            error => Err(error),
        }
    }

    /// The whole state of the run.
    pub fn snapshot(&self) -> Result<Snapshot<'_>, Error> {
        let mut env = Vec::new();
        self.stage.env.save(&mut env);
        let state = State {
            step: self.step,
            obs_bits: self.stage.wide_obs.iter().map(|x| x.to_bits()).collect(),
            episode_return_bits: self.episode_return.to_bits(),
            episode_length: self.episode_length,
            window: self.window.clone(),
            actor_rng: self.actor_rng.clone(),
            env: to_hex(&env),
            learning: self.learning.state(),
        };
        let params = self.learning.params();
        let shape_of = |s: coadapt_nn::Shape| vec![s.groups, s.rows, s.cols];
        let mut arrays: Vec<_> = params
            .iter()
            .map(|(name, span)| (format!("params.{name}"), shape_of(span.shape), params.get(span)))
            .collect();
        arrays.extend(self.learning.arrays());
        let state = serde_json::to_string(&state).map_err(|e| Error::Checkpoint { reason: e.to_string() })?;
        Ok(Snapshot { state, arrays })
    }

    /// Puts back a [`Snapshot`] of a run of the same method, task and seed; `read` fills an array by its name.
    ///
    /// After an error the trainer is of no further use.
    pub fn restore(&mut self, state: &str, read: &mut crate::replay::Read<'_>) -> Result<(), Error> {
        let wrong = |reason: String| Error::Checkpoint { reason };
        let state: State = serde_json::from_str(state).map_err(|e| wrong(e.to_string()))?;
        if state.obs_bits.len() != self.stage.wide_obs.len() {
            return Err(wrong("its observations have another size".to_owned()));
        }
        self.learning.restore(state.learning, read).map_err(wrong)?;
        self.stage.env.restore(&from_hex(&state.env)?)?;
        for (i, bits) in state.obs_bits.iter().enumerate() {
            self.stage.wide_obs[i] = f64::from_bits(*bits);
            self.stage.obs[i] = self.stage.wide_obs[i] as f32;
        }
        self.step = state.step;
        self.episode_return = f64::from_bits(state.episode_return_bits);
        self.episode_length = state.episode_length;
        self.window = state.window;
        self.actor_rng = state.actor_rng;
        Ok(())
    }
}
