//! KL control (Sec. 4.1.2): one step of the parametric posterior up the objective, the prior given.

use crate::batch::BatchNodes;
use crate::method::Method;
use crate::nets::Nets;
use coadapt_nn::{Graph, Node};

/// What the improvement logs.
pub struct Improved<'g> {
    /// The objective with its sign turned.
    pub loss: Node<'g>,
    /// Mean log probability of the drawn actions; minus the entropy.
    pub log_prob_mean: Node<'g>,
    /// Mean G of the drawn actions.
    pub score_mean: Node<'g>,
    /// The temperature's loss, where it is learned.
    pub dual_loss: Option<Node<'g>>,
}

/// Records one step of the policy and one of the temperature.
///
/// `noise` [1, B, D] draws one action a state, through which the objective is differentiated; the critics are
/// read as they are after policy evaluation.
pub fn improve<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    batch: &BatchNodes<'g>,
    noise: Node<'g>,
    eta: Node<'g>,
) -> Improved<'g> {
    let (action, log_prob) = nets.policy(method, graph, batch.obs).sample(noise);
    let score = method.estimate.critics.combine(nets.critics(graph, batch.obs, action));
    // The uniform prior's log density is a constant: log pi_q stands for the whole log ratio.
    let loss = method.pi_q.ascent_loss(eta, log_prob, score);
    let dual_loss = method.pi_q.dual_loss(eta, log_prob, action.shape().cols);
    nets.step_policy(graph, loss);
    if let Some(dual_loss) = dual_loss {
        nets.step_temperature(graph, dual_loss);
    }
    Improved { loss, log_prob_mean: log_prob.mean_all(), score_mean: score.mean_all(), dual_loss }
}
