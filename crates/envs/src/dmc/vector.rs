//! The little vector arithmetic of observations and rewards.

/// `a - b`.
pub(super) fn difference<const N: usize>(a: [f64; N], b: [f64; N]) -> [f64; N] {
    std::array::from_fn(|i| a[i] - b[i])
}

/// Euclidean length.
pub(super) fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// A world vector in the axes of a frame, given its orientation matrix row by row.
pub(super) fn in_frame(v: [f64; 3], orientation: &[f64; 9]) -> [f64; 3] {
    std::array::from_fn(|axis| (0..3).map(|i| v[i] * orientation[3 * i + axis]).sum())
}
