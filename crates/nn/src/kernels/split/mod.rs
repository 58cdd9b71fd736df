//! Matrix products in bf16 parts: both factors are split and packed into tiles, and tiles are multiplied.
//!
//! A tile holds sixteen rows of A, or sixteen columns of B, over a depth of thirty-two, in 1 KiB. Blocks of thirty-two
//! by thirty-two numbers of C are summed over the whole depth, by AMX or by code that gives the same bits, and then go
//! through the same epilogues as float32 products. What a number of C is does not depend on the block it falls into.

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(all(test, target_os = "linux", target_arch = "x86_64", not(miri)))]
mod emulator;
mod pack;
mod plain;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod vector;

use super::product::{Gemm, PANEL};
use super::tile::{Kernel, PlainKernel};
use crate::isa::Isa;
use crate::precision::{Numerics, Precision, Tiles};
use std::ops::Range;

#[cfg(target_arch = "x86_64")]
pub use amx::tile_products;

/// No tiles here.
#[cfg(not(target_arch = "x86_64"))]
pub fn tile_products(_rounds: u64) -> Option<u64> {
    None
}

/// Rows of A, or columns of B, in a tile.
const SIDE: usize = 16;
/// Depth of a tile.
const DEPTH: usize = 32;
/// Words of 32 bits in a tile, each with two numbers: of depth d and d + 16.
const TILE: usize = SIDE * DEPTH / 2;
/// Rows and columns of a block of C.
const BLOCK: usize = 2 * SIDE;
/// Rows of A that are packed at a time.
const ROWS: usize = 64;

impl Tiles {
    /// AMX where the processor and the operating system have it, beside AVX-512.
    pub fn best(isa: Isa) -> Tiles {
        #[cfg(target_arch = "x86_64")]
        if isa == Isa::Avx512 && amx::is_available() {
            return Tiles::Amx;
        }
        let _ = isa;
        Tiles::Vectors
    }
}

impl Numerics {
    /// The best of this processor that the process may use, at `precision`.
    pub fn best(precision: Precision) -> Numerics {
        let isa = Isa::best();
        Numerics { isa, precision, tiles: Tiles::best(isa) }
    }
}

/// A block's factors, and where its sums go.
#[derive(Debug, Clone, Copy)]
struct Block {
    /// The tiles of its first and second sixteen rows: for each step of depth, one for each part.
    a: [*const u32; 2],
    /// The same of its columns.
    b: [*const u32; 2],
    /// Steps of depth.
    steps: usize,
    /// Rows that are wanted.
    rows: usize,
    /// BLOCK rows of BLOCK numbers.
    sums: *mut f32,
}

/// Words of memory for the parts of a second factor of `n` columns and depth `k`.
pub(crate) fn packed_len(precision: Precision, n: usize, k: usize) -> usize {
    n.next_multiple_of(BLOCK) / SIDE * side_len(precision, k)
}

/// Words a thread needs beside that.
pub(crate) fn scratch_len(precision: Precision, k: usize) -> usize {
    ROWS / SIDE * side_len(precision, k) + BLOCK * BLOCK
}

/// Words of one row or column of tiles.
fn side_len(precision: Precision, k: usize) -> usize {
    k.div_ceil(DEPTH) * precision.parts() * TILE
}

/// Memory of one thread for one product.
#[derive(Debug)]
pub(crate) struct Scratch<'a> {
    /// The parts of the second factor, [`packed_len`].
    pub packed: &'a mut [f32],
    /// Whether they are there already.
    pub is_packed: bool,
    /// [`scratch_len`] more.
    pub rest: &'a mut [f32],
}

impl Gemm {
    /// Computes rows `rows` of the column panels `panels` in parts.
    ///
    /// # Safety
    /// As [`Gemm::run`]; this processor must have what `numerics` names; where `is_packed`, the scratch must have seen
    /// these panels of the same B.
    pub(crate) unsafe fn run_split(
        &self,
        numerics: Numerics,
        rows: Range<usize>,
        panels: Range<usize>,
        scratch: &mut Scratch<'_>,
    ) {
        let columns = panels.start * PANEL..self.n.min(panels.end * PANEL);
        // SAFETY: the caller's promises are passed on unchanged.
        unsafe {
            if !scratch.is_packed {
                self.pack_columns(numerics, columns.clone(), scratch.packed);
            }
            #[cfg(target_arch = "x86_64")]
            let _tiles = (numerics.tiles == Tiles::Amx).then(|| amx::Configured::new());
            match numerics.isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512 => {
                    self.split_blocks::<super::tile_asm::Kernel512>(numerics, rows, columns, scratch)
                }
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2 => {
                    self.split_blocks::<super::tile_asm::Kernel256>(numerics, rows, columns, scratch)
                }
                _ => self.split_blocks::<PlainKernel>(numerics, rows, columns, scratch),
            }
        }
    }

    /// # Safety
    /// As [`Gemm::run_split`].
    unsafe fn pack_columns(&self, numerics: Numerics, columns: Range<usize>, packed: &mut [f32]) {
        let len = side_len(numerics.precision, self.k);
        let firsts = columns.start..columns.end.next_multiple_of(BLOCK);
        for first in firsts.step_by(SIDE) {
            let source = pack::Source {
                matrix: self.b,
                across: (self.b.col_stride, first, self.n.saturating_sub(first).min(SIDE)),
                along: (self.b.row_stride, self.k),
                words_run: pack::Run::Across,
            };
            let out = &mut packed[first / SIDE * len..][..len];
            // SAFETY: the columns lie within B.
            unsafe { pack::side(numerics, &source, out) };
        }
    }

    /// # Safety
    /// As [`Gemm::run_split`].
    unsafe fn pack_rows(&self, numerics: Numerics, rows: Range<usize>, packed: &mut [f32]) {
        let len = side_len(numerics.precision, self.k);
        for (first, out) in (rows.start..).step_by(SIDE).zip(packed.chunks_exact_mut(len)) {
            // Whatever lies in a block's tile beyond them is multiplied, perhaps, and not taken.
            if first >= rows.end {
                break;
            }
            let source = pack::Source {
                matrix: self.a,
                across: (self.a.row_stride, first, rows.end.saturating_sub(first).min(SIDE)),
                along: (self.a.col_stride, self.k),
                words_run: pack::Run::Along,
            };
            // SAFETY: the rows lie within A.
            unsafe { pack::side(numerics, &source, out) };
        }
    }

    /// # Safety
    /// As [`Gemm::run_split`], and the processor must run `K`.
    unsafe fn split_blocks<K: Kernel>(
        &self,
        numerics: Numerics,
        rows: Range<usize>,
        columns: Range<usize>,
        scratch: &mut Scratch<'_>,
    ) {
        let len = side_len(numerics.precision, self.k);
        let (packed_rows, sums) = scratch.rest.split_at_mut(ROWS / SIDE * len);
        let side = |packed: &[f32], at: usize| packed[at / SIDE * len..][..len].as_ptr().cast::<u32>();
        for from in rows.clone().step_by(ROWS) {
            let own = from..rows.end.min(from + ROWS);
            // SAFETY: the rows lie within C, and so do the blocks.
            unsafe {
                self.pack_rows(numerics, own.clone(), packed_rows);
                for first in columns.clone().step_by(BLOCK) {
                    let b = [side(scratch.packed, first), side(scratch.packed, first + SIDE)];
                    for low in own.clone().step_by(BLOCK) {
                        let at = low - from;
                        let a = [side(packed_rows, at), side(packed_rows, at + SIDE)];
                        let steps = self.k.div_ceil(DEPTH);
                        let rows = BLOCK.min(own.end - low);
                        multiply(numerics, &Block { a, b, steps, rows, sums: sums.as_mut_ptr() });
                        self.finish_block::<K>(low..low + rows, first, columns.end, sums);
                    }
                }
            }
        }
    }

    /// Takes a block's sums through the epilogue to C.
    ///
    /// # Safety
    /// As [`Gemm::split_blocks`].
    unsafe fn finish_block<K: Kernel>(&self, rows: Range<usize>, first: usize, end: usize, sums: &[f32]) {
        for from in (first..end.min(first + BLOCK)).step_by(K::COLUMNS) {
            let width = K::COLUMNS.min(end - from);
            for row in rows.clone().step_by(K::ROWS) {
                let begun = sums[(row - rows.start) * BLOCK + from - first..].as_ptr();
                let height = K::ROWS.min(rows.end - row);
                // SAFETY: the rows and columns lie within C, the sums within the block.
                unsafe { self.finish_sums::<K>((row, height), (from, width), (begun, BLOCK)) };
            }
        }
    }
}

/// Computes a block's sums.
///
/// # Safety
/// The block's memory must be there, this processor must have what `numerics` names, and its tiles must be configured.
unsafe fn multiply(numerics: Numerics, block: &Block) {
    // SAFETY: as the caller says.
    unsafe {
        match (numerics.isa, numerics.tiles) {
            #[cfg(target_arch = "x86_64")]
            (_, Tiles::Amx) => amx::multiply(numerics.precision, block),
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx512, _) => vector::multiply(numerics.precision, block),
            #[cfg(target_arch = "x86_64")]
            (Isa::Avx2, _) => plain::multiply_avx2(numerics.precision, block),
            _ => plain::multiply(numerics.precision, block),
        }
    }
}
