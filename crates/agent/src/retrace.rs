//! Retrace(lambda) (Munos et al. 2016): values of next states, corrected by what was seen to happen after them.

use crate::batch::BatchNodes;
use crate::columns::Target;
use crate::critic;
use crate::draws::Draws;
use crate::error::Error;
use crate::method::Method;
use crate::nets::Nets;
use coadapt_nn::{Axis, Graph, Node};

/// What the critics' target takes for V(s_1), from the samples' values `first` [N, B, 1] there: with a window of
/// K transitions (s_k, a_k, r_k, s_{k+1}), the first of them the one that is regressed on,
///
/// V(s_k) + c_k (y_k - Q(s_k, a_k)), y_k = r_k + discount_k (the same at s_{k+1}), and at the window's end V alone.
///
/// V is the mean over N samples, Q and V are of the target critics, c = lambda min(1, pi(a|s) / mu(a|s)) with pi
/// the previous policy, which also draws the samples: one policy is evaluated, and it is the one whose Q the E-step
/// reads. For any other target, and for a window of one transition, it is V(s_1).
///
/// `draws` noise [N, B, D] of the samples at s_2, s_3, ..., in this order.
pub fn next_value<'g>(
    method: &Method,
    nets: &Nets,
    graph: &'g Graph,
    batch: &BatchNodes<'g>,
    draws: &mut Draws<'g>,
    (first, eta): (Node<'g>, Node<'g>),
) -> Result<Node<'g>, Error> {
    let Target::Retrace { lambda, .. } = method.estimate.target else { return Ok(first) };
    let samples = first.shape().groups;
    let mut obs = batch.next_obs;
    let mut value = first.mean(Axis::Group);
    let mut seen = Vec::new();
    for step in &batch.later {
        let log_pi = nets.previous_policy(method, graph, obs)?.log_prob(step.action);
        let trace = method.estimate.trace(lambda, log_pi - step.log_mu);
        let q = method.estimate.critics.combine(nets.target_critics(graph, obs, step.action));
        seen.push((value, trace, q, step));
        obs = step.next_obs;
        let (action, log_prob) = nets.previous_policy(method, graph, obs)?.sample(draws.normal(samples));
        let scores = critic::of_samples(method, nets, graph, (obs, action));
        value = method.g.next_value(scores, log_prob, eta).mean(Axis::Group);
    }
    // From the end back: `value` is the target's value of the state a step leads to.
    Ok(seen.into_iter().rev().fold(value, |value, (own, trace, q, step)| {
        let target = method.estimate.target(step.reward, step.discount, value);
        own + trace * (target - q)
    }))
}
