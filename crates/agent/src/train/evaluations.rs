//! Evaluations in the course of a run, and what may be asked of its policy at any time.

use super::{Event, InEvaluation, Next, RETURN_LIMIT, Status, Trainer};
use crate::env_loop::to_task;
use crate::error::Error;
use crate::evaluate::{Evaluating, Evaluation};
use crate::rng::{Stream, derived_seed};
use crate::trained::TrainedPolicy;

impl Trainer {
    /// Begins the evaluation that belongs to the current step, whose pieces come next; by itself one begins where the
    /// schedule says so.
    pub fn begin_evaluation(&mut self) {
        (self.next, self.evaluation) = (Next::Evaluate, None);
    }

    /// The whole evaluation that belongs to the current step.
    pub fn evaluate_now(&mut self, sink: &mut dyn FnMut(Event<'_>)) -> Result<Status, Error> {
        self.begin_evaluation();
        loop {
            let status = self.piece(sink)?;
            if status != Status::Running || self.is_between_steps() {
                return Ok(status);
            }
        }
    }

    pub(super) fn evaluation_step(&mut self, sink: &mut dyn FnMut(Event<'_>)) -> Result<Status, Error> {
        let (params, pool) = (&mut self.learning.learner.params, &mut self.solo);
        let schedule = self.plan.schedule;
        let seed = |name| derived_seed(self.seed, name, self.step);
        let evaluation = match self.evaluation.take() {
            None => {
                let episodes = (schedule.eval_episodes, seed("evaluation"));
                let evaluating = Evaluating::begin(&mut self.eval_loop, episodes);
                self.evaluation = Some(InEvaluation::Returns(evaluating));
                return Ok(Status::Running);
            }
            Some(InEvaluation::Returns(mut evaluating)) => {
                match evaluating.advance(&mut self.eval_loop, &mut self.actor, params, pool) {
                    Err(error) => return self.diverged_or(error),
                    Ok(None) => {
                        self.evaluation = Some(InEvaluation::Returns(evaluating));
                        return Ok(Status::Running);
                    }
                    Ok(Some(evaluation)) => match &mut self.probe {
                        Some(probe) => {
                            let episodes = (schedule.bias_episodes, seed("bias"));
                            let probing = probe.begin(&mut self.eval_loop, episodes);
                            self.evaluation = Some(InEvaluation::Bias(evaluation, probing));
                            return Ok(Status::Running);
                        }
                        None => evaluation,
                    },
                }
            }
            Some(InEvaluation::Bias(evaluation, mut probing)) => {
                let found = match &mut self.probe {
                    Some(probe) => probe.advance(&mut probing, &mut self.eval_loop, params, pool)?,
                    None => Some(None),
                };
                match found {
                    None => {
                        self.evaluation = Some(InEvaluation::Bias(evaluation, probing));
                        return Ok(Status::Running);
                    }
                    Some(bias) => Evaluation { bias, ..evaluation },
                }
            }
        };
        self.next = Next::Act;
        sink(Event::Evaluation { step: self.step, evaluation: &evaluation });
        match evaluation.returns.iter().find(|r| !r.is_finite() || r.abs() > RETURN_LIMIT) {
            Some(bad) => Ok(self.diverged(format!("an evaluation's return is {bad:e}"))),
            None => Ok(Status::Running),
        }
    }

    /// Evaluates the policy without noise; `seed` alone decides the episodes' starts. Nothing of the run changes, but
    /// that an evaluation in progress begins anew.
    pub fn evaluate(&mut self, episodes: u32, seed: u64) -> Result<Evaluation, Error> {
        self.evaluation = None;
        let mut evaluating = Evaluating::begin(&mut self.eval_loop, (episodes, seed));
        let (params, pool) = (&mut self.learning.learner.params, &mut self.solo);
        loop {
            if let Some(evaluation) =
                evaluating.advance(&mut self.eval_loop, &mut self.actor, params, pool)?
            {
                return Ok(evaluation);
            }
        }
    }

    /// Writes the policy's action at `obs`, as the task takes it: drawn by the policy with `noise`, to which
    /// exploration adds nothing here, or without noise. Nothing of the run changes.
    ///
    /// # Panics
    /// When `obs` or `action` has another length than the task says.
    pub fn act_at(&mut self, obs: &[f64], noise: Option<&mut Stream>, action: &mut [f64]) {
        // An evaluation that begins with a reset does not miss what it saw last.
        self.evaluation = None;
        let narrow = &mut self.eval_loop.obs;
        assert_eq!(obs.len(), narrow.len(), "an observation of the task");
        narrow.iter_mut().zip(obs).for_each(|(to, from)| *to = *from as f32);
        let (params, pool) = (&mut self.learning.learner.params, &mut self.solo);
        let unit = match noise {
            Some(rng) => self.actor.sample(params, narrow, rng, pool),
            None => self.actor.mode(params, narrow, pool),
        };
        to_task(&self.eval_loop.env.spec().action, unit, action);
    }

    /// A copy of the policy as it is now, which acts without the run.
    pub fn policy(&self) -> Result<TrainedPolicy, Error> {
        let params = &self.learning.learner.params;
        TrainedPolicy::new(self.method.clone(), self.eval_loop.env.spec().clone(), &mut |name, into| {
            let span = params.span(name).ok_or_else(|| format!("the run has no array `{name}`"))?;
            into.copy_from_slice(params.get(span));
            Ok(())
        })
    }
}
