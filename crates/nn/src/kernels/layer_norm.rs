//! Layer normalisation with gain, offset and activation, by rows.

use super::rows::{moments, normed};
use super::{Isa, per_isa};
use crate::op::Act;

/// y[row] = act((x[row] - mean) / sqrt(variance + eps) * gain + offset); `affine` is gain and offset.
pub(crate) fn layer_norm(isa: Isa, eps: f32, act: Act, x: &[f32], affine: (&[f32], &[f32]), y: &mut [f32]) {
    match (isa, act) {
        // SAFETY: `Isa::detect` gives this value only where the processor has AVX-512.
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx512, Act::Tanh) => unsafe { super::tanh_norm::avx512(eps, x, affine, y) },
        // SAFETY: as above, AVX2.
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx2, Act::Tanh) => unsafe { super::tanh_norm::avx2(eps, x, affine, y) },
        _ => by_any(isa, eps, act, x, affine, y),
    }
}

per_isa! {
    fn by_any(eps: f32, act: Act, x: &[f32], affine: (&[f32], &[f32]), y: &mut [f32]) {
        let cols = affine.0.len();
        for (x, y) in x.chunks_exact(cols).zip(y.chunks_exact_mut(cols)) {
            normed(act, x, moments(x, eps), affine, y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_gives_the_bits_of_plain_code() {
        for (rows, cols) in
            [(1, 1), (3, 15), (4, 16), (5, 17), (7, 63), (4, 64), (9, 65), (6, 100), (13, 256)]
        {
            let number = |i: usize| (i as f32 * 12.989).sin() * 3.0 + 0.5;
            let x: Vec<f32> = (0..rows * cols).map(number).collect();
            let gain: Vec<f32> = (0..cols).map(|i| 1.0 + 0.1 * number(i + 7)).collect();
            let offset: Vec<f32> = (0..cols).map(|i| 0.3 * number(i + 3)).collect();
            for act in [Act::Tanh, Act::Elu, Act::Identity] {
                let on = |isa: Isa| {
                    let mut y = vec![f32::NAN; rows * cols];
                    layer_norm(isa, 1e-5, act, &x, (&gain, &offset), &mut y);
                    y.into_iter().map(f32::to_bits).collect::<Vec<_>>()
                };
                for isa in Isa::available() {
                    assert_eq!(on(isa), on(Isa::Plain), "{rows} by {cols}, {act:?} on {isa:?}");
                }
            }
        }
    }

    #[test]
    fn a_nan_spoils_its_row_and_no_other() {
        for isa in Isa::available() {
            let mut x: Vec<f32> = (0..5 * 70).map(|i| (i % 11) as f32).collect();
            x[70 + 3] = f32::NAN;
            let mut y = vec![0.0; x.len()];
            layer_norm(isa, 1e-5, Act::Tanh, &x, (&[1.0; 70], &[0.0; 70]), &mut y);
            for (row, y) in y.chunks(70).enumerate() {
                assert!(y.iter().all(|y| y.is_nan() == (row == 1)), "row {row} on {isa:?}");
            }
        }
    }
}
