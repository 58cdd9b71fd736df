//! Numbers that begin at a cache line: a vector read across two lines takes twice as long.

use std::ops::{Deref, DerefMut};

/// Numbers of a cache line, which is also the widest register.
pub(crate) const LINE: usize = 16;

#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

/// A growing array of f32 whose first number lies at the start of a cache line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aligned {
    lines: Vec<Line>,
    len: usize,
}

impl Aligned {
    /// `len` zeros.
    pub(crate) fn zeros(len: usize) -> Self {
        let mut aligned = Aligned::default();
        aligned.resize(len);
        aligned
    }

    /// Makes it `len` numbers long; new ones are zero.
    pub(crate) fn resize(&mut self, len: usize) {
        let old = self.len;
        self.lines.resize(len.div_ceil(LINE), Line([0.0; LINE]));
        self.len = len;
        // What was cut off earlier may still lie in the last line.
        if old < len {
            self[old..].fill(0.0);
        }
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        // SAFETY: `lines` are whole numbers of LINE f32 without gaps, and `len` of them exist.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_begin_at_a_cache_line_and_grow_by_zeros() {
        let mut numbers = Aligned::zeros(3);
        for len in [3, 20, 7, 1000] {
            let old = numbers.len();
            numbers.resize(len);
            assert_eq!(numbers.len(), len);
            assert_eq!(numbers.as_ptr() as usize % 64, 0);
            assert!(numbers.iter().skip(old).all(|&x| x == 0.0));
            numbers.fill(1.0);
        }
    }
}
