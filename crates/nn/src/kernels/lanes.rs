//! Vectors of f32: a register of AVX-512 or of AVX2, a plain array, or two of them for one twice as wide.

// Indices count registers and memory at once.
#![allow(clippy::needless_range_loop)]

use super::real::Real;

/// A register of `WIDTH` numbers.
pub(super) trait Lanes: Real {
    /// Numbers in a register, at most [`WIDEST`].
    const WIDTH: usize;
    /// # Safety
    /// `from` must be valid for reading `WIDTH` numbers, and the processor must have the instruction set.
    unsafe fn load(from: *const f32) -> Self;
    /// # Safety
    /// `to` must be valid for writing `WIDTH` numbers, and the processor must have the instruction set.
    unsafe fn store(self, to: *mut f32);
    /// The first `count` numbers of a register, the rest zero.
    ///
    /// # Safety
    /// As [`Lanes::load`], for `count` numbers, at most `WIDTH`.
    unsafe fn load_some(from: *const f32, count: usize) -> Self;
    /// Stores the first `count` numbers.
    ///
    /// # Safety
    /// As [`Lanes::store`], for `count` numbers, at most `WIDTH`.
    unsafe fn store_some(self, to: *mut f32, count: usize);
    /// self * b + acc, as products of matrices add their terms: fused where there is an instruction for it.
    fn mul_add(self, b: Self, acc: Self) -> Self;
    /// Its first `count` numbers, at most `WIDTH`, the rest zero.
    #[inline(always)]
    fn first(self, count: usize) -> Self {
        const { assert!(Self::WIDTH <= WIDEST) };
        let mut numbers = [0.0; WIDEST];
        // SAFETY: no register is wider, and the caller runs on a processor with the instruction set.
        unsafe {
            self.store(numbers.as_mut_ptr());
            Self::load_some(numbers.as_ptr(), count)
        }
    }
    /// The numbers of a register added, its upper half to its lower until one is left.
    fn total(self) -> f32;
}

/// Numbers of the widest register.
pub(super) const WIDEST: usize = 16;

/// Without any instruction set.
impl Lanes for f32 {
    const WIDTH: usize = 1;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> f32 {
        // SAFETY: as the caller says.
        unsafe { from.read() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: as the caller says.
        unsafe { to.write(self) }
    }

    #[inline(always)]
    unsafe fn load_some(from: *const f32, count: usize) -> f32 {
        // SAFETY: as the caller says.
        if count > 0 { unsafe { from.read() } } else { 0.0 }
    }

    #[inline(always)]
    unsafe fn store_some(self, to: *mut f32, count: usize) {
        if count > 0 {
            // SAFETY: as the caller says.
            unsafe { to.write(self) }
        }
    }

    #[inline(always)]
    fn mul_add(self, b: f32, acc: f32) -> f32 {
        // Without the instruction, a fused multiply-add is a slow library call.
        if cfg!(target_arch = "aarch64") { f32::mul_add(self, b, acc) } else { self * b + acc }
    }

    #[inline(always)]
    fn total(self) -> f32 {
        self
    }
}

/// N registers side by side as a wider one; N is a power of two.
impl<T: Lanes, const N: usize> Lanes for [T; N] {
    const WIDTH: usize = N * T::WIDTH;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        let mut parts = [T::splat(0.0); N];
        for i in 0..N {
            // SAFETY: as the caller says.
            parts[i] = unsafe { T::load(from.add(i * T::WIDTH)) };
        }
        parts
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        for i in 0..N {
            // SAFETY: as the caller says.
            unsafe { self[i].store(to.add(i * T::WIDTH)) };
        }
    }

    #[inline(always)]
    unsafe fn load_some(from: *const f32, count: usize) -> Self {
        let mut parts = [T::splat(0.0); N];
        for i in 0..N {
            let skip = (i * T::WIDTH).min(count);
            // SAFETY: as the caller says; a part has no more than what is left.
            parts[i] = unsafe { T::load_some(from.add(skip), (count - skip).min(T::WIDTH)) };
        }
        parts
    }

    #[inline(always)]
    unsafe fn store_some(self, to: *mut f32, count: usize) {
        for i in 0..N {
            let skip = (i * T::WIDTH).min(count);
            // SAFETY: as the caller says; a part has no more than what is left.
            unsafe { self[i].store_some(to.add(skip), (count - skip).min(T::WIDTH)) };
        }
    }

    #[inline(always)]
    fn mul_add(self, b: Self, acc: Self) -> Self {
        let mut parts = acc;
        for i in 0..N {
            parts[i] = self[i].mul_add(b[i], acc[i]);
        }
        parts
    }

    #[inline(always)]
    fn total(self) -> f32 {
        let (mut parts, mut left) = (self, N);
        while left > 1 {
            left /= 2;
            for i in 0..left {
                parts[i] = parts[i].plus(parts[i + left]);
            }
        }
        parts[0].total()
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Lanes, WIDEST};
    use crate::kernels::real::Real;
    use std::arch::x86_64::*;

    /// Ones, then zeros: the mask of the first n numbers of eight begins eight before the n-th.
    const EDGE: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

    /// The bits of the first `count` of sixteen numbers.
    #[inline(always)]
    fn bits(count: usize) -> u16 {
        debug_assert!(count <= WIDEST);
        ((1u32 << count) - 1) as u16
    }

    /// A mask of the first `count` of eight numbers.
    #[inline(always)]
    fn mask(count: usize) -> __m256i {
        debug_assert!(count <= 8);
        // SAFETY: eight numbers from 8 - count on lie within the sixteen; only functions compiled for AVX2 come here.
        unsafe { _mm256_loadu_si256(EDGE.as_ptr().add(8 - count.min(8)).cast()) }
    }

    // SAFETY of every block here: the caller vouches for the memory, and that the processor has the instructions.
    impl Lanes for __m512 {
        const WIDTH: usize = 16;

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: as above.
            unsafe { _mm512_loadu_ps(from) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: as above.
            unsafe { _mm512_storeu_ps(to, self) }
        }

        #[inline(always)]
        unsafe fn load_some(from: *const f32, count: usize) -> Self {
            // SAFETY: masked numbers are not read; as above.
            unsafe { _mm512_maskz_loadu_ps(bits(count), from) }
        }

        #[inline(always)]
        unsafe fn store_some(self, to: *mut f32, count: usize) {
            // SAFETY: masked numbers are not written; as above.
            unsafe { _mm512_mask_storeu_ps(to, bits(count), self) }
        }

        #[inline(always)]
        fn mul_add(self, b: Self, acc: Self) -> Self {
            self.fused(b, acc)
        }

        #[inline(always)]
        fn total(self) -> f32 {
            // SAFETY: as above.
            unsafe {
                let x = _mm512_add_ps(self, _mm512_shuffle_f32x4::<0b11_10>(self, self));
                let x = _mm512_add_ps(x, _mm512_shuffle_f32x4::<0b01>(x, x));
                let x = _mm512_add_ps(x, _mm512_permute_ps::<0b11_10>(x));
                _mm512_cvtss_f32(_mm512_add_ps(x, _mm512_permute_ps::<0b01>(x)))
            }
        }
    }

    // SAFETY of every block here: as for AVX-512.
    impl Lanes for __m256 {
        const WIDTH: usize = 8;

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: as above.
            unsafe { _mm256_loadu_ps(from) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: as above.
            unsafe { _mm256_storeu_ps(to, self) }
        }

        #[inline(always)]
        unsafe fn load_some(from: *const f32, count: usize) -> Self {
            // SAFETY: masked numbers are not read; as above.
            unsafe { _mm256_maskload_ps(from, mask(count)) }
        }

        #[inline(always)]
        unsafe fn store_some(self, to: *mut f32, count: usize) {
            // SAFETY: masked numbers are not written; as above.
            unsafe { _mm256_maskstore_ps(to, mask(count), self) }
        }

        #[inline(always)]
        fn mul_add(self, b: Self, acc: Self) -> Self {
            self.fused(b, acc)
        }

        #[inline(always)]
        fn total(self) -> f32 {
            // SAFETY: as above.
            unsafe {
                let x = _mm_add_ps(_mm256_castps256_ps128(self), _mm256_extractf128_ps::<1>(self));
                let x = _mm_add_ps(x, _mm_movehl_ps(x, x));
                _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)))
            }
        }
    }
}
