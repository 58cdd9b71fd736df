//! Layer normalisation over columns, with gain, offset and activation fused.

use super::backward::{Backward, Shares};
use super::forward::{Forward, OF_A_DERIVATIVE, added};
use crate::exec::io::Io;
use crate::graph::Node;
use crate::kernels::{layer_norm, sweep};
use crate::op::{Act, Exact, Norm, Op};
use crate::shape::Axis;

impl Norm {
    pub(crate) fn shares<'g>(self, at: &Backward<'g>) -> Shares<'g> {
        let x = at.args[0];
        let back = |eps, grad: Node<'g>| x.graph.push(Op::Norm(Norm::Grad { eps }), &[x, grad], x.shape());
        match self {
            Norm::Layer { eps, act } => {
                let (gain, offset) = (at.args[1], at.args[2]);
                let grad = at.full_grad().slope(at.value, act);
                let mut shares = Vec::new();
                if at.wanted[0] {
                    shares.push((0, back(eps, grad * gain)));
                }
                if at.wanted[1] {
                    let plain = x.graph.push(Op::Norm(Norm::Plain { eps }), &[x], x.shape());
                    let sum = (grad * plain).sum(Axis::Row);
                    shares.push((1, sum.summed_to(sum.shape(), gain.shape())));
                }
                if at.wanted[2] {
                    let sum = grad.sum(Axis::Row);
                    shares.push((2, sum.summed_to(sum.shape(), offset.shape())));
                }
                shares
            }
            Norm::Plain { eps } => vec![(0, back(eps, at.full_grad()))],
            Norm::Grad { .. } => panic!("the derivative of layer norm is not differentiated again"),
        }
    }

    pub(crate) fn tangent<'g>(self, at: &Forward<'g>) -> Option<Node<'g>> {
        let x = at.args[0];
        // The Jacobian of n by x is symmetric, (I - 1 1'/N - n n'/N) / s: what brings a derivative back brings a
        // tangent forward.
        let along = |eps| {
            at.full(0).map(|tangent| x.graph.push(Op::Norm(Norm::Grad { eps }), &[x, tangent], x.shape()))
        };
        match self {
            Norm::Layer { eps, act } => {
                let of_x = along(eps).map(|tangent| tangent * at.args[1]);
                let of_gain = at.tangents[1].map(|tangent| {
                    let plain = x.graph.push(Op::Norm(Norm::Plain { eps }), &[x], x.shape());
                    plain * tangent
                });
                let sum = added(added(of_x, of_gain), at.tangents[2])?;
                Some(sum.broadcast_to(at.value.shape()).slope(at.value, act))
            }
            Norm::Plain { eps } => along(eps),
            Norm::Grad { .. } => panic!("{OF_A_DERIVATIVE}"),
        }
    }

    pub(crate) fn run(self, io: &mut Io<'_>) {
        let isa = io.isa();
        let shape = io.shape();
        let cols = shape.cols;
        let (first_row, y) = io.row_chunk();
        if y.is_empty() {
            return;
        }
        let rows = first_row..first_row + y.len() / cols;
        let part = |arg: usize| &io.arg(arg)[rows.start * cols..rows.end * cols];
        match self {
            Norm::Plain { eps } => sweep::normalize(isa, eps.0, cols, part(0), y),
            Norm::Grad { eps } => sweep::normalize_grad(isa, eps.0, cols, part(0), part(1), y),
            Norm::Layer { eps, act } => {
                // Gain and offset change from group to group.
                let mut row = rows.start;
                while row < rows.end {
                    let group = row / shape.rows;
                    let end = rows.end.min((group + 1) * shape.rows);
                    let x = &io.arg(0)[row * cols..end * cols];
                    let affine = (io.group_of(1, group), io.group_of(2, group));
                    let y = &mut y[(row - rows.start) * cols..(end - rows.start) * cols];
                    layer_norm(isa, eps.0, act, x, affine, y);
                    row = end;
                }
            }
        }
    }
}

impl<'g> Node<'g> {
    /// act(layer_norm(self) * gain + offset) over columns; `gain` and `offset` are [g, 1, cols].
    pub fn layer_norm(self, gain: Node<'g>, offset: Node<'g>, eps: f32, act: Act) -> Node<'g> {
        let (x, g, o) = (self.shape(), gain.shape(), offset.shape());
        assert!(g == o && g.rows == 1 && g.cols == x.cols, "layer norm of {x} with gain {g}, offset {o}");
        assert!(g.groups == 1 || g.groups == x.groups, "groups of {x} and {g} differ");
        let eps = Exact(eps);
        self.graph.push(Op::Norm(Norm::Layer { eps, act }), &[self, gain, offset], x)
    }
}
