//! Policy evaluation: one regression step towards the estimate of G.

use crate::batch::BatchNodes;
use crate::error::Error;
use crate::method::Method;
use crate::metrics::{Logged, Metric};
use crate::nets::Nets;
use coadapt_nn::{Axis, Graph, Node};

/// Q of the target critics at one action a state, drawn by the online policy at the next states.
///
/// `noise` [1, B, D]; gives the value of the next states [1, B, 1] (Sec. 4.2.3 for a soft Q).
pub fn online_next_value<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    batch: &BatchNodes<'g>,
    (noise, eta): (Node<'g>, Node<'g>),
) -> Result<Node<'g>, Error> {
    let (action, log_prob) = nets.policy(method, graph, batch.next_obs)?.sample(noise);
    let q = method.estimate.critics.combine(nets.target_critics(graph, batch.next_obs, action));
    Ok(method.g.next_value(q, log_prob, eta))
}

/// Records one step of the critics towards r + discount V(s'), `next_value` [N, B, 1] averaged over samples.
pub fn step<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    batch: &BatchNodes<'g>,
    next_value: Node<'g>,
) -> Logged<'g> {
    let value = next_value.mean(Axis::Group);
    let target = method.estimate.target(batch.reward, batch.discount, value);
    let q = nets.critics(graph, batch.obs, batch.action);
    let loss = method.estimate.critic_loss(q, target);
    nets.step_critics(graph, loss);
    vec![(Metric::CriticLoss, loss), (Metric::QMean, q.mean_all()), (Metric::TargetMean, target.mean_all())]
}
