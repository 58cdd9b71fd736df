//! Products of one to four columns: a register holds a column's sums of as many rows as it has numbers.
//!
//! The tiles would leave most of their registers empty. Each sum is the same chain of multiply-adds here.

// Indices count registers and memory at once.
#![allow(clippy::needless_range_loop)]

use super::product::{Epilogue, Gemm, Operand};
use super::rows::{activated, slope_at};
use super::turn::Turn;
use std::arch::x86_64::{__m256, __m512};
use std::ops::Range;

/// Most columns that are dealt with here.
pub(super) const COLUMNS: usize = 4;
/// Most rows of a column whose sums are computed together.
const MOST_ROWS: usize = 64;

/// Rows `rows` of the columns `columns`, at least one and at most [`COLUMNS`].
///
/// # Safety
/// As [`Gemm::run`], and the processor must have AVX-512.
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
pub(super) unsafe fn avx512(gemm: &Gemm, rows: Range<usize>, columns: Range<usize>) {
    // SAFETY: as the caller says.
    unsafe {
        match columns.len() {
            1 => of::<__m512, 1, 4, 1>(gemm, rows, columns.start),
            2 => of::<__m512, 2, 4, 1>(gemm, rows, columns.start),
            3 => of::<__m512, 3, 4, 1>(gemm, rows, columns.start),
            4 => of::<__m512, 4, 4, 1>(gemm, rows, columns.start),
            _ => {}
        }
    }
}

/// The same in AVX2, with half as many registers.
///
/// # Safety
/// As [`Gemm::run`], and the processor must have AVX2.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn avx2(gemm: &Gemm, rows: Range<usize>, columns: Range<usize>) {
    // SAFETY: as the caller says.
    unsafe {
        match columns.len() {
            1 => of::<__m256, 1, 8, 2>(gemm, rows, columns.start),
            2 => of::<__m256, 2, 4, 2>(gemm, rows, columns.start),
            3 => of::<__m256, 3, 2, 1>(gemm, rows, columns.start),
            4 => of::<__m256, 4, 2, 1>(gemm, rows, columns.start),
            _ => {}
        }
    }
}

/// N columns from `first` on; where A's columns are contiguous, TALL registers of rows are summed together, else BESIDE
/// squares.
///
/// # Safety
/// As [`Gemm::run`], and the processor must have the instruction set.
#[inline(always)]
unsafe fn of<V: Turn, const N: usize, const TALL: usize, const BESIDE: usize>(
    gemm: &Gemm,
    rows: Range<usize>,
    first: usize,
) {
    const { assert!(TALL * V::WIDTH <= MOST_ROWS && BESIDE * V::WIDTH <= MOST_ROWS) };
    let tall = gemm.a.row_stride == 1;
    let step = if tall { TALL * V::WIDTH } else { BESIDE * V::WIDTH };
    for row in rows.clone().step_by(step) {
        let count = step.min(rows.end - row);
        let mut sums = [[0.0f32; MOST_ROWS]; N];
        // SAFETY: the rows lie within A and C, the columns within B and C.
        unsafe {
            let a = Operand { at: gemm.a.at(row, 0), ..gemm.a };
            let b = Operand { at: gemm.b.at(0, first), ..gemm.b };
            if tall {
                by_columns::<V, N, TALL>(a, b, gemm.k, count, &mut sums);
            } else {
                by_squares::<V, N, BESIDE>(a, b, gemm.k, count, &mut sums);
            }
            finish(gemm, row..row + count, first, &sums);
        }
    }
}

/// The sums of `count` rows, contiguous within each column of A: a column is loaded as it is.
///
/// # Safety
/// As [`of`].
#[inline(always)]
unsafe fn by_columns<V: Turn, const N: usize, const TALL: usize>(
    a: Operand,
    b: Operand,
    depth: usize,
    count: usize,
    out: &mut [[f32; MOST_ROWS]; N],
) {
    let mut sums = [[V::splat(0.0); TALL]; N];
    let whole = count == TALL * V::WIDTH;
    for p in 0..depth {
        // SAFETY: no more than `count` rows are read.
        unsafe {
            let column = a.at(0, p);
            let mut x = [V::splat(0.0); TALL];
            for v in 0..TALL {
                let from = v * V::WIDTH;
                x[v] = if whole {
                    V::load(column.add(from))
                } else {
                    V::load_some(column.add(from.min(count)), count.saturating_sub(from).min(V::WIDTH))
                };
            }
            for j in 0..N {
                let y = V::splat(*b.at(p, j));
                for v in 0..TALL {
                    sums[j][v] = x[v].mul_add(y, sums[j][v]);
                }
            }
        }
    }
    for j in 0..N {
        for v in 0..TALL {
            // SAFETY: a column of `out` holds TALL registers and more.
            unsafe { sums[j][v].store(out[j].as_mut_ptr().add(v * V::WIDTH)) };
        }
    }
}

/// The sums of `count` rows, each contiguous: squares of A are turned in registers, and of BESIDE squares below each
/// other no sum waits for another's.
///
/// # Safety
/// As [`of`].
#[inline(always)]
unsafe fn by_squares<V: Turn, const N: usize, const BESIDE: usize>(
    a: Operand,
    b: Operand,
    depth: usize,
    count: usize,
    out: &mut [[f32; MOST_ROWS]; N],
) {
    let mut sums = [[V::splat(0.0); N]; BESIDE];
    for from in (0..depth).step_by(V::WIDTH) {
        let width = V::WIDTH.min(depth - from);
        for g in 0..BESIDE {
            let (row, there) = (g * V::WIDTH, count.saturating_sub(g * V::WIDTH).min(V::WIDTH));
            let below = Operand { at: a.at.wrapping_add(row * a.row_stride), ..a };
            // SAFETY: a square has what there is of the depth and the rows.
            unsafe {
                let columns = V::turned(square::<V>(below, from, width, there));
                if width == V::WIDTH {
                    // Their number known, they need no memory.
                    for p in 0..V::WIDTH {
                        add::<V, N>(columns.as_ref()[p], b, from + p, &mut sums[g]);
                    }
                    continue;
                }
                for p in 0..width {
                    add::<V, N>(columns.as_ref()[p], b, from + p, &mut sums[g]);
                }
            }
        }
    }
    for j in 0..N {
        for g in 0..BESIDE {
            // SAFETY: a column of `out` holds BESIDE registers and more.
            unsafe { sums[g][j].store(out[j].as_mut_ptr().add(g * V::WIDTH)) };
        }
    }
}

/// `width` numbers of each of `count` rows of A, from column `from` on.
///
/// # Safety
/// As [`of`].
#[inline(always)]
unsafe fn square<V: Turn>(a: Operand, from: usize, width: usize, count: usize) -> V::Square {
    let mut rows = V::blank();
    let whole = width == V::WIDTH && count == V::WIDTH;
    for (i, row) in rows.as_mut().iter_mut().enumerate() {
        let at = a.at.wrapping_add(i * a.row_stride + from);
        // SAFETY: nothing is read of a row that is not there.
        *row =
            unsafe { if whole { V::load(at) } else { V::load_some(at, if i < count { width } else { 0 }) } };
    }
    rows
}

/// sums[j] += x b[p][j]
///
/// # Safety
/// Row `p` must lie within B.
#[inline(always)]
unsafe fn add<V: Turn, const N: usize>(x: V, b: Operand, p: usize, sums: &mut [V; N]) {
    for j in 0..N {
        // SAFETY: as the caller says.
        sums[j] = x.mul_add(V::splat(unsafe { *b.at(p, j) }), sums[j]);
    }
}

/// Finishes the sums of `rows` and N columns from `first` on, and stores them.
///
/// # Safety
/// As [`of`].
#[inline(always)]
unsafe fn finish<const N: usize>(
    gemm: &Gemm,
    rows: Range<usize>,
    first: usize,
    sums: &[[f32; MOST_ROWS]; N],
) {
    for (i, row) in rows.enumerate() {
        for j in 0..N {
            let (sum, col) = (sums[j][i], first + j);
            // SAFETY: C, the bias and `y` have the row and the column.
            unsafe {
                *gemm.c.add(row * gemm.c_stride + col) = match gemm.epilogue {
                    Epilogue::None => sum,
                    Epilogue::Forward { bias, act } => activated(act, sum + *bias.add(col)),
                    Epilogue::Slope { y, stride, act } => sum * slope_at(act, *y.add(row * stride + col)),
                };
            }
        }
    }
}
