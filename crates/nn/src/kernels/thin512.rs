//! Products of one to four columns in AVX-512: a register holds a column's sums of sixteen rows.
//!
//! The tiles would leave most of their registers empty. Each sum is the same chain of multiply-adds here.

// Indices count registers and memory at once.
#![allow(clippy::needless_range_loop)]

use super::gemm::{Epilogue, Gemm, Operand};
use super::rows::{activated, slope_at};
use super::turn512::turned;
use std::arch::x86_64::{
    __m512, _mm512_fmadd_ps, _mm512_maskz_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
};
use std::ops::Range;

/// Most columns that are dealt with here.
pub(super) const COLUMNS: usize = 4;
/// Numbers of a register.
const WIDTH: usize = 16;
/// Registers of rows, where rows are contiguous.
const TALL: usize = 4;

/// Ones for the first `count` of sixteen numbers.
fn mask(count: usize) -> u16 {
    ((1u32 << count.min(WIDTH)) - 1) as u16
}

/// Rows `rows` of the columns `columns`, at least one and at most [`COLUMNS`].
///
/// # Safety
/// As [`Gemm::run`], and the processor must have AVX-512.
pub(super) unsafe fn product(gemm: &Gemm, rows: Range<usize>, columns: Range<usize>) {
    // SAFETY: as the caller says.
    unsafe {
        match columns.len() {
            1 => of::<1>(gemm, rows, columns.start),
            2 => of::<2>(gemm, rows, columns.start),
            3 => of::<3>(gemm, rows, columns.start),
            4 => of::<4>(gemm, rows, columns.start),
            _ => {}
        }
    }
}

/// # Safety
/// As [`product`], with N columns from `first` on.
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
unsafe fn of<const N: usize>(gemm: &Gemm, rows: Range<usize>, first: usize) {
    let tall = gemm.a.row_stride == 1;
    let step = if tall { TALL * WIDTH } else { WIDTH };
    for row in rows.clone().step_by(step) {
        let count = step.min(rows.end - row);
        let mut sums = [[0.0f32; TALL * WIDTH]; N];
        // SAFETY: the rows lie within A and C, the columns within B and C.
        unsafe {
            let a = Operand { at: gemm.a.at(row, 0), ..gemm.a };
            let b = Operand { at: gemm.b.at(0, first), ..gemm.b };
            if tall {
                by_columns::<N>(a, b, gemm.k, count, &mut sums);
            } else {
                by_squares::<N>(a, b, gemm.k, count, &mut sums);
            }
            finish(gemm, row..row + count, first, &sums);
        }
    }
}

/// The sums of `count` rows, contiguous within each column of A: a column is loaded as it is.
///
/// # Safety
/// As [`product`].
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
unsafe fn by_columns<const N: usize>(
    a: Operand,
    b: Operand,
    depth: usize,
    count: usize,
    out: &mut [[f32; TALL * WIDTH]; N],
) {
    let mut sums = [[_mm512_setzero_ps(); TALL]; N];
    let mut masks = [0u16; TALL];
    for v in 0..TALL {
        masks[v] = mask(count.saturating_sub(v * WIDTH));
    }
    for p in 0..depth {
        // SAFETY: the masks keep to the rows there are.
        unsafe {
            let mut x = [_mm512_setzero_ps(); TALL];
            for v in 0..TALL {
                x[v] = _mm512_maskz_loadu_ps(masks[v], a.at(0, p).wrapping_add(v * WIDTH));
            }
            for j in 0..N {
                let y = _mm512_set1_ps(*b.at(p, j));
                for v in 0..TALL {
                    sums[j][v] = _mm512_fmadd_ps(x[v], y, sums[j][v]);
                }
            }
        }
    }
    for j in 0..N {
        for v in 0..TALL {
            // SAFETY: a column of `out` holds TALL registers.
            unsafe { _mm512_storeu_ps(out[j].as_mut_ptr().add(v * WIDTH), sums[j][v]) };
        }
    }
}

/// The sums of `count` rows, at most [`WIDTH`], each contiguous: squares of A are turned in registers.
///
/// # Safety
/// As [`product`].
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
unsafe fn by_squares<const N: usize>(
    a: Operand,
    b: Operand,
    depth: usize,
    count: usize,
    out: &mut [[f32; TALL * WIDTH]; N],
) {
    let mut sums = [_mm512_setzero_ps(); N];
    for from in (0..depth).step_by(WIDTH) {
        let width = WIDTH.min(depth - from);
        // SAFETY: the mask keeps to the depth, the condition to the rows.
        unsafe {
            let columns = turned(square(a, from, width, count));
            if width == WIDTH {
                // Their number known, they need no memory.
                for p in 0..WIDTH {
                    add::<N>(columns[p], b, from + p, &mut sums);
                }
                continue;
            }
            for p in 0..width {
                add::<N>(columns[p], b, from + p, &mut sums);
            }
        }
    }
    for j in 0..N {
        // SAFETY: a column of `out` holds a register and more.
        unsafe { _mm512_storeu_ps(out[j].as_mut_ptr(), sums[j]) };
    }
}

/// `width` numbers of each of `count` rows of A, from column `from` on.
///
/// # Safety
/// As [`product`].
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
unsafe fn square(a: Operand, from: usize, width: usize, count: usize) -> [__m512; WIDTH] {
    let mut rows = [_mm512_setzero_ps(); WIDTH];
    for i in 0..WIDTH {
        let mask = if i < count { mask(width) } else { 0 };
        // SAFETY: nothing is read of a row that is not there.
        rows[i] = unsafe { _mm512_maskz_loadu_ps(mask, a.at.wrapping_add(i * a.row_stride + from)) };
    }
    rows
}

/// sums[j] += x b[p][j]
///
/// # Safety
/// Row `p` must lie within B.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
unsafe fn add<const N: usize>(x: __m512, b: Operand, p: usize, sums: &mut [__m512; N]) {
    for j in 0..N {
        // SAFETY: as the caller says.
        sums[j] = unsafe { _mm512_fmadd_ps(x, _mm512_set1_ps(*b.at(p, j)), sums[j]) };
    }
}

/// Finishes the sums of `rows` and N columns from `first` on, and stores them.
///
/// # Safety
/// As [`product`].
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
unsafe fn finish<const N: usize>(
    gemm: &Gemm,
    rows: Range<usize>,
    first: usize,
    sums: &[[f32; TALL * WIDTH]; N],
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
