//! An operation as data: what a node computes, and what is known of it without computing. `ops` says how.

use crate::shape::{Axis, Shape};

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

/// The operation of a node.
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

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Unary {
    Exp,
    Log,
    /// ln(1 + x)
    Log1p,
    Tanh,
    Atanh,
    Softplus,
    Sigmoid,
    Square,
    Sqrt,
    Recip,
    Abs,
    /// -1, 0 or 1
    Sign,
    Relu,
    Elu,
    /// Into [lo, hi].
    Clamp(Exact, Exact),
    /// 1 inside [lo, hi], else 0
    Within(Exact, Exact),
    /// x * scale + shift
    Affine(Exact, Exact),
}

/// A function of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Min,
    Max,
    /// 1 where a <= b, else 0
    LessEqual,
    /// 1 where a = b, else 0
    Equal,
    /// a times the activation's slope where its output is b
    Slope(Act),
}

/// How an axis is reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Reduction {
    Sum,
    Max,
    Min,
}

/// A reduction; its axis has size 1 afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Reduce {
    pub kind: Reduction,
    pub axis: Axis,
}

impl Reduce {
    /// Whether a row of the result needs one row of the argument.
    pub(crate) fn goes_by_rows(self) -> bool {
        self.axis == Axis::Col
    }
}

/// Where numbers go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Layout {
    /// Repeats along axes of size 1.
    Broadcast,
    /// The same numbers under another shape; no copy.
    Reshape,
    /// Columns of all arguments side by side.
    Concat,
    /// Columns `from..`, as many as the result has.
    Cut { from: usize },
    /// The argument's columns at `from`, zeros around.
    Pad { from: usize },
    /// A plain copy; the number keeps copies of one array apart.
    Copy(usize),
}

/// Use of a product's third argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Third {
    /// There is none.
    None,
    /// A bias row, then the activation.
    Bias(Act),
    /// The output of an activation, by whose slope the product is multiplied.
    Slope(Act),
}

/// C = A B, each of A and B as stored or transposed; groups of size 1 broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Product {
    pub a_transposed: bool,
    pub b_transposed: bool,
    /// First column of the whole product that is computed.
    pub from: usize,
    pub third: Third,
}

impl Product {
    pub(crate) const PLAIN: Product =
        Product { a_transposed: false, b_transposed: false, from: 0, third: Third::None };

    /// Length of the sums, for a first argument of shape `a`.
    pub(crate) fn depth(self, a: Shape) -> usize {
        if self.a_transposed { a.rows } else { a.cols }
    }

    /// Whether it brings a gradient back through a layer.
    pub(crate) fn is_backward(self) -> bool {
        self.b_transposed && !self.a_transposed
    }

    /// Whether its first factor lies transposed, as in a gradient of weights.
    pub(crate) fn is_transposed(self) -> bool {
        self.a_transposed
    }

    /// The part of argument `index` that a row of the product needs. Of a product with a transposed argument there is
    /// more to save by doing all of its rows at once.
    pub(crate) fn reads(self, index: usize) -> Option<Reads> {
        let slope = matches!(self.third, Third::Slope(_));
        match index {
            _ if self.a_transposed || self.b_transposed => None,
            0 => Some(Reads::Rows),
            2 if slope => Some(Reads::Rows),
            _ => Some(Reads::Whole),
        }
    }
}

/// The operation and the two parts of its derivative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Norm {
    /// act(n gain + offset), n = (x - mean) / sqrt(variance + eps), the variance biased.
    Layer { eps: Exact, act: Act },
    /// n alone.
    Plain { eps: Exact },
    /// dx from (x, dn).
    Grad { eps: Exact },
}

/// Where the ones are; nothing is differentiated through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Choice {
    /// In group i at column i.
    Every,
    /// At the first largest number of each row.
    Largest,
}

/// An effect on the parameters, as recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Effect {
    Adam {
        at: Block,
        state: [usize; 3],
        betas: [Exact; 2],
        eps: Exact,
        rates: Rates,
        follower: Option<Follower>,
    },
    Tick {
        count: usize,
    },
    Sgd {
        at: Block,
        velocity: usize,
        momentum: Exact,
        rates: Rates,
    },
    Polyak {
        from: usize,
        to: Block,
        tau: Exact,
    },
}

/// A set that moves by `tau` towards the set that was just stepped; it begins at `offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Follower {
    pub offset: usize,
    pub tau: Exact,
}

/// A range that can be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Block {
    pub offset: usize,
    pub len: usize,
}

impl Block {
    pub(crate) fn overlaps(self, other: Block) -> bool {
        self.offset < other.offset + other.len && other.offset < self.offset + self.len
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Rates {
    pub lr: Exact,
    /// The parameter that `lr` is multiplied by, as it is when the step runs.
    pub lr_factor: Option<usize>,
    pub weight_decay: Exact,
    pub clip_norm: Exact,
}

impl Rates {
    /// Whether the factor of the learning rate lies in `block`.
    pub(crate) fn read(self, block: Block) -> bool {
        self.lr_factor.is_some_and(|offset| block.overlaps(Block { offset, len: 1 }))
    }
}

impl Effect {
    /// The place of gradient number `index`, relative to the set's first parameter.
    pub(crate) fn gradients(&self) -> Option<Block> {
        match self {
            Effect::Adam { at, .. } | Effect::Sgd { at, .. } => Some(*at),
            Effect::Tick { .. } | Effect::Polyak { .. } => None,
        }
    }

    /// Whether it neither changes `from` nor touches `to`.
    pub(crate) fn leaves(&self, from: Block, to: Block) -> bool {
        let apart = |at: Block| !at.overlaps(from) && !at.overlaps(to);
        match *self {
            Effect::Adam { at, follower, rates, .. } => {
                let follower = follower.is_none_or(|f| apart(Block { offset: f.offset, len: at.len }));
                apart(at) && follower && !rates.read(to)
            }
            Effect::Sgd { at, rates, .. } => apart(at) && !rates.read(to),
            Effect::Polyak { from: source, to: at, .. } => {
                apart(at) && !to.overlaps(Block { offset: source, len: at.len })
            }
            Effect::Tick { .. } => true,
        }
    }

    /// How many numbers the step covers: what the threads divide among them.
    pub(crate) fn len(&self) -> usize {
        match self {
            Effect::Adam { at, .. } | Effect::Sgd { at, .. } => at.len,
            Effect::Polyak { to, .. } => to.len,
            Effect::Tick { .. } => 1,
        }
    }
}

/// The part of an argument that a row of the result needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// The row of the same number.
    Rows,
    /// All of its group.
    Whole,
}

impl Op {
    /// Whether a derivative passes from the value to the arguments, and a tangent from them to the value.
    pub(crate) fn is_differentiable(self) -> bool {
        !matches!(self, Op::Stop | Op::Choice(_) | Op::Effect(_))
    }

    /// The part of argument `index` that a row of the result needs, if the operation goes row by row.
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
