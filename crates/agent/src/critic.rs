//! Policy evaluation: one regression step towards the estimate of G.

use crate::batch::BatchNodes;
use crate::error::Error;
use crate::method::Method;
use crate::metrics::{Logged, Metric};
use crate::nets::Nets;
use coadapt_nn::{Axis, Graph, Node, Shape};

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
    let policy = nets.policy(method, graph, batch.next_obs)?;
    let (action, log_prob) = policy.sample(noise);
    let q = method.estimate.critics.combine(nets.target_critics(graph, batch.next_obs, action));
    let log_ratio = nets.log_ratio(method, graph, batch.next_obs, (policy, log_prob))?;
    Ok(method.g.next_value(q, log_ratio, eta))
}

/// G of the target critics at N actions a state: obs [1, B, O], actions [N, B, D] -> [N, B, 1].
pub fn of_samples<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    (obs, actions): (Node<'g>, Node<'g>),
) -> Node<'g> {
    let q = nets.target_critics_of_samples(graph, obs, actions);
    method.estimate.critics.combine(q).reshape(Shape::new(actions.shape().groups, actions.shape().rows, 1))
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

/// V of states [1, B, O], as a critic of states alone has it: its output is (1 - gamma) V, so that values of any
/// horizon are of the size of a reward (AWR).
pub fn state_value<'g>(method: &Method, nets: &Nets, graph: &'g Graph, obs: Node<'g>) -> Node<'g> {
    nets.state_critic(graph, obs) * (1.0 / (1.0 - method.estimate.discount)) as f32
}

/// Records one step of that critic towards given returns [1, B, 1], in the units of its output.
pub fn state_step<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    (obs, returns): (Node<'g>, Node<'g>),
) -> Logged<'g> {
    let target = returns * (1.0 - method.estimate.discount) as f32;
    let loss = method.estimate.critic_loss(nets.state_critic(graph, obs), target);
    nets.step_critics(graph, loss);
    vec![(Metric::CriticLoss, loss)]
}
