//! Elementary functions against f64, at the ends of their ranges, and on NaN.

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
#[cfg_attr(miri, ignore = "millions of numbers")]
fn functions_stay_within_a_few_ulp_of_f64() {
    assert!(worst(-87.0, 88.7, exp, f64::exp) < 1.01);
    assert!(worst(-20.0, 0.0, expm1_negative, f64::exp_m1) < 1.0);
    assert!(worst(-1.0, 0.0, expm1_negative, f64::exp_m1) < 1.0);
    assert!(worst(-1e-3, 0.0, expm1_negative, f64::exp_m1) < 0.51);
    assert!(worst(1e-30, 1e4, log, f64::ln) < 0.7);
    assert!(worst(1e-38, 1e-36, log, f64::ln) < 0.7);
    assert!(worst(0.5, 1.5, log, f64::ln) < 0.9);
    assert!(worst(-0.99, 30.0, log1p, f64::ln_1p) < 2.3);
    assert!(worst(-1e-4, 1e-4, log1p, f64::ln_1p) < 2.3);
    assert!(worst(-10.0, 10.0, tanh, f64::tanh) < 2.6);
    assert!(worst(-1e-3, 1e-3, tanh, f64::tanh) < 1.5);
    assert!(worst(-30.0, 30.0, softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p()) < 2.6);
    assert!(worst(-30.0, 30.0, sigmoid, |x| 1.0 / (1.0 + (-x).exp())) < 2.5);
    assert!(worst(-0.999, 0.999, atanh, f64::atanh) < 3.7);
}

#[test]
#[cfg_attr(miri, ignore = "millions of numbers")]
fn functions_do_not_fall_where_they_reach_their_ends() {
    let rises = |from: f32, to: f32, f: fn(f32) -> f32| {
        let (mut x, mut last) = (from, f(from));
        while x < to {
            x = x.next_up();
            let y = f(x);
            assert!(y >= last, "{x}: {y} after {last}");
            last = y;
        }
        last
    };
    assert_eq!(rises(8.5, 9.3, tanh), 1.0);
    assert_eq!(elu(-18.0), -1.0);
    rises(-18.0, -16.0, elu);
    rises(-0.36, -0.33, elu);
    assert_eq!(rises(88.6, 88.8, exp), f32::INFINITY);
    assert_eq!(exp(-104.2), 0.0);
    rises(-104.2, -103.0, exp);
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
    for f in [exp, expm1_negative::<f32>, elu, log, log1p, tanh, softplus, sigmoid, atanh] {
        assert!(f(f32::NAN).is_nan());
    }
    assert!(log(-1.0).is_nan());
    assert!(atanh(1.5).is_nan());
}
