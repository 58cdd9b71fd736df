//! Tiles in AVX-512: fourteen rows of two registers, their inner loop in assembly.
//!
//! Twenty-eight sums, two registers of B and one number of A leave one register of thirty-two free; compilers spill
//! some of the sums, or add to every row's address on every round. Here a row's address is one base plus an odd
//! multiple of the stride, doubled or not.

use super::math;
use super::tile::{Finish, Kernel, Tile, begin, end, slope};
use crate::ops::Act;
use std::arch::asm;
use std::arch::x86_64::{
    __m512, _CMP_GT_OQ, _mm512_add_ps, _mm512_castpd_ps, _mm512_castps_pd, _mm512_cmp_ps_mask,
    _mm512_loadu_ps, _mm512_maskz_loadu_ps, _mm512_maskz_mov_ps, _mm512_max_ps, _mm512_mul_ps,
    _mm512_set1_ps, _mm512_setzero_ps, _mm512_shuffle_f32x4, _mm512_storeu_ps, _mm512_unpackhi_pd,
    _mm512_unpackhi_ps, _mm512_unpacklo_pd, _mm512_unpacklo_ps,
};

/// 512-bit registers, thirty-two of them.
pub(super) struct Kernel512;

/// Numbers of a register.
const WIDTH: usize = 16;

impl Kernel for Kernel512 {
    const COLUMNS: usize = 2 * WIDTH;
    const ROWS: usize = 14;

    unsafe fn tile(rows: usize, tile: &Tile) {
        // SAFETY: as the caller says.
        unsafe {
            if tile.width > WIDTH {
                wide::tile(rows, tile);
            } else {
                narrow::tile(rows, tile);
            }
        }
    }

    unsafe fn transpose(b: *const f32, stride: usize, depth: usize, width: usize, pack: &mut [f32]) {
        // SAFETY: as the caller says.
        unsafe { transpose(b, stride, depth, width, pack) }
    }
}

/// The inner loop over the depth. `$row` is (its number, its address in A, the names of its sums).
macro_rules! multiply {
    ($tile:ident, $sums:ident, [$($b:ident $offset:literal),*], $(($i:literal $at:literal $($v:literal $sum:ident $with:ident),*))*) => {{
        let (row, col) = (4 * $tile.a_row, 4 * $tile.a_col);
        asm!(
            ".p2align 6",
            "2:",
            $(concat!("vmovups {", stringify!($b), "}, [{b} + ", $offset, "]"),)*
            $(
                concat!("vbroadcastss {x}, dword ptr [{a}", $at, "]"),
                $(concat!("vfmadd231ps {", stringify!($sum), "}, {", stringify!($with), "}, {x}"),)*
            )*
            // The next columns of this row of B, which the first tile there would otherwise wait for.
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
            $($b = inout(zmm_reg) _mm512_setzero_ps() => _,)*
            x = inout(zmm_reg) _mm512_setzero_ps() => _,
            $($($sum = inout(zmm_reg) $sums[$i][$v],)*)*
            options(nostack, readonly),
        );
    }};
}

/// The sums so far of a plain tile.
macro_rules! go_on {
    ($begun:ident, $stride:ident, $sums:ident, $(($i:literal $at:literal $($v:literal $sum:ident $with:ident),*))*) => {{
        $($($sums[$i][$v] = _mm512_loadu_ps($begun.add($i * $stride + $v * WIDTH));)*)*
    }};
}

/// The end of a plain tile, sum by sum: in a loop over an array they would go through memory.
macro_rules! finish {
    ($tile:ident, $sums:ident, $(($i:literal $at:literal $($v:literal $sum:ident $with:ident),*))*) => {{
        macro_rules! each {
            ($x:ident, $row:ident, $from:ident => $f:expr) => {{
                $($({
                    let ($x, $row, $from) = ($sums[$i][$v], $i, $v * WIDTH);
                    let to = $tile.c.add($row * $tile.c_row + $from);
                    _mm512_storeu_ps(to, $f);
                })*)*
            }};
        }
        match $tile.finish {
            Finish::Forward { bias, act: Act::Relu } => {
                each!(x, _row, from => _mm512_max_ps(_mm512_setzero_ps(), _mm512_add_ps(x, _mm512_loadu_ps(bias.add(from)))))
            }
            Finish::Forward { bias, act: Act::Elu } => {
                $({
                    // The registers of a row side by side.
                    let row = math::elu([$(_mm512_add_ps($sums[$i][$v], _mm512_loadu_ps(bias.add($v * WIDTH)))),*]);
                    $(_mm512_storeu_ps($tile.c.add($i * $tile.c_row + $v * WIDTH), row[$v]);)*
                })*
            }
            Finish::Forward { bias, .. } => {
                each!(x, _row, from => _mm512_add_ps(x, _mm512_loadu_ps(bias.add(from))))
            }
            Finish::Slope { y, stride, act: Act::Elu } => {
                each!(x, row, from => slope(Act::Elu, _mm512_loadu_ps(y.add(row * stride + from)), x))
            }
            Finish::Slope { y, stride, .. } => {
                each!(x, row, from => relu_slope(_mm512_loadu_ps(y.add(row * stride + from)), x))
            }
            Finish::Later => each!(x, _row, _from => x),
        }
    }};
}

/// Defines `tile` for every height from the rows of the highest.
macro_rules! heights {
    ($n:literal, $b:tt, $($row:tt)*) => {
        /// # Safety
        /// See `Kernel::tile`; the processor must have AVX-512.
        #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
        pub(super) unsafe fn tile(rows: usize, tile: &Tile) {
            debug_assert!((1..=14).contains(&rows));
            heights!(@ rows tile $n $b 1 2 3 4 5 6 7 8 9 10 11 12 13 14; []; $($row)*);
        }
    };
    (@ $rows:ident $tile:ident $n:literal $b:tt; $done:tt;) => {};
    (@ $rows:ident $tile:ident $n:literal $b:tt $height:literal $($higher:literal)*; [$($done:tt)*]; $row:tt $($more:tt)*) => {
        if $rows == $height {
            // SAFETY: the sums of a tile of this height and width; at depth zero they stay as they begin.
            unsafe {
                if $tile.is_plain($n * WIDTH) {
                    let mut sums = [[_mm512_setzero_ps(); $n]; $height];
                    if let Some((begun, stride)) = $tile.begun {
                        go_on!(begun, stride, sums, $($done)* $row);
                    }
                    if $tile.depth > 0 {
                        multiply!($tile, sums, $b, $($done)* $row);
                    }
                    return finish!($tile, sums, $($done)* $row);
                }
                let mut sums = begin::<__m512, $height, $n>($tile);
                if $tile.depth > 0 {
                    multiply!($tile, sums, $b, $($done)* $row);
                }
                return end($tile, sums);
            }
        }
        heights!(@ $rows $tile $n $b $($higher)*; [$($done)* $row]; $($more)*);
    };
}

mod wide {
    use super::*;

    heights!(2, [b0 0, b1 64],
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

mod narrow {
    use super::*;

    heights!(1, [b0 0],
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

/// d where y > 0, else d times zero.
#[inline]
#[target_feature(enable = "avx512f")]
fn relu_slope(y: __m512, d: __m512) -> __m512 {
    let above = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(y, _mm512_setzero_ps());
    _mm512_mul_ps(d, _mm512_maskz_mov_ps(above, _mm512_set1_ps(1.0)))
}

/// Squares of sixteen by sixteen numbers, turned in registers.
///
/// # Safety
/// `width` columns of `depth` numbers, `stride` apart, must be readable; the processor must have AVX-512.
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
unsafe fn transpose(b: *const f32, stride: usize, depth: usize, width: usize, pack: &mut [f32]) {
    for (from, rows) in pack[..depth * 2 * WIDTH].chunks_mut(WIDTH * 2 * WIDTH).enumerate() {
        let from = from * WIDTH;
        let count = rows.len() / (2 * WIDTH);
        let mask = (u32::MAX >> (32 - count)) as u16;
        for half in (0..width).step_by(WIDTH) {
            // SAFETY: the mask keeps to the depth, the condition to the width; `half` is 0 or WIDTH.
            unsafe {
                let mut columns = [_mm512_setzero_ps(); WIDTH];
                for (j, column) in columns.iter_mut().enumerate().take(width - half) {
                    *column = _mm512_maskz_loadu_ps(mask, b.add((half + j) * stride + from));
                }
                for (row, turned) in rows.chunks_exact_mut(2 * WIDTH).zip(turned(columns)) {
                    _mm512_storeu_ps(row.as_mut_ptr().add(half), turned);
                }
            }
        }
    }
}

/// Turns a square of 32-bit words in place.
///
/// # Safety
/// The square must be there, and the processor must have AVX-512.
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
pub(super) unsafe fn turn(square: *mut f32) {
    let mut rows = [_mm512_setzero_ps(); WIDTH];
    for (i, row) in rows.iter_mut().enumerate() {
        // SAFETY: as the caller says.
        *row = unsafe { _mm512_loadu_ps(square.add(i * WIDTH)) };
    }
    for (i, row) in turned(rows).into_iter().enumerate() {
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(square.add(i * WIDTH), row) };
    }
}

/// The transpose of a square.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn turned(x: [__m512; WIDTH]) -> [__m512; WIDTH] {
    // Within each quarter of the registers, pairs and then fours of numbers.
    let pairs: [__m512; WIDTH] = std::array::from_fn(|i| {
        let (a, b) = (x[i & !1], x[i | 1]);
        if i % 2 == 0 { _mm512_unpacklo_ps(a, b) } else { _mm512_unpackhi_ps(a, b) }
    });
    // fours[4 g + c]: in quarter q, rows 4 g to 4 g + 3 of column 4 q + c.
    let fours: [__m512; WIDTH] = std::array::from_fn(|i| {
        let (g, c) = (i & !3, i & 3);
        let [a, b] = [pairs[g + c / 2], pairs[g + c / 2 + 2]].map(|x| _mm512_castps_pd(x));
        _mm512_castpd_ps(if c % 2 == 0 { _mm512_unpacklo_pd(a, b) } else { _mm512_unpackhi_pd(a, b) })
    });
    // Then whole quarters.
    let mut rows = [_mm512_setzero_ps(); WIDTH];
    for c in 0..4 {
        let even = |g: usize| _mm512_shuffle_f32x4::<0x88>(fours[4 * g + c], fours[4 * g + 4 + c]);
        let odd = |g: usize| _mm512_shuffle_f32x4::<0xdd>(fours[4 * g + c], fours[4 * g + 4 + c]);
        rows[c] = _mm512_shuffle_f32x4::<0x88>(even(0), even(2));
        rows[c + 4] = _mm512_shuffle_f32x4::<0x88>(odd(0), odd(2));
        rows[c + 8] = _mm512_shuffle_f32x4::<0xdd>(even(0), even(2));
        rows[c + 12] = _mm512_shuffle_f32x4::<0xdd>(odd(0), odd(2));
    }
    rows
}
