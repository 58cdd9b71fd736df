//! Products whose first factor lies transposed, as in the gradients of weights: a block of its rows is turned first.
//!
//! In place, every step of depth would reach for a line of its own, a whole row of the matrix away from the last.

use super::product::{Gemm, Operand, PACK_LEN, ROWS};
use super::tile::Kernel;
use std::ops::Range;

/// Strips of columns from which on turning a block pays.
const STRIPS: usize = 4;
/// Rows of a turned block are longer than the sums by no more than this.
const PADDING: usize = 16;

/// Numbers a thread needs beside [`PACK_LEN`] to turn a block of the first factor of sums of `k` terms; none where it is
/// read in place.
pub(crate) fn turned_len(k: usize) -> usize {
    if k <= DEEPEST { ROWS * k.next_multiple_of(PADDING) } else { 0 }
}

/// Depth up to which a turned block stays in cache.
const DEEPEST: usize = 512;

impl Gemm {
    /// Whether the first factor lies transposed, is used by enough strips, and has room in the scratch.
    pub(super) fn worth_turning(&self, strips: usize, scratch: usize) -> bool {
        let transposed = self.a.row_stride == 1 && self.a.col_stride > 1;
        transposed && strips >= STRIPS && self.k <= DEEPEST && scratch >= PACK_LEN + turned_len(self.k)
    }

    /// The block `rows` of the columns `columns`, from a turned copy of its rows of A.
    ///
    /// # Safety
    /// As `Gemm::blocks`, with the scratch of [`Gemm::worth_turning`].
    pub(super) unsafe fn turned_rows<K: Kernel>(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
        pack: &mut [f32],
    ) {
        let (pack, turned) = pack.split_at_mut(PACK_LEN);
        let length = self.k.next_multiple_of(PADDING);
        // SAFETY: the rows lie within A, each as long as the sums.
        unsafe { K::turn((self.a.at(rows.start, 0), self.a.col_stride), rows.len(), self.k, length, turned) };
        let at = turned.as_ptr().wrapping_sub(rows.start * length);
        let turned = Gemm { a: Operand { at, row_stride: length, col_stride: 1 }, ..*self };
        for first in columns.clone().step_by(K::COLUMNS) {
            let width = K::COLUMNS.min(columns.end - first);
            // SAFETY: the block lies within C, and its rows within the turned copy.
            unsafe { turned.strip::<K>(rows.clone(), first, width, pack) };
        }
    }
}
