//! A run: environment, actor, experience and learner, one small piece at a time.

mod copies;
mod evaluations;
mod saved;

pub(crate) use copies::CopyState;

use crate::actor::{Actor, random_action};
use crate::bias::{Probing, QBiasProbe};
use crate::code::RewardNorm;
use crate::columns::TimeLimits;
use crate::env_loop::EnvLoop;
use crate::error::Error;
use crate::evaluate::{Evaluating, Evaluation};
use crate::exploration::Explorer;
use crate::learning::Learning;
use crate::method::Method;
use crate::metrics::{Metric, MetricMeans};
use crate::plan::Plan;
use crate::reward_scale::RewardScale;
use crate::rng::{Stream, stream};
use crate::transition::{StoredTransition, Transition};
use coadapt_envs::{Env, Spec, Step};
use coadapt_nn::Pool;
use copies::Copy;
use serde::{Deserialize, Serialize};

/// A return beyond this is a diverged run's: the paper prints minus infinity.
pub const RETURN_LIMIT: f64 = 1e8;
/// How [`Divergence::what`] begins where it was the return that diverged; the return follows.
pub const RETURN_DIVERGED: &str = "the episode's return is";

/// An event of a run, for whoever writes it down.
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
#[non_exhaustive]
pub struct Divergence {
    /// The environment step at which it was seen.
    pub step: u64,
    /// The quantity, and what was wrong with it.
    pub what: String,
}

/// The state of a run after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// All is well.
    Running,
    /// A quantity is not finite or out of all bounds. No further step makes sense.
    Diverged(Divergence),
}

/// The kind of the next piece of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Next {
    /// An environment step.
    #[default]
    Act,
    /// A piece of what that step made due: a batch, a minibatch, a chunk of values.
    Learn,
    /// An environment step of an evaluation.
    Evaluate,
}

/// An evaluation in progress: first what the policy earns, then by how much the critics are off.
enum InEvaluation {
    Returns(Evaluating),
    Bias(Evaluation, Probing),
}

/// A run in progress.
pub struct Trainer {
    method: Method,
    plan: Plan,
    seed: u64,
    /// Stepped in turn, one an environment step.
    copies: Vec<Copy>,
    eval_loop: EnvLoop,
    actor: Actor,
    /// The same for one observation of each copy, where there are several.
    actor_of_copies: Option<Actor>,
    /// The actions of the copies whose turn is still to come in this round, and of the others from before.
    actions: Vec<f32>,
    reward_scale: RewardScale,
    /// Measures the critics' bias, where the schedule asks for it.
    probe: Option<QBiasProbe>,
    learning: Learning,
    /// Threads of an update.
    pool: Pool,
    /// Acting is too small to divide.
    solo: Pool,
    actor_rng: Stream,
    explorer: Explorer,
    step: u64,
    next: Next,
    /// Where an evaluation is, once its first piece is done. A checkpoint does not keep it: the run's seed and the
    /// step decide all of an evaluation, so a restored run begins it anew.
    evaluation: Option<InEvaluation>,
    means: MetricMeans,
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
    ///
    /// # Errors
    /// Where the method does not run on the task, or collects from several copies of it: see [`Trainer::of_copies`].
    pub fn new(
        method: &Method,
        train_env: Box<dyn Env>,
        eval_env: Box<dyn Env>,
        seed: u64,
        threads: usize,
    ) -> Result<Trainer, Error> {
        Trainer::of_copies(method, vec![train_env], eval_env, seed, threads)
    }

    /// The same on several copies of a task, as many as `collect.copies` says, which are stepped in turn.
    pub fn of_copies(
        method: &Method,
        train_envs: Vec<Box<dyn Env>>,
        eval_env: Box<dyn Env>,
        seed: u64,
        threads: usize,
    ) -> Result<Trainer, Error> {
        let plan = Plan::of(method, eval_env.spec())?;
        let count = train_envs.len();
        if count as u64 != method.collect.copies() {
            let value = method.collect.copies().to_string();
            let valid = "the number of tasks that the trainer is given";
            return Err(Error::OutOfRange { field: "collect.copies", value, valid });
        }
        let learning = Learning::new(&plan, seed)?;
        let nets = &learning.learner.nets;
        let copies: Result<Vec<_>, _> =
            train_envs.into_iter().zip(0..).map(|(env, number)| Copy::begin(env, seed, number)).collect();
        Ok(Trainer {
            actor: Actor::new(&plan, nets),
            actor_of_copies: (count > 1).then(|| Actor::of_rows(&plan, nets, count)),
            actions: vec![0.0; if count > 1 { count * plan.dims.action } else { 0 }],
            // Values of scaled rewards would be held against returns of unscaled ones.
            probe: (plan.schedule.bias_episodes > 0 && plan.code.reward_norm == RewardNorm::Off)
                .then(|| QBiasProbe::new(&plan, nets)),
            reward_scale: RewardScale::new(plan.code.reward_norm, plan.discount, count),
            learning,
            copies: copies?,
            eval_loop: EnvLoop::new(eval_env),
            pool: Pool::new(threads),
            solo: Pool::new(1),
            actor_rng: stream(seed, "actor"),
            explorer: Explorer::new(plan.exploration, plan.dims.action),
            method: method.clone(),
            seed,
            step: 0,
            next: Next::Act,
            evaluation: None,
            means: MetricMeans::default(),
            action: vec![0.0; plan.dims.action],
            log_mu: f32::NAN,
            last_obs: vec![0.0; plan.dims.obs],
            values: Vec::with_capacity(Metric::ALL.len() + 1),
            plan,
        })
    }

    /// Environment steps taken.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Updates done: batches, or minibatches of iterations over all data.
    pub fn updates(&self) -> u64 {
        self.learning.learner.updates
    }

    /// The task that is trained on.
    pub fn spec(&self) -> &Spec {
        self.eval_loop.env.spec()
    }

    /// The method that runs.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The plan of that method.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether everything that the last environment step made due is done: the next piece is another step.
    pub fn is_between_steps(&self) -> bool {
        self.next == Next::Act
    }

    /// Steps until `steps` have been taken in all, or until the run diverges.
    pub fn run(&mut self, steps: u64, sink: &mut dyn FnMut(Event<'_>)) -> Result<Status, Error> {
        while self.step < steps || !self.is_between_steps() {
            let status = self.piece(sink)?;
            if status != Status::Running {
                return Ok(status);
            }
        }
        Ok(Status::Running)
    }

    /// One environment step and whatever is due after it: updates, a log line, an evaluation.
    pub fn advance(&mut self, sink: &mut dyn FnMut(Event<'_>)) -> Result<Status, Error> {
        loop {
            let status = self.piece(sink)?;
            if status != Status::Running || self.is_between_steps() {
                return Ok(status);
            }
        }
    }

    /// The next small piece of the run: an environment step, a batch, a minibatch, a step of an evaluation. A run can
    /// be left, and a [`Snapshot`](crate::checkpoint::Snapshot) of it taken, between any two.
    pub fn piece(&mut self, sink: &mut dyn FnMut(Event<'_>)) -> Result<Status, Error> {
        match self.next {
            Next::Act => self.environment_step(sink),
            Next::Learn => {
                if let Some(metric) = self.learning.advance(&mut self.pool, &mut self.means) {
                    return Ok(self.diverged(format!("{} is not finite", metric.name())));
                }
                if !self.learning.is_due() {
                    self.close_step(sink);
                }
                Ok(Status::Running)
            }
            Next::Evaluate => self.evaluation_step(sink),
        }
    }

    fn environment_step(&mut self, sink: &mut dyn FnMut(Event<'_>)) -> Result<Status, Error> {
        let turn = self.turn();
        self.act(turn);
        let env_loop = &mut self.copies[turn].env_loop;
        self.last_obs.copy_from_slice(&env_loop.obs);
        let step = match env_loop.step(&self.action) {
            Ok(step) => step,
            Err(error) => return self.diverged_or(error),
        };
        self.step += 1;
        if let Some(what) = self.store(turn, step)? {
            return Ok(self.diverged(what));
        }
        if self.learning.begin(self.step) {
            self.next = Next::Learn;
        } else {
            self.close_step(sink);
        }
        Ok(Status::Running)
    }

    /// The copy whose turn it is.
    fn turn(&self) -> usize {
        (self.step % self.copies.len() as u64) as usize
    }

    /// Everything learned that the step made due, it is logged, and perhaps evaluated.
    fn close_step(&mut self, sink: &mut dyn FnMut(Event<'_>)) {
        let schedule = self.plan.schedule;
        if schedule.logs_at(self.step) {
            self.means.close(&mut self.values);
            sink(Event::Train { step: self.step, values: &self.values });
        }
        let evaluates = self.step.is_multiple_of(schedule.eval_every);
        self.next = if evaluates { Next::Evaluate } else { Next::Act };
    }

    /// Finds the action of copy number `turn`; at the first one's turn those of all, in one forward pass.
    fn act(&mut self, turn: usize) {
        let params = &mut self.learning.learner.params;
        if self.step < self.plan.warmup {
            let space = &self.eval_loop.env.spec().action;
            self.log_mu = random_action(space, &mut self.actor_rng, &mut self.action);
        } else if let Some(actor) = &mut self.actor_of_copies {
            if turn == 0 {
                let obs = self.copies.iter().map(|copy| &copy.env_loop.obs[..]);
                let actions = actor.sample_rows(params, obs, &mut self.actor_rng, &mut self.solo);
                self.actions.copy_from_slice(actions);
            }
            let width = self.action.len();
            self.action.copy_from_slice(&self.actions[turn * width..(turn + 1) * width]);
        } else {
            let obs = &self.copies[turn].env_loop.obs;
            let action = self.actor.sample(params, obs, &mut self.actor_rng, &mut self.solo);
            self.action.copy_from_slice(action);
            self.log_mu = self.actor.log_prob();
            self.explorer.explore(&mut self.action, &mut self.actor_rng);
        }
    }

    /// Stores the transition of copy number `turn` and closes its episode if it ended; gives what is wrong with it, if
    /// anything.
    fn store(&mut self, turn: usize, step: Step) -> Result<Option<String>, Error> {
        let copy = &mut self.copies[turn];
        copy.episode_return += step.reward;
        copy.episode_length += 1;
        if copy.env_loop.obs.iter().any(|x| !x.is_finite()) {
            return Ok(Some("an observation is not finite".to_owned()));
        }
        if !copy.episode_return.is_finite() || copy.episode_return.abs() > RETURN_LIMIT {
            return Ok(Some(format!("{RETURN_DIVERGED} {:e}", copy.episode_return)));
        }
        let transition = Transition {
            obs: &self.last_obs,
            action: &self.action,
            reward: self.reward_scale.scale(turn, step.reward) as f32,
            terminated: step.terminated || (step.truncated && self.plan.time_limits == TimeLimits::Terminal),
            truncated: step.truncated,
            next_obs: &copy.env_loop.obs,
        };
        self.learning.store(self.step, turn, StoredTransition { transition, log_mu: self.log_mu });
        if step.ended() {
            self.means.add(Metric::EpisodeReturn, copy.episode_return);
            self.means.add(Metric::EpisodeLength, f64::from(copy.episode_length));
            (copy.episode_return, copy.episode_length) = (0.0, 0);
            copy.env_loop.reset()?;
            self.explorer.reset();
            self.reward_scale.end(turn);
        }
        Ok(None)
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
}
