//! Splitting numbers into bf16 parts, and laying the parts out as tiles.
//!
//! A word of a tile holds two numbers sixteen apart in depth, not neighbours as usual: so both come from vectors that
//! are loaded as they lie. The order of depth within a tile is the same for both factors, and that is all a sum needs.

use super::{DEPTH, SIDE, TILE};
use crate::isa::Isa;
use crate::kernels::product::Operand;
use crate::kernels::soon;
use crate::precision::Numerics;

/// Direction of a tile's rows in the matrix: what their words have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    /// A row or column of the matrix: a row of a tile of A.
    Along,
    /// A depth: a row of a tile of B.
    Across,
}

/// Sixteen rows or columns of a matrix, or fewer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub matrix: Operand,
    /// Distance between them, which is the first, and how many there are.
    pub across: (usize, usize, usize),
    /// Distance between their numbers, and how many they have.
    pub along: (usize, usize),
    pub words_run: Run,
}

type Words = [u32; SIDE];

/// Splits `source` into tiles: for each step of depth, one for each part.
///
/// # Safety
/// The numbers must be readable, and this processor must have the instruction set.
pub(super) unsafe fn side(numerics: Numerics, source: &Source, out: &mut [f32]) {
    let parts = numerics.precision.parts();
    for (step, tiles) in out.chunks_exact_mut(parts * TILE).enumerate() {
        let tiles: &mut [f32] = tiles;
        // SAFETY: any bits are a word, and words are aligned as numbers are.
        let words =
            unsafe { std::slice::from_raw_parts_mut(tiles.as_mut_ptr().cast::<Words>(), parts * SIDE) };
        // SAFETY: as the caller says.
        unsafe {
            match (numerics.isa, parts) {
                #[cfg(target_arch = "x86_64")]
                (Isa::Avx512, 1) => avx512::<1>(source, step, words),
                #[cfg(target_arch = "x86_64")]
                (Isa::Avx512, 2) => avx512::<2>(source, step, words),
                #[cfg(target_arch = "x86_64")]
                (Isa::Avx512, _) => avx512::<3>(source, step, words),
                (_, 1) => any::<1>(source, step, words),
                (_, 2) => any::<2>(source, step, words),
                _ => any::<3>(source, step, words),
            }
        }
    }
}

/// # Safety
/// As [`side`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
unsafe fn avx512<const PARTS: usize>(source: &Source, step: usize, words: &mut [Words]) {
    // SAFETY: as the caller says.
    if unsafe { lines::<PARTS>(source, step, words) } != source.words_run {
        for tile in words.chunks_exact_mut(SIDE) {
            // SAFETY: a tile is sixteen registers of words; the processor has AVX-512.
            unsafe { crate::kernels::turn::turn(tile.as_mut_ptr().cast()) };
        }
    }
}

/// # Safety
/// As [`side`].
unsafe fn any<const PARTS: usize>(source: &Source, step: usize, words: &mut [Words]) {
    // SAFETY: as the caller says.
    if unsafe { lines::<PARTS>(source, step, words) } != source.words_run {
        for tile in words.chunks_exact_mut(SIDE) {
            let old: [Words; SIDE] = std::array::from_fn(|row| tile[row]);
            for (row, words) in tile.iter_mut().enumerate() {
                *words = std::array::from_fn(|col| old[col][row]);
            }
        }
    }
}

/// Fills a step's tiles from the matrix as it lies, and says which way the tiles' rows run.
///
/// # Safety
/// As [`side`].
#[inline(always)]
unsafe fn lines<const PARTS: usize>(source: &Source, step: usize, words: &mut [Words]) -> Run {
    let run = if source.along.0 == 1 { Run::Along } else { Run::Across };
    for line in 0..SIDE {
        let (low, low_count) = source.half(run, line, step * DEPTH);
        let (high, high_count) = source.half(run, line, step * DEPTH + SIDE);
        // Lines a row of the matrix apart come too late otherwise.
        soon(low.wrapping_add(DEPTH * source.along.0));
        soon(high.wrapping_add(DEPTH * source.along.0));
        // SAFETY: as many as exist are read.
        let (mut low, mut high) = unsafe { (load(low, low_count), load(high, high_count)) };
        for part in 0..PARTS {
            let pair = &mut words[part * SIDE + line];
            for lane in 0..SIDE {
                let (near_low, near_high) = (nearest(low[lane]), nearest(high[lane]));
                low[lane] -= f32::from_bits(near_low);
                high[lane] -= f32::from_bits(near_high);
                pair[lane] = near_low >> 16 | near_high;
            }
        }
    }
    run
}

impl Source {
    /// Where half of line `line` begins, the half from depth `from` on, and how many of its numbers exist.
    #[inline(always)]
    fn half(&self, run: Run, line: usize, from: usize) -> (*const f32, usize) {
        let (across, first, count) = self.across;
        let (along, len) = self.along;
        let (index, depth, exist) = match run {
            Run::Along if line < count => (line, from, len.saturating_sub(from).min(SIDE)),
            Run::Across if from + line < len => (0, from + line, count),
            _ => (0, 0, 0),
        };
        (self.matrix.at.wrapping_add((first + index) * across + depth * along), exist)
    }
}

/// `count` numbers, and zeros after them.
///
/// # Safety
/// They must be readable.
#[inline(always)]
unsafe fn load(at: *const f32, count: usize) -> [f32; SIDE] {
    // SAFETY: as the caller says.
    unsafe {
        if count == SIDE {
            return at.cast::<[f32; SIDE]>().read_unaligned();
        }
        let mut numbers = [0.0; SIDE];
        for (i, number) in numbers.iter_mut().enumerate().take(count) {
            *number = *at.add(i);
        }
        numbers
    }
}

/// The bits of the bf16 number nearest to x, of two the larger in magnitude; a NaN stays one.
#[inline(always)]
fn nearest(x: f32) -> u32 {
    let half = if x.is_nan() { 0 } else { 0x8000 };
    x.to_bits().wrapping_add(half) & 0xffff_0000
}
