//! Squares of numbers turned in the registers of AVX-512: for packing, and for products of few columns.

use std::arch::x86_64::{
    __m512, _mm512_castpd_ps, _mm512_castps_pd, _mm512_loadu_ps, _mm512_maskz_loadu_ps, _mm512_setzero_ps,
    _mm512_shuffle_f32x4, _mm512_storeu_ps, _mm512_unpackhi_pd, _mm512_unpackhi_ps, _mm512_unpacklo_pd,
    _mm512_unpacklo_ps,
};

/// Numbers of a register.
const WIDTH: usize = 16;

/// Squares of sixteen by sixteen numbers, turned in registers.
///
/// # Safety
/// `width` columns of `depth` numbers, `stride` apart, must be readable; the processor must have AVX-512.
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
pub(super) unsafe fn transpose(b: *const f32, stride: usize, depth: usize, width: usize, pack: &mut [f32]) {
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
