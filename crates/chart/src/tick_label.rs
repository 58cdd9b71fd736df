//! The label of a tick: short, and in the unit and decimals of its axis.

/// A tick label: `0`, `-250`, `2.5k`, `100k`, `1M`. The `spacing` of the ticks decides how many decimals are due,
/// the `largest` value on the axis whether suffixes are used at all.
pub fn tick_label(value: f64, spacing: f64, largest: f64) -> String {
    if value.abs() < spacing * 1e-6 {
        return "0".into();
    }
    if !(1e-3..1e15).contains(&largest) {
        return with_minus(exponential(value));
    }
    let (unit, suffix) = match value.abs() {
        _ if largest < 1e4 => (1.0, ""),
        size if size >= 1e12 => (1e12, "T"),
        size if size >= 1e9 => (1e9, "G"),
        size if size >= 1e6 => (1e6, "M"),
        size if size >= 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let mut text = format!("{:.*}", decimals(spacing / unit), value / unit);
    if !suffix.is_empty() && text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    with_minus(text + suffix)
}

/// `2.5e19`, without the zeros that three digits would leave.
fn exponential(value: f64) -> String {
    let text = format!("{value:.2e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{digits}e{power}")
}

/// Decimals needed to tell two values apart that differ by `spacing`.
fn decimals(spacing: f64) -> usize {
    (-spacing.log10() - 1e-9).ceil().clamp(0.0, 12.0) as usize
}

/// A typographic minus is as wide as a digit.
fn with_minus(text: String) -> String {
    text.replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_of_one_axis_share_unit_and_decimals() {
        let axis: Vec<String> = [0.0, 5e5, 1e6, 1.5e6].iter().map(|v| tick_label(*v, 5e5, 1.5e6)).collect();
        assert_eq!(axis, ["0", "500k", "1M", "1.5M"]);
        assert_eq!(tick_label(20_000.0, 20_000.0, 100_000.0), "20k");
        assert_eq!(tick_label(-250.0, 250.0, 1500.0), "\u{2212}250");
        assert_eq!(tick_label(0.05, 0.05, 0.3), "0.05");
        assert_eq!(tick_label(-1.5e20, 5e19, 3e20), "\u{2212}1.5e20");
    }
}
