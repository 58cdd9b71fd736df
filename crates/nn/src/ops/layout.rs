//! Operations on places only: broadcast, reshape, concatenate and cut columns.

use super::backward::{Backward, Shares};
use super::forward::Forward;
use crate::exec::io::Io;
use crate::graph::{MAX_ARGS, Node};
use crate::op::{Layout, Op, Product};
use crate::shape::Shape;

impl Layout {
    pub(crate) fn shares<'g>(self, at: &Backward<'g>) -> Shares<'g> {
        let shape = at.value.shape();
        match self {
            Layout::Broadcast => vec![(0, at.grad.summed_to(shape, at.args[0].shape()))],
            Layout::Reshape => vec![(0, at.full_grad().reshape(at.args[0].shape()))],
            Layout::Copy(_) => vec![(0, at.grad)],
            Layout::Cut { from } => {
                let arg = at.args[0];
                let grad = at.full_grad();
                vec![(0, arg.graph.push(Op::Layout(Layout::Pad { from }), &[grad], arg.shape()))]
            }
            Layout::Pad { from } => vec![(0, at.full_grad().columns(from, at.args[0].shape().cols))],
            Layout::Concat => {
                let grad = at.full_grad();
                let mut from = 0;
                let mut shares = Vec::new();
                for (i, arg) in at.args.iter().enumerate() {
                    let cols = arg.shape().cols;
                    if at.wanted[i] {
                        // A cut product computes only those columns.
                        let cut = Product::cut(grad, from, cols).unwrap_or_else(|| grad.columns(from, cols));
                        shares.push((i, cut.summed_to(cut.shape(), arg.shape())));
                    }
                    from += cols;
                }
                shares
            }
        }
    }

    pub(crate) fn tangent<'g>(self, at: &Forward<'g>) -> Option<Node<'g>> {
        let shape = at.value.shape();
        let layout = |parts: &[Node<'g>]| at.value.graph.push(Op::Layout(self), parts, shape);
        match self {
            // Repeated where that is needed.
            Layout::Broadcast | Layout::Copy(_) => at.tangents[0],
            Layout::Reshape => at.full(0).map(|tangent| tangent.reshape(shape)),
            Layout::Cut { .. } | Layout::Pad { .. } => at.full(0).map(|tangent| layout(&[tangent])),
            Layout::Concat => {
                let zeros = |arg: Node<'g>| arg.number(0.0).broadcast_to(arg.shape());
                let parts = at.args.iter().enumerate();
                let parts: Vec<_> = parts.map(|(i, &arg)| at.full(i).unwrap_or_else(|| zeros(arg))).collect();
                Some(layout(&parts))
            }
        }
    }

    pub(crate) fn run(self, io: &mut Io<'_>) {
        let shape = io.shape();
        let (first_row, y) = io.row_chunk();
        if y.is_empty() {
            return;
        }
        for (i, row) in y.chunks_exact_mut(shape.cols).enumerate() {
            let at = first_row + i;
            match self {
                Layout::Reshape | Layout::Copy(_) => row.copy_from_slice(io.row_of(0, at)),
                Layout::Broadcast => {
                    let from = io.row_of(0, at);
                    if from.len() == 1 { row.fill(from[0]) } else { row.copy_from_slice(from) }
                }
                Layout::Concat => {
                    let mut column = 0;
                    for arg in 0..io.args() {
                        let from = io.row_of(arg, at);
                        row[column..column + from.len()].copy_from_slice(from);
                        column += from.len();
                    }
                }
                Layout::Cut { from } => row.copy_from_slice(&io.row_of(0, at)[from..from + shape.cols]),
                Layout::Pad { from } => {
                    let inner = io.row_of(0, at);
                    row.fill(0.0);
                    row[from..from + inner.len()].copy_from_slice(inner);
                }
            }
        }
    }
}

impl<'g> Node<'g> {
    /// The same numbers in the same order under another shape.
    pub fn reshape(self, shape: Shape) -> Node<'g> {
        assert!(shape.len() == self.shape().len(), "{} cannot be reshaped to {shape}", self.shape());
        if shape == self.shape() {
            return self;
        }
        self.graph.push(Op::Layout(Layout::Reshape), &[self], shape)
    }

    /// Columns of all `parts` side by side; groups and rows of size 1 broadcast.
    pub fn concat(parts: &[Node<'g>]) -> Node<'g> {
        assert!(!parts.is_empty() && parts.len() <= MAX_ARGS, "concat takes 1 to {MAX_ARGS} arrays");
        let mut shape = parts[0].shape();
        for part in &parts[1..] {
            let other = part.shape();
            let flat = |s: Shape| Shape { cols: 1, ..s };
            let Some(met) = flat(shape).broadcast(flat(other)) else {
                panic!("shapes {shape} and {other} cannot be concatenated by columns");
            };
            shape = Shape { cols: shape.cols + other.cols, ..met };
        }
        parts[0].graph.push(Op::Layout(Layout::Concat), parts, shape)
    }

    /// `count` columns from `from` on.
    pub fn columns(self, from: usize, count: usize) -> Node<'g> {
        let shape = self.shape();
        assert!(from + count <= shape.cols, "columns {from}..{} of {shape}", from + count);
        if count == shape.cols {
            return self;
        }
        self.graph.push(Op::Layout(Layout::Cut { from }), &[self], Shape { cols: count, ..shape })
    }
}
