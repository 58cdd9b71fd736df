//! The special functions behind the distributions: ln Γ, the incomplete beta function, the normal distribution.

use std::f64::consts::PI;

/// ln Γ(x) for x > 0: Stirling's series beyond 12, reached by Γ(x) = Γ(x + 1) / x. Relative error about 1e-15.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    // B₂ₖ / (2k (2k - 1)), k = 1, 2, ...
    const STIRLING: [f64; 7] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ];
    let (mut x, mut product) = (x, 1.0);
    while x < 12.0 {
        product *= x;
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series = STIRLING.iter().rev().fold(0.0, |sum, c| sum * inverse + c) / x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * PI).ln() + series - product.ln()
}

/// The regularised incomplete beta function Iₓ(a, b), a, b > 0, for x and 1 - x, given apart so that neither is rounded
/// away.
pub(crate) fn incomplete_beta(a: f64, b: f64, x: f64, one_minus_x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if one_minus_x <= 0.0 {
        return 1.0;
    }
    let ln_front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * one_minus_x.ln();
    if x < (a + 1.0) / (a + b + 2.0) {
        ln_front.exp() * beta_fraction(a, b, x) / a
    } else {
        1.0 - ln_front.exp() * beta_fraction(b, a, one_minus_x) / b
    }
}

/// The continued fraction of Iₓ(a, b) (DLMF 8.17.22), by Lentz's method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    const STEPS: usize = 20_000;
    let away_from_zero = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for m in 1..=STEPS {
        let m = m as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for numerator in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + numerator * d);
            c = away_from_zero(1.0 + numerator / c);
            change = c * d;
            value *= change;
        }
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// The normal distribution function Φ(x); absolute error about 1e-15.
pub(crate) fn normal_cdf(x: f64) -> f64 {
    if x.abs() > 8.5 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    // Φ(x) = ½ + φ(x) (x + x³/3 + x⁵/(3·5) + ...)
    let (mut term, mut sum, mut k) = (x, x, 1.0);
    while term.abs() > 1e-17 * sum.abs() {
        k += 2.0;
        term *= x * x / k;
        sum += term;
    }
    0.5 + sum * (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ln_gamma_is_the_logarithm_of_factorials_and_of_the_root_of_pi() {
        let mut factorial = 0.0;
        for n in 1..40 {
            assert!((ln_gamma(f64::from(n)) - factorial).abs() <= 2e-14 * f64::max(factorial, 1.0), "{n}");
            factorial += f64::from(n).ln();
        }
        assert!((ln_gamma(0.5) - 0.5 * PI.ln()).abs() < 1e-14);
    }

    #[test]
    fn the_incomplete_beta_function_of_whole_numbers_is_a_binomial_tail() {
        // P(Bin(5, x) >= 2) with x = 0.3
        let tail = 1.0 - 0.7f64.powi(5) - 5.0 * 0.3 * 0.7f64.powi(4);
        assert!((incomplete_beta(2.0, 4.0, 0.3, 0.7) - tail).abs() < 1e-14);
        assert!((incomplete_beta(4.0, 2.0, 0.7, 0.3) - (1.0 - tail)).abs() < 1e-14);
        assert_eq!(incomplete_beta(2.0, 3.0, 0.0, 1.0), 0.0);
        assert_eq!(incomplete_beta(2.0, 3.0, 1.0, 0.0), 1.0);
    }

    #[test]
    fn the_normal_distribution_has_its_known_values() {
        assert_eq!(normal_cdf(0.0), 0.5);
        assert!((normal_cdf(1.959_963_984_540_054) - 0.975).abs() < 1e-14);
        assert!((normal_cdf(-5.0) - 2.866_515_718_791_939e-7).abs() < 1e-14);
        assert_eq!(normal_cdf(9.0) - normal_cdf(-9.0), 1.0);
    }
}
