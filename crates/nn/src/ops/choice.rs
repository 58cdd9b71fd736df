//! One-hot vectors of choices: every one there is, and the one with the largest number.

use crate::exec::io::Io;
use crate::graph::{Graph, Node};
use crate::op::{Choice, Op};
use crate::shape::Shape;

impl Choice {
    pub(crate) fn run(self, io: &mut Io<'_>) {
        let shape = io.shape();
        let (first_row, y) = io.row_chunk();
        if y.is_empty() {
            return;
        }
        for (i, row) in y.chunks_exact_mut(shape.cols).enumerate() {
            let at = first_row + i;
            let one = match self {
                Choice::Every => at / shape.rows,
                Choice::Largest => first_largest(io.row_of(0, at)),
            };
            row.fill(0.0);
            row[one] = 1.0;
        }
    }
}

/// The first place of the largest of `numbers`; 0 of none. A NaN is not larger than anything.
pub fn first_largest(numbers: &[f32]) -> usize {
    let mut best = 0;
    for (i, x) in numbers.iter().enumerate() {
        if *x > numbers[best] {
            best = i;
        }
    }
    best
}

impl Graph {
    /// Each of `count` choices as a one-hot vector: [count, 1, count].
    pub fn every_choice(&self, count: usize) -> Node<'_> {
        self.push(Op::Choice(Choice::Every), &[], Shape::new(count, 1, count))
    }
}

impl<'g> Node<'g> {
    /// 1 at the largest number of each row, the first of them at a tie, and 0 elsewhere; no derivative.
    pub fn largest_choice(self) -> Node<'g> {
        self.graph.push(Op::Choice(Choice::Largest), &[self], self.shape())
    }
}
