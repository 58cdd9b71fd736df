//! The argument and the result of a backward rule.

use crate::graph::Node;

/// Shares of the derivative, one for each argument of an operation that gets one.
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
    /// Of each argument, whether its derivative is asked for.
    pub wanted: Vec<bool>,
}

impl<'g> Backward<'g> {
    /// The derivative at the value's full shape.
    pub(crate) fn full_grad(&self) -> Node<'g> {
        self.grad.broadcast_to(self.value.shape())
    }
}
