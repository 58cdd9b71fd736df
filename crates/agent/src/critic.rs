//! Policy evaluation: one regression step towards the estimate of G.

use crate::batch::BatchNodes;
use crate::columns::Smoothing;
use crate::metrics::{Logged, Metric};
use crate::nets::Nets;
use crate::plan::{NextActions, QCritic, VCritic, one_step, regression_loss};
use coadapt_nn::{Axis, Graph, Node, Shape};

/// Q of the target critics at one action a state, drawn at the next states by the policy that the plan says.
///
/// `noise` [1, B, D] is asked for only where there is any; gives the value of the next states [1, B, 1] (Sec. 4.2.3 for a
/// soft Q).
pub fn one_next_value<'g>(
    critic: QCritic,
    nets: &Nets,
    (graph, batch): (&'g Graph, &BatchNodes<'g>),
    (noise, eta): (impl FnOnce() -> Node<'g>, Node<'g>),
) -> Node<'g> {
    let policy = match critic.next {
        NextActions::Online => nets.policy(graph, batch.next_obs),
        NextActions::Previous | NextActions::Smoothed(_) => nets.previous_policy(graph, batch.next_obs),
    };
    let (action, log_prob) = match critic.next {
        NextActions::Online | NextActions::Previous => policy.sample(noise),
        NextActions::Smoothed(by) => (smoothed(policy.mode(), noise(), by), None),
    };
    let q = critic.critics.combine(nets.target_critics(graph, batch.next_obs, action));
    let log_ratio = nets.log_ratio(graph, batch.next_obs, (policy, log_prob));
    critic.bonus.value(q, log_ratio, eta)
}

/// The action to which clipped noise is added, kept in the box (TD3's target policy smoothing): clip(a + clip(std z, -c, c),
/// -1, 1); `action` and `noise` z are [1, B, D].
fn smoothed<'g>(action: Node<'g>, noise: Node<'g>, by: Smoothing) -> Node<'g> {
    let clip = by.clip as f32;
    (action + (noise * by.std as f32).clamp(-clip, clip)).clamp(-1.0, 1.0)
}

/// G of the target critics at N actions a state: obs [1, B, O], actions [N, B, D] -> [N, B, 1].
pub fn of_samples<'g>(
    critic: QCritic,
    nets: &Nets,
    graph: &'g Graph,
    (obs, actions): (Node<'g>, Node<'g>),
) -> Node<'g> {
    let q = nets.target_critics_of_samples(graph, obs, actions);
    critic.critics.combine(q).reshape(Shape::new(actions.shape().groups, actions.shape().rows, 1))
}

/// Records one step of the critics towards r + discount V(s'), `next_value` [N, B, 1] averaged over samples.
pub fn step<'g>(nets: &Nets, graph: &'g Graph, batch: &BatchNodes<'g>, next_value: Node<'g>) -> Logged<'g> {
    let value = next_value.mean(Axis::Group);
    let target = one_step(batch.reward, batch.discount, value);
    let q = nets.critics(graph, batch.obs, batch.action);
    let loss = regression_loss(q, target);
    nets.step_critics(graph, loss);
    vec![(Metric::CriticLoss, loss), (Metric::QMean, q.mean_all()), (Metric::TargetMean, target.mean_all())]
}

/// V of states [1, B, O]: what the network of a critic of states alone gives, out of its scale.
pub fn state_value<'g>(critic: VCritic, nets: &Nets, graph: &'g Graph, obs: Node<'g>) -> Node<'g> {
    nets.state_critic(graph, obs) * (1.0 / critic.scale) as f32
}

/// Records one step of that critic towards given returns [1, B, 1], in its scale.
pub fn state_step<'g>(
    critic: VCritic,
    nets: &Nets,
    graph: &'g Graph,
    (obs, returns): (Node<'g>, Node<'g>),
) -> Logged<'g> {
    let target = returns * critic.scale as f32;
    let loss = regression_loss(nets.state_critic(graph, obs), target);
    nets.step_critics(graph, loss);
    vec![(Metric::CriticLoss, loss)]
}
