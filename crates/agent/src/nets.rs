//! The networks of a run and their optimisers, registered in one set of parameters.

use crate::columns::{Eta, Policy};
use crate::method::Method;
use crate::rng::Stream;
use coadapt_nn::mlp::Mlp;
use coadapt_nn::optim::{OptimConfig, Optimizer};
use coadapt_nn::{Graph, Node, Params, Shape, Span};

/// Sizes of a task's spaces as the networks see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dims {
    /// Numbers in an observation.
    pub obs: usize,
    /// Numbers in an action.
    pub action: usize,
}

/// Policy, critics, target critics and the dual variable, with their optimisers.
#[derive(Debug, Clone)]
pub struct Nets {
    policy: Mlp,
    critics: Mlp,
    target_critics: Mlp,
    policy_optimizer: Optimizer,
    critic_optimizer: Optimizer,
    /// x of eta = e^x, where the temperature is learned.
    temperature: Option<(Span, Optimizer)>,
}

impl Nets {
    /// Registers everything in `params`, weights drawn from `rng`.
    pub fn register(method: &Method, dims: Dims, params: &mut Params, rng: &mut Stream) -> Self {
        let code = &method.code;
        let outputs = method.pi.outputs(dims.action);
        let policy = code.policy_network(dims.obs, outputs).register(params, "policy", rng);
        let count = method.estimate.critics.count();
        let critics = code.critic_network(dims.obs + dims.action, count).register(params, "critic", rng);
        let target_set = params.add_copy(&critics.set, "critic", "target_critic");
        let target_critics = critics.with_set(&target_set);
        let temperature = match method.pi_q.eta() {
            Eta::Entropy { initial, lr, .. } => {
                let x = params.add("temperature.x", Shape::SCALAR);
                params.get_mut(x)[0] = initial.ln() as f32;
                let set = params.set("temperature.x");
                Some((x, Optimizer::new(params, "temperature.adam", &set, OptimConfig::adam(lr as f32))))
            }
            Eta::Zero | Eta::Fixed { .. } => None,
        };
        let adam = |lr: f64| OptimConfig::adam(lr as f32);
        let policy_optimizer = Optimizer::new(params, "policy_adam", &policy.set, adam(code.policy_lr));
        let critic_optimizer = Optimizer::new(params, "critic_adam", &critics.set, adam(code.critic_lr));
        Nets { policy, critics, target_critics, policy_optimizer, critic_optimizer, temperature }
    }

    /// The policy at states `obs`, with its parameters as they stand in the record.
    pub fn policy<'g>(&self, method: &Method, graph: &'g Graph, obs: Node<'g>) -> Policy<'g> {
        method.pi.policy(self.policy.forward(graph, obs))
    }

    /// Q(obs, action) of every critic: [critics, B, 1].
    pub fn critics<'g>(&self, graph: &'g Graph, obs: Node<'g>, action: Node<'g>) -> Node<'g> {
        self.critics.forward(graph, Node::join(&[obs, action]))
    }

    /// Q(obs, action) of every target critic: [critics, B, 1].
    pub fn target_critics<'g>(&self, graph: &'g Graph, obs: Node<'g>, action: Node<'g>) -> Node<'g> {
        self.target_critics.forward(graph, Node::join(&[obs, action]))
    }

    /// x of eta = e^x as it stands in the record, where the temperature is learned.
    pub fn temperature<'g>(&self, graph: &'g Graph) -> Option<Node<'g>> {
        self.temperature.as_ref().map(|(x, _)| graph.param(*x))
    }

    /// Records a step of the critics down `loss`.
    pub fn step_critics(&self, graph: &Graph, loss: Node<'_>) {
        graph.minimize(&self.critic_optimizer, loss);
    }

    /// Records a step of the policy down `loss`.
    pub fn step_policy(&self, graph: &Graph, loss: Node<'_>) {
        graph.minimize(&self.policy_optimizer, loss);
    }

    /// Records a step of the temperature down `loss`.
    pub fn step_temperature(&self, graph: &Graph, loss: Node<'_>) {
        if let Some((_, optimizer)) = &self.temperature {
            graph.minimize(optimizer, loss);
        }
    }

    /// Records the move of the target critics.
    pub fn sync(&self, graph: &Graph, method: &Method) {
        graph.polyak(&self.critics.set, &self.target_critics.set, method.code.target_tau as f32);
    }
}
