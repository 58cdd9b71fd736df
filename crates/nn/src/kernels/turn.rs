//! Squares of numbers turned in registers: for packing, and for products of few columns.

use super::lanes::Lanes;
use std::arch::x86_64::*;

/// Registers that make a square of their own width.
pub(super) trait Turn: Lanes {
    /// As many registers as one has numbers.
    type Square: Copy + AsRef<[Self]> + AsMut<[Self]>;
    /// A square of zeros.
    fn blank() -> Self::Square;
    /// The transpose; the processor must have the instruction set.
    fn turned(square: Self::Square) -> Self::Square;
}

impl Turn for __m512 {
    type Square = [__m512; 16];

    #[inline(always)]
    fn blank() -> Self::Square {
        // SAFETY: only functions compiled for this instruction set use this type.
        unsafe { [_mm512_setzero_ps(); 16] }
    }

    #[inline(always)]
    fn turned(x: Self::Square) -> Self::Square {
        // SAFETY: as above.
        unsafe { sixteen(x) }
    }
}

impl Turn for __m256 {
    type Square = [__m256; 8];

    #[inline(always)]
    fn blank() -> Self::Square {
        // SAFETY: only functions compiled for this instruction set use this type.
        unsafe { [_mm256_setzero_ps(); 8] }
    }

    #[inline(always)]
    fn turned(x: Self::Square) -> Self::Square {
        // SAFETY: as above.
        unsafe { eight(x) }
    }
}

/// Copies `width` columns of `depth` numbers, `stride` apart, into rows of `columns` numbers, a multiple of the register's;
/// what is beyond `width` becomes zero, up to the end of a register.
///
/// # Safety
/// The columns must be readable, and the processor must have the instruction set.
#[inline(always)]
pub(super) unsafe fn into_rows<V: Turn>(
    b: (*const f32, usize),
    depth: usize,
    width: usize,
    columns: usize,
    pack: &mut [f32],
) {
    let (b, stride) = b;
    for (at, rows) in pack[..depth * columns].chunks_mut(V::WIDTH * columns).enumerate() {
        let (from, count) = (at * V::WIDTH, rows.len() / columns);
        for first in (0..width).step_by(V::WIDTH) {
            let mut square = V::blank();
            let there = V::WIDTH.min(width - first);
            // SAFETY: no more than `count` numbers of a column that is there are read; a row has `columns` numbers.
            unsafe {
                if count == V::WIDTH {
                    for (j, column) in square.as_mut().iter_mut().enumerate().take(there) {
                        *column = V::load(b.add((first + j) * stride + from));
                    }
                } else {
                    for (j, column) in square.as_mut().iter_mut().enumerate().take(there) {
                        *column = V::load_some(b.add((first + j) * stride + from), count);
                    }
                }
                for (row, turned) in rows.chunks_exact_mut(columns).zip(V::turned(square).as_ref()) {
                    turned.store(row.as_mut_ptr().add(first));
                }
            }
        }
    }
}

/// As [`into_rows`].
///
/// # Safety
/// As [`into_rows`].
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
pub(super) unsafe fn into_rows_512(
    b: (*const f32, usize),
    depth: usize,
    width: usize,
    columns: usize,
    pack: &mut [f32],
) {
    // SAFETY: as the caller says.
    unsafe { into_rows::<__m512>(b, depth, width, columns, pack) }
}

/// As [`into_rows`].
///
/// # Safety
/// As [`into_rows`].
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn into_rows_256(
    b: (*const f32, usize),
    depth: usize,
    width: usize,
    columns: usize,
    pack: &mut [f32],
) {
    // SAFETY: as the caller says.
    unsafe { into_rows::<__m256>(b, depth, width, columns, pack) }
}

/// Turns a square of 32-bit words in place.
///
/// # Safety
/// The square must be there, and the processor must have AVX-512.
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
pub(super) unsafe fn turn(square: *mut f32) {
    let mut rows = __m512::blank();
    for (i, row) in rows.iter_mut().enumerate() {
        // SAFETY: as the caller says.
        *row = unsafe { _mm512_loadu_ps(square.add(i * __m512::WIDTH)) };
    }
    for (i, row) in sixteen(rows).into_iter().enumerate() {
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(square.add(i * __m512::WIDTH), row) };
    }
}

/// The transpose of sixteen by sixteen.
#[inline]
#[target_feature(enable = "avx512f")]
fn sixteen(x: [__m512; 16]) -> [__m512; 16] {
    // Within each quarter of the registers, pairs and then fours of numbers.
    let pairs: [__m512; 16] = std::array::from_fn(|i| {
        let (a, b) = (x[i & !1], x[i | 1]);
        if i % 2 == 0 { _mm512_unpacklo_ps(a, b) } else { _mm512_unpackhi_ps(a, b) }
    });
    // fours[4 g + c]: in quarter q, rows 4 g to 4 g + 3 of column 4 q + c.
    let fours: [__m512; 16] = std::array::from_fn(|i| {
        let (g, c) = (i & !3, i & 3);
        let [a, b] = [pairs[g + c / 2], pairs[g + c / 2 + 2]].map(|x| _mm512_castps_pd(x));
        _mm512_castpd_ps(if c % 2 == 0 { _mm512_unpacklo_pd(a, b) } else { _mm512_unpackhi_pd(a, b) })
    });
    // Then whole quarters.
    let mut rows = [_mm512_setzero_ps(); 16];
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

/// The transpose of eight by eight.
#[inline]
#[target_feature(enable = "avx2")]
fn eight(x: [__m256; 8]) -> [__m256; 8] {
    // Within each half of the registers, pairs and then fours of numbers.
    let pairs: [__m256; 8] = std::array::from_fn(|i| {
        let (a, b) = (x[i & !1], x[i | 1]);
        if i % 2 == 0 { _mm256_unpacklo_ps(a, b) } else { _mm256_unpackhi_ps(a, b) }
    });
    // fours[4 g + c]: in half h, rows 4 g to 4 g + 3 of column 4 h + c.
    let fours: [__m256; 8] = std::array::from_fn(|i| {
        let (g, c) = (i & !3, i & 3);
        let [a, b] = [pairs[g + c / 2], pairs[g + c / 2 + 2]].map(|x| _mm256_castps_pd(x));
        _mm256_castpd_ps(if c % 2 == 0 { _mm256_unpacklo_pd(a, b) } else { _mm256_unpackhi_pd(a, b) })
    });
    std::array::from_fn(|i| {
        let (low, high) = (fours[i & 3], fours[4 + (i & 3)]);
        if i < 4 {
            _mm256_permute2f128_ps::<0x20>(low, high)
        } else {
            _mm256_permute2f128_ps::<0x31>(low, high)
        }
    })
}
