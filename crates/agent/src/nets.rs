//! The networks of a run, its dual variables and their optimisers, registered in one set of parameters.

mod duals;

pub use duals::{Dual, Duals};

use crate::code::Sync;
use crate::columns::{PiP, Policy};
use crate::error::Error;
use crate::method::Method;
use crate::normaliser::Normaliser;
use crate::rng::Stream;
use crate::row::Algorithm;
use coadapt_nn::mlp::Mlp;
use coadapt_nn::optim::Optimizer;
use coadapt_nn::params::ParamSet;
use coadapt_nn::{Graph, Node, Params, Shape, Span};

/// Sizes of a task's spaces as the networks see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dims {
    /// Numbers in an observation.
    pub obs: usize,
    /// Numbers in an action.
    pub action: usize,
}

/// A policy network, and its standard deviation where that is a parameter.
#[derive(Debug, Clone)]
struct PolicyNet {
    mlp: Mlp,
    std: Option<Span>,
    set: ParamSet,
}

/// Policy, critics, their targets and the dual variables, with their optimisers.
#[derive(Debug, Clone)]
pub struct Nets {
    policy: PolicyNet,
    target_policy: Option<PolicyNet>,
    /// The prior that is a copy of the policy, and the updates between copies.
    lagged_prior: Option<(PolicyNet, u64)>,
    critics: Mlp,
    /// The critics themselves where the row has no target.
    target_critics: Mlp,
    policy_optimizer: Optimizer,
    critic_optimizer: Optimizer,
    /// Temperatures and multipliers.
    pub duals: Duals,
    /// What observations go through, where they do.
    pub normaliser: Option<Normaliser>,
}

impl Nets {
    /// Registers everything the method needs in `params`, weights drawn from `rng`.
    pub fn register(
        method: &Method,
        algorithm: Algorithm,
        dims: Dims,
        params: &mut Params,
        rng: &mut Stream,
    ) -> Result<Self, Error> {
        let code = &method.code;
        let mlp =
            code.policy_network(dims.obs, method.pi.outputs(dims.action)).register(params, "policy", rng);
        let std =
            method.pi.has_std_parameter().then(|| params.add("policy.std", Shape::new(1, 1, dims.action)));
        let policy = PolicyNet { mlp, std, set: params.set("policy.") };
        let target_policy =
            matches!(algorithm, Algorithm::EmSamples { .. }).then(|| policy.copied(params, "target_policy"));
        let lagged_prior = match method.pi_p {
            PiP::Lagged { period } => Some((policy.copied(params, "prior_policy"), period)),
            _ => None,
        };
        let count = method.estimate.critics.count();
        let over_data = algorithm == Algorithm::EmData;
        let inputs = if over_data { dims.obs } else { dims.obs + dims.action };
        let critics = code.critic_network(inputs, count).register(params, "critic", rng);
        let target_critics = if over_data {
            critics.clone()
        } else {
            critics.with_set(&params.add_copy(&critics.set, "critic", "target_critic"))
        };
        let duals = Duals::register(method, dims.action, params);
        let policy_optimizer = Optimizer::new(params, "policy_adam", &policy.set, code.optim(code.policy_lr));
        let critic_optimizer =
            Optimizer::new(params, "critic_adam", &critics.set, code.optim(code.critic_lr));
        Ok(Nets {
            policy,
            target_policy,
            lagged_prior,
            critics,
            target_critics,
            policy_optimizer,
            critic_optimizer,
            duals,
            normaliser: Normaliser::register(code.input_norm, dims.obs, params),
        })
    }

    /// The policy at states `obs`, with its parameters as they stand in the record.
    pub fn policy<'g>(&self, method: &Method, graph: &'g Graph, obs: Node<'g>) -> Result<Policy<'g>, Error> {
        self.policy.at(method, graph, self.input(graph, obs))
    }

    /// The previous policy at states `obs`: a copy that lags behind; the policy itself where there is none.
    pub fn previous_policy<'g>(
        &self,
        method: &Method,
        graph: &'g Graph,
        obs: Node<'g>,
    ) -> Result<Policy<'g>, Error> {
        self.target_policy.as_ref().unwrap_or(&self.policy).at(method, graph, self.input(graph, obs))
    }

    /// Whether the prior is a copy of the policy that lags behind.
    pub fn has_lagged_prior(&self) -> bool {
        self.lagged_prior.is_some()
    }

    /// ln pi_q - ln pi_p of an action that `policy` drew at states `obs` with log probability `log_prob`, all
    /// [1, B, 1].
    ///
    /// A uniform prior's log density is a constant and left out. Against a lagged copy it is KL(pi_q || pi_p) of
    /// the Gaussians in closed form; squashing both by one tanh leaves it as it is.
    pub fn log_ratio<'g>(
        &self,
        method: &Method,
        graph: &'g Graph,
        obs: Node<'g>,
        (policy, log_prob): (Policy<'g>, Node<'g>),
    ) -> Result<Node<'g>, Error> {
        let Some((prior, _)) = &self.lagged_prior else { return Ok(log_prob) };
        let prior = prior.at(method, graph, self.input(graph, obs))?;
        Ok(policy.gaussian().kl(prior.gaussian()))
    }

    /// Observations as the networks see them.
    fn input<'g>(&self, graph: &'g Graph, obs: Node<'g>) -> Node<'g> {
        self.normaliser.as_ref().map_or(obs, |normaliser| normaliser.at(graph, obs))
    }

    /// What the critic of states alone gives at `obs`: [1, B, 1].
    pub fn state_critic<'g>(&self, graph: &'g Graph, obs: Node<'g>) -> Node<'g> {
        self.critics.forward(graph, self.input(graph, obs))
    }

    /// Q(obs, action) of every critic: [critics, B, 1].
    pub fn critics<'g>(&self, graph: &'g Graph, obs: Node<'g>, action: Node<'g>) -> Node<'g> {
        self.critics.forward(graph, Node::join(&[self.input(graph, obs), action]))
    }

    /// Q(obs, action) of every target critic: [critics, B, 1].
    pub fn target_critics<'g>(&self, graph: &'g Graph, obs: Node<'g>, action: Node<'g>) -> Node<'g> {
        self.target_critics.forward(graph, Node::join(&[self.input(graph, obs), action]))
    }

    /// Q of every target critic at N actions a state: obs [1, B, O], actions [N, B, D] -> [critics, N B, 1].
    pub fn target_critics_of_samples<'g>(
        &self,
        graph: &'g Graph,
        obs: Node<'g>,
        actions: Node<'g>,
    ) -> Node<'g> {
        let joined = Node::join(&[self.input(graph, obs), actions]);
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
    pub fn sync(&self, graph: &Graph, method: &Method) {
        let Sync::Soft { tau } = method.code.targets else { return };
        graph.polyak(&self.critics.set, &self.target_critics.set, tau as f32);
        if let Some(target) = &self.target_policy {
            graph.polyak(&self.policy.set, &target.set, tau as f32);
        }
    }

    /// What follows update number `update` outside the graph: copies that are due, duals back to their floor.
    pub fn after_update(&self, method: &Method, params: &mut Params, update: u64) {
        if let Sync::Hard { period } = method.code.targets
            && update.is_multiple_of(period)
        {
            params.copy(&self.critics.set, &self.target_critics.set);
            if let Some(target) = &self.target_policy {
                params.copy(&self.policy.set, &target.set);
            }
        }
        if let Some((prior, period)) = &self.lagged_prior
            && update.is_multiple_of(*period)
        {
            params.copy(&self.policy.set, &prior.set);
        }
        self.duals.project(params);
    }
}

impl PolicyNet {
    /// A copy under another name.
    fn copied(&self, params: &mut Params, name: &str) -> PolicyNet {
        let set = params.add_copy(&self.set, "policy", name);
        let last = set.spans.last().copied();
        PolicyNet { mlp: self.mlp.with_set(&set), std: self.std.and(last), set }
    }

    fn at<'g>(&self, method: &Method, graph: &'g Graph, obs: Node<'g>) -> Result<Policy<'g>, Error> {
        let parameter = self.std.map(|span| graph.param(span));
        method.pi.policy(self.mlp.forward(graph, obs), parameter).ok_or_else(|| Error::NotBuilt {
            column: "pi",
            cell: method.pi.cell(method.family.parametric()),
            reason: "updates run with a Gaussian policy",
        })
    }
}
