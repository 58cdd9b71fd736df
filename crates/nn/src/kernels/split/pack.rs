//! Splitting numbers into bf16 parts, and laying the parts out as tiles.
//!
//! A word of a tile holds two numbers sixteen apart in depth, not neighbours as usual: so both come from vectors that
//! are loaded as they lie. The order of depth within a tile is the same for both factors, and that is all a sum needs.

use super::{DEPTH, SIDE, TILE};
use crate::kernels::Isa;
use crate::kernels::gemm::Operand;
use crate::precision::Numerics;

/// What the words of a tile's row have in common.
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
            unsafe { crate::kernels::tile512::turn(tile.as_mut_ptr().cast()) };
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
    let (across, first, count) = source.across;
    let (along, len) = source.along;
    let from = step * DEPTH;
    let at =
        |index: usize, depth: usize| source.matrix.at.wrapping_add((first + index) * across + depth * along);
    let run = if along == 1 { Run::Along } else { Run::Across };
    for line in 0..SIDE {
        // Where the line's two halves begin, and how many numbers of each exist.
        let halves = [0, SIDE].map(|half| match run {
            Run::Along if line < count => (at(line, from + half), len.saturating_sub(from + half).min(SIDE)),
            Run::Across if from + half + line < len => (at(0, from + half + line), count),
            _ => (at(0, 0), 0),
        });
        // SAFETY: as many as exist are read.
        let mut left = unsafe { [load(halves[0].0, halves[0].1), load(halves[1].0, halves[1].1)] };
        for part in 0..PARTS {
            let mut pair = [0; SIDE];
            for lane in 0..SIDE {
                let [low, high] = [nearest(left[0][lane]), nearest(left[1][lane])];
                left[0][lane] -= f32::from_bits(low);
                left[1][lane] -= f32::from_bits(high);
                pair[lane] = low >> 16 | high;
            }
            words[part * SIDE + line] = pair;
        }
    }
    run
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
