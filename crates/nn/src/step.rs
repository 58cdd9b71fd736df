//! A step of a compiled program: an operation, and where its numbers are.

use crate::graph::MAX_ARGS;
use crate::op::Op;
use crate::shape::Shape;

/// Where an array is at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the parameters.
    Param(usize),
    /// In the program's own memory.
    Work(usize),
    /// In a thread's own memory, which holds the block of rows it is at.
    Block(usize),
}

/// One operation of a program.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub op: Op,
    pub args: [Place; MAX_ARGS],
    pub arg_shapes: [Shape; MAX_ARGS],
    pub arg_count: usize,
    pub out: Place,
    pub shape: Shape,
    /// Of a product in parts: where a thread keeps those of the second factor, in its scratch.
    pub packed: usize,
}
