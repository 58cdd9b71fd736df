//! What is logged of a policy, of its posterior's weights and of a trust region.

use crate::columns::{Eta, PiP, PiQ, Policy, TrustRegion};
use crate::math::estep;
use crate::math::gaussian_kl::DecoupledKl;
use crate::method::Method;
use crate::metrics::{Logged, Metric};
use coadapt_nn::Node;

/// An action this near the edge of the box, or beyond it, counts as saturated.
const SATURATED: f32 = 0.99;

/// The policy's spread, the size of its mean, and how many numbers of its actions without noise are at the edge.
pub fn of_policy(policy: Policy<'_>) -> Logged<'_> {
    vec![
        (Metric::PolicyStd, policy.std.mean_all()),
        (Metric::MeanSize, policy.mean.abs().mean_all()),
        (Metric::Saturation, policy.mode().abs().at_least(SATURATED).mean_all()),
    ]
}

/// The KL of posterior and prior, alone and against its bound where eta is learned from one.
pub fn of_posterior<'g>(method: &Method, kl: Node<'g>) -> Logged<'g> {
    let mut logged = vec![(Metric::KlQ, kl)];
    if let PiQ::Analytic { eta: Eta::Dual { epsilon, .. }, .. }
    | PiQ::Gradient { eta: Eta::Dual { epsilon, .. }, .. } = method.pi_q
    {
        logged.push((Metric::KlQRelative, kl / epsilon as f32));
    }
    logged
}

/// How the weights [N, B, 1] of samples differ from equal ones.
pub fn of_weights<'g>(method: &Method, weights: Node<'g>) -> Logged<'g> {
    let mut logged = of_posterior(method, estep::kl_to_uniform(weights));
    logged.push((Metric::WeightEss, estep::effective_sample_size(weights)));
    logged
}

/// The KLs of a step, by dimension, alone and against their bounds where there are any.
pub fn of_step<'g>(method: &Method, kl: DecoupledKl<'g>) -> Logged<'g> {
    let (by_mean, by_std) = (kl.mean.mean_all(), kl.std.mean_all());
    let mut logged = vec![(Metric::KlMean, by_mean), (Metric::KlStd, by_std)];
    if let PiP::Sg { trust_region: TrustRegion::MeanStd { mean, std, .. }, .. } = method.pi_p {
        logged.push((Metric::KlMeanRelative, by_mean / mean as f32));
        logged.push((Metric::KlStdRelative, by_std / std as f32));
    }
    logged
}
