//! Forward differentiation: tangents are recorded as more nodes of the same graph.

use crate::graph::{Graph, Node};
use crate::ops::forward::{Forward, added};
use crate::params::ParamSet;
use crate::shape::Shape;

impl Graph {
    /// The directional derivative J v of each of `outputs`, at the outputs' shapes; each of `of` is a node, such as a
    /// parameter, and its part of v, of the same shape.
    ///
    /// J is the Jacobian whose transpose [`gradients`](Self::gradients) applies: <u, J v> = <J' u, v>. So nothing passes
    /// through [`Node::stop_gradient`], choices and steps of optimisers; of a node behind another one, both parts count;
    /// and an output that `of` does not reach gets zeros. With a metric M of the outputs, J' M J v is the product with a
    /// Fisher matrix that natural gradients need (Schulman et al. 2015, App. C.1).
    ///
    /// # Panics
    /// When a direction has another shape than its node, and when v reaches a formula that only derivatives record: the
    /// slope of an activation, by itself or inside a product, or the derivative of layer norm. Matrix products in all
    /// orientations, and the other formulas in a gradient, have tangents.
    pub fn tangents<'g>(&'g self, outputs: &[Node<'g>], of: &[(Node<'g>, Node<'g>)]) -> Vec<Node<'g>> {
        for (node, direction) in of {
            let (shape, given) = (node.shape(), direction.shape());
            assert!(shape == given, "a direction of shape {given} for a node of shape {shape}");
        }
        let needed = self.needed(outputs);
        let mut tangents: Vec<Option<Node<'g>>> = vec![None; needed.len()];
        for id in (0..needed.len()).filter(|&id| needed[id]) {
            let own = of.iter().filter(|(node, _)| node.id == id).map(|&(_, direction)| Some(direction));
            tangents[id] = own.fold(self.passed_on(id, &tangents), added);
        }
        outputs
            .iter()
            .map(|y| tangents[y.id].unwrap_or_else(|| self.constant(0.0)).broadcast_to(y.shape()))
            .collect()
    }

    /// [`tangents`](Self::tangents) in a direction of all arrays of `set`: one row [1, 1, n], in the order of
    /// [`Params::flat`](crate::Params::flat).
    ///
    /// # Panics
    /// As there, and when the row is longer or shorter than the set.
    pub fn flat_tangents<'g>(
        &'g self,
        outputs: &[Node<'g>],
        set: &ParamSet,
        direction: Node<'g>,
    ) -> Vec<Node<'g>> {
        let (row, given) = (Shape::new(1, 1, set.range.len()), direction.shape());
        assert!(given == row, "a direction of shape {given} for parameters of shape {row}");
        let mut from = 0;
        let of: Vec<_> = set
            .spans
            .iter()
            .map(|&span| {
                let part = direction.columns(from, span.shape.len());
                from += span.shape.len();
                (self.param(span), part.reshape(span.shape))
            })
            .collect();
        self.tangents(outputs, &of)
    }

    /// What node `id` has of its arguments' tangents.
    fn passed_on<'g>(&'g self, id: usize, tangents: &[Option<Node<'g>>]) -> Option<Node<'g>> {
        let record = self.record(id);
        if record.args.iter().all(|&a| tangents[a].is_none()) {
            return None;
        }
        record.op.tangent(&Forward {
            value: self.node(id),
            args: record.args.iter().map(|&a| self.node(a)).collect(),
            tangents: record.args.iter().map(|&a| tangents[a]).collect(),
        })
    }

    /// For every node up to the last of `outputs`: is one of them computed from it?
    ///
    /// A tangent of anything else would never be read, and perhaps could not be recorded.
    fn needed(&self, outputs: &[Node<'_>]) -> Vec<bool> {
        let recording = self.recording.borrow();
        let mut needed = vec![false; outputs.iter().map(|y| y.id + 1).max().unwrap_or(0)];
        outputs.iter().for_each(|y| needed[y.id] = true);
        for id in (0..needed.len()).rev().filter(|&id| recording.records[id].op.is_differentiable()) {
            if needed[id] {
                recording.records[id].args.iter().for_each(|&a| needed[a] = true);
            }
        }
        needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::{Layout, Op};
    use crate::{Params, Pool, Program};

    #[test]
    fn a_copy_has_the_tangent_of_its_origin() {
        let graph = Graph::new();
        let [x, v] = [0; 2].map(|_| graph.input(Shape::SCALAR));
        let copy = graph.push(Op::Layout(Layout::Copy(0)), &[x.square()], Shape::SCALAR);
        let tangent = graph.tangents(&[copy], &[(x, v)])[0];
        graph.output(tangent);
        let mut program = Program::compile(&graph);
        for (node, number) in [(x, 3.0), (v, 0.5)] {
            let slot = program.slot(node);
            program.write(slot)[0] = number;
        }
        program.run(&mut Params::new(), &mut Pool::new(1));
        assert_eq!(program.read(program.slot(tangent)), [3.0]);
    }
}
