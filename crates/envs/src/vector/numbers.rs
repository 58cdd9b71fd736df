//! Rows of numbers that threads hand to each other, without a lock and without `unsafe`.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// Rows of floats, each in an atomic word.
///
/// Every access is relaxed: who may read and write when is settled by the counters of `Shared`.
#[derive(Debug)]
pub(super) struct Numbers {
    words: Box<[AtomicU64]>,
    width: usize,
}

impl Numbers {
    /// Zeros.
    pub(super) fn new(rows: usize, width: usize) -> Self {
        Numbers { words: (0..rows * width).map(|_| AtomicU64::new(0)).collect(), width }
    }

    /// Numbers in a row.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    fn row(&self, i: usize) -> &[AtomicU64] {
        &self.words[i * self.width..(i + 1) * self.width]
    }

    /// Writes row `i`.
    pub(super) fn write(&self, i: usize, values: &[f64]) {
        assert_eq!(values.len(), self.width, "a row");
        self.row(i).iter().zip(values).for_each(|(word, value)| word.store(value.to_bits(), Relaxed));
    }

    /// Reads row `i`.
    pub(super) fn read(&self, i: usize, values: &mut [f64]) {
        assert_eq!(values.len(), self.width, "a row");
        values
            .iter_mut()
            .zip(self.row(i))
            .for_each(|(value, word)| *value = f64::from_bits(word.load(Relaxed)));
    }

    /// Writes all rows.
    pub(super) fn write_all(&self, values: &[f64]) {
        self.words.iter().zip(values).for_each(|(word, value)| word.store(value.to_bits(), Relaxed));
    }

    /// Reads all rows.
    pub(super) fn read_all(&self, values: &mut [f64]) {
        values
            .iter_mut()
            .zip(&self.words)
            .for_each(|(value, word)| *value = f64::from_bits(word.load(Relaxed)));
    }
}
