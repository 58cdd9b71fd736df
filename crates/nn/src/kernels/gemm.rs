//! Matrix products with fused epilogues: C = f(A B + bias) or C = (A B) * f'(Y).
//!
//! C is computed in blocks of rows. B is packed panel by panel into a scratch that stays in cache; A is read in place.
//! Every number of C is one chain of multiply-adds over k in order, whatever the tile, the thread or the vector width it falls into.

// Indices count registers and memory at once.
#![allow(clippy::needless_range_loop)]

use super::Isa;
use super::lanes::{Lanes, Plain};
use super::rows;
use crate::ops::Act;
use std::ops::Range;

/// Columns of a packed panel: two AVX-512 registers.
pub(crate) const PANEL: usize = 32;
/// Depth of a packed panel; deeper products go through C once per block.
const DEPTH: usize = 512;
/// Rows of C computed together: their part of A stays in cache while B's panels pass by.
const ROWS: usize = 256;
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

/// What happens to a finished number of C while its tile is in cache.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Epilogue {
    /// Nothing.
    None,
    /// Adds a row and applies an activation.
    Forward { bias: Option<*const f32>, act: Act },
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
        // SAFETY: the caller's promises are passed on unchanged.
        unsafe {
            for from in rows.clone().step_by(ROWS) {
                let (block, panels) = (from..rows.end.min(from + ROWS), panels.clone());
                match isa {
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 => avx512(self, block, panels, pack),
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 => avx2(self, block, panels, pack),
                    _ => panels_of::<Plain, 4, 2>(self, block, panels, pack),
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
unsafe fn avx512(gemm: &Gemm, rows: Range<usize>, panels: Range<usize>, pack: &mut [f32]) {
    // SAFETY: see `Gemm::run`.
    unsafe { panels_of::<std::arch::x86_64::__m512, 8, 2>(gemm, rows, panels, pack) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(gemm: &Gemm, rows: Range<usize>, panels: Range<usize>, pack: &mut [f32]) {
    // SAFETY: see `Gemm::run`.
    unsafe { panels_of::<std::arch::x86_64::__m256, 6, 2>(gemm, rows, panels, pack) }
}

/// # Safety
/// As [`Gemm::run`]; inlined into a function compiled for the instruction set of `V`.
#[inline(always)]
unsafe fn panels_of<V: Lanes, const MR: usize, const NV: usize>(
    gemm: &Gemm,
    rows: Range<usize>,
    panels: Range<usize>,
    pack: &mut [f32],
) {
    for panel in panels {
        let first = panel * PANEL;
        let width = PANEL.min(gemm.n - first);
        for depth_from in (0..gemm.k.max(1)).step_by(DEPTH) {
            let depth = depth_from..gemm.k.min(depth_from + DEPTH);
            // SAFETY: the block lies within B, the scratch holds a whole panel.
            unsafe { pack_panel(gemm, first, width, depth.clone(), pack) };
            // A register row covers `step` columns; narrow panels skip the registers they do not fill.
            let step = V::WIDTH * NV;
            for offset in (0..width).step_by(step) {
                let block = Block { column: first + offset, offset, width: step.min(width - offset) };
                // SAFETY: as above.
                unsafe {
                    if block.width > V::WIDTH {
                        rows_of::<V, MR, NV>(gemm, &rows, &depth, block, pack);
                    } else {
                        rows_of::<V, MR, 1>(gemm, &rows, &depth, block, pack);
                    }
                }
            }
        }
        // SAFETY: this part of C is the caller's own.
        unsafe { finish(gemm, &rows, first, width) };
    }
}

/// Some columns of C: the first, its place in the packed panel, and how many.
#[derive(Clone, Copy)]
struct Block {
    column: usize,
    offset: usize,
    width: usize,
}

/// Copies B[depth, first..first+width] into rows of PANEL numbers, filled up with zeros.
#[inline(always)]
unsafe fn pack_panel(gemm: &Gemm, first: usize, width: usize, depth: Range<usize>, pack: &mut [f32]) {
    let b = gemm.b;
    // SAFETY: `first + j` < n and `p` < k, so every address lies within B.
    let at = |p: usize, j: usize| unsafe { *b.at.add(p * b.row_stride + (first + j) * b.col_stride) };
    if b.col_stride == 1 {
        for (row, p) in pack.chunks_exact_mut(PANEL).zip(depth) {
            for (j, slot) in row[..width].iter_mut().enumerate() {
                *slot = at(p, j);
            }
            row[width..].fill(0.0);
        }
        return;
    }
    // A transposed B is read along its contiguous side, a few rows of the panel at a time.
    for from in depth.clone().step_by(8) {
        let to = depth.end.min(from + 8);
        let base = (from - depth.start) * PANEL;
        for j in 0..width {
            for p in from..to {
                pack[base + (p - from) * PANEL + j] = at(p, j);
            }
        }
    }
    if width < PANEL {
        for row in pack.chunks_exact_mut(PANEL).take(depth.len()) {
            row[width..].fill(0.0);
        }
    }
}

#[inline(always)]
unsafe fn rows_of<V: Lanes, const MR: usize, const NV: usize>(
    gemm: &Gemm,
    rows: &Range<usize>,
    depth: &Range<usize>,
    block: Block,
    pack: &[f32],
) {
    let mut row = rows.start;
    // SAFETY: see `Gemm::run`.
    unsafe {
        while row + MR <= rows.end {
            tile::<V, MR, NV>(gemm, row, depth, block, pack);
            row += MR;
        }
        while row + 2 <= rows.end {
            tile::<V, 2, NV>(gemm, row, depth, block, pack);
            row += 2;
        }
        if row < rows.end {
            tile::<V, 1, NV>(gemm, row, depth, block, pack);
        }
    }
}

/// MR rows of one block, kept in registers over the whole depth.
#[inline(always)]
unsafe fn tile<V: Lanes, const MR: usize, const NV: usize>(
    gemm: &Gemm,
    row: usize,
    depth: &Range<usize>,
    block: Block,
    pack: &[f32],
) {
    let whole = block.width == V::WIDTH * NV;
    let mut edge = [[0.0f32; PANEL]; MR];
    // SAFETY: rows `row..row + MR` and the block's columns lie within C; `edge` stands in where a register
    // would reach beyond; the packed panel is PANEL wide and as deep as `depth`.
    unsafe {
        let c = gemm.c.add(row * gemm.c_stride + block.column);
        let mut sums = [[V::zero(); NV]; MR];
        if depth.start > 0 {
            for i in 0..MR {
                for j in 0..block.width {
                    edge[i][j] = *c.add(i * gemm.c_stride + j);
                }
                for v in 0..NV {
                    sums[i][v] = V::load(edge[i].as_ptr().add(v * V::WIDTH));
                }
            }
        }
        // A pointer a row: stepping from row to row instead would be one long chain of additions.
        let first = gemm.a.at.add(row * gemm.a.row_stride + depth.start * gemm.a.col_stride);
        let a: [*const f32; MR] = std::array::from_fn(|i| first.add(i * gemm.a.row_stride));
        let mut b = pack.as_ptr().add(block.offset);
        let mut at = 0;
        for _ in 0..depth.len() {
            let wide: [V; NV] = std::array::from_fn(|v| V::load(b.add(v * V::WIDTH)));
            for i in 0..MR {
                let x = V::splat(*a[i].add(at));
                for v in 0..NV {
                    sums[i][v] = x.mul_add(wide[v], sums[i][v]);
                }
            }
            at += gemm.a.col_stride;
            b = b.add(PANEL);
        }
        for i in 0..MR {
            for v in 0..NV {
                let to = if whole { c.add(i * gemm.c_stride) } else { edge[i].as_mut_ptr() };
                sums[i][v].store(to.add(v * V::WIDTH));
            }
            if !whole {
                std::ptr::copy_nonoverlapping(edge[i].as_ptr(), c.add(i * gemm.c_stride), block.width);
            }
        }
    }
}

/// Applies the epilogue to a finished panel.
#[inline(always)]
unsafe fn finish(gemm: &Gemm, rows: &Range<usize>, first: usize, width: usize) {
    if matches!(gemm.epilogue, Epilogue::None) {
        return;
    }
    for row in rows.clone() {
        // SAFETY: the row segment lies within C and is the caller's own; bias and `y` cover the same columns.
        unsafe {
            let c = std::slice::from_raw_parts_mut(gemm.c.add(row * gemm.c_stride + first), width);
            match gemm.epilogue {
                Epilogue::None => {}
                Epilogue::Forward { bias, act } => {
                    if let Some(bias) = bias {
                        rows::add(std::slice::from_raw_parts(bias.add(first), width), c);
                    }
                    rows::activate(act, c);
                }
                Epilogue::Slope { y, stride, act } => {
                    rows::slope(act, std::slice::from_raw_parts(y.add(row * stride + first), width), c);
                }
            }
        }
    }
}
