//! Layer normalisation with tanh in AVX-512: several rows or registers side by side, as each alone is one long wait.

// Indices count registers and memory at once.
#![allow(clippy::needless_range_loop)]

use super::layer_norm::finish;
use super::math;
use crate::ops::Act;
use std::arch::x86_64::{
    __m512, _mm512_add_ps, _mm512_cvtss_f32, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_maskz_loadu_ps,
    _mm512_maskz_sub_ps, _mm512_mul_ps, _mm512_permute_ps, _mm512_set1_ps, _mm512_setzero_ps,
    _mm512_shuffle_f32x4, _mm512_storeu_ps, _mm512_sub_ps,
};

/// Numbers of a register.
const WIDTH: usize = 16;
/// Rows whose moments, and registers whose tanh, are computed side by side.
const TOGETHER: usize = 4;

/// As [`super::layer_norm`] with tanh, to the bit.
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
pub(super) fn by_tanh(eps: f32, x: &[f32], affine: (&[f32], &[f32]), y: &mut [f32]) {
    let cols = affine.0.len();
    let (mut x, mut y) = (x.chunks_exact(TOGETHER * cols), y.chunks_exact_mut(TOGETHER * cols));
    while let (Some(x), Some(y)) = (x.next(), y.next()) {
        rows::<TOGETHER>(eps, x, affine, y);
    }
    for (x, y) in x.remainder().chunks_exact(cols).zip(y.into_remainder().chunks_exact_mut(cols)) {
        rows::<1>(eps, x, affine, y);
    }
}

/// R rows.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
fn rows<const R: usize>(eps: f32, x: &[f32], affine: (&[f32], &[f32]), y: &mut [f32]) {
    let cols = affine.0.len();
    let moments = moments::<R>(eps, x);
    for ((x, y), moments) in x.chunks_exact(cols).zip(y.chunks_exact_mut(cols)).zip(moments) {
        let (x, x_rest) = x.as_chunks::<{ TOGETHER * WIDTH }>();
        let (gain, gain_rest) = affine.0.as_chunks();
        let (offset, offset_rest) = affine.1.as_chunks();
        let (y, y_rest) = y.as_chunks_mut();
        for (((y, x), gain), offset) in y.iter_mut().zip(x).zip(gain).zip(offset) {
            normed_tanh(x, moments, (gain, offset), y);
        }
        finish(Act::Tanh, x_rest, moments, (gain_rest, offset_rest), y_rest);
    }
}

/// Numbers of a row that are dealt with together.
type Block = [f32; TOGETHER * WIDTH];

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
fn normed_tanh(x: &Block, moments: (f32, f32), affine: (&Block, &Block), y: &mut Block) {
    let (mean, scale) = (_mm512_set1_ps(moments.0), _mm512_set1_ps(moments.1));
    let mut normed = [_mm512_setzero_ps(); TOGETHER];
    // SAFETY: every register lies within its block.
    unsafe {
        for i in 0..TOGETHER {
            let x = _mm512_loadu_ps(x.as_ptr().add(WIDTH * i));
            let gain = _mm512_loadu_ps(affine.0.as_ptr().add(WIDTH * i));
            let offset = _mm512_loadu_ps(affine.1.as_ptr().add(WIDTH * i));
            normed[i] = _mm512_fmadd_ps(_mm512_mul_ps(_mm512_sub_ps(x, mean), scale), gain, offset);
        }
        let tanh = math::tanh(normed);
        for i in 0..TOGETHER {
            _mm512_storeu_ps(y.as_mut_ptr().add(WIDTH * i), tanh[i]);
        }
    }
}

/// Mean and 1 / sqrt(variance + eps) of each of R rows, summed in the order of `rows::sum_by`.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
fn moments<const R: usize>(eps: f32, x: &[f32]) -> [(f32, f32); R] {
    let cols = x.len() / R;
    let n = cols as f32;
    let (whole, left) = (cols / WIDTH * WIDTH, (1u16 << (cols % WIDTH)) - 1);
    let mut moments = [(0.0, 0.0); R];
    let mut means = [_mm512_setzero_ps(); R];
    let mut sums = [_mm512_setzero_ps(); R];
    let row = |r: usize, at: usize| x.as_ptr().wrapping_add(r * cols + at);
    // SAFETY: whole registers lie within their row; the mask keeps the last one there.
    unsafe {
        for at in (0..whole).step_by(WIDTH) {
            for r in 0..R {
                sums[r] = _mm512_add_ps(sums[r], _mm512_loadu_ps(row(r, at)));
            }
        }
        for r in 0..R {
            let sum = total(_mm512_add_ps(sums[r], _mm512_maskz_loadu_ps(left, row(r, whole))));
            moments[r].0 = sum / n;
            means[r] = _mm512_set1_ps(moments[r].0);
            sums[r] = _mm512_setzero_ps();
        }
        for at in (0..whole).step_by(WIDTH) {
            for r in 0..R {
                let d = _mm512_sub_ps(_mm512_loadu_ps(row(r, at)), means[r]);
                sums[r] = _mm512_add_ps(sums[r], _mm512_mul_ps(d, d));
            }
        }
        for r in 0..R {
            let d = _mm512_maskz_sub_ps(left, _mm512_maskz_loadu_ps(left, row(r, whole)), means[r]);
            let variance = total(_mm512_add_ps(sums[r], _mm512_mul_ps(d, d))) / n;
            moments[r].1 = 1.0 / (variance + eps).sqrt();
        }
    }
    moments
}

/// The sum of a register: its upper half is added to its lower until one number is left.
#[inline]
#[target_feature(enable = "avx512f")]
fn total(x: __m512) -> f32 {
    let x = _mm512_add_ps(x, _mm512_shuffle_f32x4::<0b11_10>(x, x));
    let x = _mm512_add_ps(x, _mm512_shuffle_f32x4::<0b01>(x, x));
    let x = _mm512_add_ps(x, _mm512_permute_ps::<0b11_10>(x));
    _mm512_cvtss_f32(_mm512_add_ps(x, _mm512_permute_ps::<0b01>(x)))
}
