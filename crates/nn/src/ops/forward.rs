//! The argument of a forward rule, and what the rules have in common.

use crate::graph::Node;

/// Why a formula that only a derivative records has no tangent.
pub(crate) const OF_A_DERIVATIVE: &str = "a formula that is itself a derivative has no tangent";

/// One operation as its forward rule sees it.
pub(crate) struct Forward<'g> {
    /// The operation's value.
    pub value: Node<'g>,
    /// Its arguments.
    pub args: Vec<Node<'g>>,
    /// Of each argument, its tangent, or nothing where that is zero; at least one has one. May be smaller than the
    /// argument where it is constant along an axis.
    pub tangents: Vec<Option<Node<'g>>>,
}

impl<'g> Forward<'g> {
    /// The tangent of argument `index` at the argument's full shape.
    pub(crate) fn full(&self, index: usize) -> Option<Node<'g>> {
        Some(self.tangents[index]?.broadcast_to(self.args[index].shape()))
    }
}

/// The sum of those of two terms that there are.
pub(crate) fn added<'g>(a: Option<Node<'g>>, b: Option<Node<'g>>) -> Option<Node<'g>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (one, other) => one.or(other),
    }
}
