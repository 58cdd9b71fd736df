//! EM control (Sec. 4.1.1): the posterior is solved for on samples, then the parametric prior is fitted to it.

use crate::batch::BatchNodes;
use crate::columns::{Bounds, PiP, PiQ, Policy, Weights};
use crate::critic;
use crate::error::Error;
use crate::math::{bounds, estep, gaussian_kl, mstep};
use crate::method::Method;
use crate::metrics::{Logged, Metric};
use crate::nets::Nets;
use coadapt_nn::{Graph, Node, Shape};

/// Records a whole update on samples of the previous policy at the next states (MPO).
///
/// `noise` [N, B, D] draws the samples, which serve the critics' target and the E-step both.
pub fn update_on_samples<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    batch: &BatchNodes<'g>,
    noise: Node<'g>,
) -> Result<Logged<'g>, Error> {
    let eta = method.pi_q.eta().node(graph, nets.temperature.as_ref().map(|t| t.raw(graph)));
    let prior = nets.previous_policy(method, graph, batch.next_obs)?;
    let (actions, log_prob) = prior.sample(noise);
    let actions = actions.stop_gradient();
    let q = nets.target_critics_of_samples(graph, batch.next_obs, actions);
    let Shape { groups, rows, .. } = noise.shape();
    let scores = method.estimate.critics.combine(q).reshape(Shape::new(groups, rows, 1));
    // Policy evaluation.
    let next_value = method.g.next_value(scores, log_prob, eta);
    let mut logged = critic::step(method, nets, graph, batch, next_value);
    // E-step.
    let weights = method.pi_q.sample_weights(scores, eta).ok_or_else(|| not_samples(method))?;
    let dual_loss = method.pi_q.estep_dual(eta, scores);
    logged.extend([
        (Metric::ScoreMean, scores.mean_all()),
        (Metric::Eta, eta),
        (Metric::WeightEss, estep::effective_sample_size(weights)),
        (Metric::KlQ, estep::kl_to_uniform(weights)),
    ]);
    let (weights, penalty_loss) = with_penalty(method, nets, graph, actions, weights);
    // M-step.
    let policy = nets.policy(method, graph, batch.next_obs)?;
    let (unsquashed, _) = policy.unsquashed(actions);
    let nll = mstep::decoupled_nll(weights, unsquashed, policy.gaussian(), prior.gaussian());
    let kl = gaussian_kl::decoupled(prior.gaussian(), policy.gaussian());
    let multipliers = nets.multipliers.as_ref().map(|m| [m[0].softplus(graph), m[1].softplus(graph)]);
    let region = match (method.pi_p, multipliers) {
        (PiP::Sg { trust_region, .. }, Some(m)) => trust_region.losses(m, [kl.mean, kl.std]),
        _ => None,
    };
    let fit = nll.mean + nll.std;
    let loss = region.map_or(fit, |(penalty, _)| fit + penalty);
    nets.step_policy(graph, loss);
    // Duals, all from the values they had before the update.
    for (dual, loss) in [(&nets.temperature, dual_loss), (&nets.penalty, penalty_loss)] {
        if let (Some(dual), Some(loss)) = (dual, loss) {
            dual.step(graph, loss);
        }
    }
    if let (Some(duals), Some((_, loss))) = (&nets.multipliers, region) {
        duals.iter().for_each(|dual| dual.step(graph, loss));
    }
    logged.extend(about_policy(policy));
    logged.extend([
        (Metric::PolicyLoss, loss),
        (Metric::KlMean, kl.mean.mean_all()),
        (Metric::KlStd, kl.std.mean_all()),
    ]);
    logged.extend(dual_loss.map(|loss| (Metric::DualLoss, loss)));
    if let Some([mean, std]) = multipliers {
        logged.extend([(Metric::MultiplierMean, mean.mean_all()), (Metric::MultiplierStd, std.mean_all())]);
    }
    Ok(logged)
}

/// Adds the weights of the second objective, the distance of samples from the box, where there is one; gives
/// the loss of its temperature beside them.
fn with_penalty<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    actions: Node<'g>,
    weights: Node<'g>,
) -> (Node<'g>, Option<Node<'g>>) {
    let (Bounds::Penalty { epsilon, .. }, Some(dual)) = (method.pi.bounds, &nets.penalty) else {
        return (weights, None);
    };
    let costs = bounds::penalty_scores(actions);
    let eta = dual.softplus(graph);
    let loss = estep::dual_loss(costs, eta, epsilon as f32);
    (weights + estep::boltzmann_weights(costs, eta), Some(loss))
}

/// Records a whole update on the replay's own actions, weighed within the batch (AWAC).
///
/// `noise`: two [1, B, D], for the next actions and for the baseline's. Advantages are those of the critics
/// before their step.
pub fn update_on_replay<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    batch: &BatchNodes<'g>,
    noise: &[Node<'g>],
) -> Result<Logged<'g>, Error> {
    let eta = method.pi_q.eta().node(graph, None);
    // E-step.
    let policy = nets.policy(method, graph, batch.obs)?;
    let baseline = policy.sample(noise[1]).0.stop_gradient();
    let value_of = |action| method.estimate.critics.combine(nets.critics(graph, batch.obs, action));
    let advantage = (value_of(batch.action) - value_of(baseline)).stop_gradient();
    let weights = method.pi_q.sample_weights(advantage, eta).ok_or_else(|| not_samples(method))?;
    // M-step, recorded with the critics' step before the policy's.
    let loss = weighted_fit(method, policy, weights, batch.action);
    // Policy evaluation.
    let next_value = critic::online_next_value(method, nets, graph, batch, (noise[0], eta))?;
    let mut logged = critic::step(method, nets, graph, batch, next_value);
    nets.step_policy(graph, loss);
    let by_sample = weights.reshape(Shape::new(weights.shape().rows, 1, 1));
    logged.extend(about_policy(policy));
    logged.extend([
        (Metric::PolicyLoss, loss),
        (Metric::ScoreMean, advantage.mean_all()),
        (Metric::Eta, eta),
        (Metric::WeightEss, estep::effective_sample_size(by_sample)),
    ]);
    if let PiQ::Analytic { weights: Weights::Batch { clip }, .. } = method.pi_q {
        logged.push((Metric::ClippedFraction, weights.at_least(clip as f32).mean_all()));
    }
    Ok(logged)
}

/// Records a step of the policy on a minibatch whose weights [1, B, 1] were made over all data (AWR).
pub fn step_on_data<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    [obs, action, weights]: [Node<'g>; 3],
) -> Result<Logged<'g>, Error> {
    let policy = nets.policy(method, graph, obs)?;
    let loss = weighted_fit(method, policy, weights, action);
    nets.step_policy(graph, loss);
    let mut logged = vec![(Metric::PolicyLoss, loss)];
    logged.extend(about_policy(policy));
    Ok(logged)
}

/// The weighted likelihood of given actions, and what a mean outside the box costs.
fn weighted_fit<'g>(method: &Method, policy: Policy<'g>, weights: Node<'g>, action: Node<'g>) -> Node<'g> {
    let fit = mstep::weighted_nll(weights, policy.log_prob(action));
    match method.pi.bounds {
        Bounds::MeanL2 { coefficient } => fit + bounds::mean_loss(policy.mean, coefficient as f32),
        _ => fit,
    }
}

fn about_policy(policy: Policy<'_>) -> Logged<'_> {
    vec![
        (Metric::Entropy, policy.gaussian().entropy().mean_all()),
        (Metric::PolicyStd, policy.std.mean_all()),
        (Metric::MeanSize, policy.mean.abs().mean_all()),
    ]
}

fn not_samples(method: &Method) -> Error {
    let reason = "weights of one batch are by state or by batch";
    Error::NotBuilt { column: "pi_q", cell: method.pi_q.to_string(), reason }
}
