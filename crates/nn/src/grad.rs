//! Reverse differentiation: derivatives are recorded as more nodes of the same graph.

use crate::graph::{Graph, MAX_ARGS, Node};
use crate::ops::backward::Backward;
use crate::params::ParamSet;
use crate::shape::Shape;

impl Graph {
    /// d loss / d each of `targets`, at the targets' shapes; `loss` is one number.
    ///
    /// Only what the targets depend on is differentiated. A target the loss does not reach gets zeros.
    pub fn gradients<'g>(&'g self, loss: Node<'g>, targets: &[Node<'g>]) -> Vec<Node<'g>> {
        assert!(loss.shape() == Shape::SCALAR, "a loss is one number, this one has shape {}", loss.shape());
        let reaches = self.reaches(loss.id, targets);
        let mut grads: Vec<Option<Node<'g>>> = vec![None; loss.id + 1];
        grads[loss.id] = Some(self.constant(1.0));
        for id in (0..=loss.id).rev() {
            let Some(grad) = grads[id] else { continue };
            let record = self.record(id);
            if !record.args.iter().any(|&a| reaches[a]) {
                continue;
            }
            let backward = Backward {
                value: self.node(id),
                wanted: record.args.iter().map(|&a| reaches[a]).collect(),
                args: record.args.iter().map(|&a| self.node(a)).collect(),
                grad,
            };
            for (arg, share) in record.op.shares(&backward) {
                let slot = &mut grads[record.args[arg]];
                *slot = Some(match *slot {
                    Some(sum) => sum + share,
                    None => share,
                });
            }
        }
        targets
            .iter()
            .map(|t| {
                let found = grads.get(t.id).copied().flatten();
                found.unwrap_or_else(|| self.constant(0.0)).broadcast_to(t.shape())
            })
            .collect()
    }

    /// The gradient of `loss` with respect to all arrays of `set` as one row [1, 1, n], in the order of
    /// [`Params::flat`](crate::Params::flat).
    pub fn flat_gradient<'g>(&'g self, loss: Node<'g>, set: &ParamSet) -> Node<'g> {
        assert!(!set.spans.is_empty(), "the gradient of no parameters");
        let targets: Vec<Node<'g>> = set.spans.iter().map(|&span| self.param(span)).collect();
        let row = |node: Node<'g>| node.reshape(Shape::new(1, 1, node.shape().len()));
        let mut rows: Vec<Node<'g>> = self.gradients(loss, &targets).into_iter().map(row).collect();
        while rows.len() > 1 {
            rows = rows.chunks(MAX_ARGS).map(Node::concat).collect();
        }
        rows[0]
    }

    /// For every node up to `last`: does a derivative pass from it to one of `targets`?
    fn reaches(&self, last: usize, targets: &[Node<'_>]) -> Vec<bool> {
        let recording = self.recording.borrow();
        let mut reaches = vec![false; last + 1];
        for id in 0..=last {
            let record = &recording.records[id];
            let passes = record.op.is_differentiable();
            reaches[id] =
                targets.iter().any(|t| t.id == id) || passes && record.args.iter().any(|&a| reaches[a]);
        }
        reaches
    }
}
