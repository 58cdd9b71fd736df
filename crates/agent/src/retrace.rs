//! Retrace(lambda) (Munos et al. 2016): values of next states, corrected by what was seen to happen after them.

use crate::critic;
use crate::plan::{Target, one_step, trace};
use crate::record::Record;
use coadapt_nn::{Axis, Node};

/// The value that the critics' target takes for V(s_1), from the samples' values `first` [N, B, 1] there: with a window of
/// K transitions (s_k, a_k, r_k, s_{k+1}), the first of them the one that is regressed on,
///
/// V(s_k) + c_k (y_k - Q(s_k, a_k)), y_k = r_k + discount_k (the same at s_{k+1}), and at the window's end V alone.
///
/// V is the mean over N samples, Q and V are of the target critics, c = lambda min(1, pi(a|s) / mu(a|s)) with pi
/// the previous policy, which also draws the samples: one policy is evaluated, and it is the one whose Q the E-step
/// reads. For any other target, and for a window of one transition, it is V(s_1).
///
/// Random numbers: noise [N, B, D] of the samples at s_2, s_3, ..., in this order.
pub fn next_value<'g>(record: &mut Record<'_, 'g>, (first, eta): (Node<'g>, Node<'g>)) -> Node<'g> {
    let Record { critic: of_q, nets, graph, batch, .. } = *record;
    let Target::Retrace { lambda, .. } = of_q.target else { return first };
    let samples = first.shape().groups;
    let mut obs = batch.next_obs;
    let mut value = first.mean(Axis::Group);
    let mut seen = Vec::new();
    for step in &batch.later {
        let log_pi = nets.previous_policy(graph, obs).log_prob(step.action);
        let trace = trace(lambda, log_pi - step.log_mu);
        let q = of_q.critics.combine(nets.target_critics(graph, obs, step.action));
        seen.push((value, trace, q, step));
        obs = step.next_obs;
        let (action, log_prob) = nets.previous_policy(graph, obs).sample(|| record.draws.normal(samples));
        let scores = critic::of_samples(of_q, nets, graph, (obs, action));
        value = of_q.bonus.value(scores, log_prob, eta).mean(Axis::Group);
    }
    // From the end back: `value` is the target's value of the state a step leads to.
    seen.into_iter().rev().fold(value, |value, (own, trace, q, step)| {
        let target = one_step(step.reward, step.discount, value);
        own + trace * (target - q)
    })
}
