//! Advantages of every stored transition, and what a posterior over all of them is made of (Sec. 4.2.2).

use super::{Piece, Work};
use crate::code::AdvantageNorm;
use crate::columns::Portion;
use crate::math::{statistics, weights};
use crate::metrics::Metric;
use crate::phase::Table;
use crate::plan::{Plan, Posterior};

/// What is made of the advantages.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Weighing {
    /// AWR's weights, at a temperature and with a largest weight.
    Exponential { eta: f64, clip: f64 },
    /// Nothing but their scale, and the part of them that is marked as the best.
    Compared { norm: AdvantageNorm, best: Option<f64> },
}

impl Weighing {
    fn of(plan: &Plan) -> Self {
        let best = match plan.posterior {
            Posterior::OverData { eta, clip } => return Weighing::Exponential { eta, clip },
            Posterior::Top { fraction, of: Portion::Rollout, .. } => Some(fraction),
            Posterior::Top { of: Portion::Minibatch, .. } | Posterior::Surrogate(_) => None,
            Posterior::Reparameterised { .. }
            | Posterior::PerState { .. }
            | Posterior::AllActions { .. }
            | Posterior::PerBatch { .. } => panic!("weights over all data where the plan has none"),
        };
        Weighing::Compared { norm: plan.code.advantage_norm, best }
    }
}

pub(super) fn about(plan: &Plan) -> Vec<String> {
    match Weighing::of(plan) {
        Weighing::Exponential { eta, clip } => vec![
            "A = G - V, standardised over all data".to_owned(),
            format!("w = min(exp(A / {eta}), {clip}) (Eq. 2 with Z(s) = 1, Sec. 4.2.2)"),
        ],
        Weighing::Compared { norm, best } => {
            let over = if norm == AdvantageNorm::Rollout { ", standardised over the rollout" } else { "" };
            let mut lines = vec![format!("A = G - V{over}")];
            lines.extend(best.map(|part| format!("the {} % with the largest A are marked", 100.0 * part)));
            lines
        }
    }
}

/// Fills what follows from values and returns.
pub(crate) fn fill(plan: &Plan, table: &mut Table) {
    match Weighing::of(plan) {
        Weighing::Exponential { eta, clip } => table.weigh(eta, clip),
        Weighing::Compared { norm, best } => table.compare(norm, best),
    }
}

pub(super) fn advance(work: &mut Work<'_>) -> Piece {
    fill(work.plan, work.table);
    let Table { returns, advantages, weights, .. } = &*work.table;
    let of_advantages = statistics::moments(advantages);
    let target_mean = (Metric::TargetMean, statistics::moments(returns).mean);
    match Weighing::of(work.plan) {
        Weighing::Exponential { eta, clip } => work.logged.extend([
            target_mean,
            (Metric::ScoreMean, of_advantages.mean),
            (Metric::Eta, eta),
            (Metric::AdvantageStd, of_advantages.std),
            (Metric::WeightEss, weights::effective_sample_size(weights)),
            (Metric::ClippedFraction, weights::clipped_fraction(weights, clip)),
        ]),
        Weighing::Compared { .. } => {
            work.logged.extend([target_mean, (Metric::AdvantageStd, of_advantages.std)]);
        }
    }
    Piece::Last
}
