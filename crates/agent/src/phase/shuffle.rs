//! Which rows are in which minibatch: an order of all rows, shuffled anew wherever it is used up.

use crate::rng::{Stream, below};

/// The minibatches of a stretch of steps.
#[derive(Debug, Clone, Copy)]
pub enum Minibatches<'a> {
    /// So many, each the next rows of a shuffled order; a new order wherever one is used up.
    Shuffled(usize),
    /// These rows.
    Given(&'a [Vec<usize>]),
}

impl Minibatches<'_> {
    /// How many.
    pub fn count(self) -> usize {
        match self {
            Minibatches::Shuffled(count) => count,
            Minibatches::Given(batches) => batches.len(),
        }
    }
}

/// An order of rows, and how far it is used up.
#[derive(Debug, Default)]
pub(crate) struct Shuffle {
    pub(super) order: Vec<usize>,
    pub(super) at: usize,
    indices: Vec<usize>,
}

impl Shuffle {
    /// Begins anew with `count` rows, whatever was before.
    pub(crate) fn start(&mut self, count: usize) {
        self.order.clear();
        self.order.extend(0..count);
        self.at = count;
    }

    /// Finds the rows of minibatch `number`, `size` of them if they are drawn.
    pub(crate) fn next(&mut self, from: Minibatches<'_>, number: usize, size: usize, rng: &mut Stream) {
        self.indices.clear();
        if let Minibatches::Given(batches) = from {
            self.indices.extend(&batches[number]);
            return;
        }
        while self.indices.len() < size {
            if self.at == self.order.len() {
                (1..self.at).rev().for_each(|i| self.order.swap(i, below(rng, i + 1)));
                self.at = 0;
            }
            self.indices.push(self.order[self.at]);
            self.at += 1;
        }
    }

    /// The rows found last.
    pub(crate) fn indices(&self) -> &[usize] {
        &self.indices
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::stream;

    #[test]
    fn every_row_comes_once_before_any_comes_twice() {
        let (mut shuffle, mut rng) = (Shuffle::default(), stream(1, "test"));
        for (rows, size) in [(10, 4), (3, 7), (1, 2)] {
            shuffle.start(rows);
            let mut drawn = Vec::new();
            for number in 0..rows {
                shuffle.next(Minibatches::Shuffled(rows), number, size, &mut rng);
                assert_eq!(shuffle.indices().len(), size);
                drawn.extend_from_slice(shuffle.indices());
            }
            for epoch in drawn.chunks_exact(rows) {
                let mut sorted = epoch.to_vec();
                sorted.sort_unstable();
                assert_eq!(sorted, (0..rows).collect::<Vec<_>>());
            }
            assert!(rows < 10 || drawn[..rows] != drawn[rows..2 * rows], "the order never changed");
        }
    }

    #[test]
    fn given_rows_are_taken_as_they_are() {
        let (mut shuffle, mut rng) = (Shuffle::default(), stream(1, "test"));
        let given = [vec![2, 2], vec![0, 1]];
        let (batches, before) = (Minibatches::Given(&given), rng.clone());
        assert_eq!(batches.count(), 2);
        shuffle.next(batches, 1, 2, &mut rng);
        assert_eq!((shuffle.indices(), rng), (&[0, 1][..], before));
    }
}
