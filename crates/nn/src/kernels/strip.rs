//! Strips of a product: the columns of one tile's width, over a block of rows, tile below tile.

use super::pack;
use super::product::{DEPTH, Epilogue, Gemm, Operand};
use super::tile::{Finish, Kernel, Tile};
use std::ops::Range;

/// Rows from which on loads of B across cache lines cost more than packing.
const MANY: usize = 32;
/// Depth below which packing costs more than it saves.
const SHALLOW: usize = 8;

impl Gemm {
    /// Rows `rows` of the `width` columns from `first` on.
    ///
    /// # Safety
    /// As [`Gemm::blocks`].
    pub(super) unsafe fn strip<K: Kernel>(
        &self,
        rows: Range<usize>,
        first: usize,
        width: usize,
        pack: &mut [f32],
    ) {
        let in_place = self.b.col_stride == 1 && width == K::COLUMNS;
        // SAFETY: the columns lie within B, and a register read in place lies within one of its rows.
        unsafe {
            let shallow = self.k < SHALLOW;
            if in_place && (rows.len() < MANY || shallow || K::IN_PLACE && self.b.in_lines()) {
                let b = (self.b.at(0, first), self.b.row_stride);
                return self.tiles::<K>(rows, first, width, 0..self.k, b);
            }
            for from in (0..self.k.max(1)).step_by(DEPTH) {
                let depth = from..self.k.min(from + DEPTH);
                let part = Operand { at: self.b.at(from, first), ..self.b };
                pack::columns::<K>(part, depth.len(), width, pack);
                self.tiles::<K>(rows.clone(), first, width, depth, (pack.as_ptr(), K::COLUMNS));
            }
        }
    }

    /// A strip's part of depth `depth`, where B is at `b.0`, in rows of `b.1`.
    ///
    /// # Safety
    /// As [`Gemm::blocks`]; `b` must be readable K::COLUMNS wide over the whole depth.
    unsafe fn tiles<K: Kernel>(
        &self,
        rows: Range<usize>,
        first: usize,
        width: usize,
        depth: Range<usize>,
        b: (*const f32, usize),
    ) {
        // Tiles of nearly equal height: a low one at the end would not keep the multipliers busy.
        let count = rows.len().div_ceil(K::ROWS).max(1);
        let at = |tile: usize| rows.start + rows.len() * tile / count;
        for tile in 0..count {
            let row = at(tile);
            // Wrapping: C may begin outside of its memory, where it has these columns alone.
            let c = self.c.wrapping_add(row * self.c_stride + first);
            // SAFETY: the tile lies within C, its row of A, B and the epilogue's arrays within theirs.
            unsafe {
                K::tile(
                    at(tile + 1) - row,
                    &Tile {
                        a: self.a.at(row, depth.start),
                        a_row: self.a.row_stride,
                        a_col: self.a.col_stride,
                        b: b.0,
                        b_row: b.1,
                        depth: depth.len(),
                        c,
                        c_row: self.c_stride,
                        width,
                        begun: (depth.start > 0).then_some((c.cast_const(), self.c_stride)),
                        finish: if depth.end < self.k { Finish::Later } else { self.finish(row, first) },
                    },
                );
            }
        }
    }

    /// Takes sums that are there already, of `rows` and `columns` (the first, and how many, at most a tile), through the
    /// epilogue to C; `sums` is the first of them, and the distance between rows.
    ///
    /// # Safety
    /// As [`Gemm::blocks`]; the sums must be readable.
    pub(super) unsafe fn finish_sums<K: Kernel>(
        &self,
        rows: (usize, usize),
        columns: (usize, usize),
        sums: (*const f32, usize),
    ) {
        let ((row, height), (first, width)) = (rows, columns);
        // SAFETY: the tile lies within C and the epilogue's arrays; at depth zero neither A nor B is read.
        unsafe {
            let tile = Tile {
                a: sums.0,
                a_row: 0,
                a_col: 0,
                b: sums.0,
                b_row: 0,
                depth: 0,
                c: self.c.add(row * self.c_stride + first),
                c_row: self.c_stride,
                width,
                begun: Some(sums),
                finish: self.finish(row, first),
            };
            K::tile(height, &tile);
        }
    }

    /// The epilogue as seen from row `row` and column `first`.
    ///
    /// # Safety
    /// They must lie within C.
    unsafe fn finish(&self, row: usize, first: usize) -> Finish {
        // SAFETY: the bias and `y` cover the columns of C.
        unsafe {
            match self.epilogue {
                Epilogue::None => Finish::Later,
                Epilogue::Forward { bias, act } => Finish::Forward { bias: bias.add(first), act },
                Epilogue::Slope { y, stride, act } => {
                    Finish::Slope { y: y.add(row * stride + first), stride, act }
                }
            }
        }
    }
}
