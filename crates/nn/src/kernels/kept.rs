//! Products whose first factor has rows of nothing but zeros: those rows are left out.
//!
//! The smaller of two critics alone passes a gradient on: of what comes back through twins, each row is zero in one of
//! them. A row of zeros gives a row of zeros, as long as the other factor is finite; the other rows are moved together
//! and multiplied, each number as it would have been.

use super::product::{Epilogue, Gemm, Operand, PACK_LEN, ROWS};
use super::tile::Kernel;
use std::ops::Range;

/// Most columns of a kernel's tiles.
const WIDEST: usize = 32;

/// Numbers a thread needs beside [`PACK_LEN`] so that rows of zeros can be left out of sums of `k` terms.
pub(crate) const fn kept_len(k: usize) -> usize {
    ROWS * (k + WIDEST)
}

/// The rows of a block that have numbers other than zero.
pub(super) struct Kept {
    rows: [u16; ROWS],
    count: usize,
}

impl Gemm {
    /// The rows of the block `rows` that need to be multiplied, if there are few enough of them for it to pay, and
    /// enough scratch.
    ///
    /// # Safety
    /// The rows must lie within A.
    pub(super) unsafe fn kept(&self, rows: Range<usize>, scratch: usize) -> Option<Kept> {
        // Gradients on their way back are multiplied by a matrix that lies transposed; other factors have no such rows.
        let backward = self.a.col_stride == 1 && self.b.row_stride == 1 && self.b.col_stride > 1;
        let passes_zero = !matches!(self.epilogue, Epilogue::Forward { .. });
        if !backward || !passes_zero || scratch < PACK_LEN + kept_len(self.k) {
            return None;
        }
        let mut kept = Kept { rows: [0; ROWS], count: 0 };
        for (at, row) in rows.clone().enumerate() {
            // SAFETY: the row lies within A.
            let numbers = unsafe { std::slice::from_raw_parts(self.a.at(row, 0), self.k) };
            if !is_zero(numbers) {
                kept.rows[kept.count] = at as u16;
                kept.count += 1;
            }
        }
        (4 * kept.count <= 3 * rows.len()).then_some(kept)
    }

    /// The block `rows` of the columns `columns`, by way of the rows in `kept`.
    ///
    /// # Safety
    /// As `Gemm::blocks`, with the scratch and the rows of [`Gemm::kept`].
    pub(super) unsafe fn kept_rows<K: Kernel>(
        &self,
        rows: Range<usize>,
        kept: &Kept,
        columns: Range<usize>,
        pack: &mut [f32],
    ) {
        let (pack, spare) = pack.split_at_mut(PACK_LEN);
        let (a, sums) = spare.split_at_mut(ROWS * self.k);
        let numbers = &kept.rows[..kept.count];
        for (&at, row) in numbers.iter().zip(a.chunks_exact_mut(self.k)) {
            // SAFETY: the row lies within A.
            row.copy_from_slice(unsafe {
                std::slice::from_raw_parts(self.a.at(rows.start + usize::from(at), 0), self.k)
            });
        }
        let a = Operand { at: a.as_ptr(), row_stride: self.k, col_stride: 1 };
        for first in columns.clone().step_by(K::COLUMNS) {
            let width = K::COLUMNS.min(columns.end - first);
            // A strip's sums lie where C would begin if it had these columns alone.
            let c = sums.as_mut_ptr().wrapping_sub(first);
            let strip = Gemm { m: kept.count, a, c, c_stride: WIDEST, epilogue: Epilogue::None, ..*self };
            // SAFETY: the rows are those of `a` and `sums`; then a row after the other of C, which has no others.
            unsafe {
                if kept.count > 0 {
                    strip.strip::<K>(0..kept.count, first, width, pack);
                }
                let mut left = numbers.iter().zip(sums.chunks_exact(WIDEST)).peekable();
                for (at, row) in rows.clone().enumerate() {
                    match left.next_if(|(kept, _)| usize::from(**kept) == at) {
                        Some((_, sums)) => {
                            self.finish_sums::<K>((row, 1), (first, width), (sums.as_ptr(), WIDEST))
                        }
                        None => self.c.add(row * self.c_stride + first).write_bytes(0, width),
                    }
                }
            }
        }
    }
}

/// Whether there is nothing but zeros; a NaN is something.
fn is_zero(numbers: &[f32]) -> bool {
    let (blocks, rest) = numbers.as_chunks::<16>();
    let any = |block: &[f32; 16]| block.iter().fold(0, |bits, x| bits | x.to_bits() << 1) != 0;
    !blocks.iter().any(any) && rest.iter().all(|x| *x == 0.0)
}
