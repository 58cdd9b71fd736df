//! What a backward rule is given and what it gives.

use crate::graph::Node;

/// What flows back: for each argument of an operation, its share of the derivative.
pub(crate) type Shares<'g> = Vec<(usize, Node<'g>)>;

/// One operation as its backward rule sees it.
pub(crate) struct Backward<'g> {
    /// The operation's value.
    pub value: Node<'g>,
    /// Its arguments.
    pub args: Vec<Node<'g>>,
    /// The derivative of the loss by its value; may be smaller than the value where it is constant along an
    /// axis.
    pub grad: Node<'g>,
    /// Which arguments' derivatives somebody asked for.
    pub wanted: Vec<bool>,
}

impl<'g> Backward<'g> {
    /// The derivative at the value's full shape.
    pub(crate) fn full_grad(&self) -> Node<'g> {
        self.grad.broadcast_to(self.value.shape())
    }
}
