//! Matrix products with fused epilogues: C = f(A B + bias) or C = (A B) * f'(Y).
//!
//! C is computed in blocks of rows, so that their part of A stays in cache while B passes by, and a block in tiles
//! that stay in registers over the whole depth. A is read in place, and so is B where its rows can be loaded; where
//! they cannot, columns of B are packed into a scratch first. Every number of C is one chain of multiply-adds over k
//! in order, whatever the block, the tile, the thread or the vector width it falls into.

use super::product::{Gemm, PACK_LEN, PANEL, ROWS};
use super::tile::{Kernel, PlainKernel};
use crate::isa::Isa;
use std::ops::Range;

impl Gemm {
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
}
