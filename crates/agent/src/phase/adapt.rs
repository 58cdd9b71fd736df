//! The temperature of a penalised surrogate, moved once an iteration by how far the policy went (PPO, Schulman et al. 2017,
//! Sec. 4).

use super::chunk::CHUNK;
use super::{Piece, Work};
use crate::episodes::Episodes;
use crate::metrics::Metric;
use crate::nets::Nets;
use crate::plan::Plan;
use coadapt_nn::{Graph, Params, Program, Shape, Slot, Span};

/// A KL so many times the target, or as many times below it, moves the temperature.
const BAND: f64 = 1.5;
/// How far it is moved.
const FACTOR: f32 = 2.0;
/// Where it stays, however long it is pushed: far from what f32 can no longer hold.
const RANGE: [f32; 2] = [1e-12, 1e12];

/// KL(pi_p || pi_q) at a chunk of observations.
#[derive(Debug)]
pub(crate) struct Adaptation {
    program: Program,
    obs: Slot,
    prior: Slot,
    kl: Slot,
    /// The mean KL that is wanted.
    target: f64,
    eta: Span,
    /// The sum over the observations so far.
    sum: f64,
}

pub(super) fn about(plan: &Plan) -> Vec<String> {
    let target = plan.posterior.eta().target().unwrap_or(f64::NAN);
    vec![format!(
        "eta doubled where the mean KL(pi_p || pi_q) of the rollout is above {BAND} times {target}, halved where it is below \
             {target} / {BAND} (Schulman et al. 2017, Sec. 4)"
    )]
}

impl Adaptation {
    /// Compiles what measures the KL; `None` where nothing is adapted.
    pub(crate) fn compile(plan: &Plan, nets: &Nets) -> Option<Self> {
        let (target, eta) = plan.posterior.eta().target().zip(nets.duals.adapted)?;
        let graph = Graph::new();
        let obs = graph.input(Shape::new(1, CHUNK, plan.dims.obs));
        let prior = graph.input(Shape::new(1, CHUNK, plan.policy.width(plan.dims.action)));
        let kl = plan.policy.read(prior).kl(nets.policy(&graph, obs));
        graph.output(kl);
        let program = Program::compile_at(&graph, plan.code.precision.into());
        let [obs, prior, kl] = [obs, prior, kl].map(|node| program.slot(node));
        Some(Adaptation { program, obs, prior, kl, target, eta, sum: 0.0 })
    }

    pub(crate) fn advance(&mut self, piece: u64, rollout: &Episodes, work: &mut Work<'_>) -> Piece {
        if piece == 0 {
            self.sum = 0.0;
        }
        let start = piece as usize * CHUNK;
        let end = (start + CHUNK).min(rollout.len());
        let width = self.prior.shape().cols;
        let table = &*work.table;
        self.program.write(self.obs).fill(0.0);
        self.program.write(self.prior).fill(1.0);
        let obs_width = self.obs.shape().cols;
        for (row, &at) in table.rows[start..end].iter().enumerate() {
            let (obs, prior) = (rollout.obs_rows(at..at + 1), table.prior_of(at, width));
            self.program.write(self.obs)[row * obs_width..(row + 1) * obs_width].copy_from_slice(obs);
            self.program.write(self.prior)[row * width..(row + 1) * width].copy_from_slice(prior);
        }
        self.program.run(work.params, work.pool);
        self.sum += self.program.read(self.kl)[..end - start].iter().map(|&kl| f64::from(kl)).sum::<f64>();
        if end < rollout.len() {
            return Piece::More;
        }
        let kl = self.sum / rollout.len() as f64;
        work.logged.extend([(Metric::KlQ, kl), (Metric::KlQRelative, kl / self.target)]);
        adapt(work.params, self.eta, kl / self.target);
        Piece::Last
    }

    /// The sum over the pieces so far, as bits.
    pub(crate) fn sum(&self) -> u64 {
        self.sum.to_bits()
    }

    /// Puts back what [`Adaptation::sum`] gave.
    pub(crate) fn restore(&mut self, sum: u64) {
        self.sum = f64::from_bits(sum);
    }
}

/// Moves eta by a KL that is `relative` times its target. A KL that is no number moves nothing.
fn adapt(params: &mut Params, eta: Span, relative: f64) {
    let [low, high] = RANGE;
    let eta = &mut params.get_mut(eta)[0];
    if relative > BAND {
        *eta = (*eta * FACTOR).min(high);
    } else if relative < 1.0 / BAND {
        *eta = (*eta / FACTOR).max(low);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eta_follows_the_kl_by_factors_of_two_and_stays_a_number() {
        let mut params = Params::new();
        let eta = params.add("temperature", Shape::SCALAR);
        params.get_mut(eta)[0] = 1.0;
        let mut after = |relative: f64| {
            adapt(&mut params, eta, relative);
            params.get(eta)[0]
        };
        assert_eq!([1.51, 1.5, 1.0, 0.67, 0.66, 0.1].map(&mut after), [2.0, 2.0, 2.0, 2.0, 1.0, 0.5]);
        assert_eq!(after(f64::NAN), 0.5);
        (0..500).for_each(|_| assert!(after(0.0) > 0.0));
        (0..500).for_each(|_| assert!(after(9.0).is_finite()));
    }
}
