//! KL control (Sec. 4.1.2): one step of the parametric posterior up the objective, the prior given.

use crate::columns::Penalty;
use crate::critic;
use crate::diagnostics;
use crate::math::{bounds, estep};
use crate::metrics::{Logged, Metric};
use crate::plan::{Policy, Temperature};
use crate::record::Record;
use coadapt_nn::Node;

/// Records a whole update: the critics, then the policy with the evaluated critics, then the temperatures.
///
/// Noise, in this order: of one action a state for the next actions, for the action through which the objective is
/// differentiated, and of the penalty's own samples where it has any.
pub fn update<'g>(record: &mut Record<'_, 'g>, temperature: Temperature) -> Logged<'g> {
    let Record { critic: of_q, nets, graph, batch, .. } = *record;
    let duals = &nets.duals;
    let eta = temperature.node(graph, duals.temperature.as_ref().map(|t| t.raw(graph)));
    let noise = [record.draws.normal(1), record.draws.normal(1)];
    // Policy evaluation.
    let next_value = critic::online_next_value(of_q, nets, graph, batch, (noise[0], eta));
    let mut logged = critic::step(nets, graph, batch, next_value);
    // Improvement.
    let policy = nets.policy(graph, batch.obs);
    let (action, log_prob) = policy.sample(noise[1]);
    let score = of_q.critics.combine(nets.critics(graph, batch.obs, action));
    let log_ratio = nets.log_ratio(graph, batch.obs, (policy, log_prob));
    let objective = temperature.ascent_loss(eta, log_ratio, score);
    let (loss, penalty_loss) = with_penalty(record, policy, (objective, eta));
    let dual_loss = temperature.gradient_dual(eta, (log_prob, log_ratio), action.shape().cols);
    nets.step_policy(graph, loss);
    for (dual, loss) in [(&duals.temperature, dual_loss), (&duals.penalty, penalty_loss)] {
        if let (Some(dual), Some(loss)) = (dual, loss) {
            dual.step(graph, loss);
        }
    }
    logged.extend(diagnostics::of_policy(policy));
    logged.extend([
        (Metric::PolicyLoss, loss),
        (Metric::Entropy, -log_prob.mean_all()),
        (Metric::ScoreMean, score.mean_all()),
        (Metric::Eta, eta),
    ]);
    if nets.has_lagged_prior() {
        logged.extend(diagnostics::of_posterior(temperature, log_ratio.mean_all()));
    }
    logged.extend(dual_loss.map(|loss| (Metric::DualLoss, loss)));
    logged
}

/// Adds what being outside the box costs; gives the loss of the penalty's temperature beside it.
///
/// A penalty of samples is a second objective under the same entropy, E [c / eta_c] with c the distance from the
/// box, so that beside the first, whose terms are multiplied by eta, it weighs eta / eta_c. Its temperature is
/// learned as in MPO's E-step.
fn with_penalty<'g>(
    record: &mut Record<'_, 'g>,
    policy: Policy<'g>,
    (objective, eta): (Node<'g>, Node<'g>),
) -> (Node<'g>, Option<Node<'g>>) {
    match (record.plan.policy.penalty, &record.nets.duals.penalty) {
        (Penalty::MeanL2 { coefficient }, _) => {
            (objective + bounds::mean_loss(policy.mode(), coefficient as f32), None)
        }
        (Penalty::Samples { samples, epsilon, .. }, Some(dual)) => {
            let actions = policy.sample(record.draws.normal(samples)).0;
            let temperature = dual.softplus(record.graph);
            let weight = (eta / temperature).stop_gradient();
            let loss = objective + weight * bounds::distance(actions).mean_all();
            (loss, Some(estep::dual_loss(bounds::penalty_scores(actions), temperature, epsilon as f32)))
        }
        (Penalty::Off | Penalty::LogitL2 { .. }, _) | (Penalty::Samples { .. }, None) => (objective, None),
    }
}
