//! Functions of one or two arrays, number by number.

use super::{Act, Exact, Op, Product};
use crate::exec::Io;
use crate::grad::{Backward, Shares};
use crate::graph::Node;
use crate::kernels::sweep;

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Map {
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
pub(crate) enum Zip {
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

impl Map {
    pub(crate) fn shares<'g>(self, at: &Backward<'g>) -> Shares<'g> {
        let (x, y, grad) = (at.args[0], at.value, at.grad);
        let share = match self {
            Map::Exp => grad * y,
            Map::Log => grad / x,
            Map::Log1p => grad / x.affine(1.0, 1.0),
            Map::Tanh => grad.slope(y, Act::Tanh),
            Map::Atanh => grad / x.square().affine(-1.0, 1.0),
            Map::Softplus => grad * x.sigmoid(),
            Map::Sigmoid => grad * (y - y.square()),
            Map::Square => grad * x.affine(2.0, 0.0),
            Map::Sqrt => grad / y.affine(2.0, 0.0),
            Map::Recip => -(grad * y.square()),
            Map::Abs => grad * x.map(Map::Sign),
            Map::Sign | Map::Within(..) => return Vec::new(),
            Map::Relu => grad.slope(y, Act::Relu),
            Map::Elu => grad.slope(y, Act::Elu),
            Map::Clamp(lo, hi) => grad * x.map(Map::Within(lo, hi)),
            Map::Affine(scale, _) => grad.affine(scale.0, 0.0),
        };
        vec![(0, share)]
    }

    pub(crate) fn run(self, io: &mut Io<'_>) {
        let isa = io.isa();
        let (own, y) = io.chunk();
        let x = &io.arg(0)[own];
        sweep::map(isa, self, x, y);
    }
}

impl Zip {
    pub(crate) fn shares<'g>(self, at: &Backward<'g>) -> Shares<'g> {
        let (a, b, grad) = (at.args[0], at.args[1], at.grad);
        let of_a = || match self {
            Zip::Add | Zip::Sub => Some(grad),
            Zip::Mul => Some(grad * b),
            Zip::Div => Some(grad / b),
            Zip::Min => Some(grad * a.zip(b, Zip::LessEqual)),
            Zip::Max => Some(grad * b.zip(a, Zip::LessEqual)),
            Zip::Slope(act) => Some(grad.slope(b, act)),
            Zip::LessEqual | Zip::Equal => None,
        };
        let of_b = || match self {
            Zip::Add => Some(grad),
            Zip::Sub => Some(-grad),
            Zip::Mul => Some(grad * a),
            Zip::Div => Some(-(grad * at.value / b)),
            // At a tie the whole derivative goes to the first.
            Zip::Min => Some(grad * a.zip(b, Zip::LessEqual).affine(-1.0, 1.0)),
            Zip::Max => Some(grad * b.zip(a, Zip::LessEqual).affine(-1.0, 1.0)),
            // Second derivatives of activations are never asked for.
            Zip::Slope(_) | Zip::LessEqual | Zip::Equal => None,
        };
        let shape = at.value.shape();
        let mut shares = Vec::new();
        if at.wanted[0]
            && let Some(share) = of_a()
        {
            shares.push((0, share.summed_to(shape, a.shape())));
        }
        if at.wanted[1]
            && let Some(share) = of_b()
        {
            shares.push((1, share.summed_to(shape, b.shape())));
        }
        shares
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
            // One stretch of the innermost loop: both operands advance by one, or stand still.
            let (outer, inner) = (at / loops.len, at % loops.len);
            let count = (loops.len - inner).min(own.end - at);
            let part = |x: &'_ [f32], base: usize, step: usize| {
                let from = base + inner * step;
                from..if step == 0 { from + 1 } else { (from + count).min(x.len()) }
            };
            let (a_base, b_base) = loops.bases(outer);
            let (a_part, b_part) = (part(a, a_base, loops.steps.0), part(b, b_base, loops.steps.1));
            let from = at - own.start;
            sweep::zip(isa, self, &a[a_part], &b[b_part], &mut y[from..from + count]);
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
    /// What is left outside: (count, step of a, step of b), innermost first.
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
    pub(crate) fn map(self, f: Map) -> Node<'g> {
        self.graph.push(Op::Map(f), &[self], self.shape())
    }

    pub(crate) fn zip(self, other: Node<'g>, f: Zip) -> Node<'g> {
        let (a, b) = (self.shape(), other.shape());
        let Some(shape) = a.broadcast(b) else {
            panic!("shapes {a} and {b} do not meet in {f:?}");
        };
        self.graph.push(Op::Zip(f), &[self, other], shape)
    }

    /// self * scale + shift
    pub fn affine(self, scale: f32, shift: f32) -> Node<'g> {
        if scale == 1.0 && shift == 0.0 {
            return self;
        }
        if let Some(value) = self.constant_value() {
            return self.graph.constant(value * scale + shift);
        }
        self.map(Map::Affine(Exact(scale), Exact(shift)))
    }

    /// self times the slope of `act`, whose output was `output`.
    pub(crate) fn slope(self, output: Node<'g>, act: Act) -> Node<'g> {
        if act == Act::Identity {
            return self;
        }
        // The slope joins the product that makes the derivative; that product alone then has no reader left.
        match Product::with_slope(self, output, act) {
            Some(fused) => fused,
            None => self.zip(output, Zip::Slope(act)),
        }
    }

    /// e^x
    pub fn exp(self) -> Node<'g> {
        self.map(Map::Exp)
    }

    /// ln x
    pub fn log(self) -> Node<'g> {
        self.map(Map::Log)
    }

    /// ln(1 + x), exact near zero
    pub fn log_1p(self) -> Node<'g> {
        self.map(Map::Log1p)
    }

    /// tanh x
    pub fn tanh(self) -> Node<'g> {
        self.map(Map::Tanh)
    }

    /// artanh x
    pub fn atanh(self) -> Node<'g> {
        self.map(Map::Atanh)
    }

    /// ln(1 + e^x)
    pub fn softplus(self) -> Node<'g> {
        self.map(Map::Softplus)
    }

    /// 1 / (1 + e^-x)
    pub fn sigmoid(self) -> Node<'g> {
        self.map(Map::Sigmoid)
    }

    /// x^2
    pub fn square(self) -> Node<'g> {
        self.map(Map::Square)
    }

    /// sqrt x
    pub fn sqrt(self) -> Node<'g> {
        self.map(Map::Sqrt)
    }

    /// 1 / x
    pub fn recip(self) -> Node<'g> {
        self.map(Map::Recip)
    }

    /// |x|; its derivative at 0 is 0.
    pub fn abs(self) -> Node<'g> {
        self.map(Map::Abs)
    }

    /// max(x, 0)
    pub fn relu(self) -> Node<'g> {
        self.map(Map::Relu)
    }

    /// x if x > 0, else e^x - 1
    pub fn elu(self) -> Node<'g> {
        self.map(Map::Elu)
    }

    /// x kept inside [lo, hi]; the derivative outside is 0.
    pub fn clamp(self, lo: f32, hi: f32) -> Node<'g> {
        self.map(Map::Clamp(Exact(lo), Exact(hi)))
    }

    /// 1 where x >= `bound`, else 0; no derivative.
    pub fn at_least(self, bound: f32) -> Node<'g> {
        self.map(Map::Within(Exact(bound), Exact(f32::INFINITY)))
    }

    /// The smaller of two, number by number.
    pub fn min(self, other: Node<'g>) -> Node<'g> {
        self.zip(other, Zip::Min)
    }

    /// The larger of two, number by number.
    pub fn max(self, other: Node<'g>) -> Node<'g> {
        self.zip(other, Zip::Max)
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $zip:ident, |$x:ident, $c:ident| $right:expr, |$y:ident, $d:ident| $left:expr) => {
        impl<'g> std::ops::$trait for Node<'g> {
            type Output = Node<'g>;
            fn $method(self, other: Node<'g>) -> Node<'g> {
                if let Some(c) = other.constant_value() {
                    return std::ops::$trait::$method(self, c);
                }
                if let Some(c) = self.constant_value() {
                    return std::ops::$trait::$method(c, other);
                }
                self.zip(other, Zip::$zip)
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
operator!(Div, div, Div, |x, c| x.zip(x.graph.constant(c), Zip::Div), |y, d| y.recip().affine(d, 0.0));

impl<'g> std::ops::Neg for Node<'g> {
    type Output = Node<'g>;
    fn neg(self) -> Node<'g> {
        self.affine(-1.0, 0.0)
    }
}
