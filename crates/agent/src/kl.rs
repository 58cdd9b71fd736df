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
/// differentiated, and of the penalty's own samples where it has any; none for actions of a policy without noise, but of
/// smoothed next actions.
pub fn update<'g>(record: &mut Record<'_, 'g>, temperature: Temperature) -> Logged<'g> {
    let eta = eta(record, temperature);
    let mut logged = evaluate(record, eta);
    improve(record, (temperature, eta), &mut logged);
    logged
}

/// Records an update of the critics alone, as between two steps of a policy that is delayed.
pub fn update_critics<'g>(record: &mut Record<'_, 'g>, temperature: Temperature) -> Logged<'g> {
    let eta = eta(record, temperature);
    evaluate(record, eta)
}

fn eta<'g>(record: &Record<'_, 'g>, temperature: Temperature) -> Node<'g> {
    let dual = record.nets.duals.temperature.as_ref();
    temperature.node(record.graph, dual.map(|dual| dual.raw(record.graph)))
}

/// Policy evaluation.
fn evaluate<'g>(record: &mut Record<'_, 'g>, eta: Node<'g>) -> Logged<'g> {
    let Record { critic: of_q, nets, graph, batch, .. } = *record;
    let noise = || record.draws.normal(1);
    let next_value = critic::one_next_value(of_q, nets, (graph, batch), (noise, eta));
    critic::step(nets, graph, batch, next_value)
}

/// Improvement.
fn improve<'g>(
    record: &mut Record<'_, 'g>,
    (temperature, eta): (Temperature, Node<'g>),
    logged: &mut Logged<'g>,
) {
    let Record { critic: of_q, nets, graph, batch, .. } = *record;
    let duals = &nets.duals;
    let policy = nets.policy(graph, batch.obs);
    let (action, log_prob) = policy.sample(|| record.draws.normal(1));
    let score = nets.climbed(graph, of_q, (batch.obs, action));
    let log_ratio = nets.log_ratio(graph, batch.obs, (policy, log_prob));
    let objective = temperature.ascent_loss(eta, log_ratio, score);
    let (loss, penalty_loss) = with_penalty(record, policy, (objective, eta));
    let width = action.shape().cols;
    let dual_loss = log_prob.zip(log_ratio).and_then(|of| temperature.gradient_dual(eta, of, width));
    nets.step_policy(graph, loss);
    for (dual, loss) in [(&duals.temperature, dual_loss), (&duals.penalty, penalty_loss)] {
        if let (Some(dual), Some(loss)) = (dual, loss) {
            dual.step(graph, loss);
        }
    }
    logged.extend(diagnostics::of_policy(policy));
    logged.push((Metric::PolicyLoss, loss));
    logged.extend(log_prob.map(|log_prob| (Metric::Entropy, -log_prob.mean_all())));
    logged.extend([(Metric::ScoreMean, score.mean_all()), (Metric::Eta, eta)]);
    if let (true, Some(log_ratio)) = (nets.has_lagged_prior(), log_ratio) {
        logged.extend(diagnostics::of_posterior(temperature, log_ratio.mean_all()));
    }
    logged.extend(dual_loss.map(|loss| (Metric::DualLoss, loss)));
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
            let actions = policy.sample(|| record.draws.normal(samples)).0;
            let temperature = dual.softplus(record.graph);
            let weight = (eta / temperature).stop_gradient();
            let loss = objective + weight * bounds::distance(actions).mean_all();
            (loss, Some(estep::dual_loss(bounds::penalty_scores(actions), temperature, epsilon as f32)))
        }
        (Penalty::Off | Penalty::LogitL2 { .. }, _) | (Penalty::Samples { .. }, None) => (objective, None),
    }
}
