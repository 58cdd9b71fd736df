//! Tile products on AMX: eight tile registers, four of them sums of a block of thirty-two by thirty-two.

use super::Block;
use crate::precision::Precision;
use std::arch::asm;
use std::arch::x86_64::{__cpuid, __cpuid_count};
use std::sync::OnceLock;

/// Whether the processor has tiles of bf16, and the operating system lets this process use them.
pub(super) fn is_available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| {
        const BF16_AND_TILES: u32 = 1 << 22 | 1 << 24;
        // SAFETY: every x86-64 processor has the instruction, and the leaf is one it says it has. Newer compilers
        // know.
        #[allow(unused_unsafe)]
        let flags = unsafe { if __cpuid(0).eax < 7 { 0 } else { __cpuid_count(7, 0).edx } };
        flags & BF16_AND_TILES == BF16_AND_TILES && permitted()
    })
}

/// Asks the kernel to keep this process's tiles when it switches between processes; all threads share the answer.
#[cfg(target_os = "linux")]
fn permitted() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XFEATURE_XTILEDATA: libc::c_long = 18;
    // SAFETY: a request that reads and writes no memory.
    unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0 }
}

/// Other systems have no such request, or one that was not tried.
#[cfg(not(target_os = "linux"))]
fn permitted() -> bool {
    false
}

/// Tile registers in use on this thread: all eight have sixteen rows of sixty-four bytes.
pub(super) struct Configured(());

impl Configured {
    /// # Safety
    /// The processor must have AMX, and the process the permission.
    pub(super) unsafe fn new() -> Self {
        #[repr(C, align(64))]
        struct Config {
            palette: u8,
            start_row: u8,
            reserved: [u8; 14],
            row_bytes: [u16; 16],
            rows: [u8; 16],
        }
        let (mut row_bytes, mut rows) = ([0; 16], [0; 16]);
        row_bytes[..8].fill(64);
        rows[..8].fill(16);
        let config = Config { palette: 1, start_row: 0, reserved: [0; 14], row_bytes, rows };
        // SAFETY: as the caller says; the sixty-four bytes are a valid configuration.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &config, options(nostack, readonly)) };
        Configured(())
    }
}

impl Drop for Configured {
    fn drop(&mut self) {
        // SAFETY: there is a configuration, hence the instruction.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }
}

/// A block's products over its depth, one after the other: `load` brings tiles of a part, `multiply` adds to the sums.
macro_rules! products {
    ($block:ident, $step:literal, $($line:tt)*) => {
        asm!(
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "test {left}, {left}",
            "jz 3f",
            "2:",
            products!(@ $($line)*),
            concat!("add {a0}, ", $step),
            concat!("add {a1}, ", $step),
            concat!("add {b0}, ", $step),
            concat!("add {b1}, ", $step),
            "dec {left}",
            "jnz 2b",
            "3:",
            "tilestored [{sums} + {sums_row}], tmm0",
            "tilestored [{sums} + {sums_row} + 64], tmm1",
            "tilestored [{sums} + {sums_row} + 2048], tmm2",
            "tilestored [{sums} + {sums_row} + 2112], tmm3",
            a0 = inout(reg) $block.a[0] => _,
            a1 = inout(reg) $block.a[1] => _,
            b0 = inout(reg) $block.b[0] => _,
            b1 = inout(reg) $block.b[1] => _,
            left = inout(reg) $block.steps => _,
            row = in(reg) 64usize,
            sums = in(reg) $block.sums,
            sums_row = in(reg) 128usize,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        )
    };
    (@ $($what:ident $($at:literal)?),*) => { concat!($(products!(= $what $($at)?)),*) };
    (= load_a $at:literal) => {
        concat!("tileloadd tmm4, [{a0} + {row} + ", $at, "]\ntileloadd tmm5, [{a1} + {row} + ", $at, "]\n")
    };
    (= load_b $at:literal) => {
        concat!("tileloadd tmm6, [{b0} + {row} + ", $at, "]\ntileloadd tmm7, [{b1} + {row} + ", $at, "]\n")
    };
    (= multiply) => {
        "tdpbf16ps tmm0, tmm4, tmm6\ntdpbf16ps tmm1, tmm4, tmm7\n\
         tdpbf16ps tmm2, tmm5, tmm6\ntdpbf16ps tmm3, tmm5, tmm7\n"
    };
}

/// The order is that of [`Precision::products`]; a tile of a part is 1024 bytes.
///
/// # Safety
/// The block's memory must be there, and the tiles must be configured.
pub(super) unsafe fn multiply(precision: Precision, block: &Block) {
    // SAFETY: as the caller says.
    unsafe {
        match precision {
            Precision::F32 => {}
            Precision::F32x6 => products!(
                block, "3072",
                load_a "2048", load_b "0", multiply,
                load_a "1024", load_b "1024", multiply,
                load_a "0", load_b "2048", multiply,
                load_b "1024", multiply,
                load_a "1024", load_b "0", multiply,
                load_a "0", multiply
            ),
            Precision::Bf16x3 => products!(
                block, "2048",
                load_a "1024", load_b "0", multiply,
                load_a "0", load_b "1024", multiply,
                load_b "0", multiply
            ),
            Precision::Bf16 => products!(block, "1024", load_a "0", load_b "0", multiply),
        }
    }
}

/// Multiplies tiles `rounds` times six with registers alone, and gives how many floating-point operations that was:
/// divided by the time it took, the rate that no product in parts can exceed. None where there is no AMX.
pub fn tile_products(rounds: u64) -> Option<u64> {
    // SAFETY: checked first.
    (is_available() && rounds > 0).then(|| unsafe { chains(rounds) })
}

/// # Safety
/// The processor must have AMX, and the process the permission.
pub(super) unsafe fn chains(rounds: u64) -> u64 {
    // SAFETY: as the caller says.
    unsafe {
        let _tiles = Configured::new();
        asm!(
            "tilezero tmm6",
            "tilezero tmm7",
            "2:",
            "tdpbf16ps tmm0, tmm6, tmm7",
            "tdpbf16ps tmm1, tmm6, tmm7",
            "tdpbf16ps tmm2, tmm6, tmm7",
            "tdpbf16ps tmm3, tmm6, tmm7",
            "tdpbf16ps tmm4, tmm6, tmm7",
            "tdpbf16ps tmm5, tmm6, tmm7",
            "dec {left}",
            "jnz 2b",
            left = inout(reg) rounds => _,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack, nomem),
        );
    }
    rounds * 6 * 2 * (16 * 16 * 32)
}
