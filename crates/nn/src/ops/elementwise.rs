//! Functions of one or two arrays, number by number.

use super::backward::{Backward, Shares};
use super::forward::{Forward, OF_A_DERIVATIVE, added};
use crate::exec::io::Io;
use crate::graph::Node;
use crate::kernels::sweep;
use crate::op::{Act, Binary, Exact, Op, Product, Unary};

impl Unary {
    pub(crate) fn shares<'g>(self, at: &Backward<'g>) -> Shares<'g> {
        let share = self.times_slope(at.args[0], at.value, at.grad);
        share.map(|share| (0, share)).into_iter().collect()
    }

    pub(crate) fn tangent<'g>(self, at: &Forward<'g>) -> Option<Node<'g>> {
        self.times_slope(at.args[0], at.value, at.tangents[0]?)
    }

    /// `d`, a derivative or a tangent, times the slope at `x`, where the value is `y`; nothing where the slope is zero.
    fn times_slope<'g>(self, x: Node<'g>, y: Node<'g>, d: Node<'g>) -> Option<Node<'g>> {
        Some(match self {
            Unary::Exp => d * y,
            Unary::Log => d / x,
            Unary::Log1p => d / x.affine(1.0, 1.0),
            Unary::Tanh => d.slope(y, Act::Tanh),
            Unary::Atanh => d / x.square().affine(-1.0, 1.0),
            Unary::Softplus => d * x.sigmoid(),
            Unary::Sigmoid => d * (y - y.square()),
            Unary::Square => d * x.affine(2.0, 0.0),
            Unary::Sqrt => d / y.affine(2.0, 0.0),
            Unary::Recip => -(d * y.square()),
            Unary::Abs => d * x.unary(Unary::Sign),
            Unary::Sign | Unary::Within(..) => return None,
            Unary::Relu => d.slope(y, Act::Relu),
            Unary::Elu => d.slope(y, Act::Elu),
            Unary::Clamp(lo, hi) => d * x.unary(Unary::Within(lo, hi)),
            Unary::Affine(scale, _) => d.affine(scale.0, 0.0),
        })
    }

    pub(crate) fn run(self, io: &mut Io<'_>) {
        let isa = io.isa();
        let (own, y) = io.chunk();
        let x = &io.arg(0)[own];
        sweep::unary(isa, self, x, y);
    }
}

impl Binary {
    pub(crate) fn shares<'g>(self, at: &Backward<'g>) -> Shares<'g> {
        let (args, shape) = ([at.args[0], at.args[1]], at.value.shape());
        let mut shares = Vec::new();
        if at.wanted[0]
            && let Some(share) = self.times_first_slope(args, at.grad)
        {
            shares.push((0, share.summed_to(shape, args[0].shape())));
        }
        if at.wanted[1]
            && let Some(share) = self.times_second_slope(args, at.value, at.grad)
        {
            shares.push((1, share.summed_to(shape, args[1].shape())));
        }
        shares
    }

    pub(crate) fn tangent<'g>(self, at: &Forward<'g>) -> Option<Node<'g>> {
        // Nobody asks for second derivatives of activations, but a zero in their place would be wrong.
        assert!(!matches!(self, Binary::Slope(_)), "{OF_A_DERIVATIVE}");
        let args = [at.args[0], at.args[1]];
        let of_a = at.tangents[0].and_then(|d| self.times_first_slope(args, d));
        let of_b = at.tangents[1].and_then(|d| self.times_second_slope(args, at.value, d));
        added(of_a, of_b)
    }

    /// `d`, a derivative or a tangent, times the derivative by the first argument; nothing where that is zero.
    fn times_first_slope<'g>(self, [a, b]: [Node<'g>; 2], d: Node<'g>) -> Option<Node<'g>> {
        match self {
            Binary::Add | Binary::Sub => Some(d),
            Binary::Mul => Some(d * b),
            Binary::Div => Some(d / b),
            Binary::Min => Some(d * a.binary(b, Binary::LessEqual)),
            Binary::Max => Some(d * b.binary(a, Binary::LessEqual)),
            Binary::Slope(act) => Some(d.slope(b, act)),
            Binary::LessEqual | Binary::Equal => None,
        }
    }

    /// The same by the second argument; `y` is the value.
    fn times_second_slope<'g>(self, [a, b]: [Node<'g>; 2], y: Node<'g>, d: Node<'g>) -> Option<Node<'g>> {
        match self {
            Binary::Add => Some(d),
            Binary::Sub => Some(-d),
            Binary::Mul => Some(d * a),
            Binary::Div => Some(-(d * y / b)),
            // At a tie the whole derivative goes to the first.
            Binary::Min => Some(d * a.binary(b, Binary::LessEqual).affine(-1.0, 1.0)),
            Binary::Max => Some(d * b.binary(a, Binary::LessEqual).affine(-1.0, 1.0)),
            // Second derivatives of activations are never asked for.
            Binary::Slope(_) | Binary::LessEqual | Binary::Equal => None,
        }
    }

    pub(crate) fn run(self, io: &mut Io<'_>) {
        let isa = io.isa();
        let shape = io.shape();
        let [a_strides, b_strides] = [0, 1].map(|i| io.arg_shape(i).strides_in(shape));
        let loops = Loops::new(shape.dims(), a_strides, b_strides);
        let (own, y) = io.chunk();
        let (a, b) = (io.arg(0), io.arg(1));
        let mut at = own.start;
        while at < own.end {
            // A run of the innermost loop: both operands advance by one, or stand still.
            let (outer, inner) = (at / loops.len, at % loops.len);
            let count = (loops.len - inner).min(own.end - at);
            let part = |x: &'_ [f32], base: usize, step: usize| {
                let from = base + inner * step;
                from..if step == 0 { from + 1 } else { (from + count).min(x.len()) }
            };
            let (a_base, b_base) = loops.bases(outer);
            let (a_part, b_part) = (part(a, a_base, loops.steps.0), part(b, b_base, loops.steps.1));
            let from = at - own.start;
            sweep::binary(isa, self, &a[a_part], &b[b_part], &mut y[from..from + count]);
            at += count;
        }
    }
}

/// The three axes with neighbours merged where both operands allow it.
struct Loops {
    /// Length of the innermost run.
    len: usize,
    /// Operand steps along it: 0 or 1.
    steps: (usize, usize),
    /// The loops left outside: (count, step of a, step of b), innermost first.
    outer: [(usize, usize, usize); 2],
}

impl Loops {
    fn new(dims: [usize; 3], a: [usize; 3], b: [usize; 3]) -> Self {
        let mut merged: [(usize, usize, usize); 3] = [(1, 0, 0); 3];
        let mut used = 0;
        for axis in (0..3).rev().filter(|&i| dims[i] != 1) {
            let (count, step_a, step_b) = (dims[axis], a[axis], b[axis]);
            if used > 0 {
                let last = &mut merged[used - 1];
                if step_a == last.1 * last.0 && step_b == last.2 * last.0 {
                    last.0 *= count;
                    continue;
                }
            }
            merged[used] = (count, step_a, step_b);
            used += 1;
        }
        let [(len, step_a, step_b), first, second] = merged;
        Loops { len, steps: (step_a, step_b), outer: [first, second] }
    }

    fn bases(&self, outer: usize) -> (usize, usize) {
        let [first, second] = self.outer;
        let (i, j) = (outer % first.0, outer / first.0);
        (i * first.1 + j * second.1, i * first.2 + j * second.2)
    }
}

impl<'g> Node<'g> {
    pub(crate) fn unary(self, f: Unary) -> Node<'g> {
        self.graph.push(Op::Unary(f), &[self], self.shape())
    }

    pub(crate) fn binary(self, other: Node<'g>, f: Binary) -> Node<'g> {
        let (a, b) = (self.shape(), other.shape());
        let Some(shape) = a.broadcast(b) else {
            panic!("shapes {a} and {b} do not meet in {f:?}");
        };
        self.graph.push(Op::Binary(f), &[self, other], shape)
    }

    /// self * scale + shift
    pub fn affine(self, scale: f32, shift: f32) -> Node<'g> {
        if scale == 1.0 && shift == 0.0 {
            return self;
        }
        if let Some(value) = self.constant_value() {
            return self.graph.constant(value * scale + shift);
        }
        self.unary(Unary::Affine(Exact(scale), Exact(shift)))
    }

    /// self times the slope of `act`, whose output was `output`.
    pub(crate) fn slope(self, output: Node<'g>, act: Act) -> Node<'g> {
        if act == Act::Identity {
            return self;
        }
        // The slope joins the product that makes the derivative; that product alone then has no reader left.
        match Product::with_slope(self, output, act) {
            Some(fused) => fused,
            None => self.binary(output, Binary::Slope(act)),
        }
    }

    /// e^x
    pub fn exp(self) -> Node<'g> {
        self.unary(Unary::Exp)
    }

    /// ln x
    pub fn log(self) -> Node<'g> {
        self.unary(Unary::Log)
    }

    /// ln(1 + x), exact near zero
    pub fn log_1p(self) -> Node<'g> {
        self.unary(Unary::Log1p)
    }

    /// tanh x
    pub fn tanh(self) -> Node<'g> {
        self.unary(Unary::Tanh)
    }

    /// artanh x
    pub fn atanh(self) -> Node<'g> {
        self.unary(Unary::Atanh)
    }

    /// ln(1 + e^x)
    pub fn softplus(self) -> Node<'g> {
        self.unary(Unary::Softplus)
    }

    /// 1 / (1 + e^-x)
    pub fn sigmoid(self) -> Node<'g> {
        self.unary(Unary::Sigmoid)
    }

    /// x^2
    pub fn square(self) -> Node<'g> {
        self.unary(Unary::Square)
    }

    /// sqrt x
    pub fn sqrt(self) -> Node<'g> {
        self.unary(Unary::Sqrt)
    }

    /// 1 / x
    pub fn recip(self) -> Node<'g> {
        self.unary(Unary::Recip)
    }

    /// |x|; its derivative at 0 is 0.
    pub fn abs(self) -> Node<'g> {
        self.unary(Unary::Abs)
    }

    /// max(x, 0)
    pub fn relu(self) -> Node<'g> {
        self.unary(Unary::Relu)
    }

    /// x if x > 0, else e^x - 1
    pub fn elu(self) -> Node<'g> {
        self.unary(Unary::Elu)
    }

    /// x kept inside [lo, hi]; the derivative outside is 0.
    pub fn clamp(self, lo: f32, hi: f32) -> Node<'g> {
        self.unary(Unary::Clamp(Exact(lo), Exact(hi)))
    }

    /// 1 where x >= `bound`, else 0; no derivative.
    pub fn at_least(self, bound: f32) -> Node<'g> {
        self.unary(Unary::Within(Exact(bound), Exact(f32::INFINITY)))
    }

    /// The smaller of two, number by number.
    pub fn min(self, other: Node<'g>) -> Node<'g> {
        self.binary(other, Binary::Min)
    }

    /// The larger of two, number by number.
    pub fn max(self, other: Node<'g>) -> Node<'g> {
        self.binary(other, Binary::Max)
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $binary:ident, |$x:ident, $c:ident| $right:expr, |$y:ident, $d:ident| $left:expr) => {
        impl<'g> std::ops::$trait for Node<'g> {
            type Output = Node<'g>;
            fn $method(self, other: Node<'g>) -> Node<'g> {
                if let Some(c) = other.constant_value() {
                    return std::ops::$trait::$method(self, c);
                }
                if let Some(c) = self.constant_value() {
                    return std::ops::$trait::$method(c, other);
                }
                self.binary(other, Binary::$binary)
            }
        }

        impl<'g> std::ops::$trait<f32> for Node<'g> {
            type Output = Node<'g>;
            fn $method(self, $c: f32) -> Node<'g> {
                let $x = self;
                $right
            }
        }

        impl<'g> std::ops::$trait<Node<'g>> for f32 {
            type Output = Node<'g>;
            fn $method(self, $y: Node<'g>) -> Node<'g> {
                let $d = self;
                $left
            }
        }
    };
}
operator!(Add, add, Add, |x, c| x.affine(1.0, c), |y, d| y.affine(1.0, d));
operator!(Sub, sub, Sub, |x, c| x.affine(1.0, -c), |y, d| y.affine(-1.0, d));
operator!(Mul, mul, Mul, |x, c| x.affine(c, 0.0), |y, d| y.affine(d, 0.0));
operator!(Div, div, Div, |x, c| x.binary(x.graph.constant(c), Binary::Div), |y, d| y.recip().affine(d, 0.0));

impl<'g> std::ops::Neg for Node<'g> {
    type Output = Node<'g>;
    fn neg(self) -> Node<'g> {
        self.affine(-1.0, 0.0)
    }
}
