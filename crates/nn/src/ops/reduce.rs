//! Reductions along an axis, and what is built of them: means, log-sum-exp, softmax.

use super::backward::{Backward, Shares};
use super::forward::Forward;
use crate::exec::io::Io;
use crate::graph::Node;
use crate::kernels::sweep;
use crate::op::{Binary, Op, Reduce, Reduction};
use crate::shape::{Axis, Shape};

impl Reduce {
    pub(crate) fn shares<'g>(self, at: &Backward<'g>) -> Shares<'g> {
        let share = match self.kind {
            // The derivative is the same all along the axis: not repeated.
            Reduction::Sum => at.grad,
            Reduction::Max | Reduction::Min => {
                // Where several are the extreme, they share it evenly.
                let chosen = at.args[0].binary(at.value, Binary::Equal);
                at.grad * chosen / chosen.sum(self.axis)
            }
        };
        vec![(0, share)]
    }

    pub(crate) fn tangent<'g>(self, at: &Forward<'g>) -> Option<Node<'g>> {
        let (x, tangent) = (at.args[0], at.tangents[0]?);
        Some(match self.kind {
            Reduction::Sum => tangent.summed_to(x.shape(), at.value.shape()),
            Reduction::Max | Reduction::Min => {
                // The mean over those that are the extreme, as they share its derivative.
                let chosen = x.binary(at.value, Binary::Equal);
                (tangent * chosen).sum(self.axis) / chosen.sum(self.axis)
            }
        })
    }

    pub(crate) fn run(self, io: &mut Io<'_>) {
        let isa = io.isa();
        let from = io.arg_shape(0);
        let (own, y) = io.chunk();
        let x = io.arg(0);
        // Seen from the axis, an array is [outer, size, inner].
        let (size, inner) = match self.axis {
            Axis::Col => (from.cols, 1),
            Axis::Row => (from.rows, from.cols),
            Axis::Group => (from.groups, from.rows * from.cols),
        };
        if self.kind == Reduction::Sum && inner == 1 {
            sweep::sum_cols(isa, &x[own.start * size..own.end * size], size, y);
            return;
        }
        if size == 0 {
            return y.fill(match self.kind {
                Reduction::Sum => 0.0,
                Reduction::Max => f32::NEG_INFINITY,
                Reduction::Min => f32::INFINITY,
            });
        }
        let step = match self.kind {
            Reduction::Sum => Binary::Add,
            Reduction::Max => Binary::Max,
            Reduction::Min => Binary::Min,
        };
        let mut at = own.start;
        while at < own.end {
            let (outer, column) = (at / inner, at % inner);
            let count = (inner - column).min(own.end - at);
            let sum = &mut y[at - own.start..][..count];
            let term = |i: usize| &x[(outer * size + i) * inner + column..][..count];
            sum.copy_from_slice(term(0));
            for i in 1..size {
                sweep::accumulate(isa, step, term(i), sum);
            }
            at += count;
        }
    }
}

impl<'g> Node<'g> {
    fn reduce(self, kind: Reduction, axis: Axis) -> Node<'g> {
        let shape = self.shape();
        if shape.along(axis) == 1 {
            return self;
        }
        self.graph.push(Op::Reduce(Reduce { kind, axis }), &[self], shape.with(axis, 1))
    }

    /// The sum along `axis`.
    pub fn sum(self, axis: Axis) -> Node<'g> {
        self.reduce(Reduction::Sum, axis)
    }

    /// The largest along `axis`.
    pub fn maximum(self, axis: Axis) -> Node<'g> {
        self.reduce(Reduction::Max, axis)
    }

    /// The smallest along `axis`.
    pub fn minimum(self, axis: Axis) -> Node<'g> {
        self.reduce(Reduction::Min, axis)
    }

    /// The mean along `axis`.
    pub fn mean(self, axis: Axis) -> Node<'g> {
        self.sum(axis).affine(1.0 / self.shape().along(axis) as f32, 0.0)
    }

    /// The sum of everything: one number.
    pub fn sum_all(self) -> Node<'g> {
        let flat = self.reshape(Shape::new(1, 1, self.shape().len()));
        flat.sum(Axis::Col)
    }

    /// The mean of everything: one number.
    pub fn mean_all(self) -> Node<'g> {
        self.sum_all().affine(1.0 / self.shape().len() as f32, 0.0)
    }

    /// ln of the sum of e^x along `axis`, the maximum taken out first.
    pub fn log_sum_exp(self, axis: Axis) -> Node<'g> {
        // Kept finite, so that a row of -inf gives -inf and one with +inf gives +inf, not their NaN difference.
        let top = self.maximum(axis).clamp(f32::MIN, f32::MAX).stop_gradient();
        (self - top).exp().sum(axis).log() + top
    }

    /// e^x over its sum along `axis`, the maximum taken out first.
    pub fn softmax(self, axis: Axis) -> Node<'g> {
        let top = self.maximum(axis).stop_gradient();
        let raised = (self - top).exp();
        raised / raised.sum(axis)
    }
}
