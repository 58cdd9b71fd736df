//! The closed list of operations, one file a kind: what it computes, and its derivative as more operations.

mod choice;
mod elementwise;
mod layout;
mod linear;
mod norm;
mod reduce;

pub(crate) use choice::Choice;
pub use choice::first_largest;
pub(crate) use elementwise::{Binary, Unary};
pub(crate) use layout::Layout;
pub(crate) use linear::Product;
pub(crate) use norm::Norm;
pub(crate) use reduce::Reduce;

use crate::optim::Effect;
use crate::shape::Shape;

/// The activations of the paper's networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// x
    Identity,
    /// max(x, 0)
    Relu,
    /// x if x > 0, else e^x - 1
    Elu,
    /// tanh x
    Tanh,
}

/// An `f32` that can be a key: compared by its bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exact(pub f32);

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Exact {}

impl std::hash::Hash for Exact {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

/// What a row of a result needs of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// The row of the same number.
    Rows,
    /// All of its group.
    Whole,
}

/// What a node computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    /// Written by the caller before each run; the number tells inputs apart.
    Input(usize),
    /// One number.
    Const(Exact),
    /// Parameters from `offset` on, as they were after `version` writes.
    Param { offset: usize, version: usize },
    /// Identity whose derivative is zero.
    Stop,
    /// Of one array, number by number.
    Unary(Unary),
    /// Of two arrays, number by number, axes of size 1 broadcast.
    Binary(Binary),
    /// Along an axis.
    Reduce(Reduce),
    /// Of places only.
    Layout(Layout),
    /// Matrix product with bias and activation.
    Product(Product),
    /// Layer normalisation.
    Norm(Norm),
    /// One-hot vectors.
    Choice(Choice),
    /// A change of the parameters: the only operation with an effect.
    Effect(Effect),
}

impl Op {
    /// What a row of the result needs of argument `index`, if the operation goes row by row.
    pub(crate) fn reads(self, index: usize, arg: Shape, result: Shape) -> Option<Reads> {
        let by_rows = if arg.rows == result.rows { Reads::Rows } else { Reads::Whole };
        match self {
            Op::Unary(_) | Op::Binary(_) | Op::Norm(_) => Some(by_rows),
            Op::Layout(Layout::Concat | Layout::Cut { .. } | Layout::Pad { .. }) => Some(by_rows),
            Op::Reduce(reduce) => reduce.goes_by_rows().then_some(Reads::Rows),
            Op::Product(product) => product.reads(index),
            _ => None,
        }
    }
}
