//! Tile products in AVX-512: the arithmetic of AMX, to the bit, on processors without it.
//!
//! AMX takes subnormal numbers for zero and gives none. Vector instructions do the same while the control register says
//! so, and that may only be while no code of the compiler's runs: hence assembly.

use super::{BLOCK, Block, SIDE, TILE};
use crate::precision::Precision;
use std::arch::asm;

/// Rows multiplied at a time.
const HEIGHT: usize = 4;
/// The usual control, and subnormal numbers taken and given as zero.
const FLUSHING: u32 = 0x1f80 | 0x8040;

/// # Safety
/// The block's memory must be there, and the processor must have AVX-512.
pub(super) unsafe fn multiply(precision: Precision, block: &Block) {
    // SAFETY: the block has so many sums; a side has a tile for each part of each step, and a tile SIDE rows.
    unsafe {
        block.sums.write_bytes(0, BLOCK * BLOCK);
        for step in 0..block.steps {
            for &(part_a, part_b) in precision.products() {
                let tile = |side: *const u32, part: usize| side.add((step * precision.parts() + part) * TILE);
                let b = block.b.map(|side| tile(side, part_b));
                for row in (0..block.rows).step_by(HEIGHT) {
                    let a = tile(block.a[row / SIDE], part_a).add(row % SIDE * SIDE);
                    add_products(a, b, block.sums.add(row * BLOCK));
                }
            }
        }
    }
}

/// Zeroes the sums of a row: low and high halves of words, for each tile of B.
macro_rules! clear {
    ($($sum:literal)*) => { concat!($("vpxord ", $sum, ", ", $sum, ", ", $sum, "\n",)*) };
}
/// A row's word, in its halves, times the halves of B.
macro_rules! row {
    ($at:literal, $low0:literal $low1:literal $high0:literal $high1:literal) => {
        concat!(
            "vpbroadcastd zmm21, dword ptr [{a} + ",
            $at,
            "]\n",
            "vpslld zmm20, zmm21, 16\n",
            "vpandd zmm21, zmm21, zmm22\n",
            "vfmadd231ps ",
            $low0,
            ", zmm20, zmm16\n",
            "vfmadd231ps ",
            $low1,
            ", zmm20, zmm18\n",
            "vfmadd231ps ",
            $high0,
            ", zmm21, zmm17\n",
            "vfmadd231ps ",
            $high1,
            ", zmm21, zmm19\n",
        )
    };
}
/// Adds a row's sums to what there is.
macro_rules! add {
    ($at:literal, $low0:literal $low1:literal $high0:literal $high1:literal) => {
        concat!(
            "vaddps ",
            $low0,
            ", ",
            $low0,
            ", ",
            $high0,
            "\n",
            "vaddps ",
            $low1,
            ", ",
            $low1,
            ", ",
            $high1,
            "\n",
            "vaddps ",
            $low0,
            ", ",
            $low0,
            ", [{sums} + ",
            $at,
            "]\n",
            "vaddps ",
            $low1,
            ", ",
            $low1,
            ", [{sums} + 64 + ",
            $at,
            "]\n",
            "vmovups [{sums} + ",
            $at,
            "], ",
            $low0,
            "\n",
            "vmovups [{sums} + 64 + ",
            $at,
            "], ",
            $low1,
            "\n",
        )
    };
}

/// Adds to four rows of sums four rows of a tile times two tiles.
///
/// # Safety
/// They must be there, and the processor must have AVX-512.
#[inline(always)]
unsafe fn add_products(a: *const u32, b: [*const u32; 2], sums: *mut f32) {
    let mut control = 0u32;
    // SAFETY: as the caller says; the control register is put back.
    unsafe {
        asm!(
            "stmxcsr [{control}]",
            "ldmxcsr [{flushing}]",
            "vpternlogd zmm22, zmm22, zmm22, 255",
            "vpslld zmm22, zmm22, 16",
            clear!("zmm0" "zmm1" "zmm2" "zmm3" "zmm4" "zmm5" "zmm6" "zmm7"),
            clear!("zmm8" "zmm9" "zmm10" "zmm11" "zmm12" "zmm13" "zmm14" "zmm15"),
            "2:",
            "vmovdqu32 zmm17, [{b0}]",
            "vmovdqu32 zmm19, [{b1}]",
            "vpslld zmm16, zmm17, 16",
            "vpslld zmm18, zmm19, 16",
            "vpandd zmm17, zmm17, zmm22",
            "vpandd zmm19, zmm19, zmm22",
            row!("0", "zmm0" "zmm1" "zmm2" "zmm3"),
            row!("64", "zmm4" "zmm5" "zmm6" "zmm7"),
            row!("128", "zmm8" "zmm9" "zmm10" "zmm11"),
            row!("192", "zmm12" "zmm13" "zmm14" "zmm15"),
            "add {a}, 4",
            "add {b0}, 64",
            "add {b1}, 64",
            "dec {left}",
            "jnz 2b",
            add!("0", "zmm0" "zmm1" "zmm2" "zmm3"),
            add!("128", "zmm4" "zmm5" "zmm6" "zmm7"),
            add!("256", "zmm8" "zmm9" "zmm10" "zmm11"),
            add!("384", "zmm12" "zmm13" "zmm14" "zmm15"),
            "ldmxcsr [{control}]",
            control = in(reg) &mut control,
            flushing = in(reg) &FLUSHING,
            a = inout(reg) a => _,
            b0 = inout(reg) b[0] => _,
            b1 = inout(reg) b[1] => _,
            left = inout(reg) SIDE => _,
            sums = in(reg) sums,
            out("zmm0") _, out("zmm1") _, out("zmm2") _, out("zmm3") _, out("zmm4") _, out("zmm5") _,
            out("zmm6") _, out("zmm7") _, out("zmm8") _, out("zmm9") _, out("zmm10") _, out("zmm11") _,
            out("zmm12") _, out("zmm13") _, out("zmm14") _, out("zmm15") _, out("zmm16") _, out("zmm17") _,
            out("zmm18") _, out("zmm19") _, out("zmm20") _, out("zmm21") _, out("zmm22") _,
            options(nostack),
        );
    }
}
