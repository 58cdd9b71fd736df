//! Sums in the order NumPy takes, so that rewards come out equal to the bit.

/// The sum of `map` of at most 128 numbers as `numpy.sum` rounds it: in eight lanes which are then added up in
/// pairs, and what is left over one after another.
pub(super) fn sum_of(values: &[f64], map: impl Fn(f64) -> f64) -> f64 {
    debug_assert!(values.len() <= 128, "NumPy halves longer sums");
    let (chunks, rest) = values.as_chunks::<8>();
    let total = chunks.iter().map(|chunk| chunk.map(&map)).reduce(|mut lanes, chunk| {
        lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane += value);
        lanes
    });
    let total = total.map_or(0.0, |[a, b, c, d, e, f, g, h]| ((a + b) + (c + d)) + ((e + f) + (g + h)));
    rest.iter().fold(total, |total, value| total + map(*value))
}

/// The sum of squares, as [`sum_of`].
pub(super) fn sum_of_squares(values: &[f64]) -> f64 {
    sum_of(values, |value| value * value)
}

/// The Euclidean length.
pub(super) fn norm(values: &[f64]) -> f64 {
    sum_of_squares(values).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of 0.1, 0.2, ... that `numpy.sum` 2.4.6 gave.
    #[test]
    fn sums_round_as_numpys() {
        let first = |n: usize| sum_of(&(1..=n).map(|i| i as f64).collect::<Vec<_>>(), |i| i / 10.0);
        let expected = [
            (3, 0x3fe3333333333334),
            (7, 0x4006666666666666),
            (8, 0x400ccccccccccccd),
            (17, 0x402e99999999999a),
            (84, 0x4076500000000000),
        ];
        for (n, bits) in expected {
            assert_eq!(first(n).to_bits(), bits, "{n}: {}", first(n));
        }
        assert_eq!(first(0), 0.0);
    }
}
