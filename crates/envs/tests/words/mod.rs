//! Reads the words of eight bytes that `tools/record_gym.py` wrote.

use std::path::Path;

/// The rest of a recording.
pub struct Words(std::vec::IntoIter<u64>);

impl Words {
    /// The recording of `task`.
    pub fn of(task: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(format!("{task}.f64"));
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let words = bytes.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap()));
        Words(words.collect::<Vec<_>>().into_iter())
    }

    /// The next word as it is.
    pub fn word(&mut self) -> u64 {
        self.0.next().expect("the recording is cut short")
    }

    /// The next number.
    pub fn one(&mut self) -> f64 {
        f64::from_bits(self.word())
    }

    /// The next numbers.
    pub fn take(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.one()).collect()
    }

    /// The next number as a size.
    pub fn size(&mut self) -> usize {
        self.one() as usize
    }

    /// Refuses a recording that goes on.
    pub fn end(self) {
        assert_eq!(self.0.len(), 0, "the recording goes on after its end");
    }
}
