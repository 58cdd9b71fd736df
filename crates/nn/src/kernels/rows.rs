//! Loops over one row: bias, activations and their slopes, layer normalisation.
//!
//! They are inlined into functions compiled for an instruction set, and vectorise there.

use super::math;
use crate::ops::Act;

/// y += x
#[inline(always)]
pub(crate) fn add(x: &[f32], y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += x;
    }
}

/// y = act(y)
#[inline(always)]
pub(crate) fn activate(act: Act, y: &mut [f32]) {
    match act {
        Act::Identity => {}
        // Written as a comparison so that NaN stays.
        Act::Relu => y.iter_mut().for_each(|y| *y = if *y < 0.0 { 0.0 } else { *y }),
        Act::Elu => y.iter_mut().for_each(|y| {
            let below = math::expm1_negative(*y);
            *y = if *y > 0.0 { *y } else { below };
        }),
        Act::Tanh => y.iter_mut().for_each(|y| *y = math::tanh(*y)),
    }
}

/// The slope of `act` where its output is `y`.
#[inline(always)]
pub(crate) fn slope_at(act: Act, y: f32) -> f32 {
    match act {
        Act::Identity => 1.0,
        Act::Relu => (y > 0.0) as u32 as f32,
        Act::Elu => {
            if y > 0.0 {
                1.0
            } else {
                y + 1.0
            }
        }
        Act::Tanh => 1.0 - y * y,
    }
}

/// d *= act'(x), where y = act(x)
#[inline(always)]
pub(crate) fn slope(act: Act, y: &[f32], d: &mut [f32]) {
    // One loop an activation: the choice must not sit inside.
    macro_rules! each {
        ($act:expr) => {
            d.iter_mut().zip(y).for_each(|(d, &y)| *d *= slope_at($act, y))
        };
    }
    match act {
        Act::Identity => {}
        Act::Relu => each!(Act::Relu),
        Act::Elu => each!(Act::Elu),
        Act::Tanh => each!(Act::Tanh),
    }
}

/// Sum of `term(0..len)` in sixteen interleaved chains, so that it vectorises and its order is fixed.
#[inline(always)]
pub(crate) fn sum_by(len: usize, term: impl Fn(usize) -> f32) -> f32 {
    let mut lanes = [0.0f32; 16];
    let whole = len / 16 * 16;
    for at in (0..whole).step_by(16) {
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += term(at + lane);
        }
    }
    for (lane, at) in (whole..len).enumerate() {
        lanes[lane] += term(at);
    }
    let mut width = 8;
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
fn moments(x: &[f32], eps: f32) -> (f32, f32) {
    let n = x.len() as f32;
    let mean = sum_by(x.len(), |i| x[i]) / n;
    let variance = sum_by(x.len(), |i| (x[i] - mean) * (x[i] - mean)) / n;
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

/// y = act(normalised x * gain + offset)
#[inline(always)]
pub(crate) fn layer_norm(eps: f32, act: Act, x: &[f32], affine: (&[f32], &[f32]), y: &mut [f32]) {
    let (mean, scale) = moments(x, eps);
    for (i, y) in y.iter_mut().enumerate() {
        *y = (x[i] - mean) * scale * affine.0[i] + affine.1[i];
    }
    activate(act, y);
}

/// dx for y = normalize(x), given dy
#[inline(always)]
pub(crate) fn normalize_grad(eps: f32, x: &[f32], dy: &[f32], dx: &mut [f32]) {
    let (mean, scale) = moments(x, eps);
    let n = x.len() as f32;
    let mean_dy = sum_by(x.len(), |i| dy[i]) / n;
    let mean_dy_y = sum_by(x.len(), |i| dy[i] * (x[i] - mean) * scale) / n;
    for (i, dx) in dx.iter_mut().enumerate() {
        *dx = scale * (dy[i] - mean_dy - (x[i] - mean) * scale * mean_dy_y);
    }
}
