//! Tile products in portable code, step by step as AMX defines them.

use super::{BLOCK, Block, SIDE, TILE};
use crate::precision::Precision;

/// # Safety
/// The block's memory must be there, and the processor must have AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn multiply_avx2(precision: Precision, block: &Block) {
    // SAFETY: as the caller says.
    unsafe { multiply(precision, block) }
}

/// # Safety
/// The block's memory must be there.
#[inline(always)]
pub(super) unsafe fn multiply(precision: Precision, block: &Block) {
    // SAFETY: the block has so many sums.
    let sums = unsafe { std::slice::from_raw_parts_mut(block.sums.cast::<[f32; SIDE]>(), 2 * BLOCK) };
    sums.fill([0.0; SIDE]);
    for step in 0..block.steps {
        for &(part_a, part_b) in precision.products() {
            let tile = |side: *const u32, part: usize| {
                // SAFETY: a side has a tile for each part of each step.
                unsafe { &*side.add((step * precision.parts() + part) * TILE).cast::<[[u32; SIDE]; SIDE]>() }
            };
            for row in 0..block.rows {
                let a = &tile(block.a[row / SIDE], part_a)[row % SIDE];
                for half in 0..2 {
                    add_product(a, tile(block.b[half], part_b), &mut sums[2 * row + half]);
                }
            }
        }
    }
}

/// Adds to `sums` a row of a tile times a tile: the numbers in the words' low halves are summed by themselves, so are
/// those in the high halves, and the two sums are added to each other first.
#[inline(always)]
fn add_product(a: &[u32; SIDE], b: &[[u32; SIDE]; SIDE], sums: &mut [f32; SIDE]) {
    let (mut low, mut high) = ([0.0f32; SIDE], [0.0f32; SIDE]);
    for (a, b) in a.iter().zip(b) {
        let [a_low, a_high] = halves(*a);
        for lane in 0..SIDE {
            let [b_low, b_high] = halves(b[lane]);
            low[lane] = flushed(a_low.mul_add(b_low, low[lane]));
            high[lane] = flushed(a_high.mul_add(b_high, high[lane]));
        }
    }
    for lane in 0..SIDE {
        sums[lane] = flushed(sums[lane] + flushed(low[lane] + high[lane]));
    }
}

/// The two numbers of a word.
#[inline(always)]
fn halves(word: u32) -> [f32; 2] {
    [flushed(f32::from_bits(word << 16)), flushed(f32::from_bits(word & 0xffff_0000))]
}

/// Zero in place of a subnormal number, of the same sign: tiles know none.
#[inline(always)]
fn flushed(x: f32) -> f32 {
    if x.abs() < f32::MIN_POSITIVE { 0.0f32.copysign(x) } else { x }
}
