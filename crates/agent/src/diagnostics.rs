//! What is logged of a policy, of its posterior's weights and of a trust region.

use crate::columns::TrustRegion;
use crate::math::estep;
use crate::math::gaussian_kl::DecoupledKl;
use crate::metrics::{Logged, Metric};
use crate::plan::{Policy, Temperature};
use coadapt_nn::Node;

/// An action this near the edge of the box, or beyond it, counts as saturated.
const SATURATED: f32 = 0.99;

/// A Gaussian's spread, the size of its mean, and how many numbers of its actions without noise are at the edge; of a policy
/// without noise the same but the spread; the size of a softmax's logits.
pub fn of_policy(policy: Policy<'_>) -> Logged<'_> {
    match policy {
        Policy::Normal(policy) => vec![
            (Metric::PolicyStd, policy.std.mean_all()),
            (Metric::MeanSize, policy.mean.abs().mean_all()),
            (Metric::Saturation, policy.mode().abs().at_least(SATURATED).mean_all()),
        ],
        Policy::Delta(policy) => vec![
            (Metric::MeanSize, policy.output.abs().mean_all()),
            (Metric::Saturation, policy.action.abs().at_least(SATURATED).mean_all()),
        ],
        Policy::Softmax(policy) => vec![(Metric::LogitSize, policy.logits.abs().mean_all())],
    }
}

/// The KL of posterior and prior, alone and against its bound where eta is learned from one.
pub fn of_posterior<'g>(eta: Temperature, kl: Node<'g>) -> Logged<'g> {
    let mut logged = vec![(Metric::KlQ, kl)];
    if let Some(epsilon) = eta.bound() {
        logged.push((Metric::KlQRelative, kl / epsilon as f32));
    }
    logged
}

/// How the weights [N, B, 1] of samples differ from equal ones.
pub fn of_weights<'g>(eta: Temperature, weights: Node<'g>) -> Logged<'g> {
    let mut logged = of_posterior(eta, estep::kl_to_uniform(weights));
    logged.push((Metric::WeightEss, estep::effective_sample_size(weights)));
    logged
}

/// The KL of a step of the whole policy, alone and against its bound where there is one.
pub fn of_whole_step<'g>(region: TrustRegion, kl: Node<'g>) -> Logged<'g> {
    let mut logged = vec![(Metric::KlStep, kl)];
    if let TrustRegion::Whole { epsilon, .. } = region {
        logged.push((Metric::KlStepRelative, kl / epsilon as f32));
    }
    logged
}

/// The KLs of a step, by dimension, alone and against their bounds where there are any.
pub fn of_step<'g>(region: TrustRegion, kl: DecoupledKl<'g>) -> Logged<'g> {
    let (by_mean, by_std) = (kl.mean.mean_all(), kl.std.mean_all());
    let mut logged = vec![(Metric::KlMean, by_mean), (Metric::KlStd, by_std)];
    if let TrustRegion::MeanStd { mean, std, .. } = region {
        logged.push((Metric::KlMeanRelative, by_mean / mean as f32));
        logged.push((Metric::KlStdRelative, by_std / std as f32));
    }
    logged
}
