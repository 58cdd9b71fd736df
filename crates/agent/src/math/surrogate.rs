//! Surrogates of a rollout's own actions: what a policy would earn, seen through those of another, and the critic's loss
//! beside it.
//!
//! Log probabilities, advantages and returns are [1, B, 1].

use coadapt_nn::{Axis, Node};

/// pi_q(a|s) / pi_p(a|s), from the logarithms of both; the prior's is a constant.
pub fn ratio<'g>(log_prob: Node<'g>, prior_log_prob: Node<'g>) -> Node<'g> {
    (log_prob - prior_log_prob.stop_gradient()).exp()
}

/// mean of ratio * A, the surrogate of Schulman et al. (2015, 2017, Eq. 6): one number.
pub fn plain<'g>(ratio: Node<'g>, advantage: Node<'g>) -> Node<'g> {
    (ratio * advantage.stop_gradient()).mean_all()
}

/// mean of min(ratio A, clip(ratio, 1 - epsilon, 1 + epsilon) A), the clipped surrogate (Schulman et al. 2017, Eq. 7): one
/// number.
///
/// Written as A min(ratio, 1 + epsilon) where A is positive and A max(ratio, 1 - epsilon) where it is not: the same
/// number, without a tie between two equal terms wherever nothing is clipped.
pub fn clipped<'g>(ratio: Node<'g>, advantage: Node<'g>, epsilon: f32) -> Node<'g> {
    let advantage = advantage.stop_gradient();
    let good = advantage.at_least(0.0);
    let from_above = ratio.clamp(f32::NEG_INFINITY, 1.0 + epsilon);
    let from_below = ratio.clamp(1.0 - epsilon, f32::INFINITY);
    (advantage * (good * from_above + (1.0 - good) * from_below)).mean_all()
}

/// The fraction of ratios further than epsilon from 1: one number.
pub fn beyond(ratio: Node<'_>, epsilon: f32) -> Node<'_> {
    (ratio - 1.0).abs().at_least(epsilon).mean_all()
}

/// Half the mean of max((V - G)^2, (V_old + clip(V - V_old, -epsilon, epsilon) - G)^2), the clipped regression of a critic
/// (OpenAI baselines): one number. `old` V_old and `returns` G are constants.
pub fn clipped_regression<'g>(
    value: Node<'g>,
    (old, returns): (Node<'g>, Node<'g>),
    epsilon: f32,
) -> Node<'g> {
    let (old, returns) = (old.stop_gradient(), returns.stop_gradient());
    let near = old + (value - old).clamp(-epsilon, epsilon);
    let (plain, clipped) = ((value - returns).square(), (near - returns).square());
    // Where they are equal both have one derivative, and that of their difference is zero.
    0.5 * (plain + (clipped - plain).relu()).mean(Axis::Row).sum_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use coadapt_nn::{Graph, Params, Pool, Program, Shape};

    /// What `record` makes of three columns, and its derivative by the first.
    fn with_slope(
        columns: [&[f32]; 3],
        record: impl for<'g> Fn([Node<'g>; 3]) -> Node<'g>,
    ) -> (f32, Vec<f32>) {
        let graph = Graph::new();
        let inputs = columns.map(|column| graph.input(Shape::new(1, column.len(), 1)));
        let value = record(inputs);
        let slope = graph.gradients(value, &[inputs[0]])[0];
        [value, slope].into_iter().for_each(|node| graph.output(node));
        let mut program = Program::compile(&graph);
        for (input, column) in inputs.into_iter().zip(columns) {
            program.write(program.slot(input)).copy_from_slice(column);
        }
        program.run(&mut Params::new(), &mut Pool::new(1));
        (program.read(program.slot(value))[0], program.read(program.slot(slope)).to_vec())
    }

    #[test]
    fn a_ratio_earns_nothing_beyond_the_clip_on_the_side_that_pays() {
        let ratios = [1.0, 1.5, 0.5, 1.5, 0.5, 1.1];
        let advantages = [2.0, 1.0, 1.0, -1.0, -1.0, -3.0];
        let (value, slope) = with_slope([&ratios, &advantages, &advantages], |[r, a, _]| clipped(r, a, 0.2));
        // 2, 1.2, 0.5, -1.5, -0.8, -3.3
        assert!((value - (2.0 + 1.2 + 0.5 - 1.5 - 0.8 - 3.3) / 6.0).abs() < 1e-6, "{value}");
        let expected = [2.0, 0.0, 1.0, -1.0, 0.0, -3.0].map(|x: f32| x / 6.0);
        assert!(slope.iter().zip(expected).all(|(s, e)| (s - e).abs() < 1e-6), "{slope:?}");
        let (fraction, _) = with_slope([&ratios, &advantages, &advantages], |[r, ..]| beyond(r, 0.2));
        assert!((fraction - 4.0 / 6.0).abs() < 1e-6);
    }

    #[test]
    fn a_critic_is_not_paid_for_leaving_its_old_value() {
        // Inside; outside towards the return, where the clipped error is larger; outside away from it.
        let (value, old, returns) = ([1.1, 2.0, 2.0], [1.0, 1.0, 1.0], [3.0, 3.0, 1.0]);
        let (loss, slope) =
            with_slope([&value, &old, &returns], |[v, o, g]| clipped_regression(v, (o, g), 0.2));
        let errors: [f32; 3] = [1.9 * 1.9, 1.8 * 1.8, 1.0];
        assert!((loss - errors.iter().sum::<f32>() / 6.0).abs() < 1e-6, "{loss}");
        let expected: [f32; 3] = [-1.9 / 3.0, 0.0, 1.0 / 3.0];
        assert!(slope.iter().zip(expected).all(|(s, e)| (s - e).abs() < 1e-6), "{slope:?}");
    }
}
