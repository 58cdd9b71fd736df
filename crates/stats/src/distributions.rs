//! Student's t, central and not: tails, quantiles, and the power of Welch's test.

use crate::special::{incomplete_beta, ln_gamma, normal_cdf};

/// P(|T| > t) of Student's t with `df` > 0 degrees of freedom: I with x = df / (df + t²) of (df/2, ½).
pub fn student_two_sided(t: f64, df: f64) -> f64 {
    let square = t * t;
    if square.is_infinite() {
        return 0.0;
    }
    incomplete_beta(0.5 * df, 0.5, df / (df + square), square / (df + square))
}

/// The t that |T| exceeds with probability `alpha` in (0, 1), for `df` > 0 degrees of freedom; found by halving.
pub fn student_quantile(alpha: f64, df: f64) -> f64 {
    let mut high = 1.0;
    while student_two_sided(high, df) > alpha && high < f64::MAX / 2.0 {
        high *= 2.0;
    }
    let mut low = 0.0;
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return high;
        }
        if student_two_sided(middle, df) > alpha {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The probability that |T| exceeds the two-sided critical value at `alpha`, where T is a noncentral t with `df` >= 1
/// degrees of freedom and noncentrality `shift`: the power of Student's test exactly, and of Welch's approximately (its
/// degrees of freedom are estimated, here they are taken as known).
///
/// Power = ∫ f(s) [Φ(δ - t s) + Φ(-δ - t s)] ds, with f the density of √(χ²/df), by Simpson's rule in s = y⁴ (which
/// makes f smooth at 0). Absolute error below 1e-7.
pub fn welch_power(shift: f64, df: f64, alpha: f64) -> f64 {
    const PANELS: usize = 4000;
    let (shift, critical) = (shift.abs(), student_quantile(alpha, df));
    let width = 9.0 / df.sqrt();
    // Beyond (δ + 9) / t both tails are gone.
    let (from, to) = ((1.0 - width).max(0.0), (1.0 + width).min((shift + 9.0) / critical));
    if to <= from {
        return 0.0;
    }
    let ln_scale = 2f64.ln() + 0.5 * df * (0.5 * df).ln() - ln_gamma(0.5 * df);
    let integrand = |y: f64| {
        let s = y.powi(4);
        if s == 0.0 {
            return 0.0;
        }
        let density = (ln_scale + (df - 1.0) * s.ln() - 0.5 * df * s * s).exp();
        let beyond = normal_cdf(shift - critical * s) + normal_cdf(-shift - critical * s);
        4.0 * y.powi(3) * density * beyond
    };
    let (from, to) = (from.powf(0.25), to.powf(0.25));
    let step = (to - from) / PANELS as f64;
    let weight = |i: usize| if i % 2 == 1 { 4.0 } else { 2.0 };
    let inner: f64 = (1..PANELS).map(|i| weight(i) * integrand(from + i as f64 * step)).sum();
    ((integrand(from) + inner + integrand(to)) * step / 3.0).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    #[test]
    fn one_and_two_degrees_of_freedom_have_closed_forms() {
        for t in [0.01, 0.5, 1.0, 12.706, 1e4] {
            let cauchy = 1.0 - 2.0 * f64::atan(t) / PI;
            assert!((student_two_sided(t, 1.0) - cauchy).abs() < 1e-14, "{t}");
            let two = 1.0 - t / (2.0 + t * t).sqrt();
            assert!((student_two_sided(t, 2.0) - two).abs() < 1e-14, "{t}");
        }
        assert_eq!(student_two_sided(0.0, 3.0), 1.0);
        assert_eq!(student_two_sided(f64::INFINITY, 3.0), 0.0);
    }

    #[test]
    fn quantiles_turn_tails_around() {
        for df in [1.0, 1.7, 4.0, 18.3, 1e4] {
            for alpha in [1e-6, 0.01, 0.05, 0.5, 0.99] {
                let back = student_two_sided(student_quantile(alpha, df), df);
                assert!((back / alpha - 1.0).abs() < 1e-11, "{df} {alpha}: {back}");
            }
        }
    }

    #[test]
    fn without_a_shift_the_power_is_alpha() {
        for df in [1.0, 1.3, 2.5, 18.0, 5000.0] {
            assert!((welch_power(0.0, df, 0.05) - 0.05).abs() < 1e-7, "{df}: {}", welch_power(0.0, df, 0.05));
        }
        assert!(welch_power(200.0, 18.0, 0.05) > 1.0 - 1e-9);
    }
}
