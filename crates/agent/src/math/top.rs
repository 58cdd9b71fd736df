//! Weights of the actions with the largest advantages (V-MPO, Song et al. 2020): which they are, on slices; the weights and
//! the dual of their temperature, on nodes.

use coadapt_nn::{Axis, Node};

/// Marks with 1 the `fraction` of `advantages` that are largest, rounded down but at least one, and with 0 the others. Of
/// equal ones all are marked that reach the smallest marked.
///
/// `order` is memory to work in; `marks` has a place for each.
pub fn select(advantages: &[f32], fraction: f64, order: &mut Vec<f32>, marks: &mut [f32]) {
    let count = ((advantages.len() as f64 * fraction) as usize).clamp(1, advantages.len().max(1));
    order.clear();
    order.extend_from_slice(advantages);
    if order.is_empty() {
        return;
    }
    let (_, least, _) = order.select_nth_unstable_by(count - 1, |a, b| b.total_cmp(a));
    let least = *least;
    marks.iter_mut().zip(advantages).for_each(|(mark, a)| *mark = f32::from(*a >= least));
}

/// The marked advantages relative to the largest of them: exp((A - max A) / eta), 0 of those that are not marked.
struct Relative<'g> {
    /// 1 where anything is marked, else 0, [1, 1, 1].
    any: Node<'g>,
    /// max A of the marked, 0 where nothing is, [1, 1, 1].
    top: Node<'g>,
    /// [1, B, 1], the largest exactly 1.
    raised: Node<'g>,
    /// How many are marked, [1, 1, 1].
    count: Node<'g>,
}

fn relative<'g>(advantages: Node<'g>, marks: Node<'g>, eta: Node<'g>) -> Relative<'g> {
    let (advantages, marks) = (advantages.stop_gradient(), marks.stop_gradient());
    let any = marks.maximum(Axis::Row);
    // What is not marked is moved below everything: no number that f32 holds is left there. Where nothing is marked that would
    // be the largest, and what is divided by eta beyond f32.
    let top = any * (advantages - (1.0 - marks) * f32::MAX).maximum(Axis::Row);
    let raised = ((advantages - top) / eta).clamp(f32::NEG_INFINITY, 0.0).exp() * marks;
    let count = marks.sum(Axis::Row).clamp(1.0, f32::INFINITY);
    Relative { any, top, raised, count }
}

/// psi = exp(A / eta) / sum of the same over the marked, times B: the weights of Eq. 2 on the rollout's own actions, with
/// mean 1 over the batch (V-MPO, Eq. 3).
///
/// `advantages` and `marks` [1, B, 1], `eta` one number; gives [1, B, 1], a constant to derivatives. Where nothing is marked
/// all are 0.
pub fn weights<'g>(advantages: Node<'g>, marks: Node<'g>, eta: Node<'g>) -> Node<'g> {
    let rows = advantages.shape().rows as f32;
    let Relative { raised, .. } = relative(advantages, marks, eta);
    let sum = raised.sum(Axis::Row).clamp(f32::MIN_POSITIVE, f32::INFINITY);
    (raised / sum * rows).stop_gradient()
}

/// eta epsilon + eta ln mean exp(A / eta) over the marked, the dual of the temperature (V-MPO, Eq. 4): one number, whose
/// derivative by eta is epsilon less the KL of the weights from equal ones. Where nothing is marked it is 0.
pub fn dual_loss<'g>(advantages: Node<'g>, marks: Node<'g>, eta: Node<'g>, epsilon: f32) -> Node<'g> {
    let Relative { any, top, raised, count } = relative(advantages, marks, eta);
    let mean = raised.sum(Axis::Row).clamp(f32::MIN_POSITIVE, f32::INFINITY) / count;
    (any * (top + eta * (mean.log() + epsilon))).sum_all()
}

/// sum psi ln (n psi) over the n marked: the KL of their weights from equal ones, one number. `weights` are those of
/// [`weights()`].
pub fn kl_to_equal<'g>(weights: Node<'g>, marks: Node<'g>) -> Node<'g> {
    let rows = weights.shape().rows as f32;
    let (psi, count) = (weights / rows, marks.sum(Axis::Row));
    let log = (psi.clamp(f32::MIN_POSITIVE, f32::MAX) * count.clamp(1.0, f32::INFINITY)).log();
    (psi * log).sum_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use coadapt_nn::{Graph, Params, Pool, Program, Shape};

    fn marked(advantages: &[f32], fraction: f64) -> Vec<f32> {
        let mut marks = vec![f32::NAN; advantages.len()];
        select(advantages, fraction, &mut Vec::new(), &mut marks);
        marks
    }

    #[test]
    fn the_better_part_is_marked() {
        assert_eq!(marked(&[0.1, -2.0, 3.0, 0.2], 0.5), [0.0, 0.0, 1.0, 1.0]);
        assert_eq!(marked(&[0.1, -2.0, 3.0], 0.5), [0.0, 0.0, 1.0]);
        assert_eq!(marked(&[0.1, -2.0, 3.0], 1.0), [1.0; 3]);
        assert_eq!(marked(&[5.0, 1.0], 1e-9), [1.0, 0.0]);
        assert_eq!(marked(&[1.0; 4], 0.5), [1.0; 4], "equal ones go together");
        assert!(marked(&[], 0.5).is_empty());
        // A NaN is no number to rank by; the run sees it elsewhere.
        assert_eq!(marked(&[f32::NAN, 1.0, 0.0, -1.0], 0.5).len(), 4);
    }

    /// Weights, the dual's loss, its derivative by eta, and the KL.
    fn at(advantages: &[f32], marks: &[f32], eta: f32, epsilon: f32) -> (Vec<f32>, [f32; 3]) {
        let graph = Graph::new();
        let column = Shape::new(1, advantages.len(), 1);
        let (a, m) = (graph.input(column), graph.input(column));
        let t = graph.input(Shape::SCALAR);
        let w = weights(a, m, t);
        let loss = dual_loss(a, m, t, epsilon);
        let slope = graph.gradients(loss, &[t])[0];
        let kl = kl_to_equal(w, m);
        [w, loss, slope, kl].into_iter().for_each(|node| graph.output(node));
        let mut program = Program::compile(&graph);
        for (node, values) in [(a, advantages), (m, marks), (t, &[eta][..])] {
            program.write(program.slot(node)).copy_from_slice(values);
        }
        program.run(&mut Params::new(), &mut Pool::new(1));
        let number = |node| program.read(program.slot(node))[0];
        (program.read(program.slot(w)).to_vec(), [number(loss), number(slope), number(kl)])
    }

    #[test]
    fn weights_and_dual_are_those_of_the_marked_alone() {
        let (advantages, marks) = ([1.0f64, -50.0, 2.0, 0.5], [1.0f32, 0.0, 1.0, 1.0]);
        let (eta, epsilon) = (0.7f64, 0.1f64);
        let raised: Vec<f64> = [1.0f64, 2.0, 0.5].iter().map(|a| (a / eta).exp()).collect();
        let sum: f64 = raised.iter().sum();
        let (w, [loss, slope, kl]) = at(&advantages.map(|a| a as f32), &marks, eta as f32, epsilon as f32);
        let expected = [raised[0], 0.0, raised[1], raised[2]].map(|r| 4.0 * r / sum);
        assert!(w.iter().zip(expected).all(|(w, e)| (f64::from(*w) - e).abs() < 1e-5), "{w:?}");
        let expected = eta * epsilon + eta * (sum / 3.0).ln();
        assert!((f64::from(loss) - expected).abs() < 1e-5, "{loss} {expected}");
        let apart: f64 = raised.iter().map(|r| r / sum * (3.0 * r / sum).ln()).sum();
        assert!((f64::from(kl) - apart).abs() < 1e-5, "{kl} {apart}");
        assert!((f64::from(slope) - (epsilon - apart)).abs() < 1e-5, "{slope}");
    }

    #[test]
    fn where_nothing_is_marked_nothing_is_weighed_and_the_temperature_has_no_slope() {
        for eta in [1e-8, 0.5, 1.0, 1e8] {
            let (w, numbers) = at(&[-3.0, 1.0, 2.0], &[0.0; 3], eta, 0.1);
            assert_eq!((w, numbers), (vec![0.0; 3], [0.0; 3]), "eta {eta}");
        }
    }

    #[test]
    fn extremes_stay_finite() {
        for (advantages, marks, eta) in [
            ([1e8, -1e8, 1e8], [1.0, 0.0, 1.0], 1e-8),
            ([0.0, 1.0, 2.0], [0.0; 3], 1.0),
            ([3.0, 1e30, 2.0], [1.0, 0.0, 1.0], 0.5),
        ] {
            let (w, numbers) = at(&advantages, &marks, eta, 0.1);
            assert!(w.iter().all(|x| x.is_finite()), "{w:?}");
            assert!(numbers.iter().all(|x| x.is_finite()), "{numbers:?}");
        }
    }
}
