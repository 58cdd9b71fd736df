//! Tiles: a few rows of C times a few registers of columns, summed in registers over the depth.

// Indices count registers and memory at once.
#![allow(clippy::needless_range_loop)]

use super::lanes::Lanes;
use super::rows::{activated, slope_at};
use crate::op::Act;

/// Treatment of a tile's numbers before they are stored.
#[derive(Debug, Clone, Copy)]
pub(super) enum Finish {
    /// Nothing, or nothing yet.
    Later,
    /// As `Epilogue::Forward`, from the tile's first column on.
    Forward { bias: *const f32, act: Act },
    /// As `Epilogue::Slope`, from the tile's first number on.
    Slope { y: *const f32, stride: usize, act: Act },
}

/// Where a tile's numbers come from and go to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tile {
    /// Its first row of A, and the distances between rows and columns there.
    pub a: *const f32,
    pub a_row: usize,
    pub a_col: usize,
    /// Its columns of B, readable to a kernel's full width, and the distance between rows.
    pub b: *const f32,
    pub b_row: usize,
    /// Length of the sums.
    pub depth: usize,
    /// Its first number in C, and the distance between rows.
    pub c: *mut f32,
    pub c_row: usize,
    /// Columns that exist.
    pub width: usize,
    /// The sums of what came before in depth, and the distance between rows there.
    pub begun: Option<(*const f32, usize)>,
    pub finish: Finish,
}

impl Tile {
    /// Whether it is a tile as most are: `width` columns wide, and finished as most layers are.
    #[inline(always)]
    pub fn is_plain(&self, width: usize) -> bool {
        let quick = match self.finish {
            Finish::Later => true,
            Finish::Forward { act, .. } => act != Act::Tanh,
            Finish::Slope { act, .. } => matches!(act, Act::Relu | Act::Elu),
        };
        quick && self.width == width
    }
}

/// Code for one instruction set.
pub(super) trait Kernel {
    /// Columns of a tile.
    const COLUMNS: usize;
    /// Most rows of a tile.
    const ROWS: usize;
    /// Whether many rows of C read B where it lies, if its rows lie in cache lines.
    const IN_PLACE: bool = true;
    /// Whether a transposed A is turned before it is multiplied.
    const TURN_A: bool = false;

    /// Computes a tile of `rows` rows, at least one and at most `ROWS`.
    ///
    /// # Safety
    /// The processor must have the instruction set; all that `tile` describes must exist, and its part of C must
    /// be the caller's own.
    unsafe fn tile(rows: usize, tile: &Tile);

    /// Copies `width` columns, contiguous and a stride apart (`from.1`), into `depth` rows of `length` numbers.
    ///
    /// # Safety
    /// The processor must have the instruction set; the columns must be readable.
    unsafe fn turn(from: (*const f32, usize), depth: usize, width: usize, length: usize, to: &mut [f32]) {
        // SAFETY: as the caller says.
        unsafe { transpose(from.0, from.1, depth, width, length, to) }
    }
}

/// The sums a tile begins with.
///
/// # Safety
/// As [`Kernel::tile`].
#[inline(always)]
pub(super) unsafe fn begin<V: Lanes, const R: usize, const N: usize>(tile: &Tile) -> [[V; N]; R] {
    let mut sums = [[V::splat(0.0); N]; R];
    let Some((begun, stride)) = tile.begun else { return sums };
    for i in 0..R {
        for v in 0..N {
            // SAFETY: `some` reads the columns that exist.
            sums[i][v] = unsafe { some(begun.add(i * stride), v, tile.width) };
        }
    }
    sums
}

/// The `v`th register of a row that has `width` numbers.
///
/// # Safety
/// They must be readable.
#[inline(always)]
unsafe fn some<V: Lanes>(row: *const f32, v: usize, width: usize) -> V {
    let from = v * V::WIDTH;
    // SAFETY: no more than `width` numbers of the row are read.
    unsafe {
        if from + V::WIDTH <= width {
            return V::load(row.add(from));
        }
        V::load_some(row.add(from.min(width)), width.saturating_sub(from))
    }
}

/// Finishes the sums and stores them.
///
/// # Safety
/// As [`Kernel::tile`].
#[inline(always)]
pub(super) unsafe fn end<V: Lanes, const R: usize, const N: usize>(tile: &Tile, mut sums: [[V; N]; R]) {
    // SAFETY: the bias, `y` and C have `width` columns.
    unsafe {
        match tile.finish {
            Finish::Later => {}
            Finish::Forward { bias, act } => {
                for v in 0..N {
                    let bias = some::<V>(bias, v, tile.width);
                    for i in 0..R {
                        sums[i][v] = sums[i][v].plus(bias);
                    }
                }
                // One loop an activation: the choice must not sit inside.
                macro_rules! each {
                    ($act:expr) => {
                        for i in 0..R {
                            for v in 0..N {
                                sums[i][v] = activated($act, sums[i][v]);
                            }
                        }
                    };
                }
                match act {
                    Act::Identity => {}
                    Act::Relu => each!(Act::Relu),
                    Act::Elu => each!(Act::Elu),
                    Act::Tanh => each!(Act::Tanh),
                }
            }
            Finish::Slope { y, stride, act } => {
                for i in 0..R {
                    for v in 0..N {
                        let y = some::<V>(y.add(i * stride), v, tile.width);
                        sums[i][v] = sums[i][v].times(slope_at(act, y));
                    }
                }
            }
        }
        for i in 0..R {
            for v in 0..N {
                let (to, from) = (tile.c.add(i * tile.c_row), v * V::WIDTH);
                if from + V::WIDTH <= tile.width {
                    sums[i][v].store(to.add(from));
                } else {
                    sums[i][v].store_some(to.add(from.min(tile.width)), tile.width.saturating_sub(from));
                }
            }
        }
    }
}

/// R rows of N registers, in the compiler's own code.
///
/// # Safety
/// As [`Kernel::tile`].
#[inline(always)]
unsafe fn compiled<V: Lanes, const R: usize, const N: usize>(tile: &Tile) {
    // SAFETY: as the caller says.
    unsafe {
        let mut sums = begin::<V, R, N>(tile);
        // A pointer a row: stepping from row to row instead would be one long chain of additions.
        let a: [*const f32; R] = std::array::from_fn(|i| tile.a.add(i * tile.a_row));
        let (mut at, mut b) = (0, tile.b);
        for _ in 0..tile.depth {
            let mut wide = [V::splat(0.0); N];
            for v in 0..N {
                wide[v] = V::load(b.add(v * V::WIDTH));
            }
            for i in 0..R {
                let x = V::splat(*a[i].add(at));
                for v in 0..N {
                    sums[i][v] = x.mul_add(wide[v], sums[i][v]);
                }
            }
            at += tile.a_col;
            b = b.wrapping_add(tile.b_row);
        }
        end(tile, sums);
    }
}

/// Without any instruction set.
pub(super) struct PlainKernel;

impl Kernel for PlainKernel {
    const COLUMNS: usize = 16;
    const ROWS: usize = 4;

    unsafe fn tile(rows: usize, tile: &Tile) {
        // SAFETY: as the caller says.
        unsafe {
            match rows {
                4 => compiled::<[f32; 8], 4, 2>(tile),
                3 => compiled::<[f32; 8], 3, 2>(tile),
                2 => compiled::<[f32; 8], 2, 2>(tile),
                1 => compiled::<[f32; 8], 1, 2>(tile),
                _ => {}
            }
        }
    }
}

/// Numbers of a column that are copied before the next column's turn.
const RUN: usize = 8;

/// Copies `width` columns, contiguous and `stride` apart, into `depth` rows of `columns` numbers: plain code.
///
/// # Safety
/// `width` columns of `depth` numbers must be readable.
unsafe fn transpose(
    b: *const f32,
    stride: usize,
    depth: usize,
    width: usize,
    columns: usize,
    pack: &mut [f32],
) {
    if width < columns {
        pack.fill(0.0);
    }
    for from in (0..depth).step_by(RUN) {
        for j in 0..width {
            for p in from..depth.min(from + RUN) {
                // SAFETY: `p` < depth and `j` < width.
                pack[p * columns + j] = unsafe { *b.add(j * stride + p) };
            }
        }
    }
}
