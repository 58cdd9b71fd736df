//! A matrix product as data: its factors, where it goes, and what happens to its numbers on the way.

use super::aligned::LINE;
use crate::op::Act;

/// Columns of C that one thread takes at a time.
pub(crate) const PANEL: usize = 32;
/// Depth of packed columns; deeper products go through C once per part.
pub(super) const DEPTH: usize = 512;
/// Rows of C computed together: their part of A stays in cache while B passes by.
pub(super) const ROWS: usize = 256;
/// Numbers of scratch a thread needs for packing.
pub(crate) const PACK_LEN: usize = PANEL * DEPTH;

/// A matrix seen through strides, so that a transposed one needs no copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operand {
    /// Its first number.
    pub at: *const f32,
    /// Distance between rows.
    pub row_stride: usize,
    /// Distance between columns.
    pub col_stride: usize,
}

impl Operand {
    /// The address of its number in row `row` and column `col`.
    ///
    /// Wrapping: the first number of a matrix without rows is none of its own, and a block of rows that was copied
    /// elsewhere counts its rows from those of the whole matrix, whose first may lie outside of the copy's memory.
    pub(super) fn at(&self, row: usize, col: usize) -> *const f32 {
        self.at.wrapping_add(row * self.row_stride + col * self.col_stride)
    }

    /// Whether a row's numbers can be loaded LINE at a time, none of them across cache lines.
    pub(super) fn in_lines(&self) -> bool {
        (self.at as usize).is_multiple_of(4 * LINE) && self.row_stride.is_multiple_of(LINE)
    }
}

/// Treatment of a finished number of C before it leaves its register.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Epilogue {
    /// Nothing.
    None,
    /// Adds a row and applies an activation.
    Forward { bias: *const f32, act: Act },
    /// Multiplies by the activation's slope, taken from the activation's output `y` (rows of `stride`).
    Slope { y: *const f32, stride: usize, act: Act },
}

/// One product: C [m, n] = A [m, k] B [k, n].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gemm {
    pub m: usize,
    pub n: usize,
    pub k: usize,
    pub a: Operand,
    pub b: Operand,
    pub c: *mut f32,
    pub c_stride: usize,
    pub epilogue: Epilogue,
}

impl Gemm {
    /// How many column panels C has.
    pub(crate) fn panels(&self) -> usize {
        self.n.div_ceil(PANEL)
    }
}
