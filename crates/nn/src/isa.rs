//! Instruction sets: which of them this processor has, and which one programs run with.

use std::sync::atomic::{AtomicU8, Ordering};

/// The instruction set that kernels run with.
///
/// AVX2 and AVX-512 give the same numbers to the bit. Plain code, on processors without fused multiply-adds, rounds the
/// terms of matrix products separately, so its numbers are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Isa {
    /// Portable code.
    Plain,
    /// 256-bit vectors with fused multiply-add.
    Avx2,
    /// 512-bit vectors.
    Avx512,
}

/// The most that programs compiled from now on may use: the number of an [`Isa`].
static HELD: AtomicU8 = AtomicU8::new(Isa::Avx512 as u8);

impl Isa {
    /// All there are, the lowest first.
    pub const ALL: [Isa; 3] = [Isa::Plain, Isa::Avx2, Isa::Avx512];

    /// The best this processor has.
    pub fn detect() -> Isa {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let has_avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl");
            if has_avx2 && has_avx512 {
                return Isa::Avx512;
            }
            if has_avx2 {
                return Isa::Avx2;
            }
        }
        Isa::Plain
    }

    /// Every instruction set this processor can run, whatever the process is held to: for tests that compare them.
    pub fn available() -> Vec<Isa> {
        Isa::ALL.into_iter().filter(|&isa| isa <= Isa::detect()).collect()
    }

    /// The one that programs are compiled for where none is named: the processor's best, or what the process was held
    /// to by [`Isa::hold`].
    pub fn best() -> Isa {
        let held = HELD.load(Ordering::Relaxed);
        Isa::ALL
            .into_iter()
            .rev()
            .find(|&isa| isa as u8 <= held && isa <= Isa::detect())
            .unwrap_or(Isa::Plain)
    }

    /// Holds programs that this process compiles from now on to this instruction set, for measurements and tests. Gives
    /// back the processor's best where that is less.
    pub fn hold(self) -> Result<(), Isa> {
        let best = Isa::detect();
        if self > best {
            return Err(best);
        }
        HELD.store(self as u8, Ordering::Relaxed);
        Ok(())
    }

    /// Its name in commands and records.
    pub const fn name(self) -> &'static str {
        match self {
            Isa::Plain => "plain",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Isa> {
        Isa::ALL.into_iter().find(|isa| isa.name() == name)
    }

    /// Whether its multiply-adds are rounded once, so that all for which that holds give the same numbers.
    pub const fn is_fused(self) -> bool {
        !matches!(self, Isa::Plain) || cfg!(target_arch = "aarch64")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for isa in Isa::ALL {
            assert_eq!(Isa::named(isa.name()), Some(isa));
        }
        assert_eq!(Isa::named("AVX2"), None);
    }

    #[test]
    fn what_is_available_ends_with_what_was_detected() {
        assert_eq!(Isa::available().last(), Some(&Isa::detect()));
        assert_eq!(Isa::available()[0], Isa::Plain);
    }
}
