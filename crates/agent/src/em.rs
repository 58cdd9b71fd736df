//! EM control (Sec. 4.1.1): the posterior is solved for on samples, then the parametric prior is fitted to it.

use crate::batch::BatchNodes;
use crate::columns::{Actions, Penalty, PiP, PiQ, Policy, Weights};
use crate::critic;
use crate::diagnostics;
use crate::draws::Draws;
use crate::error::Error;
use crate::math::{bounds, estep, gaussian_kl, mstep};
use crate::method::Method;
use crate::metrics::{Logged, Metric};
use crate::nets::Nets;
use crate::retrace;
use coadapt_nn::{Graph, Node, Shape};

/// Samples of the previous policy at the next states.
struct Sampled<'g> {
    /// The previous policy.
    prior: Policy<'g>,
    /// Those of the E-step and the M-step, [N, B, D]; constants.
    actions: Node<'g>,
    /// G of them, [N, B, 1].
    scores: Node<'g>,
    /// What the target makes of the next states, [N, B, 1].
    next_value: Node<'g>,
}

/// Records a whole update on samples of the previous policy at the next states (MPO).
///
/// `draws`, in this order: noise [N, B, D] of the samples, which serve the critics' target and the E-step both;
/// with a uniform mix, noise of samples for the E-step alone, uniform actions, and the coins that choose; with
/// Retrace, noise of samples at the later states of a window. The next states of n-step targets are n steps later.
pub fn update_on_samples<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    batch: &BatchNodes<'g>,
    draws: &mut Draws<'g>,
) -> Result<Logged<'g>, Error> {
    let duals = &nets.duals;
    let eta = method.pi_q.eta().node(graph, duals.temperature.as_ref().map(|t| t.raw(graph)));
    let Sampled { prior, actions, scores, next_value } = samples(method, nets, graph, batch, (draws, eta))?;
    // Policy evaluation.
    let next_value = retrace::next_value(method, nets, graph, batch, draws, (next_value, eta))?;
    let mut logged = critic::step(method, nets, graph, batch, next_value);
    // E-step.
    let weights = method.pi_q.sample_weights(scores, eta).ok_or_else(|| not_samples(method))?;
    let dual_loss = method.pi_q.estep_dual(eta, scores);
    logged.extend([(Metric::ScoreMean, scores.mean_all()), (Metric::Eta, eta)]);
    logged.extend(diagnostics::of_weights(method, weights));
    let (weights, penalty_loss) = with_penalty(method, nets, graph, actions, weights);
    // M-step.
    let policy = nets.policy(method, graph, batch.next_obs)?;
    let (loss, multiplier_loss) =
        m_step(method, nets, graph, [prior, policy], (actions, weights), &mut logged);
    nets.step_policy(graph, loss);
    // Duals, all from the values they had before the update.
    for (dual, loss) in [(&duals.temperature, dual_loss), (&duals.penalty, penalty_loss)] {
        if let (Some(dual), Some(loss)) = (dual, loss) {
            dual.step(graph, loss);
        }
    }
    if let (Some(duals), Some(loss)) = (&duals.multipliers, multiplier_loss) {
        duals.iter().for_each(|dual| dual.step(graph, loss));
    }
    logged.extend(about_policy(policy));
    logged.extend(dual_loss.map(|loss| (Metric::DualLoss, loss)));
    Ok(logged)
}

/// Draws the samples and evaluates them.
fn samples<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    batch: &BatchNodes<'g>,
    (draws, eta): (&mut Draws<'g>, Node<'g>),
) -> Result<Sampled<'g>, Error> {
    let (Actions::Previous { samples: count } | Actions::UniformMix { samples: count, .. }) =
        actions_of(method)
    else {
        return Err(not_samples(method));
    };
    let prior = nets.previous_policy(method, graph, batch.next_obs)?;
    let scored = |actions: Node<'g>| critic::of_samples(method, nets, graph, (batch.next_obs, actions));
    let (actions, log_prob) = prior.sample(draws.normal(count));
    let (actions, scores) = (actions.stop_gradient(), scored(actions.stop_gradient()));
    let next_value = method.g.next_value(scores, log_prob, eta);
    let (actions, scores) = match actions_of(method) {
        Actions::UniformMix { alpha, .. } => {
            // The critics' target keeps samples of the policy alone.
            let own = prior.sample(draws.normal(count)).0.stop_gradient();
            let mixed = mixed_with_uniform(own, (draws, count, alpha));
            (mixed, scored(mixed))
        }
        _ => (actions, scores),
    };
    Ok(Sampled { prior, actions, scores, next_value })
}

fn actions_of(method: &Method) -> Actions {
    match method.pi_p {
        PiP::Sg { actions, .. } => actions,
        _ => Actions::Mixture,
    }
}

/// Each of `actions` [N, B, D] replaced by a uniform one with probability alpha (App. G).
fn mixed_with_uniform<'g>(
    actions: Node<'g>,
    (draws, samples, alpha): (&mut Draws<'g>, usize, f64),
) -> Node<'g> {
    let uniform = draws.uniform(samples);
    let coin = draws.coin(samples, alpha);
    // Not actions + coin (uniform - actions), which would round an action that is kept.
    coin * uniform + (1.0 - coin) * actions
}

/// The fit to the weighted actions within the trust region; gives its loss and that of the multipliers.
fn m_step<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    [prior, policy]: [Policy<'g>; 2],
    (actions, weights): (Node<'g>, Node<'g>),
    logged: &mut Logged<'g>,
) -> (Node<'g>, Option<Node<'g>>) {
    let (unsquashed, _) = policy.unsquashed(actions);
    let nll = mstep::decoupled_nll(weights, unsquashed, policy.gaussian(), prior.gaussian());
    let kl = gaussian_kl::decoupled(prior.gaussian(), policy.gaussian());
    let multipliers = nets.duals.multipliers.as_ref().map(|m| [m[0].softplus(graph), m[1].softplus(graph)]);
    let region = match (method.pi_p, multipliers) {
        (PiP::Sg { trust_region, .. }, Some(m)) => trust_region.losses(m, [kl.mean, kl.std]),
        _ => None,
    };
    let fit = with_mean_loss(method, policy, nll.mean + nll.std);
    let loss = region.map_or(fit, |(penalty, _)| fit + penalty);
    logged.push((Metric::PolicyLoss, loss));
    logged.extend(diagnostics::of_step(method, kl));
    if let Some([mean, std]) = multipliers {
        logged.extend([(Metric::MultiplierMean, mean.mean_all()), (Metric::MultiplierStd, std.mean_all())]);
    }
    (loss, region.map(|(_, loss)| loss))
}

/// Adds the weights of the second objective, the distance of samples from the box, where there is one; gives
/// the loss of its temperature beside them.
///
/// Actions that are squashed into the box cost nothing: their weights are equal, and still pull towards the
/// prior as the released code would have it.
fn with_penalty<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    actions: Node<'g>,
    weights: Node<'g>,
) -> (Node<'g>, Option<Node<'g>>) {
    let (Penalty::Samples { epsilon, .. }, Some(dual)) = (method.pi.penalty, &nets.duals.penalty) else {
        return (weights, None);
    };
    let costs = bounds::penalty_scores(actions);
    let eta = dual.softplus(graph);
    let loss = estep::dual_loss(costs, eta, epsilon as f32);
    (weights + estep::boltzmann_weights(costs, eta), Some(loss))
}

/// Records a whole update on the replay's own actions, weighed within the batch (AWAC).
///
/// `draws`, in this order: noise of one action a state for the next actions and for the baseline's; with a uniform
/// mix, uniform actions and the coins that choose. Advantages are those of the critics before their step.
pub fn update_on_replay<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    batch: &BatchNodes<'g>,
    draws: &mut Draws<'g>,
) -> Result<Logged<'g>, Error> {
    let eta = method.pi_q.eta().node(graph, None);
    let noise = [draws.normal(1), draws.normal(1)];
    let action = match actions_of(method) {
        Actions::MixtureUniform { alpha } => mixed_with_uniform(batch.action, (draws, 1, alpha)),
        _ => batch.action,
    };
    // E-step.
    let policy = nets.policy(method, graph, batch.obs)?;
    let baseline = policy.sample(noise[1]).0.stop_gradient();
    let value_of = |action| method.estimate.critics.combine(nets.critics(graph, batch.obs, action));
    let advantage = (value_of(action) - value_of(baseline)).stop_gradient();
    let weights = method.pi_q.sample_weights(advantage, eta).ok_or_else(|| not_samples(method))?;
    // M-step, recorded with the critics' step before the policy's.
    let loss = weighted_fit(method, policy, weights, action);
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
    with_mean_loss(method, policy, mstep::weighted_nll(weights, policy.log_prob(action)))
}

/// Adds what an action without noise outside the box costs, where it does.
fn with_mean_loss<'g>(method: &Method, policy: Policy<'g>, fit: Node<'g>) -> Node<'g> {
    match method.pi.penalty {
        Penalty::MeanL2 { coefficient } => fit + bounds::mean_loss(policy.mode(), coefficient as f32),
        _ => fit,
    }
}

fn about_policy(policy: Policy<'_>) -> Logged<'_> {
    let mut logged = diagnostics::of_policy(policy);
    logged.push((Metric::Entropy, policy.gaussian().entropy().mean_all()));
    logged
}

fn not_samples(method: &Method) -> Error {
    let reason = "weights of one batch are by state or by batch";
    Error::NotBuilt { column: "pi_q", cell: method.pi_q.to_string(), reason }
}
