//! Policy evaluation: one regression step towards the estimate of G.

use crate::batch::BatchNodes;
use crate::method::Method;
use crate::nets::Nets;
use coadapt_nn::{Graph, Node};

/// Records one step of policy evaluation and gives what is logged of it.
///
/// `noise` [1, B, D] draws the next actions, from the online policy. `eta` is the temperature before this
/// update's step.
pub fn evaluate<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    batch: &BatchNodes<'g>,
    noise: Node<'g>,
    eta: Node<'g>,
) -> Evaluated<'g> {
    let (next_action, next_log_prob) = nets.policy(method, graph, batch.next_obs).sample(noise);
    let next_q = method.estimate.critics.combine(nets.target_critics(graph, batch.next_obs, next_action));
    let next_value = method.g.next_value(next_q, next_log_prob, eta);
    let target = method.estimate.target(batch.reward, batch.discount, next_value);
    let q = nets.critics(graph, batch.obs, batch.action);
    let loss = method.estimate.critic_loss(q, target);
    nets.step_critics(graph, loss);
    Evaluated { loss, q_mean: q.mean_all(), target_mean: target.mean_all() }
}

/// What policy evaluation logs.
pub struct Evaluated<'g> {
    /// The regression loss.
    pub loss: Node<'g>,
    /// Mean Q of the batch's actions over critics and batch.
    pub q_mean: Node<'g>,
    /// Mean regression target.
    pub target_mean: Node<'g>,
}
