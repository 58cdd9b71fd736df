//! The policy's network, and the copies of it that lag behind.

use crate::plan::{Plan, Policy, PolicyForm};
use crate::rng::Stream;
use coadapt_nn::mlp::Mlp;
use coadapt_nn::params::ParamSet;
use coadapt_nn::{Graph, Node, Params, Shape, Span};

/// A policy network, and its standard deviation where that is a parameter.
#[derive(Debug, Clone)]
pub(crate) struct PolicyNet {
    form: PolicyForm,
    mlp: Mlp,
    std: Option<Span>,
    /// All of it.
    pub(super) set: ParamSet,
}

impl PolicyNet {
    /// Registers the plan's policy in `params`, weights drawn from `rng`.
    pub(crate) fn register(plan: &Plan, params: &mut Params, rng: &mut Stream) -> Self {
        let Plan { dims, code, policy: form, .. } = plan;
        let mlp = code.policy_network(dims.obs, form.outputs(dims.action)).register(params, "policy", rng);
        let std = form.std_parameter().map(|start| {
            let span = params.add("policy.std", Shape::new(1, 1, dims.action));
            params.get_mut(span).fill(start);
            span
        });
        PolicyNet { form: *form, mlp, std, set: params.set("policy.") }
    }

    /// A copy under another name.
    pub(super) fn copied(&self, params: &mut Params, name: &str) -> PolicyNet {
        let set = params.add_copy(&self.set, "policy", name);
        let last = set.spans.last().copied();
        PolicyNet { form: self.form, mlp: self.mlp.with_set(&set), std: self.std.and(last), set }
    }

    /// The policy at states `obs`, which have been through the normaliser.
    pub(crate) fn at<'g>(&self, graph: &'g Graph, obs: Node<'g>) -> Policy<'g> {
        let parameter = self.std.map(|span| graph.param(span));
        self.form.policy(self.mlp.forward(graph, obs), parameter)
    }
}
