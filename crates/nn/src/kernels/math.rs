//! Elementary functions without branches, so that loops over them vectorise; each within a few ulp of libm.
//!
//! Arguments are reduced as in the Cephes library's single-precision functions. A NaN comes out as NaN: clamps are
//! written as comparisons, because `min` and `max` would swallow it.
//!
//! Polynomials are fused multiply-adds, one instruction a term, and round alike everywhere. An x86 processor without
//! the instruction gets the same bits from a library call a term, much more slowly.

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
fn polynomial<const N: usize>(x: f32, c: [f32; N]) -> f32 {
    let mut sum = c[N - 1];
    for i in (0..N - 1).rev() {
        sum = sum.mul_add(x, c[i]);
    }
    sum
}

/// 2^n for n in -126..=127.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) << 23) as u32)
}

/// exp(r) - 1 for |r| up to (ln 2) / 2 and a little beyond, to 0.3 ulp before rounding.
#[inline(always)]
fn expm1_near_zero(r: f32) -> f32 {
    // Minimax in relative error, the first two terms fixed.
    let p = polynomial(r, [0.5, 0.166_665_45, 4.166_64e-2, 8.366_406e-3, 1.394_099_8e-3]);
    (p * r).mul_add(r, r)
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
pub(crate) fn expm1_negative(x: f32) -> f32 {
    let x = if x < -80.0 { -80.0 } else { x };
    // The last bits of `shifted` are n plus the exponent's bias: moved into place, they are 2^n.
    let shifted = x.mul_add(LOG2_E, ONES + EXPONENT_BIAS);
    let n = shifted - (ONES + EXPONENT_BIAS);
    // What LN_2 is off by grows with n, and vanishes beside the 1 it is subtracted from sooner.
    let q = expm1_near_zero(n.mul_add(-LN_2, x));
    let scale = f32::from_bits(shifted.to_bits() << 23);
    scale.mul_add(q, scale - 1.0)
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
pub(crate) fn tanh(x: f32) -> f32 {
    // From e^-2|x| - 1, which is exact near zero and -1 at the end.
    let e = expm1_negative(-2.0 * x.abs());
    (e / (e + 2.0)).copysign(x)
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
mod tests {
    use super::*;

    fn ulps(got: f32, exact: f64) -> f64 {
        let exact32 = exact as f32;
        if got == exact32 {
            return 0.0;
        }
        let spacing = f64::from(f32::from_bits(exact32.abs().max(f32::MIN_POSITIVE).to_bits() + 1))
            - f64::from(exact32.abs().max(f32::MIN_POSITIVE));
        (f64::from(got) - exact).abs() / spacing
    }

    fn worst(from: f32, to: f32, ours: fn(f32) -> f32, exact: fn(f64) -> f64) -> f64 {
        (0..200_000)
            .map(|i| {
                let x = from + (to - from) * (i as f32 / 200_000.0);
                ulps(ours(x), exact(f64::from(x)))
            })
            .fold(0.0, f64::max)
    }

    #[test]
    fn functions_stay_within_a_few_ulp_of_f64() {
        assert!(worst(-87.0, 88.7, exp, f64::exp) < 3.0);
        assert!(worst(-20.0, 0.0, expm1_negative, f64::exp_m1) < 3.0);
        assert!(worst(-1e-3, 0.0, expm1_negative, f64::exp_m1) < 3.0);
        assert!(worst(1e-30, 1e4, log, f64::ln) < 3.0);
        assert!(worst(1e-38, 1e-36, log, f64::ln) < 3.0);
        assert!(worst(0.5, 1.5, log, f64::ln) < 3.0);
        assert!(worst(-0.99, 30.0, log1p, f64::ln_1p) < 3.0);
        assert!(worst(-1e-4, 1e-4, log1p, f64::ln_1p) < 3.0);
        assert!(worst(-10.0, 10.0, tanh, f64::tanh) < 5.0);
        assert!(worst(-30.0, 30.0, softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p()) < 5.0);
        assert!(worst(-30.0, 30.0, sigmoid, |x| 1.0 / (1.0 + (-x).exp())) < 5.0);
        assert!(worst(-0.999, 0.999, atanh, f64::atanh) < 8.0);
    }

    #[test]
    fn ends_of_the_range_are_right() {
        assert_eq!(exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(log(0.0), f32::NEG_INFINITY);
        assert_eq!(log(f32::INFINITY), f32::INFINITY);
        assert_eq!(log(1.0), 0.0);
        assert!((log(1e-41) - (1e-41f32).ln()).abs() < 1e-4);
        assert_eq!(tanh(100.0), 1.0);
        assert_eq!(tanh(-100.0), -1.0);
        assert_eq!(softplus(1000.0), 1000.0);
        assert_eq!(softplus(-1000.0), 0.0);
        assert_eq!(sigmoid(-1000.0), 0.0);
        assert_eq!(log1p(-1.0), f32::NEG_INFINITY);
        assert_eq!(log1p(f32::INFINITY), f32::INFINITY);
        assert_eq!(atanh(1.0), f32::INFINITY);
        assert_eq!(expm1_negative(f32::NEG_INFINITY), -1.0);
    }

    #[test]
    fn nan_comes_out_as_nan() {
        for f in [exp, expm1_negative, log, log1p, tanh, softplus, sigmoid, atanh] {
            assert!(f(f32::NAN).is_nan());
        }
        assert!(log(-1.0).is_nan());
        assert!(atanh(1.5).is_nan());
    }
}
