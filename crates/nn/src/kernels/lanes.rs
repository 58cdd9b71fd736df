//! Vectors of f32 for the matrix kernel: AVX-512, AVX2, and plain arrays.

/// A register of `WIDTH` numbers.
pub(super) trait Lanes: Copy {
    /// Numbers in a register.
    const WIDTH: usize;
    /// All zero.
    fn zero() -> Self;
    /// All `x`.
    fn splat(x: f32) -> Self;
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
    #[inline(always)]
    unsafe fn load_some(from: *const f32, count: usize) -> Self {
        let mut edge = [0.0f32; 16];
        // SAFETY: the caller vouches for `count` numbers; no register is wider than `edge`.
        unsafe {
            for (i, slot) in edge.iter_mut().enumerate().take(count) {
                *slot = *from.add(i);
            }
            Self::load(edge.as_ptr())
        }
    }
    /// Stores the first `count` numbers.
    ///
    /// # Safety
    /// As [`Lanes::store`], for `count` numbers, at most `WIDTH`.
    #[inline(always)]
    unsafe fn store_some(self, to: *mut f32, count: usize) {
        let mut edge = [0.0f32; 16];
        // SAFETY: as in `load_some`.
        unsafe {
            self.store(edge.as_mut_ptr());
            for (i, number) in edge.iter().enumerate().take(count) {
                *to.add(i) = *number;
            }
        }
    }
    /// self * b + acc.
    fn mul_add(self, b: Self, acc: Self) -> Self;
    /// self + b.
    fn add(self, b: Self) -> Self;
    /// self * b.
    fn mul(self, b: Self) -> Self;
}

/// Eight numbers without any instruction set.
#[derive(Clone, Copy)]
pub(super) struct Plain([f32; 8]);

impl Lanes for Plain {
    const WIDTH: usize = 8;

    #[inline(always)]
    fn zero() -> Self {
        Plain([0.0; 8])
    }

    #[inline(always)]
    fn splat(x: f32) -> Self {
        Plain([x; 8])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for eight readable numbers.
        Plain(unsafe { from.cast::<[f32; 8]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for eight writable numbers.
        unsafe { to.cast::<[f32; 8]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    fn mul_add(self, b: Self, acc: Self) -> Self {
        Plain(std::array::from_fn(|i| {
            // Without the instruction, a fused multiply-add is a slow library call.
            if cfg!(target_arch = "aarch64") {
                self.0[i].mul_add(b.0[i], acc.0[i])
            } else {
                self.0[i] * b.0[i] + acc.0[i]
            }
        }))
    }

    #[inline(always)]
    fn add(self, b: Self) -> Self {
        Plain(std::array::from_fn(|i| self.0[i] + b.0[i]))
    }

    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        Plain(std::array::from_fn(|i| self.0[i] * b.0[i]))
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Lanes;
    use std::arch::x86_64::{
        __m256, __m512, _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_mul_ps, _mm256_set1_ps,
        _mm256_setzero_ps, _mm256_storeu_ps, _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps,
        _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_mul_ps, _mm512_set1_ps, _mm512_setzero_ps,
        _mm512_storeu_ps,
    };

    /// Ones for the first `count` of sixteen numbers.
    #[inline(always)]
    fn mask(count: usize) -> u16 {
        ((1u32 << count) - 1) as u16
    }

    macro_rules! lanes {
        ({ $($more:tt)* } $ty:ty, $width:literal, $zero:ident, $splat:ident, $load:ident, $store:ident, $fma:ident, $add:ident, $mul:ident) => {
            impl Lanes for $ty {
                const WIDTH: usize = $width;

                #[inline(always)]
                fn zero() -> Self {
                    // SAFETY: only the tile kernels compiled for this instruction set use this type.
                    unsafe { $zero() }
                }

                #[inline(always)]
                fn splat(x: f32) -> Self {
                    // SAFETY: as above.
                    unsafe { $splat(x) }
                }

                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: the caller vouches for the memory; as above for the instruction set.
                    unsafe { $load(from) }
                }

                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    // SAFETY: the caller vouches for the memory; as above for the instruction set.
                    unsafe { $store(to, self) }
                }

                #[inline(always)]
                fn mul_add(self, b: Self, acc: Self) -> Self {
                    // SAFETY: as above.
                    unsafe { $fma(self, b, acc) }
                }

                #[inline(always)]
                fn add(self, b: Self) -> Self {
                    // SAFETY: as above.
                    unsafe { $add(self, b) }
                }

                #[inline(always)]
                fn mul(self, b: Self) -> Self {
                    // SAFETY: as above.
                    unsafe { $mul(self, b) }
                }

                $($more)*
            }
        };
    }
    lanes!(
        {
            #[inline(always)]
            unsafe fn load_some(from: *const f32, count: usize) -> Self {
                // SAFETY: masked numbers are not read; as above for the instruction set.
                unsafe { _mm512_maskz_loadu_ps(mask(count), from) }
            }

            #[inline(always)]
            unsafe fn store_some(self, to: *mut f32, count: usize) {
                // SAFETY: masked numbers are not written; as above for the instruction set.
                unsafe { _mm512_mask_storeu_ps(to, mask(count), self) }
            }
        }
        __m512,
        16,
        _mm512_setzero_ps,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_fmadd_ps,
        _mm512_add_ps,
        _mm512_mul_ps
    );
    lanes!(
        {}
        __m256,
        8,
        _mm256_setzero_ps,
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_fmadd_ps,
        _mm256_add_ps,
        _mm256_mul_ps
    );
}
