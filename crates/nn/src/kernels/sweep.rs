//! Loops over whole arrays: elementwise functions, reductions, layer norm by rows, optimiser steps.
//!
//! Loops are written as `for`, because the inside of `for_each` is not always compiled for the instruction set.

use super::rows::{self, slope_at, sum_by};
use super::{math, per_isa};
use crate::op::{Act, Binary, Unary};

per_isa! {
    /// y = f(x)
    pub(crate) fn unary(f: Unary, x: &[f32], y: &mut [f32]) {
        macro_rules! each {
            ($f:expr) => {
                for (y, &x) in y.iter_mut().zip(x) {
                    *y = $f(x);
                }
            };
        }
        match f {
            Unary::Exp => each!(math::exp),
            Unary::Log => each!(math::log),
            Unary::Log1p => each!(math::log1p),
            Unary::Tanh => each!(math::tanh),
            Unary::Atanh => each!(math::atanh),
            Unary::Softplus => each!(math::softplus),
            Unary::Sigmoid => each!(math::sigmoid),
            Unary::Square => each!(|x: f32| x * x),
            Unary::Sqrt => each!(|x: f32| x.sqrt()),
            Unary::Recip => each!(|x: f32| 1.0 / x),
            Unary::Abs => each!(|x: f32| x.abs()),
            Unary::Sign => each!(|x: f32| if x > 0.0 { 1.0 } else if x < 0.0 { -1.0 } else { x }),
            Unary::Relu => each!(|x: f32| if x < 0.0 { 0.0 } else { x }),
            Unary::Elu => each!(math::elu),
            Unary::Clamp(lo, hi) => each!(|x: f32| {
                let x = if x < lo.0 { lo.0 } else { x };
                if x > hi.0 { hi.0 } else { x }
            }),
            Unary::Within(lo, hi) => each!(|x: f32| if x >= lo.0 && x <= hi.0 { 1.0 } else { 0.0 }),
            Unary::Affine(scale, shift) => each!(|x: f32| x * scale.0 + shift.0),
        }
    }
}

per_isa! {
    /// y = f(a, b), where a slice of one number stands for that number everywhere
    pub(crate) fn binary(f: Binary, a: &[f32], b: &[f32], y: &mut [f32]) {
        macro_rules! each {
            ($f:expr) => {
                match (a, b) {
                    (&[a], &[b]) => y.fill($f(a, b)),
                    (&[a], b) => {
                        for (y, &b) in y.iter_mut().zip(b) {
                            *y = $f(a, b);
                        }
                    }
                    (a, &[b]) => {
                        for (y, &a) in y.iter_mut().zip(a) {
                            *y = $f(a, b);
                        }
                    }
                    (a, b) => {
                        for (y, (&a, &b)) in y.iter_mut().zip(a.iter().zip(b)) {
                            *y = $f(a, b);
                        }
                    }
                }
            };
        }
        match f {
            Binary::Add => each!(|a: f32, b: f32| a + b),
            Binary::Sub => each!(|a: f32, b: f32| a - b),
            Binary::Mul => each!(|a: f32, b: f32| a * b),
            Binary::Div => each!(|a: f32, b: f32| a / b),
            // Either NaN must come out as NaN.
            Binary::Min => each!(|a: f32, b: f32| if a <= b || a.is_nan() { a } else { b }),
            Binary::Max => each!(|a: f32, b: f32| if a >= b || a.is_nan() { a } else { b }),
            Binary::LessEqual => each!(|a: f32, b: f32| if a <= b { 1.0 } else { 0.0 }),
            Binary::Equal => each!(|a: f32, b: f32| if a == b { 1.0 } else { 0.0 }),
            Binary::Slope(Act::Identity) => each!(|a: f32, _b: f32| a),
            Binary::Slope(Act::Relu) => each!(|a: f32, b: f32| a * slope_at(Act::Relu, b)),
            Binary::Slope(Act::Elu) => each!(|a: f32, b: f32| a * slope_at(Act::Elu, b)),
            Binary::Slope(Act::Tanh) => each!(|a: f32, b: f32| a * slope_at(Act::Tanh, b)),
        }
    }
}

per_isa! {
    /// y = the sum of each row of `cols` numbers
    pub(crate) fn sum_cols(x: &[f32], cols: usize, y: &mut [f32]) {
        if cols == 0 {
            return y.fill(0.0);
        }
        for (y, row) in y.iter_mut().zip(x.chunks_exact(cols)) {
            *y = sum_by([row], |[x]| x);
        }
    }
}

per_isa! {
    /// sum = step(sum, x)
    pub(crate) fn accumulate(step: Binary, x: &[f32], sum: &mut [f32]) {
        macro_rules! each {
            ($sum:ident, $x:ident => $f:expr) => {
                for ($sum, &$x) in sum.iter_mut().zip(x) {
                    $f
                }
            };
        }
        match step {
            Binary::Max => each!(s, x => if x > *s || x.is_nan() { *s = x }),
            Binary::Min => each!(s, x => if x < *s || x.is_nan() { *s = x }),
            _ => each!(s, x => *s += x),
        }
    }
}

per_isa! {
    /// y[row] = normalize(x[row])
    pub(crate) fn normalize(eps: f32, cols: usize, x: &[f32], y: &mut [f32]) {
        for (x, y) in x.chunks_exact(cols).zip(y.chunks_exact_mut(cols)) {
            rows::normalize(eps, x, y);
        }
    }
}

per_isa! {
    /// dx[row] for y[row] = normalize(x[row])
    pub(crate) fn normalize_grad(eps: f32, cols: usize, x: &[f32], dy: &[f32], dx: &mut [f32]) {
        for ((x, dy), dx) in x.chunks_exact(cols).zip(dy.chunks_exact(cols)).zip(dx.chunks_exact_mut(cols)) {
            rows::normalize_grad(eps, x, dy, dx);
        }
    }
}

/// Numbers below this become zero when they are stored: weight decay on a unit that is never active drives its
/// weights to where they are subnormal, and arithmetic on those takes a hundred times as long. A NaN stays.
const TINY: f32 = 1e-30;

#[inline(always)]
fn settled(x: f32) -> f32 {
    if x.abs() < TINY { 0.0 } else { x }
}

/// The numbers of one Adam step, bias corrections included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdamRates {
    /// Factor on the gradient: the clip.
    pub scale: f32,
    /// Coupled L2.
    pub weight_decay: f32,
    pub beta1: f32,
    pub beta2: f32,
    /// lr / (1 - beta1^t)
    pub step_size: f32,
    /// 1 / sqrt(1 - beta2^t)
    pub root_scale: f32,
    pub eps: f32,
}

per_isa! {
    /// Adam in torch's form: eps is added outside the bias-corrected root.
    pub(crate) fn adam(rates: AdamRates, grad: &[f32], moments: (&mut [f32], &mut [f32]), param: &mut [f32]) {
        let r = rates;
        for (((p, &g), m), v) in param.iter_mut().zip(grad).zip(moments.0).zip(moments.1) {
            let g = g * r.scale + r.weight_decay * *p;
            *m = settled(*m + (g - *m) * (1.0 - r.beta1));
            *v = settled(*v * r.beta2 + g * g * (1.0 - r.beta2));
            let denominator = v.sqrt() * r.root_scale + r.eps;
            *p = settled(*p - r.step_size * *m / denominator);
        }
    }
}

per_isa! {
    /// SGD with momentum, without dampening: v = momentum v + g, p -= lr v.
    pub(crate) fn sgd(rates: [f32; 4], grad: &[f32], velocity: &mut [f32], param: &mut [f32]) {
        let [scale, weight_decay, momentum, lr] = rates;
        for ((p, &g), v) in param.iter_mut().zip(grad).zip(velocity) {
            *v = settled(*v * momentum + (g * scale + weight_decay * *p));
            *p = settled(*p - lr * *v);
        }
    }
}

per_isa! {
    /// to += tau (from - to); a copy where tau is 1
    pub(crate) fn polyak(tau: f32, from: &[f32], to: &mut [f32]) {
        if tau == 1.0 {
            return to.copy_from_slice(from);
        }
        for (to, from) in to.iter_mut().zip(from) {
            *to = settled(*to * (1.0 - tau) + *from * tau);
        }
    }
}

per_isa! {
    /// out[0] = the sum of squares
    pub(crate) fn sum_squares(x: &[f32], out: &mut f64) {
        *out = f64::from(sum_by([x], |[x]| x * x));
    }
}
