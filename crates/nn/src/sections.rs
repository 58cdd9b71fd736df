//! Sections: neighbouring steps that are local to rows, run on one block of rows after the other.
//!
//! A block's numbers stay in cache from step to step, threads meet once a section instead of once a step, and what
//! no other step reads needs memory for a single block only.

use crate::graph::Record;
use crate::op::Reads;
use crate::shape::Shape;
use crate::step::{Place, Step};
use std::ops::Range;

/// Rows of a block.
pub(crate) const BLOCK: usize = 128;

/// Some of a plan's steps, which threads do between two meetings.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    /// The steps.
    pub steps: Range<usize>,
    /// Groups and rows of their results, where they run block by block.
    pub blocks: Option<Blocks>,
    /// Not worth dividing among threads.
    pub small: bool,
}

/// The rows of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Blocks {
    groups: usize,
    rows: usize,
}

impl Blocks {
    /// The rows of a result, if they make more than one block.
    fn of(shape: Shape) -> Option<Self> {
        let blocks = Blocks { groups: shape.groups, rows: shape.rows };
        (shape.rows >= BLOCK && blocks.count() > 1).then_some(blocks)
    }

    /// The length of a block of an array that is `len` numbers long in all.
    pub(crate) fn block_len(self, len: usize) -> usize {
        len / (self.groups * self.rows) * BLOCK
    }

    /// How many there are.
    pub(crate) fn count(self) -> usize {
        self.groups * self.rows.div_ceil(BLOCK)
    }

    /// The group of block `index`.
    pub(crate) fn group(self, index: usize) -> usize {
        index / self.rows.div_ceil(BLOCK)
    }

    /// The group and the rows of block `index`.
    fn at(self, index: usize) -> (usize, Range<usize>) {
        let from = index % self.rows.div_ceil(BLOCK) * BLOCK;
        (self.group(index), from..self.rows.min(from + BLOCK))
    }
}

/// A section while a recording is gone through: its nodes, and their storages.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Its first and last node.
    pub nodes: (usize, usize),
    /// Its rows.
    pub blocks: Blocks,
    /// The storages its steps write.
    written: Vec<usize>,
    steps: usize,
}

/// Finds the sections of at least two steps; `steps` are the nodes that are computed, `storage_of` gives a node's storage.
pub(crate) fn drafts(
    records: &[Record],
    steps: impl Iterator<Item = usize>,
    storage_of: impl Fn(usize) -> Option<usize>,
) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut open: Option<Draft> = None;
    for id in steps {
        let record = &records[id];
        let joins = |draft: &Draft| {
            Blocks::of(record.shape) == Some(draft.blocks)
                && record.args.iter().enumerate().all(|(index, &arg)| {
                    let reads = record.op.reads(index, records[arg].shape, record.shape);
                    let own = storage_of(arg).is_some_and(|storage| draft.written.contains(&storage));
                    let same = Blocks::of(records[arg].shape) == Some(draft.blocks);
                    reads == Some(Reads::Rows) && (same || !own) || reads == Some(Reads::Whole) && !own
                })
        };
        if let (Some(draft), Some(storage)) = (open.as_mut().filter(|draft| joins(draft)), storage_of(id)) {
            draft.nodes.1 = id;
            draft.written.push(storage);
            draft.steps += 1;
            continue;
        }
        drafts.extend(open.take());
        let local = record
            .args
            .iter()
            .enumerate()
            .all(|(index, &arg)| record.op.reads(index, records[arg].shape, record.shape).is_some());
        if let (true, Some(blocks), Some(storage)) = (local, Blocks::of(record.shape), storage_of(id)) {
            open = Some(Draft { nodes: (id, id), blocks, written: vec![storage], steps: 1 });
        }
    }
    drafts.extend(open);
    drafts.retain(|draft| draft.steps > 1);
    drafts
}

impl Step {
    /// The step on block `index` alone, as a step on arrays of one group and those rows.
    pub(crate) fn on_block(&self, blocks: Blocks, index: usize) -> Step {
        let (group, rows) = blocks.at(index);
        let moved = |place: Place, shape: Shape, reads: Reads| {
            let at_group = if shape.groups == 1 { 0 } else { group };
            let (skip, rows) = match reads {
                Reads::Rows => ((at_group * shape.rows + rows.start) * shape.cols, rows.len()),
                Reads::Whole => (at_group * shape.rows * shape.cols, shape.rows),
            };
            let place = match place {
                Place::Param(at) => Place::Param(at + skip),
                Place::Work(at) => Place::Work(at + skip),
                // It holds one block.
                Place::Block(at) => Place::Block(at),
            };
            (place, Shape { groups: 1, rows, cols: shape.cols })
        };
        let mut step = self.clone();
        for index in 0..self.arg_count {
            let shape = self.arg_shapes[index];
            // A section's steps are local to rows.
            if let Some(reads) = self.op.reads(index, shape, self.shape) {
                (step.args[index], step.arg_shapes[index]) = moved(self.args[index], shape, reads);
            }
        }
        (step.out, step.shape) = moved(self.out, self.shape, Reads::Rows);
        step
    }
}
