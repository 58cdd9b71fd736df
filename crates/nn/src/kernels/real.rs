//! What an elementary function is written for: a number, a register of them, or a few registers side by side.
//!
//! A function is one long chain of dependent instructions. Of chains one after the other a processor has only the
//! nearest in view; of registers side by side it always has as many instructions to choose from as there are registers.

/// A number or several, each on its own. Every operation rounds once, and alike for all that implement it.
pub(super) trait Real: Copy {
    /// All `x`.
    fn splat(x: f32) -> Self;
    /// self * b + c, rounded once.
    fn fused(self, b: Self, c: Self) -> Self;
    /// self + b
    fn plus(self, b: Self) -> Self;
    /// self * b
    fn times(self, b: Self) -> Self;
    /// self / b
    fn over(self, b: Self) -> Self;
    /// The larger of self and `low`; a NaN stays.
    fn at_least(self, low: f32) -> Self;
    /// The number whose exponent is the last eight bits of self, and whose mantissa is 1.
    fn exponent_from_last_bits(self) -> Self;
    /// |self|
    fn absolute(self) -> Self;
    /// |self| with the sign of `sign`.
    fn signed_as(self, sign: Self) -> Self;
    /// self where it is above zero, else `other`.
    fn if_positive(self, other: Self) -> Self;
}

impl Real for f32 {
    #[inline(always)]
    fn splat(x: f32) -> f32 {
        x
    }

    #[inline(always)]
    fn fused(self, b: f32, c: f32) -> f32 {
        self.mul_add(b, c)
    }

    #[inline(always)]
    fn plus(self, b: f32) -> f32 {
        self + b
    }

    #[inline(always)]
    fn times(self, b: f32) -> f32 {
        self * b
    }

    #[inline(always)]
    fn over(self, b: f32) -> f32 {
        self / b
    }

    #[inline(always)]
    fn at_least(self, low: f32) -> f32 {
        // A comparison: `max` would swallow a NaN.
        if self < low { low } else { self }
    }

    #[inline(always)]
    fn exponent_from_last_bits(self) -> f32 {
        f32::from_bits(self.to_bits() << 23)
    }

    #[inline(always)]
    fn absolute(self) -> f32 {
        self.abs()
    }

    #[inline(always)]
    fn signed_as(self, sign: f32) -> f32 {
        self.copysign(sign)
    }

    #[inline(always)]
    fn if_positive(self, other: f32) -> f32 {
        if self > 0.0 { self } else { other }
    }
}

/// Each operation on every part. No closures: they are not compiled for the instruction set of their function.
macro_rules! each_part {
    ($self:ident, $part:ident, $at:ident => $f:expr) => {{
        let mut parts = $self;
        for $at in 0..N {
            let $part = $self[$at];
            parts[$at] = $f;
        }
        parts
    }};
}

impl<T: Real, const N: usize> Real for [T; N] {
    #[inline(always)]
    fn splat(x: f32) -> Self {
        [T::splat(x); N]
    }

    #[inline(always)]
    fn fused(self, b: Self, c: Self) -> Self {
        each_part!(self, part, at => part.fused(b[at], c[at]))
    }

    #[inline(always)]
    fn plus(self, b: Self) -> Self {
        each_part!(self, part, at => part.plus(b[at]))
    }

    #[inline(always)]
    fn times(self, b: Self) -> Self {
        each_part!(self, part, at => part.times(b[at]))
    }

    #[inline(always)]
    fn over(self, b: Self) -> Self {
        each_part!(self, part, at => part.over(b[at]))
    }

    #[inline(always)]
    fn at_least(self, low: f32) -> Self {
        each_part!(self, part, at => part.at_least(low))
    }

    #[inline(always)]
    fn exponent_from_last_bits(self) -> Self {
        each_part!(self, part, at => part.exponent_from_last_bits())
    }

    #[inline(always)]
    fn absolute(self) -> Self {
        each_part!(self, part, at => part.absolute())
    }

    #[inline(always)]
    fn signed_as(self, sign: Self) -> Self {
        each_part!(self, part, at => part.signed_as(sign[at]))
    }

    #[inline(always)]
    fn if_positive(self, other: Self) -> Self {
        each_part!(self, part, at => part.if_positive(other[at]))
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Real;
    use std::arch::x86_64::{
        __m512, _CMP_GT_OQ, _mm512_abs_ps, _mm512_add_ps, _mm512_castps_si512, _mm512_castsi512_ps,
        _mm512_cmp_ps_mask, _mm512_div_ps, _mm512_fmadd_ps, _mm512_mask_mov_ps, _mm512_max_ps, _mm512_mul_ps,
        _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_slli_epi32, _mm512_ternarylogic_epi32,
    };

    // SAFETY of every block: only functions compiled for AVX-512 use this type.
    impl Real for __m512 {
        #[inline(always)]
        fn splat(x: f32) -> Self {
            // SAFETY: as above.
            unsafe { _mm512_set1_ps(x) }
        }

        #[inline(always)]
        fn fused(self, b: Self, c: Self) -> Self {
            // SAFETY: as above.
            unsafe { _mm512_fmadd_ps(self, b, c) }
        }

        #[inline(always)]
        fn plus(self, b: Self) -> Self {
            // SAFETY: as above.
            unsafe { _mm512_add_ps(self, b) }
        }

        #[inline(always)]
        fn times(self, b: Self) -> Self {
            // SAFETY: as above.
            unsafe { _mm512_mul_ps(self, b) }
        }

        #[inline(always)]
        fn over(self, b: Self) -> Self {
            // SAFETY: as above.
            unsafe { _mm512_div_ps(self, b) }
        }

        #[inline(always)]
        fn at_least(self, low: f32) -> Self {
            // The instruction gives its second operand where one is NaN.
            // SAFETY: as above.
            unsafe { _mm512_max_ps(_mm512_set1_ps(low), self) }
        }

        #[inline(always)]
        fn exponent_from_last_bits(self) -> Self {
            // SAFETY: as above.
            unsafe { _mm512_castsi512_ps(_mm512_slli_epi32::<23>(_mm512_castps_si512(self))) }
        }

        #[inline(always)]
        fn absolute(self) -> Self {
            // SAFETY: as above.
            unsafe { _mm512_abs_ps(self) }
        }

        #[inline(always)]
        fn signed_as(self, sign: Self) -> Self {
            // SAFETY: as above. Where the mask is set, the bit of `sign`, else that of self.
            unsafe {
                let mask = _mm512_set1_epi32(i32::MIN);
                let (own, sign) = (_mm512_castps_si512(self), _mm512_castps_si512(sign));
                _mm512_castsi512_ps(_mm512_ternarylogic_epi32::<0xca>(mask, sign, own))
            }
        }

        #[inline(always)]
        fn if_positive(self, other: Self) -> Self {
            // SAFETY: as above.
            unsafe {
                let above = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self, _mm512_setzero_ps());
                _mm512_mask_mov_ps(other, above, self)
            }
        }
    }
}
