//! Multiply-adds with registers alone: the rate no matrix product can exceed, to hold the kernels against.

use super::Isa;
use super::lanes::Lanes;
use std::hint::black_box;

/// Does `rounds` multiply-adds in each of as many registers as `isa` keeps busy, and gives how many floating-point
/// operations that was: two for each number of each multiply-add.
///
/// Divided by the time it took, that is the peak of one core at that moment. Panics if this processor has no `isa`.
pub fn multiply_adds(isa: Isa, rounds: u64) -> u64 {
    assert!(Isa::available().contains(&isa), "this processor has no {isa:?}");
    match isa {
        // SAFETY: the processor has the instruction set, as was just checked.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => unsafe { avx512(rounds) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => unsafe { avx2(rounds) },
        _ => chains::<[f32; 8], 6>(rounds),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
fn avx512(rounds: u64) -> u64 {
    chains::<std::arch::x86_64::__m512, 16>(rounds)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2(rounds: u64) -> u64 {
    chains::<std::arch::x86_64::__m256, 12>(rounds)
}

/// Registers that each wait for nothing but themselves: enough of them that a multiply-add can begin every cycle.
#[inline(always)]
fn chains<V: Lanes, const N: usize>(rounds: u64) -> u64 {
    let mut sums: [V; N] = std::array::from_fn(|i| V::splat(black_box(i as f32)));
    // Each sum tends to 1: neither too large nor too small for the full rate.
    let (scale, offset) = (V::splat(black_box(0.5)), V::splat(black_box(0.5)));
    for _ in 0..rounds {
        sums.iter_mut().for_each(|sum| *sum = sum.mul_add(scale, offset));
    }
    for sum in sums {
        let mut out = [0.0; 16];
        assert!(V::WIDTH <= out.len());
        // SAFETY: there is room for WIDTH numbers, and the caller runs on a processor with the instruction set.
        unsafe { sum.store(out.as_mut_ptr()) };
        black_box(out);
    }
    2 * rounds * (N * V::WIDTH) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_every_register_counts_twice() {
        for isa in Isa::available() {
            let numbers = match isa {
                Isa::Plain => 6 * 8,
                Isa::Avx2 => 12 * 8,
                Isa::Avx512 => 16 * 16,
            };
            assert_eq!(multiply_adds(isa, 0), 0);
            assert_eq!(multiply_adds(isa, 1000), 2 * 1000 * numbers, "{isa:?}");
        }
    }
}
