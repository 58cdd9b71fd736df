//! Tile products in AVX-512: the arithmetic of AMX, to the bit, on processors without it.
//!
//! AMX takes subnormal numbers for zero and gives none. Vector instructions do the same while the control register says
//! so, and that may only be while no code of the compiler's runs: hence assembly. Changing the register takes as long
//! as hundreds of multiplications: hence loops over the whole depth in it.

use super::{BLOCK, Block, SIDE, TILE};
use crate::precision::Precision;
use std::arch::asm;

/// Rows multiplied at a time.
const HEIGHT: usize = 4;
/// The usual control, and subnormal numbers taken and given as zero.
const FLUSHING: u32 = 0x1f80 | 0x8040;
/// Bytes of a tile.
const BYTES: usize = 4 * TILE;

/// Addresses and counts that the assembly goes through, laid out for it.
#[repr(C)]
struct Walk {
    /// The control register as it was, and as it is meanwhile.
    control: [u32; 2],
    /// Four rows of tiles, and the two tiles of columns beside each other, at the present step of depth.
    a: *const u32,
    b: [*const u32; 2],
    /// Steps left.
    steps: usize,
    /// Bytes from one step to the next.
    stride: usize,
    /// The products of a step: bytes to the parts that are multiplied.
    products: *const [usize; 2],
    end: *const [usize; 2],
}

/// # Safety
/// The block's memory must be there, and the processor must have AVX-512.
pub(super) unsafe fn multiply(precision: Precision, block: &Block) {
    let mut products = [[0; 2]; 6];
    let count = precision.products().len();
    for (bytes, (part_a, part_b)) in products.iter_mut().zip(precision.products()) {
        *bytes = [part_a * BYTES, part_b * BYTES];
    }
    // SAFETY: the block has so many sums; a side has a tile for each part of each step, and a tile SIDE rows.
    unsafe {
        block.sums.write_bytes(0, BLOCK * BLOCK);
        if block.steps == 0 {
            return;
        }
        for row in (0..block.rows).step_by(HEIGHT) {
            let mut walk = Walk {
                control: [0, FLUSHING],
                a: block.a[row / SIDE].add(row % SIDE * SIDE),
                b: block.b,
                steps: block.steps,
                stride: precision.parts() * BYTES,
                products: products.as_ptr(),
                end: products.as_ptr().add(count),
            };
            add_products(&mut walk, block.sums.add(row * BLOCK));
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

/// Adds to four rows of sums four rows of tiles times two tiles, over all steps and products.
///
/// # Safety
/// What `walk` describes and the sums must be there, with at least one step and one product; the processor must have
/// AVX-512.
#[inline(always)]
unsafe fn add_products(walk: &mut Walk, sums: *mut f32) {
    // SAFETY: as the caller says; the control register is put back.
    unsafe {
        asm!(
            "stmxcsr [{walk}]",
            "ldmxcsr [{walk} + 4]",
            "vpternlogd zmm22, zmm22, zmm22, 255",
            "vpslld zmm22, zmm22, 16",
            "3:",
            "mov {product}, [{walk} + 48]",
            "4:",
            "mov {a}, [{walk} + 8]",
            "mov {b0}, [{walk} + 16]",
            "mov {b1}, [{walk} + 24]",
            "add {a}, [{product}]",
            "add {b0}, [{product} + 8]",
            "add {b1}, [{product} + 8]",
            "mov {left}, 16",
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
            "add {product}, 16",
            "cmp {product}, [{walk} + 56]",
            "jne 4b",
            "mov {product}, [{walk} + 40]",
            "add [{walk} + 8], {product}",
            "add [{walk} + 16], {product}",
            "add [{walk} + 24], {product}",
            "dec qword ptr [{walk} + 32]",
            "jnz 3b",
            "ldmxcsr [{walk}]",
            walk = in(reg) walk,
            sums = in(reg) sums,
            a = out(reg) _, b0 = out(reg) _, b1 = out(reg) _, product = out(reg) _, left = out(reg) _,
            out("zmm0") _, out("zmm1") _, out("zmm2") _, out("zmm3") _, out("zmm4") _, out("zmm5") _,
            out("zmm6") _, out("zmm7") _, out("zmm8") _, out("zmm9") _, out("zmm10") _, out("zmm11") _,
            out("zmm12") _, out("zmm13") _, out("zmm14") _, out("zmm15") _, out("zmm16") _, out("zmm17") _,
            out("zmm18") _, out("zmm19") _, out("zmm20") _, out("zmm21") _, out("zmm22") _,
            options(nostack),
        );
    }
}
