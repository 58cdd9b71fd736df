//! The operations at work, one file a kind: how each is recorded, computed, and differentiated, backward and forward,
//! into more operations.

pub(crate) mod backward;
mod choice;
mod effect;
mod elementwise;
pub(crate) mod forward;
mod layout;
mod linear;
mod norm;
mod reduce;

use crate::exec::io::Io;
use crate::graph::Node;
use crate::op::Op;
use backward::{Backward, Shares};
pub use choice::first_largest;
use forward::Forward;

impl Op {
    /// Each argument's share of the derivative.
    pub(crate) fn shares<'g>(self, at: &Backward<'g>) -> Shares<'g> {
        match self {
            Op::Input(_) | Op::Const(_) | Op::Param { .. } | Op::Stop | Op::Choice(_) | Op::Effect(_) => {
                Vec::new()
            }
            Op::Unary(unary) => unary.shares(at),
            Op::Binary(binary) => binary.shares(at),
            Op::Reduce(reduce) => reduce.shares(at),
            Op::Layout(layout) => layout.shares(at),
            Op::Product(product) => product.shares(at),
            Op::Norm(norm) => norm.shares(at),
        }
    }

    /// The tangent of the value by those of the arguments; nothing where it is zero.
    pub(crate) fn tangent<'g>(self, at: &Forward<'g>) -> Option<Node<'g>> {
        match self {
            Op::Input(_) | Op::Const(_) | Op::Param { .. } | Op::Stop | Op::Choice(_) | Op::Effect(_) => None,
            Op::Unary(unary) => unary.tangent(at),
            Op::Binary(binary) => binary.tangent(at),
            Op::Reduce(reduce) => reduce.tangent(at),
            Op::Layout(layout) => layout.tangent(at),
            Op::Product(product) => product.tangent(at),
            Op::Norm(norm) => norm.tangent(at),
        }
    }

    /// Computes a thread's part of the result.
    pub(crate) fn run(self, io: &mut Io<'_>) {
        match self {
            Op::Unary(unary) => unary.run(io),
            Op::Binary(binary) => binary.run(io),
            Op::Reduce(reduce) => reduce.run(io),
            Op::Layout(layout) => layout.run(io),
            Op::Product(product) => product.run(io),
            Op::Norm(norm) => norm.run(io),
            Op::Choice(choice) => choice.run(io),
            Op::Effect(effect) => effect.run(io),
            Op::Input(_) | Op::Const(_) | Op::Param { .. } | Op::Stop => {}
        }
    }
}
