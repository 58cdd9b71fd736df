//! Tiles whose inner loop is assembly, for AVX-512 and AVX2: written once, over the kind of register.
//!
//! Compilers keep sums in memory here: their array's address is needed where a tile ends, and every multiply-add is then
//! followed by a store. In AVX-512 twenty-eight sums, two registers of B and one number of A leave one register of
//! thirty-two free, in AVX2 twelve sums leave one of sixteen. A row's address is one base plus an odd multiple of the
//! stride, doubled or not, so that nothing is added to it on the way.

use super::lanes::Lanes;
use super::math;
use super::real::Real;
use super::rows::slope_at;
use super::tile::{Finish, Kernel, Tile, begin, end};
use super::turn;
use crate::op::Act;
use std::arch::asm;
use std::arch::x86_64::{__m256, __m512};

/// 512-bit registers, thirty-two of them.
pub(super) struct Kernel512;

impl Kernel for Kernel512 {
    const COLUMNS: usize = 32;
    const ROWS: usize = 14;

    unsafe fn tile(rows: usize, tile: &Tile) {
        // SAFETY: as the caller says.
        unsafe {
            if tile.width > 16 {
                wide512::tile(rows, tile);
            } else {
                narrow512::tile(rows, tile);
            }
        }
    }

    unsafe fn turn(from: (*const f32, usize), depth: usize, width: usize, length: usize, to: &mut [f32]) {
        // SAFETY: as the caller says.
        unsafe { turn::into_rows_512(from, depth, width, length, to) }
    }
}

/// 256-bit registers, sixteen of them.
pub(super) struct Kernel256;

impl Kernel for Kernel256 {
    const COLUMNS: usize = 16;
    const ROWS: usize = 6;
    // A row of so few columns is one line: of a matrix of many columns each would lie in a page of its own.
    const IN_PLACE: bool = false;
    const TURN_A: bool = true;

    unsafe fn tile(rows: usize, tile: &Tile) {
        // SAFETY: as the caller says.
        unsafe {
            if tile.width > 8 {
                wide256::tile(rows, tile);
            } else {
                narrow256::tile(rows, tile);
            }
        }
    }

    unsafe fn turn(from: (*const f32, usize), depth: usize, width: usize, length: usize, to: &mut [f32]) {
        // SAFETY: as the caller says.
        unsafe { turn::into_rows_256(from, depth, width, length, to) }
    }
}

/// The inner loop over the depth. `$row` is (its number, its address in A, the names of its sums).
macro_rules! multiply {
    ($register:ident $V:ty, $tile:ident, $sums:ident, [$($b:ident $offset:literal),*], $(($i:literal $at:literal $($v:literal $sum:ident $with:ident),*))*) => {{
        let (row, col) = (4 * $tile.a_row, 4 * $tile.a_col);
        asm!(
            ".p2align 6",
            "2:",
            $(concat!("vmovups {", stringify!($b), "}, [{b} + ", $offset, "]"),)*
            $(
                concat!("vbroadcastss {x}, dword ptr [{a}", $at, "]"),
                $(concat!("vfmadd231ps {", stringify!($sum), "}, {", stringify!($with), "}, {x}"),)*
            )*
            // The next columns of this row of B, or the next rows of packed ones, which the first tile there would
            // otherwise wait for.
            "prefetcht1 [{b} + 128]",
            "prefetcht1 [{b} + 192]",
            "add {a}, {a_col}",
            "add {b}, {b_row}",
            "dec {left}",
            "jnz 2b",
            // Low tiles leave some of these out.
            "/* {row} {row3} {row5} {row7} {row9} {row11} {row13} */",
            a = inout(reg) $tile.a => _,
            b = inout(reg) $tile.b => _,
            left = inout(reg) $tile.depth => _,
            a_col = in(reg) col,
            b_row = in(reg) 4 * $tile.b_row,
            row = in(reg) row,
            row3 = in(reg) 3 * row,
            row5 = in(reg) 5 * row,
            row7 = in(reg) 7 * row,
            row9 = in(reg) 9 * row,
            row11 = in(reg) 11 * row,
            row13 = in(reg) 13 * row,
            // Inputs only so that they have a type.
            $($b = inout($register) <$V>::splat(0.0) => _,)*
            x = inout($register) <$V>::splat(0.0) => _,
            $($($sum = inout($register) $sums[$i][$v],)*)*
            options(nostack, readonly),
        );
    }};
}

/// The sums so far of a plain tile.
macro_rules! go_on {
    ($V:ty, $begun:ident, $stride:ident, $sums:ident, $(($i:literal $at:literal $($v:literal $sum:ident $with:ident),*))*) => {{
        $($($sums[$i][$v] = <$V>::load($begun.add($i * $stride + $v * <$V>::WIDTH));)*)*
    }};
}

/// The end of a plain tile, sum by sum: in a loop over an array they would go through memory.
macro_rules! finish {
    ($V:ty, $tile:ident, $sums:ident, $(($i:literal $at:literal $($v:literal $sum:ident $with:ident),*))*) => {{
        macro_rules! each {
            ($x:ident, $row:ident, $from:ident => $f:expr) => {{
                $($({
                    let ($x, $row, $from) = ($sums[$i][$v], $i, $v * <$V>::WIDTH);
                    let to = $tile.c.add($row * $tile.c_row + $from);
                    $f.store(to);
                })*)*
            }};
        }
        match $tile.finish {
            Finish::Forward { bias, act: Act::Elu } => {
                $({
                    // The registers of a row side by side.
                    let row = math::elu([$($sums[$i][$v].plus(<$V>::load(bias.add($v * <$V>::WIDTH)))),*]);
                    $(row[$v].store($tile.c.add($i * $tile.c_row + $v * <$V>::WIDTH));)*
                })*
            }
            Finish::Forward { bias, act: Act::Relu } => {
                each!(x, _row, from => x.plus(<$V>::load(bias.add(from))).at_least(0.0))
            }
            Finish::Forward { bias, .. } => {
                each!(x, _row, from => x.plus(<$V>::load(bias.add(from))))
            }
            Finish::Slope { y, stride, act: Act::Elu } => {
                each!(x, row, from => x.times(slope_at(Act::Elu, <$V>::load(y.add(row * stride + from)))))
            }
            Finish::Slope { y, stride, .. } => {
                each!(x, row, from => x.times(slope_at(Act::Relu, <$V>::load(y.add(row * stride + from)))))
            }
            Finish::Later => each!(x, _row, _from => x),
        }
    }};
}

/// Defines `tile` for every height from the rows of the highest.
macro_rules! heights {
    ($features:literal, $register:ident $V:ty, $n:literal, $b:tt, $($row:tt)*) => {
        /// # Safety
        /// See `Kernel::tile`; the processor must have the features.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn tile(rows: usize, tile: &Tile) {
            debug_assert!(rows >= 1);
            heights!(@ $register $V, rows tile $n $b 1 2 3 4 5 6 7 8 9 10 11 12 13 14; []; $($row)*);
        }
    };
    (@ $register:ident $V:ty, $rows:ident $tile:ident $n:literal $b:tt $($higher:literal)*; $done:tt;) => {};
    (@ $register:ident $V:ty, $rows:ident $tile:ident $n:literal $b:tt $height:literal $($higher:literal)*; [$($done:tt)*]; $row:tt $($more:tt)*) => {
        if $rows == $height {
            // SAFETY: the sums of a tile of this height and width; at depth zero they stay as they begin.
            unsafe {
                if $tile.is_plain($n * <$V>::WIDTH) {
                    let mut sums = [[<$V>::splat(0.0); $n]; $height];
                    if let Some((begun, stride)) = $tile.begun {
                        go_on!($V, begun, stride, sums, $($done)* $row);
                    }
                    if $tile.depth > 0 {
                        multiply!($register $V, $tile, sums, $b, $($done)* $row);
                    }
                    return finish!($V, $tile, sums, $($done)* $row);
                }
                let mut sums = begin::<$V, $height, $n>($tile);
                if $tile.depth > 0 {
                    multiply!($register $V, $tile, sums, $b, $($done)* $row);
                }
                return end($tile, sums);
            }
        }
        heights!(@ $register $V, $rows $tile $n $b $($higher)*; [$($done)* $row]; $($more)*);
    };
}

/// Two registers of AVX-512.
mod wide512 {
    use super::*;

    heights!("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma", zmm_reg __m512, 2, [b0 0, b1 64],
        (0 "" 0 s0 b0, 1 t0 b1)
        (1 " + {row}" 0 s1 b0, 1 t1 b1)
        (2 " + 2*{row}" 0 s2 b0, 1 t2 b1)
        (3 " + {row3}" 0 s3 b0, 1 t3 b1)
        (4 " + 4*{row}" 0 s4 b0, 1 t4 b1)
        (5 " + {row5}" 0 s5 b0, 1 t5 b1)
        (6 " + 2*{row3}" 0 s6 b0, 1 t6 b1)
        (7 " + {row7}" 0 s7 b0, 1 t7 b1)
        (8 " + 8*{row}" 0 s8 b0, 1 t8 b1)
        (9 " + {row9}" 0 s9 b0, 1 t9 b1)
        (10 " + 2*{row5}" 0 s10 b0, 1 t10 b1)
        (11 " + {row11}" 0 s11 b0, 1 t11 b1)
        (12 " + 4*{row3}" 0 s12 b0, 1 t12 b1)
        (13 " + {row13}" 0 s13 b0, 1 t13 b1)
    );
}

/// One register of AVX-512.
mod narrow512 {
    use super::*;

    heights!("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma", zmm_reg __m512, 1, [b0 0],
        (0 "" 0 s0 b0)
        (1 " + {row}" 0 s1 b0)
        (2 " + 2*{row}" 0 s2 b0)
        (3 " + {row3}" 0 s3 b0)
        (4 " + 4*{row}" 0 s4 b0)
        (5 " + {row5}" 0 s5 b0)
        (6 " + 2*{row3}" 0 s6 b0)
        (7 " + {row7}" 0 s7 b0)
        (8 " + 8*{row}" 0 s8 b0)
        (9 " + {row9}" 0 s9 b0)
        (10 " + 2*{row5}" 0 s10 b0)
        (11 " + {row11}" 0 s11 b0)
        (12 " + 4*{row3}" 0 s12 b0)
        (13 " + {row13}" 0 s13 b0)
    );
}

/// Two registers of AVX2.
mod wide256 {
    use super::*;

    heights!("avx2,fma", ymm_reg __m256, 2, [b0 0, b1 32],
        (0 "" 0 s0 b0, 1 t0 b1)
        (1 " + {row}" 0 s1 b0, 1 t1 b1)
        (2 " + 2*{row}" 0 s2 b0, 1 t2 b1)
        (3 " + {row3}" 0 s3 b0, 1 t3 b1)
        (4 " + 4*{row}" 0 s4 b0, 1 t4 b1)
        (5 " + {row5}" 0 s5 b0, 1 t5 b1)
    );
}

/// One register of AVX2.
mod narrow256 {
    use super::*;

    heights!("avx2,fma", ymm_reg __m256, 1, [b0 0],
        (0 "" 0 s0 b0)
        (1 " + {row}" 0 s1 b0)
        (2 " + 2*{row}" 0 s2 b0)
        (3 " + {row3}" 0 s3 b0)
        (4 " + 4*{row}" 0 s4 b0)
        (5 " + {row5}" 0 s5 b0)
    );
}
