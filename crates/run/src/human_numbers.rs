//! Numbers as people read them: grouped thousands, clock times, scores.

/// `1234567` as `1,234,567`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 episode`, `10 episodes`.
pub fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{} {noun}s", grouped(count)) }
}

/// A return for a person: no decimals from 1000 on, where they are noise, and grouped thousands there.
pub fn score(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return non_finite(value).to_string();
    }
    if size >= 1e12 {
        return format!("{value:.3e}");
    }
    if size < 999.95 {
        return format!("{value:.1}");
    }
    let sign = if value < 0.0 { "-" } else { "" };
    // Below 1e12, so the conversion is exact.
    format!("{sign}{}", grouped(size.round() as u64))
}

/// A mean and its spread, in the decimals of the mean: `-154.3 ± 80.1`, `10,020 ± 166`.
pub fn score_and_spread(mean: f64, std: f64) -> String {
    let spread =
        if (1000.0..1e12).contains(&mean.abs()) && std < 1000.0 { format!("{std:.0}") } else { score(std) };
    format!("{} ± {spread}", score(mean))
}

/// The name of a number JSON and TOML-like files cannot hold.
pub fn non_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "inf"
    } else {
        "-inf"
    }
}

/// Seconds as `07:38`, or `1:07:38` from an hour on.
pub fn clock(seconds: f64) -> String {
    if !seconds.is_finite() || seconds >= 360_000_000.0 {
        return "--:--".into();
    }
    let whole = seconds.max(0.0).round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (count, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(count), text);
        }
        assert_eq!(
            (counted(1, "episode"), counted(1000, "episode")),
            ("1 episode".into(), "1,000 episodes".into())
        );
    }

    #[test]
    fn scores_lose_the_decimals_that_say_nothing() {
        for (value, text) in [(-154.26, "-154.3"), (12_345.6, "12,346"), (-1000.2, "-1,000"), (0.0, "0.0")] {
            assert_eq!(score(value), text);
        }
        assert_eq!(score(999.97), "1,000");
        assert_eq!(score_and_spread(10_020.3, 166.34), "10,020 ± 166");
        assert_eq!(score_and_spread(-154.26, 80.1), "-154.3 ± 80.1");
        assert_eq!(score(f64::NEG_INFINITY), "-inf");
        assert_eq!(score(3.2e15), "3.200e15");
    }

    #[test]
    fn clocks_roll_over_at_an_hour() {
        assert_eq!(clock(458.4), "07:38");
        assert_eq!(clock(4058.0), "1:07:38");
        assert_eq!(clock(f64::INFINITY), "--:--");
    }
}
