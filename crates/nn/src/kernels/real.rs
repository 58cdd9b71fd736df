//! The arguments that elementary functions are written for: a number, a register of them, or a few registers side by
//! side.
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
    /// `yes` where self is above zero, else `no`.
    fn choose(self, yes: Self, no: Self) -> Self;
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
    fn choose(self, yes: f32, no: f32) -> f32 {
        if self > 0.0 { yes } else { no }
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
    fn choose(self, yes: Self, no: Self) -> Self {
        each_part!(self, part, at => part.choose(yes[at], no[at]))
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Real;
    use std::arch::x86_64::*;

    /// Operations that both widths do by instructions of like names; `$more` are the others.
    macro_rules! real {
        ($ty:ty, $splat:ident, $fused:ident, $add:ident, $mul:ident, $div:ident, $max:ident, $shift:ident, $to_bits:ident, $from_bits:ident, { $($more:tt)* }) => {
            // SAFETY of every block: only functions compiled for this instruction set use this type.
            impl Real for $ty {
                #[inline(always)]
                fn splat(x: f32) -> Self {
                    // SAFETY: as above.
                    unsafe { $splat(x) }
                }

                #[inline(always)]
                fn fused(self, b: Self, c: Self) -> Self {
                    // SAFETY: as above.
                    unsafe { $fused(self, b, c) }
                }

                #[inline(always)]
                fn plus(self, b: Self) -> Self {
                    // SAFETY: as above.
                    unsafe { $add(self, b) }
                }

                #[inline(always)]
                fn times(self, b: Self) -> Self {
                    // SAFETY: as above.
                    unsafe { $mul(self, b) }
                }

                #[inline(always)]
                fn over(self, b: Self) -> Self {
                    // SAFETY: as above.
                    unsafe { $div(self, b) }
                }

                #[inline(always)]
                fn at_least(self, low: f32) -> Self {
                    // The instruction gives its second operand where one is NaN.
                    // SAFETY: as above.
                    unsafe { $max($splat(low), self) }
                }

                #[inline(always)]
                fn exponent_from_last_bits(self) -> Self {
                    // SAFETY: as above.
                    unsafe { $from_bits($shift::<23>($to_bits(self))) }
                }

                $($more)*
            }
        };
    }

    real!(
        __m512,
        _mm512_set1_ps,
        _mm512_fmadd_ps,
        _mm512_add_ps,
        _mm512_mul_ps,
        _mm512_div_ps,
        _mm512_max_ps,
        _mm512_slli_epi32,
        _mm512_castps_si512,
        _mm512_castsi512_ps,
        {
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
            fn choose(self, yes: Self, no: Self) -> Self {
                // SAFETY: as above.
                unsafe {
                    let above = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self, _mm512_setzero_ps());
                    _mm512_mask_mov_ps(no, above, yes)
                }
            }
        }
    );
    real!(
        __m256,
        _mm256_set1_ps,
        _mm256_fmadd_ps,
        _mm256_add_ps,
        _mm256_mul_ps,
        _mm256_div_ps,
        _mm256_max_ps,
        _mm256_slli_epi32,
        _mm256_castps_si256,
        _mm256_castsi256_ps,
        {
            #[inline(always)]
            fn absolute(self) -> Self {
                // SAFETY: as above.
                unsafe { _mm256_andnot_ps(_mm256_set1_ps(-0.0), self) }
            }

            #[inline(always)]
            fn signed_as(self, sign: Self) -> Self {
                // SAFETY: as above.
                unsafe {
                    let mask = _mm256_set1_ps(-0.0);
                    _mm256_or_ps(_mm256_and_ps(mask, sign), _mm256_andnot_ps(mask, self))
                }
            }

            #[inline(always)]
            fn choose(self, yes: Self, no: Self) -> Self {
                // SAFETY: as above.
                unsafe { _mm256_blendv_ps(no, yes, _mm256_cmp_ps::<_CMP_GT_OQ>(self, _mm256_setzero_ps())) }
            }
        }
    );
}
