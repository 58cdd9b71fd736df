//! Layer normalisation with tanh in vectors: several rows or registers side by side, as each alone is one long wait.

// Indices count registers and memory at once.
#![allow(clippy::needless_range_loop)]

use super::lanes::{Lanes, WIDEST};
use super::math;
use super::rows::normed;
use crate::op::Act;
use std::arch::x86_64::{__m256, __m512};

/// As [`super::layer_norm`] with tanh, to the bit.
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
pub(super) fn avx512(eps: f32, x: &[f32], affine: (&[f32], &[f32]), y: &mut [f32]) {
    all_rows::<__m512, 4>(eps, x, affine, y);
}

/// As [`super::layer_norm`] with tanh, to the bit.
#[target_feature(enable = "avx2,fma")]
pub(super) fn avx2(eps: f32, x: &[f32], affine: (&[f32], &[f32]), y: &mut [f32]) {
    // Half as many registers, and half as wide.
    all_rows::<[__m256; 2], 2>(eps, x, affine, y);
}

/// All rows, TOGETHER at a time; V is [`WIDEST`] numbers, as many as `rows::sum_by` sums side by side.
#[inline(always)]
fn all_rows<V: Lanes, const TOGETHER: usize>(eps: f32, x: &[f32], affine: (&[f32], &[f32]), y: &mut [f32]) {
    const { assert!(V::WIDTH == WIDEST) };
    let cols = affine.0.len();
    let (mut x, mut y) = (x.chunks_exact(TOGETHER * cols), y.chunks_exact_mut(TOGETHER * cols));
    while let (Some(x), Some(y)) = (x.next(), y.next()) {
        rows::<V, TOGETHER, TOGETHER>(eps, x, affine, y);
    }
    for (x, y) in x.remainder().chunks_exact(cols).zip(y.into_remainder().chunks_exact_mut(cols)) {
        rows::<V, TOGETHER, 1>(eps, x, affine, y);
    }
}

/// R rows.
#[inline(always)]
fn rows<V: Lanes, const TOGETHER: usize, const R: usize>(
    eps: f32,
    x: &[f32],
    affine: (&[f32], &[f32]),
    y: &mut [f32],
) {
    let cols = affine.0.len();
    let moments = moments::<V, R>(eps, x);
    let whole = cols / (TOGETHER * WIDEST) * (TOGETHER * WIDEST);
    for ((x, y), moments) in x.chunks_exact(cols).zip(y.chunks_exact_mut(cols)).zip(moments) {
        for at in (0..whole).step_by(TOGETHER * WIDEST) {
            let block = at..at + TOGETHER * WIDEST;
            let affine = (&affine.0[block.clone()], &affine.1[block.clone()]);
            normed_tanh::<V, TOGETHER>(&x[block.clone()], moments, affine, &mut y[block]);
        }
        normed(Act::Tanh, &x[whole..], moments, (&affine.0[whole..], &affine.1[whole..]), &mut y[whole..]);
    }
}

/// TOGETHER registers of a row; every slice is as long.
#[inline(always)]
fn normed_tanh<V: Lanes, const TOGETHER: usize>(
    x: &[f32],
    moments: (f32, f32),
    affine: (&[f32], &[f32]),
    y: &mut [f32],
) {
    assert!([x.len(), affine.0.len(), affine.1.len(), y.len()] == [TOGETHER * WIDEST; 4]);
    let (minus_mean, scale) = (V::splat(-moments.0), V::splat(moments.1));
    let mut normed = [V::splat(0.0); TOGETHER];
    // SAFETY: every register lies within its slice.
    unsafe {
        for i in 0..TOGETHER {
            let x = V::load(x.as_ptr().add(WIDEST * i));
            let gain = V::load(affine.0.as_ptr().add(WIDEST * i));
            let offset = V::load(affine.1.as_ptr().add(WIDEST * i));
            normed[i] = x.plus(minus_mean).times(scale).fused(gain, offset);
        }
        let tanh = math::tanh(normed);
        for i in 0..TOGETHER {
            tanh[i].store(y.as_mut_ptr().add(WIDEST * i));
        }
    }
}

/// Mean and 1 / sqrt(variance + eps) of each of R rows, summed in the order of `rows::sum_by`.
#[inline(always)]
fn moments<V: Lanes, const R: usize>(eps: f32, x: &[f32]) -> [(f32, f32); R] {
    let cols = x.len() / R;
    let n = cols as f32;
    let (whole, left) = (cols / WIDEST * WIDEST, cols % WIDEST);
    let mut moments = [(0.0, 0.0); R];
    let mut minus_means = [V::splat(0.0); R];
    let mut sums = [V::splat(0.0); R];
    let row = |r: usize, at: usize| x.as_ptr().wrapping_add(r * cols + at);
    // SAFETY: whole registers lie within their row; the last is read as far as the row goes.
    unsafe {
        for at in (0..whole).step_by(WIDEST) {
            for r in 0..R {
                sums[r] = sums[r].plus(V::load(row(r, at)));
            }
        }
        for r in 0..R {
            let sum = sums[r].plus(V::load_some(row(r, whole), left)).total();
            moments[r].0 = sum / n;
            minus_means[r] = V::splat(-moments[r].0);
            sums[r] = V::splat(0.0);
        }
        for at in (0..whole).step_by(WIDEST) {
            for r in 0..R {
                let d = V::load(row(r, at)).plus(minus_means[r]);
                sums[r] = sums[r].plus(d.times(d));
            }
        }
        for r in 0..R {
            let d = V::load_some(row(r, whole), left).plus(minus_means[r]);
            let variance = sums[r].plus(d.times(d).first(left)).total() / n;
            moments[r].1 = 1.0 / (variance + eps).sqrt();
        }
    }
    moments
}
