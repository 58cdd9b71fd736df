//! Elementary functions without branches, so that loops over them vectorise; most within one ulp, all within four.
//!
//! Arguments are reduced as in the Cephes library's single-precision functions. A NaN comes out as NaN: clamps are
//! written as comparisons, because `min` and `max` would swallow it.
//!
//! Polynomials are fused multiply-adds, one instruction a term, and round alike everywhere. An x86 processor without
//! the instruction gets the same bits from a library call a term, much more slowly.

use super::real::Real;

const LOG2_E: f32 = std::f32::consts::LOG2_E;
const LN_2: f32 = std::f32::consts::LN_2;
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// From here on, the last bit of a float stands for 1: a small number added to it is rounded to a whole one, and its
/// last bits are that number as an integer. A cast would ask of every number whether it is NaN, one by one.
const ONES: f32 = 12_582_912.0;
/// Of a float's exponent.
const EXPONENT_BIAS: f32 = 127.0;

/// c[0] + c[1] x + c[2] x^2 + ...
#[inline(always)]
fn polynomial<T: Real, const N: usize>(x: T, c: [f32; N]) -> T {
    let mut sum = T::splat(c[N - 1]);
    for i in (0..N - 1).rev() {
        sum = sum.fused(x, T::splat(c[i]));
    }
    sum
}

/// 2^n for n in -126..=127.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) << 23) as u32)
}

/// exp(r) - 1 for |r| up to (ln 2) / 2 and a little beyond, to a fifth of an ulp before rounding.
#[inline(always)]
fn expm1_near_zero<T: Real>(r: T) -> T {
    // Minimax in relative error, the first two terms fixed.
    let p = polynomial(r, [0.5, 0.166_665_45, 4.166_64e-2, 8.366_406e-3, 1.394_099_8e-3]);
    p.times(r).fused(r, r)
}

/// e^x; infinite above 88.7, zero below -104.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let x = if x > 100.0 { 100.0 } else { x };
    let x = if x < -110.0 { -110.0 } else { x };
    // x = n ln 2 + r
    let shifted = x.mul_add(LOG2_E, ONES);
    let n = shifted - ONES;
    let r = n.mul_add(-LN_2_LOW, n.mul_add(-LN_2_HIGH, x));
    let n = (shifted.to_bits() as i32).wrapping_sub(ONES.to_bits() as i32);
    let half = n >> 1;
    (1.0 + expm1_near_zero(r)) * power_of_two(half) * power_of_two(n.wrapping_sub(half))
}

/// e^x - 1 for x <= 0, exact to an ulp or two near zero too.
#[inline(always)]
pub(super) fn expm1_negative<T: Real>(x: T) -> T {
    let x = x.at_least(-80.0);
    // The last bits of `shifted` are n plus the exponent's bias: moved into place, they are 2^n.
    let shifted = x.fused(T::splat(LOG2_E), T::splat(ONES + EXPONENT_BIAS));
    let n = shifted.plus(T::splat(-(ONES + EXPONENT_BIAS)));
    // What LN_2 is off by grows with n, and vanishes beside the 1 it is subtracted from sooner.
    let q = expm1_near_zero(n.fused(T::splat(-LN_2), x));
    let scale = shifted.exponent_from_last_bits();
    scale.fused(q, scale.plus(T::splat(-1.0)))
}

/// x where it is above zero, else e^x - 1.
#[inline(always)]
pub(super) fn elu<T: Real>(x: T) -> T {
    x.choose(x, expm1_negative(x))
}

/// ln x for x > 0; -inf at 0, NaN below.
#[inline(always)]
pub(crate) fn log(x: f32) -> f32 {
    // Subnormals are scaled into the normal range first.
    let tiny = x < f32::MIN_POSITIVE;
    let scaled = if tiny { x * 16_777_216.0 } else { x };
    let bits = scaled.to_bits() as i32;
    let exponent = ((bits >> 23) & 0xff) - 126;
    let mantissa = f32::from_bits(((bits & 0x007f_ffff) | 0x3f00_0000) as u32);
    let small = mantissa < std::f32::consts::FRAC_1_SQRT_2;
    let m = if small { mantissa + mantissa - 1.0 } else { mantissa - 1.0 };
    let e = (exponent - small as i32) as f32 - if tiny { 24.0 } else { 0.0 };
    let z = m * m;
    let p = polynomial(
        m,
        [
            3.333_333e-1,
            -2.499_999_4e-1,
            2.000_071_5e-1,
            -1.666_805_8e-1,
            1.424_932_3e-1,
            -1.242_014_1e-1,
            1.167_699_9e-1,
            -1.151_461e-1,
            7.037_683_6e-2,
        ],
    );
    let y = z.mul_add(-0.5, (p * m).mul_add(z, e * LN_2_LOW));
    let y = e.mul_add(LN_2_HIGH, m + y);
    let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
    let y = if x == f32::INFINITY { f32::INFINITY } else { y };
    if x < 0.0 || x.is_nan() { f32::NAN } else { y }
}

/// ln(1 + x) for x > -1, exact near zero too.
#[inline(always)]
pub(crate) fn log1p(x: f32) -> f32 {
    // The quotient undoes the rounding of 1 + x.
    let u = 1.0 + x;
    let d = u - 1.0;
    let y = log(u) * (x / d);
    let y = if d == 0.0 { x } else { y };
    if x == f32::INFINITY { x } else { y }
}

/// ln(1 + e^x), without overflow on either side.
#[inline(always)]
pub(crate) fn softplus(x: f32) -> f32 {
    let positive = if x < 0.0 { 0.0 } else { x };
    positive + log1p(exp(-x.abs()))
}

/// 1 / (1 + e^-x).
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    let e = exp(-x.abs());
    let d = 1.0 / (1.0 + e);
    if x < 0.0 { e * d } else { d }
}

/// Hyperbolic tangent.
#[inline(always)]
pub(super) fn tanh<T: Real>(x: T) -> T {
    // From e^-2|x| - 1, which is exact near zero and -1 at the end.
    let e = expm1_negative(x.absolute().times(T::splat(-2.0)));
    e.over(e.plus(T::splat(2.0))).signed_as(x)
}

/// Inverse hyperbolic tangent; infinite at +-1, NaN beyond.
#[inline(always)]
pub(crate) fn atanh(x: f32) -> f32 {
    let a = x.abs();
    // ln((1 + a) / (1 - a)) / 2, with the series where the quotient is near 1.
    let z = x * x;
    let p = polynomial(z, [1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0, 1.0 / 11.0]);
    let near = (p * z).mul_add(x, x);
    let far = (0.5 * log((1.0 + a) / (1.0 - a))).copysign(x);
    let y = if a < 0.2 { near } else { far };
    if a > 1.0 { f32::NAN } else { y }
}

#[cfg(test)]
mod tests;
