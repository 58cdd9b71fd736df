//! EM control on a discrete task: nothing is sampled, the posterior is solved for on every action.

use super::{about_policy, with_policy_cost};
use crate::critic;
use crate::diagnostics;
use crate::math::mstep;
use crate::math::posterior::Posterior;
use crate::metrics::{Logged, Metric};
use crate::nets::Nets;
use crate::plan::{Plan, Policy, Temperature};
use crate::record::Record;
use coadapt_nn::dist::Categorical;
use coadapt_nn::{Axis, Graph, Node, Shape};

/// Every action at the next states, as the previous policy and the target critics see it.
struct Evaluated<'g> {
    /// The previous policy.
    prior: Categorical<'g>,
    /// ln pi_prev(a|s'), [n, B, 1].
    log_prior: Node<'g>,
    /// G of every action, [n, B, 1].
    scores: Node<'g>,
    /// What the target makes of the next states, [1, B, 1].
    next_value: Node<'g>,
}

/// Records a whole update on every action of a discrete task at the next states (MPO with a softmax policy).
///
/// It needs no random numbers.
pub fn update_on_all_actions<'g>(record: &mut Record<'_, 'g>, temperature: Temperature) -> Logged<'g> {
    let Record { plan, nets, graph, batch, .. } = *record;
    let duals = &nets.duals;
    let eta = temperature.node(graph, duals.temperature.as_ref().map(|t| t.raw(graph)));
    let Evaluated { prior, log_prior, scores, next_value } = evaluate(record, eta);
    // Policy evaluation.
    let mut logged = critic::step(nets, graph, batch, next_value);
    // E-step.
    let posterior = Posterior::new(log_prior, scores, eta);
    let weights = posterior.weights();
    let dual_loss = temperature.bound().map(|epsilon| posterior.dual_loss(epsilon as f32));
    let prior_score = (log_prior.exp() * scores).sum(Axis::Group).mean_all();
    logged.extend([(Metric::ScoreMean, prior_score), (Metric::Eta, eta)]);
    logged.extend(diagnostics::of_posterior(temperature, posterior.kl()));
    logged.push((Metric::WeightEss, posterior.effective_sample_size()));
    // M-step.
    let policy = nets.policy(graph, batch.next_obs).softmax();
    let (loss, multiplier_loss) = m_step(plan, nets, graph, [prior, policy], (weights, &mut logged));
    nets.step_policy(graph, loss);
    // Duals, all from the values they had before the update.
    for (dual, loss) in [(&duals.temperature, dual_loss), (&duals.multiplier, multiplier_loss)] {
        if let (Some(dual), Some(loss)) = (dual, loss) {
            dual.step(graph, loss);
        }
    }
    logged.extend(about_policy(Policy::Softmax(policy)));
    logged.extend(dual_loss.map(|loss| (Metric::DualLoss, loss)));
    logged
}

fn evaluate<'g>(record: &Record<'_, 'g>, eta: Node<'g>) -> Evaluated<'g> {
    let Record { critic: of_q, nets, graph, batch, .. } = *record;
    let prior = nets.previous_policy(graph, batch.next_obs).softmax();
    let actions = prior.every_choice();
    let log_prior = prior.log_prob(actions).stop_gradient();
    let q = nets.target_critics_of_samples(graph, batch.next_obs, actions);
    let Shape { groups, rows, .. } = log_prior.shape();
    let scores = of_q.critics.combine(q).reshape(Shape::new(groups, rows, 1)).stop_gradient();
    // The expectation itself, where samples would have given its estimate.
    let next_value = (log_prior.exp() * of_q.bonus.value(scores, Some(log_prior), eta)).sum(Axis::Group);
    Evaluated { prior, log_prior, scores, next_value }
}

/// The fit to the posterior within the trust region; gives its loss and that of the multiplier.
fn m_step<'g>(
    plan: &Plan,
    nets: &Nets,
    graph: &'g Graph,
    [prior, policy]: [Categorical<'g>; 2],
    (weights, logged): (Node<'g>, &mut Logged<'g>),
) -> (Node<'g>, Option<Node<'g>>) {
    let fit = mstep::weighted_nll(weights, policy.log_prob(policy.every_choice()));
    let fit = with_policy_cost(plan, Policy::Softmax(policy), fit);
    let prior = Categorical { logits: prior.logits.stop_gradient() };
    let kl = prior.kl(policy).mean_all();
    let multiplier = nets.duals.multiplier.as_ref().map(|dual| dual.softplus(graph));
    let region = multiplier.and_then(|multiplier| plan.region().whole_losses(multiplier, kl));
    let loss = region.map_or(fit, |(penalty, _)| fit + penalty);
    logged.push((Metric::PolicyLoss, loss));
    logged.extend(diagnostics::of_whole_step(plan.region(), kl));
    logged.extend(multiplier.map(|multiplier| (Metric::Multiplier, multiplier)));
    (loss, region.map(|(_, loss)| loss))
}
