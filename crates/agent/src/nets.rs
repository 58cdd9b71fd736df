//! The networks of a run, its dual variables and their optimisers, registered in one set of parameters.

mod duals;
mod policy_net;

pub use duals::{Dual, Duals};
pub(crate) use policy_net::PolicyNet;

use crate::code::{self, LrDecay, Sync};
use crate::columns::Score;
use crate::normaliser::Normaliser;
use crate::plan::{Critic, Plan, Policy, Prior, QCritic};
use crate::rng::Stream;
use coadapt_nn::mlp::Mlp;
use coadapt_nn::optim::Optimizer;
use coadapt_nn::params::ParamSet;
use coadapt_nn::{Graph, Node, Params, Shape, Span};

/// Policy, critics, their targets and the dual variables, with their optimisers.
#[derive(Debug, Clone)]
pub struct Nets {
    policy: PolicyNet,
    target_policy: Option<PolicyNet>,
    /// The prior that is a copy of the policy, and the updates between copies.
    lagged_prior: Option<(PolicyNet, u64)>,
    critics: Mlp,
    /// The critics themselves where they have no targets.
    target_critics: Mlp,
    policy_optimizer: Optimizer,
    critic_optimizer: Optimizer,
    /// Temperatures and multipliers.
    pub duals: Duals,
    /// The normaliser of observations, where there is one.
    pub normaliser: Option<Normaliser>,
    /// What the learning rates of policy and critics are multiplied by, and the environment step at which it is 0; where
    /// they fall.
    lr_factor: Option<(Span, u64)>,
    targets: Sync,
    /// Updates of the critics for one of everything else.
    delay: u64,
}

impl Nets {
    /// Registers everything the plan needs in `params`, weights drawn from `rng`.
    pub fn register(plan: &Plan, params: &mut Params, rng: &mut Stream) -> Self {
        let Plan { dims, code, .. } = plan;
        let policy = PolicyNet::register(plan, params, rng);
        let target_policy = plan.has_target_policy().then(|| policy.copied(params, "target_policy"));
        let lagged_prior = match plan.prior {
            Prior::Copy { period } => Some((policy.copied(params, "prior_policy"), period)),
            Prior::Fixed | Prior::Previous | Prior::Mixture | Prior::Rollout => None,
        };
        let inputs = match plan.critic {
            Critic::Q(_) => dims.obs + dims.action,
            Critic::V(_) => dims.obs,
        };
        let critics = code.critic_network(inputs, plan.critic.count()).register(params, "critic", rng);
        let target_critics = match plan.critic {
            Critic::Q(_) => critics.with_set(&params.add_copy(&critics.set, "critic", "target_critic")),
            Critic::V(_) => critics.clone(),
        };
        let duals = Duals::register(plan, params);
        let lr_factor = match code.lr_decay {
            LrDecay::Off => None,
            LrDecay::Linear { steps } => {
                let factor = params.add("lr_factor", Shape::SCALAR);
                params.get_mut(factor).fill(1.0);
                Some((factor, steps))
            }
        };
        let mut optimizer = |name, set, lr| {
            let optimizer = Optimizer::new(params, name, set, code.optim(lr));
            match lr_factor {
                Some((factor, _)) => optimizer.with_lr_factor(factor),
                None => optimizer,
            }
        };
        let policy_optimizer = optimizer("policy_adam", &policy.set, code.policy_lr);
        let critic_optimizer = optimizer("critic_adam", &critics.set, code.critic_lr);
        Nets {
            policy,
            target_policy,
            lagged_prior,
            critics,
            target_critics,
            policy_optimizer,
            critic_optimizer,
            duals,
            normaliser: Normaliser::register(code.input_norm, dims.obs, params),
            lr_factor,
            targets: code.targets,
            delay: code.policy_delay,
        }
    }

    /// The policy at states `obs`, with its parameters as they stand in the record.
    pub fn policy<'g>(&self, graph: &'g Graph, obs: Node<'g>) -> Policy<'g> {
        self.policy.at(graph, self.input(graph, obs))
    }

    /// The previous policy at states `obs`: a copy that lags behind; the policy itself where there is none.
    pub fn previous_policy<'g>(&self, graph: &'g Graph, obs: Node<'g>) -> Policy<'g> {
        self.target_policy.as_ref().unwrap_or(&self.policy).at(graph, self.input(graph, obs))
    }

    /// Whether the prior is a copy of the policy that lags behind.
    pub fn has_lagged_prior(&self) -> bool {
        self.lagged_prior.is_some()
    }

    /// ln pi_q - ln pi_p of an action that `policy` drew at states `obs` with log probability `log_prob`, all
    /// [1, B, 1].
    ///
    /// A uniform prior's log density is a constant and left out. Against a lagged copy it is KL(pi_q || pi_p) in
    /// closed form. There is none of actions that have no density.
    pub fn log_ratio<'g>(
        &self,
        graph: &'g Graph,
        obs: Node<'g>,
        (policy, log_prob): (Policy<'g>, Option<Node<'g>>),
    ) -> Option<Node<'g>> {
        match &self.lagged_prior {
            Some((prior, _)) => Some(policy.kl(prior.at(graph, self.input(graph, obs)))),
            None => log_prob,
        }
    }

    /// The policy's parameters.
    pub(crate) fn policy_set(&self) -> &ParamSet {
        &self.policy.set
    }

    /// Observations as the networks see them.
    fn input<'g>(&self, graph: &'g Graph, obs: Node<'g>) -> Node<'g> {
        self.normaliser.as_ref().map_or(obs, |normaliser| normaliser.at(graph, obs))
    }

    /// Output of the critic of states alone at `obs`: [1, B, 1].
    pub fn state_critic<'g>(&self, graph: &'g Graph, obs: Node<'g>) -> Node<'g> {
        self.critics.forward(graph, self.input(graph, obs))
    }

    /// Q(obs, action) of every critic: [critics, B, 1].
    pub fn critics<'g>(&self, graph: &'g Graph, obs: Node<'g>, action: Node<'g>) -> Node<'g> {
        self.critics.forward(graph, Node::concat(&[self.input(graph, obs), action]))
    }

    /// G of actions as a policy climbs it, [1, B, 1]: a critic that it does not ask for is not computed.
    pub fn climbed<'g>(
        &self,
        graph: &'g Graph,
        critic: QCritic,
        (obs, action): (Node<'g>, Node<'g>),
    ) -> Node<'g> {
        match critic.score {
            Score::Combined => critic.critics.combine(self.critics(graph, obs, action)),
            Score::First => {
                self.critics.forward_one(graph, 0, Node::concat(&[self.input(graph, obs), action]))
            }
        }
    }

    /// Q(obs, action) of every target critic: [critics, B, 1].
    pub fn target_critics<'g>(&self, graph: &'g Graph, obs: Node<'g>, action: Node<'g>) -> Node<'g> {
        self.target_critics.forward(graph, Node::concat(&[self.input(graph, obs), action]))
    }

    /// Q of every target critic at N actions a state: obs [1, B, O], actions [N, B, D] -> [critics, N B, 1].
    pub fn target_critics_of_samples<'g>(
        &self,
        graph: &'g Graph,
        obs: Node<'g>,
        actions: Node<'g>,
    ) -> Node<'g> {
        let joined = Node::concat(&[self.input(graph, obs), actions]);
        let Shape { groups, rows, cols } = joined.shape();
        self.target_critics.forward(graph, joined.reshape(Shape::new(1, groups * rows, cols)))
    }

    /// Records a step of the critics down `loss`.
    pub fn step_critics(&self, graph: &Graph, loss: Node<'_>) {
        graph.minimize(&self.critic_optimizer, loss);
    }

    /// Records a step of the policy down `loss`.
    pub fn step_policy(&self, graph: &Graph, loss: Node<'_>) {
        graph.minimize(&self.policy_optimizer, loss);
    }

    /// Records the move of softly following targets.
    pub fn sync(&self, graph: &Graph) {
        let Sync::Soft { tau } = self.targets else { return };
        if self.critics.set != self.target_critics.set {
            graph.polyak(&self.critics.set, &self.target_critics.set, tau as f32);
        }
        if let Some(target) = &self.target_policy {
            graph.polyak(&self.policy.set, &target.set, tau as f32);
        }
    }

    /// Has the learning rates be those of an iteration that is due after environment step `step`, where they fall.
    pub fn set_lr_factor(&self, params: &mut Params, step: u64) {
        if let Some((factor, steps)) = self.lr_factor {
            params.get_mut(factor).fill(code::linear(step, steps) as f32);
        }
    }

    /// The end of update number `update`, outside the graph: copies that are due, duals back to their floor.
    ///
    /// Where the policy is stepped in every so many updates alone, copies are counted by its steps.
    pub fn after_update(&self, params: &mut Params, update: u64) {
        if !update.is_multiple_of(self.delay) {
            return;
        }
        let step = update / self.delay;
        if let Sync::Hard { period } = self.targets
            && step.is_multiple_of(period)
        {
            params.copy(&self.critics.set, &self.target_critics.set);
            if let Some(target) = &self.target_policy {
                params.copy(&self.policy.set, &target.set);
            }
        }
        if let Some((prior, period)) = &self.lagged_prior
            && step.is_multiple_of(*period)
        {
            params.copy(&self.policy.set, &prior.set);
        }
        self.duals.project(params);
    }
}
