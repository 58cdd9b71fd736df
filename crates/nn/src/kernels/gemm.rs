//! Matrix products with fused epilogues: C = f(A B + bias) or C = (A B) * f'(Y).
//!
//! C is computed in blocks of rows, so that their part of A stays in cache while B passes by, and a block in tiles
//! that stay in registers over the whole depth. A is read in place, and so is B where its rows can be loaded; where
//! they cannot, columns of B are packed into a scratch first. Every number of C is one chain of multiply-adds over k
//! in order, whatever the block, the tile, the thread or the vector width it falls into.

use super::Isa;
use super::aligned::LINE;
use super::pack;
use super::tile::{Finish, Kernel, PlainKernel, Tile};
use crate::ops::Act;
use std::ops::Range;

/// Columns of C that one thread takes at a time.
pub(crate) const PANEL: usize = 32;
/// Depth of packed columns; deeper products go through C once per part.
const DEPTH: usize = 512;
/// Rows of C computed together: their part of A stays in cache while B passes by.
pub(super) const ROWS: usize = 256;
/// Rows from which on loads of B across cache lines cost more than packing.
const MANY: usize = 32;
/// Depth below which packing costs more than it saves.
const SHALLOW: usize = 8;
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
    /// Its number in row `row` and column `col`.
    ///
    /// # Safety
    /// It must be one of the matrix.
    pub(super) unsafe fn at(&self, row: usize, col: usize) -> *const f32 {
        // SAFETY: within the matrix, as the caller says.
        unsafe { self.at.add(row * self.row_stride + col * self.col_stride) }
    }

    /// Whether a row's numbers can be loaded LINE at a time, none of them across cache lines.
    fn in_lines(&self) -> bool {
        (self.at as usize).is_multiple_of(4 * LINE) && self.row_stride.is_multiple_of(LINE)
    }
}

/// What happens to a finished number of C before it leaves its register.
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

    /// Computes rows `rows` of the column panels `panels`.
    ///
    /// # Safety
    /// The operands must cover their shapes, nobody else may touch that part of C meanwhile, C must not
    /// overlap A, B, the bias or `y`, `isa` must be one this processor has, and `pack` must hold
    /// [`PACK_LEN`] numbers.
    pub(crate) unsafe fn run(&self, isa: Isa, rows: Range<usize>, panels: Range<usize>, pack: &mut [f32]) {
        debug_assert!(pack.len() >= PACK_LEN && rows.end <= self.m && panels.end <= self.panels());
        let columns = panels.start * PANEL..self.n.min(panels.end * PANEL);
        // SAFETY: the caller's promises are passed on unchanged.
        unsafe {
            match isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512 if columns.len() <= super::thin::COLUMNS => {
                    super::thin::avx512(self, rows, columns)
                }
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 if columns.len() <= super::thin::COLUMNS => super::thin::avx2(self, rows, columns),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512 => self.blocks::<super::tile_asm::Kernel512>(rows, columns, pack),
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => self.blocks::<super::tile_asm::Kernel256>(rows, columns, pack),
                _ => self.blocks::<PlainKernel>(rows, columns, pack),
            }
        }
    }

    /// # Safety
    /// As [`Gemm::run`], and the processor must run `K`.
    unsafe fn blocks<K: Kernel>(&self, rows: Range<usize>, columns: Range<usize>, pack: &mut [f32]) {
        for from in rows.clone().step_by(ROWS) {
            let block = from..rows.end.min(from + ROWS);
            // SAFETY: the block lies within C, and its rows within A.
            unsafe {
                if let Some(kept) = self.kept(block.clone(), pack.len()) {
                    self.kept_rows::<K>(block, &kept, columns.clone(), pack);
                    continue;
                }
                if K::TURN_A && self.worth_turning(columns.len() / K::COLUMNS, pack.len()) {
                    self.turned_rows::<K>(block, columns.clone(), pack);
                    continue;
                }
            }
            for first in columns.clone().step_by(K::COLUMNS) {
                let width = K::COLUMNS.min(columns.end - first);
                // SAFETY: the block lies within C.
                unsafe { self.strip::<K>(block.clone(), first, width, pack) };
            }
        }
    }

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
            // SAFETY: the tile lies within C.
            let c = unsafe { self.c.add(row * self.c_stride + first) };
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
