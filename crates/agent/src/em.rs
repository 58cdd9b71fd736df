//! EM control (Sec. 4.1.1): the posterior is solved for on samples, then the parametric prior is fitted to it.

mod all_actions;

pub use all_actions::update_on_all_actions;

use crate::columns::Penalty;
use crate::critic;
use crate::diagnostics;
use crate::math::{bounds, estep, gaussian_kl, mstep};
use crate::metrics::{Logged, Metric};
use crate::nets::Nets;
use crate::noise::NoiseInputs;
use crate::plan::{NextActions, NormalPolicy, Plan, Policy, Temperature};
use crate::record::Record;
use crate::retrace;
use coadapt_nn::{Graph, Node, Shape};

/// Samples of the previous policy at the next states.
struct Sampled<'g> {
    /// The previous policy.
    prior: NormalPolicy<'g>,
    /// Those of the E-step and the M-step, [N, B, D]; constants.
    actions: Node<'g>,
    /// G of them, [N, B, 1].
    scores: Node<'g>,
    /// What the target makes of the next states, [N, B, 1], or [1, B, 1] of the online policy.
    next_value: Node<'g>,
}

/// Records a whole update on `count` samples a state of the previous policy at the next states (MPO), of which the
/// share `uniform` is replaced by uniform actions.
///
/// Random numbers, in this order: where the target's next actions are the online policy's, noise [1, B, D] of those;
/// noise [N, B, D] of the samples, which else serve the critics' target and the E-step both;
/// with a uniform mix, noise of samples for the E-step alone, uniform actions, and the coins that choose; with
/// Retrace, noise of samples at the later states of a window. The next states of n-step targets are n steps later.
pub fn update_on_samples<'g>(
    record: &mut Record<'_, 'g>,
    temperature: Temperature,
    (count, uniform): (usize, Option<f64>),
) -> Logged<'g> {
    let Record { plan, nets, graph, batch, .. } = *record;
    let duals = &nets.duals;
    let eta = temperature.node(graph, duals.temperature.as_ref().map(|t| t.raw(graph)));
    let Sampled { prior, actions, scores, next_value } = samples(record, (count, uniform), eta);
    // Policy evaluation.
    let next_value = retrace::next_value(record, (next_value, eta));
    let mut logged = critic::step(nets, graph, batch, next_value);
    // E-step.
    let weights = estep::boltzmann_weights(scores, eta);
    let dual_loss = temperature.bound().map(|epsilon| estep::dual_loss(scores, eta, epsilon as f32));
    logged.extend([(Metric::ScoreMean, scores.mean_all()), (Metric::Eta, eta)]);
    logged.extend(diagnostics::of_weights(temperature, weights));
    let (weights, penalty_loss) = with_penalty(plan, nets, graph, actions, weights);
    // M-step.
    let policy = nets.policy(graph, batch.next_obs).normal();
    let (loss, multiplier_loss) = m_step(plan, nets, graph, [prior, policy], (actions, weights), &mut logged);
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
    logged.extend(about_policy(Policy::Normal(policy)));
    logged.extend(dual_loss.map(|loss| (Metric::DualLoss, loss)));
    logged
}

/// Draws the samples and evaluates them.
fn samples<'g>(
    record: &mut Record<'_, 'g>,
    (count, uniform): (usize, Option<f64>),
    eta: Node<'g>,
) -> Sampled<'g> {
    let Record { critic: of_q, nets, graph, batch, .. } = *record;
    let prior = nets.previous_policy(graph, batch.next_obs).normal();
    let scored = |actions: Node<'g>| critic::of_samples(of_q, nets, graph, (batch.next_obs, actions));
    let of_online = (of_q.next == NextActions::Online).then(|| record.draws.normal(1));
    let (actions, log_prob) = prior.sample(record.draws.normal(count));
    let (actions, scores) = (actions.stop_gradient(), scored(actions.stop_gradient()));
    let next_value = match of_online {
        Some(noise) => critic::one_next_value(of_q, nets, (graph, batch), (|| noise, eta)),
        None => of_q.bonus.value(scores, Some(log_prob), eta),
    };
    let (actions, scores) = match uniform {
        Some(alpha) => {
            // The critics' target keeps samples of the policy alone.
            let own = prior.sample(record.draws.normal(count)).0.stop_gradient();
            let mixed = mixed_with_uniform(own, (&mut record.draws, count, alpha));
            (mixed, scored(mixed))
        }
        None => (actions, scores),
    };
    Sampled { prior, actions, scores, next_value }
}

/// Each of `actions` [N, B, D] replaced by a uniform one with probability alpha (App. G).
fn mixed_with_uniform<'g>(
    actions: Node<'g>,
    (draws, samples, alpha): (&mut NoiseInputs<'g>, usize, f64),
) -> Node<'g> {
    let uniform = draws.uniform(samples);
    let coin = draws.coin(samples, alpha);
    // Not actions + coin (uniform - actions), which would round an action that is kept.
    coin * uniform + (1.0 - coin) * actions
}

/// The fit to the weighted actions within the trust region; gives its loss and that of the multipliers.
fn m_step<'g>(
    plan: &Plan,
    nets: &Nets,
    graph: &'g Graph,
    [prior, policy]: [NormalPolicy<'g>; 2],
    (actions, weights): (Node<'g>, Node<'g>),
    logged: &mut Logged<'g>,
) -> (Node<'g>, Option<Node<'g>>) {
    let (unsquashed, _) = policy.unsquashed(actions);
    let nll = mstep::decoupled_nll(weights, unsquashed, policy.gaussian(), prior.gaussian());
    let kl = gaussian_kl::decoupled(prior.gaussian(), policy.gaussian());
    let multipliers = nets.duals.multipliers.as_ref().map(|m| [m[0].softplus(graph), m[1].softplus(graph)]);
    let region = multipliers.and_then(|m| plan.region().losses(m, [kl.mean, kl.std]));
    let fit = with_policy_cost(plan, Policy::Normal(policy), nll.mean + nll.std);
    let loss = region.map_or(fit, |(penalty, _)| fit + penalty);
    logged.push((Metric::PolicyLoss, loss));
    logged.extend(diagnostics::of_step(plan.region(), kl));
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
    plan: &Plan,
    nets: &Nets,
    graph: &'g Graph,
    actions: Node<'g>,
    weights: Node<'g>,
) -> (Node<'g>, Option<Node<'g>>) {
    let (Penalty::Samples { epsilon, .. }, Some(dual)) = (plan.policy.penalty, &nets.duals.penalty) else {
        return (weights, None);
    };
    let costs = bounds::penalty_scores(actions);
    let eta = dual.softplus(graph);
    let loss = estep::dual_loss(costs, eta, epsilon as f32);
    (weights + estep::boltzmann_weights(costs, eta), Some(loss))
}

/// Records a whole update on the replay's own actions, weighed within the batch at `temperature` and clipped (AWAC), of
/// which the share `uniform` is replaced by uniform actions.
///
/// Random numbers, in this order: noise of one action a state for the next actions and for the baseline's; with a
/// uniform mix, uniform actions and the coins that choose. Advantages are those of the critics before their step.
pub fn update_on_replay<'g>(
    record: &mut Record<'_, 'g>,
    (temperature, clip): (f64, f64),
    uniform: Option<f64>,
) -> Logged<'g> {
    let Record { plan, critic: of_q, nets, graph, batch, .. } = *record;
    let eta = graph.constant(temperature as f32);
    let noise = [record.draws.normal(1), record.draws.normal(1)];
    let action = match uniform {
        Some(alpha) => mixed_with_uniform(batch.action, (&mut record.draws, 1, alpha)),
        None => batch.action,
    };
    // E-step.
    let policy = nets.policy(graph, batch.obs);
    let baseline = policy.sample(|| noise[1]).0.stop_gradient();
    let value_of = |action| of_q.critics.combine(nets.critics(graph, batch.obs, action));
    let advantage = (value_of(action) - value_of(baseline)).stop_gradient();
    let weights = estep::batch_weights(advantage, temperature as f32, clip as f32);
    // M-step, recorded with the critics' step before the policy's.
    let loss = weighted_fit(plan, policy, weights, action);
    // Policy evaluation.
    let next_value = critic::one_next_value(of_q, nets, (graph, batch), (|| noise[0], eta));
    let mut logged = critic::step(nets, graph, batch, next_value);
    nets.step_policy(graph, loss);
    let by_sample = weights.reshape(Shape::new(weights.shape().rows, 1, 1));
    logged.extend(about_policy(policy));
    logged.extend([
        (Metric::PolicyLoss, loss),
        (Metric::ScoreMean, advantage.mean_all()),
        (Metric::Eta, eta),
        (Metric::WeightEss, estep::effective_sample_size(by_sample)),
        (Metric::ClippedFraction, weights.at_least(clip as f32).mean_all()),
    ]);
    logged
}

/// Records a step of the policy on a minibatch whose weights [1, B, 1] were made over all data (AWR).
pub fn step_on_data<'g>(
    plan: &Plan,
    nets: &Nets,
    graph: &'g Graph,
    [obs, action, weights]: [Node<'g>; 3],
) -> Logged<'g> {
    let policy = nets.policy(graph, obs);
    let loss = weighted_fit(plan, policy, weights, action);
    nets.step_policy(graph, loss);
    let mut logged = vec![(Metric::PolicyLoss, loss)];
    logged.extend(about_policy(policy));
    logged
}

/// The weighted likelihood of given actions, and what the policy costs by itself.
fn weighted_fit<'g>(plan: &Plan, policy: Policy<'g>, weights: Node<'g>, action: Node<'g>) -> Node<'g> {
    with_policy_cost(plan, policy, mstep::weighted_nll(weights, policy.log_prob(action)))
}

/// Adds what an action without noise outside the box costs, or the size of the logits, where it does.
pub(crate) fn with_policy_cost<'g>(plan: &Plan, policy: Policy<'g>, fit: Node<'g>) -> Node<'g> {
    match (plan.policy.penalty, policy) {
        (Penalty::MeanL2 { coefficient }, _) => fit + bounds::mean_loss(policy.mode(), coefficient as f32),
        (Penalty::LogitL2 { coefficient }, Policy::Softmax(softmax)) => {
            fit + bounds::logit_loss(softmax.logits, coefficient as f32)
        }
        _ => fit,
    }
}

pub(crate) fn about_policy(policy: Policy<'_>) -> Logged<'_> {
    let mut logged = diagnostics::of_policy(policy);
    logged.push((Metric::Entropy, policy.entropy().mean_all()));
    logged
}
