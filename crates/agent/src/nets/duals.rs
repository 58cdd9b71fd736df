//! The dual variables of a run: temperatures and multipliers, each with its optimiser.

use crate::columns::{Penalty, PiP, TrustRegion};
use crate::math::dual;
use crate::method::Method;
use coadapt_nn::optim::{OptimConfig, Optimizer};
use coadapt_nn::{Graph, Node, Params, Shape, Span};

/// A positive scalar (or one by dimension) learned through an unbounded x.
#[derive(Debug, Clone)]
pub struct Dual {
    raw: Span,
    optimizer: Optimizer,
    projected: bool,
}

/// All of them; what the row has no use for is not there.
#[derive(Debug, Clone)]
pub struct Duals {
    /// x of the temperature eta, where it is learned.
    pub temperature: Option<Dual>,
    /// x of the penalty's temperature, where there is one.
    pub penalty: Option<Dual>,
    /// x of the trust region's multipliers of means and of standard deviations, where there is one.
    pub multipliers: Option<[Dual; 2]>,
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
    pub(super) fn register(method: &Method, action_dim: usize, params: &mut Params) -> Self {
        let eta = method.pi_q.eta();
        let temperature = eta.raw().map(|start| {
            let dual = Dual::register(params, "temperature", 1, start);
            Dual { projected: eta.is_projected(), ..dual }
        });
        let penalty = match method.pi.penalty {
            Penalty::Samples { initial_raw, lr, .. } => {
                Some(Dual::register(params, "penalty_temperature", 1, (initial_raw, lr)))
            }
            _ => None,
        };
        let multipliers = match method.pi_p {
            PiP::Sg { trust_region: TrustRegion::MeanStd { mean_raw, std_raw, lr, .. }, .. } => {
                let starts = [("multiplier_mean", mean_raw), ("multiplier_std", std_raw)];
                Some(starts.map(|(name, raw)| Dual::register(params, name, action_dim, (raw, lr))))
            }
            _ => None,
        };
        Duals { temperature, penalty, multipliers }
    }

    /// Brings what has fallen below its floor back to it.
    pub(super) fn project(&self, params: &mut Params) {
        let all = self.temperature.iter().chain(&self.penalty).chain(self.multipliers.iter().flatten());
        for dual in all.filter(|d| d.projected) {
            dual::project(params.get_mut(dual.raw));
        }
    }
}
