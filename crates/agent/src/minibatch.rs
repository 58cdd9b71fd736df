//! Minibatches of data that is gone through many times: which rows are next, and a step compiled for one.

use crate::error::Error;
use crate::method::Method;
use crate::metrics::{Logged, Metric};
use crate::rng::{Stream, below};
use coadapt_nn::{Graph, Node, Params, Pool, Program, Shape, Slot};

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
    order: Vec<usize>,
    at: usize,
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

/// A step on a minibatch of `N` arrays, and the sums of what it logs.
#[derive(Debug)]
pub(crate) struct StepProgram<const N: usize> {
    program: Program,
    inputs: [Slot; N],
    logged: Vec<(Metric, Slot, f64)>,
    runs: u64,
}

impl<const N: usize> StepProgram<N> {
    /// Compiles what `record` makes of a minibatch for `method`: inputs [1, batch, width], one for each of `widths`.
    pub(crate) fn compile<F>(method: &Method, widths: [usize; N], record: F) -> Result<Self, Error>
    where
        F: for<'g> FnOnce(&'g Graph, [Node<'g>; N]) -> Result<Logged<'g>, Error>,
    {
        let graph = Graph::new();
        let inputs = widths.map(|width| graph.input(Shape::new(1, method.schedule.batch, width)));
        let logged = record(&graph, inputs)?;
        logged.iter().for_each(|(_, node)| graph.output(*node));
        let program = Program::compile_at(&graph, method.code.precision.into());
        let inputs = inputs.map(|node| program.slot(node));
        let logged = logged.into_iter().map(|(metric, node)| (metric, program.slot(node), 0.0)).collect();
        Ok(StepProgram { inputs, logged, program, runs: 0 })
    }

    pub(crate) fn write_row(&mut self, row: usize, values: [&[f32]; N]) {
        for (slot, values) in self.inputs.iter().zip(values) {
            let width = slot.shape().cols;
            self.program.write(*slot)[row * width..(row + 1) * width].copy_from_slice(values);
        }
    }

    pub(crate) fn run(&mut self, params: &mut Params, pool: &mut Pool) {
        self.program.run(params, pool);
        for (_, slot, sum) in &mut self.logged {
            *sum += f64::from(self.program.read(*slot)[0]);
        }
        self.runs += 1;
    }

    /// Floating-point operations of a run's matrix products.
    pub(crate) fn product_flops(&self) -> u64 {
        self.program.product_flops()
    }

    /// Gives the means over the runs since the last time, none if there were none.
    pub(crate) fn drain_means(&mut self, into: &mut Vec<(Metric, f64)>) {
        let runs = std::mem::take(&mut self.runs);
        for (metric, _, sum) in &mut self.logged {
            let sum = std::mem::take(sum);
            if runs > 0 {
                into.push((*metric, sum / runs as f64));
            }
        }
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
