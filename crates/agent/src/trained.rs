//! A policy on its own: what acts after training, without critics, optimisers, data or environment.

mod file;

use crate::actor::Actor;
use crate::arrays::Read;
use crate::env_loop::to_task;
use crate::error::Error;
use crate::method::Method;
use crate::nets::PolicyNet;
use crate::normaliser::Normaliser;
use crate::plan::Plan;
use crate::rng::{Stream, stream};
use coadapt_envs::{ActionSpace, Spec};
use coadapt_nn::{Params, Pool};

/// A policy that acts: its network, its input statistics, and the task it belongs to.
///
/// [`Trainer::policy`](crate::Trainer::policy) copies one out of a run, [`TrainedPolicy::to_bytes`] and
/// [`TrainedPolicy::from_bytes`] carry it elsewhere.
#[derive(Debug)]
pub struct TrainedPolicy {
    method: Method,
    task: Spec,
    params: Params,
    actor: Actor,
    pool: Pool,
    obs: Vec<f32>,
}

impl TrainedPolicy {
    /// The policy of `method` on `task` with arrays given by name by `read`.
    pub(crate) fn new(method: Method, task: Spec, read: &mut Read<'_>) -> Result<Self, Error> {
        let plan = Plan::of(&method, &task)?;
        let mut params = Params::new();
        let net = PolicyNet::register(&plan, &mut params, &mut stream(0, "init"));
        let normaliser = Normaliser::register(plan.code.input_norm, plan.dims.obs, &mut params);
        let spans: Vec<_> = params.iter().map(|(name, span)| (name.to_owned(), span)).collect();
        for (name, span) in spans {
            read(&name, params.get_mut(span)).map_err(|reason| Error::PolicyFile { reason })?;
        }
        let actor = Actor::compile(&plan, |graph, obs| {
            net.at(graph, normaliser.as_ref().map_or(obs, |normaliser| normaliser.at(graph, obs)))
        });
        Ok(TrainedPolicy { obs: vec![0.0; task.obs_dim], method, task, params, actor, pool: Pool::new(1) })
    }

    /// The method it was trained by.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The sizes of its observations.
    pub fn obs_dim(&self) -> usize {
        self.task.obs_dim
    }

    /// The space of its actions.
    pub fn action_space(&self) -> &ActionSpace {
        &self.task.action
    }

    /// Writes the action without noise at `obs`, in the task's units.
    ///
    /// # Panics
    /// When `obs` or `action` has another length than the task says.
    pub fn act(&mut self, obs: &[f64], action: &mut [f64]) {
        self.observe(obs);
        let unit = self.actor.mode(&mut self.params, &self.obs, &mut self.pool);
        to_task(&self.task.action, unit, action);
    }

    /// Writes an action that the policy draws at `obs`, in the task's units; exploration noise is training's alone.
    ///
    /// # Panics
    /// When `obs` or `action` has another length than the task says.
    pub fn sample(&mut self, obs: &[f64], rng: &mut Stream, action: &mut [f64]) {
        self.observe(obs);
        let unit = self.actor.sample(&mut self.params, &self.obs, rng, &mut self.pool);
        to_task(&self.task.action, unit, action);
    }

    fn observe(&mut self, obs: &[f64]) {
        assert_eq!(obs.len(), self.obs.len(), "an observation of the task");
        self.obs.iter_mut().zip(obs).for_each(|(to, from)| *to = *from as f32);
    }
}

#[cfg(test)]
mod tests;
