//! Numbers as a table of the paper prints them: a true minus sign, as many digits as say something.

use coadapt_stats::Estimate;

/// The sign that stands where there is no number.
pub const NOTHING: &str = "\u{2013}";

/// `value` with so many decimals, a typographic minus, and `−∞` for minus infinity.
pub fn fixed(value: f64, digits: usize) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "\u{221e}".into() } else { "\u{2212}\u{221e}".into() };
    }
    if value.abs() >= 1e9 {
        return format!("{value:.1e}").replace('-', "\u{2212}");
    }
    let text = format!("{value:.digits$}");
    // Minus nought is nought.
    let nought = text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.');
    if nought { text.trim_start_matches('-').to_owned() } else { text.replace('-', "\u{2212}") }
}

/// Decimals that say something beside a number of this size: returns in thousands have none.
pub fn digits(size: f64) -> usize {
    match size.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    }
}

/// `3013 ± 602`, and `−∞` where there is no spread.
pub fn spread(mean: f64, std: Option<f64>) -> String {
    let digits = digits(mean.abs().max(std.unwrap_or(0.0)));
    match std {
        Some(std) => format!("{} ± {}", fixed(mean, digits), fixed(std, digits)),
        None => fixed(mean, digits),
    }
}

/// `0.62 [0.51, 0.70]`.
pub fn estimate(estimate: &Estimate) -> String {
    interval(estimate.point, estimate.low, estimate.high, 3)
}

/// `12 [3, 20]`.
pub fn interval(point: f64, low: f64, high: f64, digits: usize) -> String {
    format!("{} [{}, {}]", fixed(point, digits), fixed(low, digits), fixed(high, digits))
}

/// A p-value: `.03`, `< .001`.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".into() } else { format!("{p:.3}") }
}

/// A number for a program: all its digits, and `-inf`.
pub fn raw(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "inf".into() } else { "-inf".into() };
    }
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_as_the_paper_prints_them() {
        assert_eq!(spread(3013.2, Some(602.4)), "3013 ± 602");
        assert_eq!(spread(-1363.0, Some(20_965.0)), "\u{2212}1363 ± 20965");
        assert_eq!(spread(0.274, Some(0.01)), "0.27 ± 0.01");
        assert_eq!(spread(f64::NEG_INFINITY, None), "\u{2212}\u{221e}");
        assert_eq!((fixed(-0.001, 2), fixed(-3.2e12, 0)), ("0.00".into(), "\u{2212}3.2e12".into()));
        assert_eq!((p_value(0.0001), p_value(0.0625)), ("< 0.001".into(), "0.062".into()));
        assert_eq!((raw(0.1), raw(f64::NEG_INFINITY)), ("0.1".into(), "-inf".into()));
    }
}
