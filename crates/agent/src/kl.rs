//! KL control (Sec. 4.1.2): one step of the parametric posterior up the objective, the prior given.

use crate::batch::BatchNodes;
use crate::critic;
use crate::error::Error;
use crate::method::Method;
use crate::metrics::{Logged, Metric};
use crate::nets::Nets;
use coadapt_nn::{Graph, Node};

/// Records a whole update: the critics, then the policy with the evaluated critics, then the temperature.
///
/// `noise`: two [1, B, D], for the next actions and for one action a state, through which the objective is
/// differentiated.
pub fn update<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    batch: &BatchNodes<'g>,
    noise: &[Node<'g>],
) -> Result<Logged<'g>, Error> {
    let eta = method.pi_q.eta().node(graph, nets.temperature.as_ref().map(|t| t.raw(graph)));
    // Policy evaluation.
    let next_value = critic::online_next_value(method, nets, graph, batch, (noise[0], eta))?;
    let mut logged = critic::step(method, nets, graph, batch, next_value);
    // Improvement. The uniform prior's log density is a constant: ln pi_q stands for the whole log ratio.
    let policy = nets.policy(method, graph, batch.obs)?;
    let (action, log_prob) = policy.sample(noise[1]);
    let score = method.estimate.critics.combine(nets.critics(graph, batch.obs, action));
    let loss = method.pi_q.ascent_loss(eta, log_prob, score);
    let dual_loss = method.pi_q.entropy_dual(eta, log_prob, action.shape().cols);
    nets.step_policy(graph, loss);
    if let (Some(loss), Some(temperature)) = (dual_loss, &nets.temperature) {
        temperature.step(graph, loss);
    }
    logged.extend([
        (Metric::PolicyLoss, loss),
        (Metric::Entropy, -log_prob.mean_all()),
        (Metric::ScoreMean, score.mean_all()),
        (Metric::Eta, eta),
    ]);
    logged.extend(dual_loss.map(|loss| (Metric::DualLoss, loss)));
    Ok(logged)
}
