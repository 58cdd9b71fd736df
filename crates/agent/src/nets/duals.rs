//! The dual variables of a run: temperatures and multipliers, each with its optimiser.

use crate::columns::{Penalty, TrustRegion};
use crate::math::dual;
use crate::plan::Plan;
use coadapt_nn::optim::{OptimConfig, Optimizer};
use coadapt_nn::{Graph, Node, Params, Shape, Span};

/// A positive scalar (or one by dimension) learned through an unbounded x.
#[derive(Debug, Clone)]
pub struct Dual {
    raw: Span,
    optimizer: Optimizer,
    projected: bool,
}

/// All of them; what the plan has no use for is not there.
#[derive(Debug, Clone)]
pub struct Duals {
    /// x of the temperature eta, where it is learned.
    pub temperature: Option<Dual>,
    /// eta itself, where it is adapted between iterations.
    pub adapted: Option<Span>,
    /// x of the penalty's temperature, where there is one.
    pub penalty: Option<Dual>,
    /// x of the trust region's multipliers of means and of standard deviations, where there is one.
    pub multipliers: Option<[Dual; 2]>,
    /// x of the multiplier of a trust region of the whole policy, where there is one.
    pub multiplier: Option<Dual>,
}

impl Dual {
    fn register(params: &mut Params, name: &str, dim: usize, (raw, lr): (f64, f64)) -> Self {
        let span = params.add(name, Shape::new(1, 1, dim));
        params.get_mut(span).fill(raw as f32);
        let set = params.set(name);
        let optimizer = Optimizer::new(params, &format!("adam_{name}"), &set, OptimConfig::adam(lr as f32));
        Dual { raw: span, optimizer, projected: true }
    }

    /// x as it stands in the record.
    pub fn raw<'g>(&self, graph: &'g Graph) -> Node<'g> {
        graph.param(self.raw)
    }

    /// softplus(x) + 1e-8 as it stands in the record.
    pub fn softplus<'g>(&self, graph: &'g Graph) -> Node<'g> {
        dual::softplus_dual(self.raw(graph))
    }

    /// Records a step of x down `loss`.
    pub fn step(&self, graph: &Graph, loss: Node<'_>) {
        graph.minimize(&self.optimizer, loss);
    }
}

impl Duals {
    pub(super) fn register(plan: &Plan, params: &mut Params) -> Self {
        let eta = plan.posterior.eta();
        let temperature = eta.raw().map(|start| {
            let dual = Dual::register(params, "temperature", 1, start);
            Dual { projected: eta.is_projected(), ..dual }
        });
        let adapted = eta.target().map(|_| {
            let span = params.add("temperature", Shape::SCALAR);
            params.get_mut(span).fill(eta.initial() as f32);
            span
        });
        let penalty = match plan.policy.penalty {
            Penalty::Samples { initial_raw, lr, .. } => {
                Some(Dual::register(params, "penalty_temperature", 1, (initial_raw, lr)))
            }
            Penalty::Off | Penalty::MeanL2 { .. } | Penalty::LogitL2 { .. } => None,
        };
        let (multipliers, multiplier) = match plan.region() {
            TrustRegion::Off => (None, None),
            TrustRegion::MeanStd { mean_raw, std_raw, lr, .. } => {
                let starts = [("multiplier_mean", mean_raw), ("multiplier_std", std_raw)];
                let by_dim = |(name, raw)| Dual::register(params, name, plan.dims.action, (raw, lr));
                (Some(starts.map(by_dim)), None)
            }
            TrustRegion::Whole { initial_raw, lr, .. } => {
                (None, Some(Dual::register(params, "multiplier", 1, (initial_raw, lr))))
            }
        };
        Duals { temperature, adapted, penalty, multipliers, multiplier }
    }

    /// What eta is a function of, as it stands in the record, where it changes in the course of a run.
    pub fn raw_temperature<'g>(&self, graph: &'g Graph) -> Option<Node<'g>> {
        let learned = self.temperature.as_ref().map(|dual| dual.raw(graph));
        learned.or_else(|| self.adapted.map(|span| graph.param(span)))
    }

    /// Brings what has fallen below its floor back to it.
    pub(super) fn project(&self, params: &mut Params) {
        let of_region = self.multipliers.iter().flatten().chain(&self.multiplier);
        let all = self.temperature.iter().chain(&self.penalty).chain(of_region);
        for dual in all.filter(|d| d.projected) {
            dual::project(params.get_mut(dual.raw));
        }
    }
}
