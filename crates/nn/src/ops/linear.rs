//! The matrix product, with bias and activation fused; its derivatives are products again.

use super::backward::{Backward, Shares};
use super::forward::{Forward, OF_A_DERIVATIVE, added};
use crate::exec::io::Io;
use crate::graph::Node;
use crate::kernels::{Epilogue, Gemm, Operand};
use crate::op::{Act, Op, Product, Third};
use crate::shape::{Axis, Shape};

impl Product {
    /// `self` times `slope`, inside the product, if `node` is a bare product.
    pub(crate) fn with_slope<'g>(node: Node<'g>, output: Node<'g>, act: Act) -> Option<Node<'g>> {
        let record = node.graph.record(node.id);
        let Op::Product(product @ Product { third: Third::None, .. }) = record.op else { return None };
        if record.shape != output.shape() {
            return None;
        }
        let args = [node.graph.node(record.args[0]), node.graph.node(record.args[1]), output];
        let fused = Product { third: Third::Slope(act), ..product };
        Some(node.graph.push(Op::Product(fused), &args, record.shape))
    }

    /// Some columns of `node` alone, if it is a bare product.
    pub(crate) fn cut<'g>(node: Node<'g>, from: usize, count: usize) -> Option<Node<'g>> {
        let record = node.graph.record(node.id);
        let Op::Product(product @ Product { third: Third::None, .. }) = record.op else { return None };
        let args = [node.graph.node(record.args[0]), node.graph.node(record.args[1])];
        let cut = Product { from: product.from + from, ..product };
        Some(node.graph.push(Op::Product(cut), &args, Shape { cols: count, ..record.shape }))
    }

    pub(crate) fn shares<'g>(self, at: &Backward<'g>) -> Shares<'g> {
        let act = match self.third {
            Third::Bias(act) => act,
            Third::None if self == Product::PLAIN => Act::Identity,
            // Only the derivatives' own products have another form.
            _ => panic!("a product that is itself a derivative is not differentiated again"),
        };
        let (x, w) = (at.args[0], at.args[1]);
        let grad = at.full_grad().slope(at.value, act);
        let mut shares = Vec::new();
        if at.wanted[0] {
            let dx = grad.product(w, Product { b_transposed: true, ..Product::PLAIN });
            shares.push((0, dx.summed_to(dx.shape(), x.shape())));
        }
        if at.wanted[1] {
            let dw = x.product(grad, Product { a_transposed: true, ..Product::PLAIN });
            shares.push((1, dw.summed_to(dw.shape(), w.shape())));
        }
        if at.args.len() == 3 && at.wanted[2] {
            let db = grad.sum(Axis::Row);
            shares.push((2, db.summed_to(db.shape(), at.args[2].shape())));
        }
        shares
    }

    pub(crate) fn tangent<'g>(self, at: &Forward<'g>) -> Option<Node<'g>> {
        let act = match self.third {
            Third::None => Act::Identity,
            Third::Bias(act) => act,
            Third::Slope(_) => panic!("{OF_A_DERIVATIVE}"),
        };
        let (x, w) = (at.args[0], at.args[1]);
        let shape = at.value.shape();
        let bare = |a: Node<'g>, b: Node<'g>| {
            let product = Product { third: Third::None, ..self };
            a.graph.push(Op::Product(product), &[a, b], shape)
        };
        let of_bias = at.tangents.get(2).copied().flatten();
        let of_x = at.full(0).map(|tangent| bare(tangent, w));
        let of_w = at.full(1).map(|tangent| bare(x, tangent));
        let sum = added(added(of_x, of_w), of_bias)?;
        Some(sum.broadcast_to(shape).slope(at.value, act))
    }

    pub(crate) fn run(self, io: &mut Io<'_>) {
        let shape = io.shape();
        let (a_shape, b_shape) = (io.arg_shape(0), io.arg_shape(1));
        let k = self.depth(a_shape);
        let group = |shape: Shape, g: usize| if shape.groups == 1 { 0 } else { g * shape.rows * shape.cols };
        let strides = |shape: Shape, t: bool| if t { (1, shape.cols) } else { (shape.cols, 1) };
        let gemm = |io: &Io<'_>, g: usize| {
            let (a_row, a_col) = strides(a_shape, self.a_transposed);
            let (b_row, b_col) = strides(b_shape, self.b_transposed);
            let b_from = group(b_shape, g) + self.from * b_col;
            let third = || &io.arg(2)[group(io.arg_shape(2), g)..];
            Gemm {
                m: shape.rows,
                n: shape.cols,
                k,
                a: Operand {
                    at: io.arg(0)[group(a_shape, g)..].as_ptr(),
                    row_stride: a_row,
                    col_stride: a_col,
                },
                b: Operand { at: io.arg(1)[b_from..].as_ptr(), row_stride: b_row, col_stride: b_col },
                c: io.out_at(g * shape.rows * shape.cols),
                c_stride: shape.cols,
                epilogue: match self.third {
                    Third::None => Epilogue::None,
                    Third::Bias(act) => Epilogue::Forward { bias: third().as_ptr(), act },
                    Third::Slope(act) => Epilogue::Slope { y: third().as_ptr(), stride: shape.cols, act },
                },
            }
        };
        let panels = gemm(io, 0).panels();
        io.products(panels, gemm);
    }
}

impl<'g> Node<'g> {
    fn product(self, other: Node<'g>, product: Product) -> Node<'g> {
        let (a, b) = (self.shape(), other.shape());
        let turned = |s: Shape, t: bool| if t { (s.cols, s.rows) } else { (s.rows, s.cols) };
        let (rows, inner) = turned(a, product.a_transposed);
        let (depth, cols) = turned(b, product.b_transposed);
        assert!(inner == depth, "shapes {a} and {b} do not multiply");
        let groups = a.groups.max(b.groups);
        assert!([a.groups, b.groups].iter().all(|&g| g == 1 || g == groups), "groups of {a} and {b} differ");
        self.graph.push(Op::Product(product), &[self, other], Shape::new(groups, rows, cols))
    }

    /// act(self W + bias): `self` [g, r, in], `weight` [g, in, out], `bias` [g, 1, out].
    pub fn linear(self, weight: Node<'g>, bias: Node<'g>, act: Act) -> Node<'g> {
        let (x, w, b) = (self.shape(), weight.shape(), bias.shape());
        assert!(x.cols == w.rows && b.cols == w.cols && b.rows == 1, "linear of {x} by {w} plus {b}");
        let groups = x.groups.max(w.groups);
        assert!([x.groups, w.groups].iter().all(|&g| g == 1 || g == groups), "groups of {x} and {w} differ");
        assert!(b.groups == w.groups, "groups of {w} and {b} differ");
        let product = Product { third: Third::Bias(act), ..Product::PLAIN };
        self.graph.push(Op::Product(product), &[self, weight, bias], Shape::new(groups, x.rows, w.cols))
    }

    /// self W, no bias.
    pub fn matmul(self, weight: Node<'g>) -> Node<'g> {
        self.product(weight, Product::PLAIN)
    }

    /// self Wᵀ: how a gradient goes back through a layer. It has no derivative of its own.
    pub fn matmul_transposed(self, weight: Node<'g>) -> Node<'g> {
        self.product(weight, Product { b_transposed: true, ..Product::PLAIN })
    }

    /// selfᵀ other: the gradient of a layer's weights. It has no derivative of its own.
    pub fn transposed_matmul(self, other: Node<'g>) -> Node<'g> {
        self.product(other, Product { a_transposed: true, ..Product::PLAIN })
    }
}
