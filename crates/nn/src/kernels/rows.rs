//! Loops over one row, and functions of one number: activations and their slopes, layer normalisation.
//!
//! All are inlined into functions compiled for an instruction set, and vectorise there.

use super::math;
use super::real::Real;
use crate::op::Act;

/// act(x)
#[inline(always)]
pub(super) fn activated<T: Real>(act: Act, x: T) -> T {
    match act {
        Act::Identity => x,
        Act::Relu => x.at_least(0.0),
        Act::Elu => math::elu(x),
        Act::Tanh => math::tanh(x),
    }
}

/// The slope of `act` where its output is `y`.
#[inline(always)]
pub(super) fn slope_at<T: Real>(act: Act, y: T) -> T {
    let one = T::splat(1.0);
    match act {
        Act::Identity => one,
        Act::Relu => y.choose(one, T::splat(0.0)),
        Act::Elu => y.choose(one, y.plus(one)),
        Act::Tanh => one.plus(y.times(y).times(T::splat(-1.0))),
    }
}

/// Numbers summed side by side.
const LANES: usize = 16;

/// Sum of `term` of the numbers at each place of `arrays`, which are equally long: in sixteen interleaved chains, so
/// that it vectorises and its order is fixed.
#[inline(always)]
pub(crate) fn sum_by<const N: usize>(arrays: [&[f32]; N], term: impl Fn([f32; N]) -> f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let parts = arrays.map(|array| array.as_chunks::<LANES>());
    let whole = parts.iter().map(|part| part.0.len()).min().unwrap_or(0);
    let blocks = parts.map(|part| &part.0[..whole]);
    for at in 0..whole {
        let block = blocks.map(|block| &block[at]);
        for lane in 0..LANES {
            lanes[lane] += term(block.map(|numbers| numbers[lane]));
        }
    }
    let rest = parts.map(|part| part.1);
    let left = rest.iter().map(|rest| rest.len()).min().unwrap_or(0);
    for (lane, sum) in lanes.iter_mut().enumerate().take(left) {
        *sum += term(rest.map(|numbers| numbers[lane]));
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// Mean and 1 / sqrt(variance + eps) of a row; the variance is the biased one.
#[inline(always)]
pub(super) fn moments(x: &[f32], eps: f32) -> (f32, f32) {
    let n = x.len() as f32;
    let mean = sum_by([x], |[x]| x) / n;
    let variance = sum_by([x], |[x]| (x - mean) * (x - mean)) / n;
    (mean, 1.0 / (variance + eps).sqrt())
}

/// y = (x - mean) / sqrt(variance + eps)
#[inline(always)]
pub(crate) fn normalize(eps: f32, x: &[f32], y: &mut [f32]) {
    let (mean, scale) = moments(x, eps);
    for (y, x) in y.iter_mut().zip(x) {
        *y = (x - mean) * scale;
    }
}

/// y = act((x - mean) scale gain + offset), where `moments` are mean and scale
#[inline(always)]
pub(super) fn normed(act: Act, x: &[f32], moments: (f32, f32), affine: (&[f32], &[f32]), y: &mut [f32]) {
    let (mean, scale) = moments;
    // One loop an activation: the choice must not sit inside.
    macro_rules! each {
        ($act:expr) => {
            for ((y, x), (gain, offset)) in y.iter_mut().zip(x).zip(affine.0.iter().zip(affine.1)) {
                *y = activated($act, ((x - mean) * scale).mul_add(*gain, *offset));
            }
        };
    }
    match act {
        Act::Identity => each!(Act::Identity),
        Act::Relu => each!(Act::Relu),
        Act::Elu => each!(Act::Elu),
        Act::Tanh => each!(Act::Tanh),
    }
}

/// dx for y = normalize(x), given dy
#[inline(always)]
pub(crate) fn normalize_grad(eps: f32, x: &[f32], dy: &[f32], dx: &mut [f32]) {
    let (mean, scale) = moments(x, eps);
    let n = x.len() as f32;
    let mean_dy = sum_by([dy], |[dy]| dy) / n;
    let mean_dy_y = sum_by([x, dy], |[x, dy]| dy * (x - mean) * scale) / n;
    for (dx, (x, dy)) in dx.iter_mut().zip(x.iter().zip(dy)) {
        *dx = scale * (dy - mean_dy - (x - mean) * scale * mean_dy_y);
    }
}
