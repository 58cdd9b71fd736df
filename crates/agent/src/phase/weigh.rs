//! Advantages and weights of every stored transition (AWR's E-step, Sec. 4.2.2).

use super::{Piece, Work};
use crate::math::{statistics, weights};
use crate::metrics::Metric;
use crate::phase::Table;
use crate::plan::{Plan, Posterior};

/// Temperature and largest weight.
pub(crate) fn numbers(plan: &Plan) -> (f64, f64) {
    match plan.posterior {
        Posterior::OverData { eta, clip } => (eta, clip),
        Posterior::Reparameterised { .. }
        | Posterior::PerState { .. }
        | Posterior::AllActions { .. }
        | Posterior::PerBatch { .. } => panic!("weights over all data where the plan has none"),
    }
}

pub(super) fn about(plan: &Plan) -> Vec<String> {
    let (eta, clip) = numbers(plan);
    vec![
        "A = G - V, standardised over all data".to_owned(),
        format!("w = min(exp(A / {eta}), {clip}) (Eq. 2 with Z(s) = 1, Sec. 4.2.2)"),
    ]
}

pub(super) fn advance(work: &mut Work<'_>) -> Piece {
    let (eta, clip) = numbers(work.plan);
    work.table.weigh(eta, clip);
    let Table { returns, advantages, weights, .. } = &*work.table;
    let of_advantages = statistics::moments(advantages);
    work.logged.extend([
        (Metric::TargetMean, statistics::moments(returns).mean),
        (Metric::ScoreMean, of_advantages.mean),
        (Metric::Eta, eta),
        (Metric::AdvantageStd, of_advantages.std),
        (Metric::WeightEss, weights::effective_sample_size(weights)),
        (Metric::ClippedFraction, weights::clipped_fraction(weights, clip)),
    ]);
    Piece::Last
}
