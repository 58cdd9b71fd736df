//! The kernels: the only place of the crate, beside the executor, where `unsafe` is allowed.
#![allow(unsafe_code)]

mod aligned;
mod gemm;
mod kept;
mod lanes;
mod layer_norm;
pub(crate) mod math;
mod pack;
mod peak;
mod product;
mod real;
pub(crate) mod rows;
pub(crate) mod split;
mod strip;
pub(crate) mod sweep;
#[cfg(target_arch = "x86_64")]
mod tanh_norm;
#[cfg(target_arch = "x86_64")]
mod thin;
mod tile;
#[cfg(target_arch = "x86_64")]
mod tile_asm;
#[cfg(target_arch = "x86_64")]
mod turn;
mod turned;

pub(crate) use crate::isa::Isa;
pub(crate) use aligned::{Aligned, LINE};

pub(crate) use kept::kept_len;
pub(crate) use layer_norm::layer_norm;
pub use peak::multiply_adds;
pub(crate) use product::{Epilogue, Gemm, Operand, PACK_LEN};
pub use split::tile_products;
pub(crate) use turned::turned_len;

/// Asks the processor to have `numbers` in cache soon; does nothing where it cannot be asked.
pub fn prefetch(numbers: &[f32]) {
    numbers.chunks(LINE).for_each(|line| soon(line.as_ptr()));
}

/// Asks for the cache line at `at`, which need not exist.
#[inline(always)]
pub(crate) fn soon(at: *const f32) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a hint without effect on memory; every x86-64 processor has the instruction.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(at.cast());
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = at;
}

/// Compiles the body of a safe function once per instruction set, so that the compiler vectorises it for
/// each, and adds `isa` as the first argument to choose among them.
macro_rules! per_isa {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        $vis fn $name(isa: $crate::isa::Isa, $($arg: $ty),*) {
            #[inline(always)]
            fn body($($arg: $ty),*) $body
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
            fn avx512($($arg: $ty),*) { body($($arg),*) }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($arg: $ty),*) { body($($arg),*) }
            match isa {
                // SAFETY: `Isa::detect` gives these values only where the processor has the features.
                #[cfg(target_arch = "x86_64")]
                $crate::isa::Isa::Avx512 => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::isa::Isa::Avx2 => unsafe { avx2($($arg),*) },
                _ => body($($arg),*),
            }
        }
    };
}
pub(crate) use per_isa;
