//! Recording: formulas become nodes, equal nodes become one, and nothing is computed yet.

use crate::op::{Block, Effect, Exact, Layout, Op};
use crate::params::Span;
use crate::shape::{Axis, Shape};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// Arguments of a node; an operation takes at most this many.
pub(crate) const MAX_ARGS: usize = 4;

/// One recorded operation.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub op: Op,
    pub args: Vec<usize>,
    pub shape: Shape,
}

#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub records: Vec<Record>,
    known: HashMap<(Op, Vec<usize>, Shape), usize>,
    /// Ranges of parameters that steps of this program change, in order.
    writes: Vec<std::ops::Range<usize>>,
    inputs: usize,
    pub outputs: Vec<usize>,
    /// Gradients that already have a place among an optimiser's.
    pub placed: HashSet<usize>,
}

/// An update being written down.
#[derive(Debug, Default)]
pub struct Graph {
    pub(crate) recording: RefCell<Recording>,
}

/// A value of the update: an array `[group, row, col]` that each run computes.
#[derive(Clone, Copy)]
pub struct Node<'g> {
    pub(crate) graph: &'g Graph,
    pub(crate) id: usize,
}

impl Recording {
    /// The node itself, or what it is another name of: an alias has no memory of its own.
    fn origin(&self, id: usize) -> &Record {
        let mut record = &self.records[id];
        while matches!(record.op, Op::Stop | Op::Layout(Layout::Reshape)) {
            record = &self.records[record.args[0]];
        }
        record
    }

    /// The parameters that a node is, if it is some.
    pub(crate) fn parameters(&self, id: usize) -> Option<Block> {
        let record = self.origin(id);
        let Op::Param { offset, .. } = record.op else { return None };
        Some(Block { offset, len: record.shape.len() })
    }

    /// Execution follows the record, so a late reader of a parameter would silently see its new values.
    fn assert_current(&self, id: usize) {
        let record = self.origin(id);
        if let Op::Param { offset, version } = record.op {
            assert!(
                self.version(&(offset..offset + record.shape.len())) == version,
                "a formula reads parameters as they were before an optimiser step recorded earlier"
            );
        }
    }

    /// How many recorded steps have changed a parameter of `range`.
    fn version(&self, range: &std::ops::Range<usize>) -> usize {
        self.writes.iter().filter(|w| w.start < range.end && range.start < w.end).count()
    }
}

impl Graph {
    /// An empty recording.
    pub fn new() -> Self {
        Graph::default()
    }

    pub(crate) fn push(&self, op: Op, args: &[Node<'_>], shape: Shape) -> Node<'_> {
        let args: Vec<usize> = args.iter().map(|n| n.id).collect();
        debug_assert!(args.len() <= MAX_ARGS);
        let mut recording = self.recording.borrow_mut();
        args.iter().for_each(|&arg| recording.assert_current(arg));
        let key = (op, args, shape);
        let pure = !matches!(key.0, Op::Effect(_));
        if pure && let Some(&id) = recording.known.get(&key) {
            return Node { graph: self, id };
        }
        let id = recording.records.len();
        recording.records.push(Record { op, args: key.1.clone(), shape });
        if pure {
            recording.known.insert(key, id);
        }
        Node { graph: self, id }
    }

    /// An array the caller writes before each run.
    pub fn input(&self, shape: Shape) -> Node<'_> {
        let number = {
            let mut recording = self.recording.borrow_mut();
            recording.inputs += 1;
            recording.inputs - 1
        };
        self.push(Op::Input(number), &[], shape)
    }

    /// The number `value`, which meets any shape.
    pub fn constant(&self, value: f32) -> Node<'_> {
        self.push(Op::Const(Exact(value)), &[], Shape::SCALAR)
    }

    /// The parameters of `span` as they stand at this point of the record.
    pub fn param(&self, span: Span) -> Node<'_> {
        let version = self.recording.borrow().version(&span.range());
        self.push(Op::Param { offset: span.offset, version }, &[], span.shape)
    }

    /// Keeps `node`'s value readable after a run, and everything it needs alive.
    pub fn output(&self, node: Node<'_>) {
        self.recording.borrow_mut().outputs.push(node.id);
    }

    pub(crate) fn note_write(&self, range: std::ops::Range<usize>) {
        self.recording.borrow_mut().writes.push(range);
    }

    pub(crate) fn record(&self, id: usize) -> Record {
        self.recording.borrow().records[id].clone()
    }

    pub(crate) fn node(&self, id: usize) -> Node<'_> {
        Node { graph: self, id }
    }
}

impl<'g> Node<'g> {
    /// Its shape.
    pub fn shape(self) -> Shape {
        self.graph.recording.borrow().records[self.id].shape
    }

    /// The number `value`, in the same graph.
    pub fn number(self, value: f32) -> Node<'g> {
        self.graph.constant(value)
    }

    pub(crate) fn constant_value(self) -> Option<f32> {
        match self.graph.recording.borrow().records[self.id].op {
            Op::Const(value) => Some(value.0),
            _ => None,
        }
    }

    /// The same value, taken as a constant by every derivative: `sg` in the paper's formulas.
    pub fn stop_gradient(self) -> Node<'g> {
        self.graph.push(Op::Stop, &[self], self.shape())
    }

    /// This array repeated along its axes of size 1 up to `shape`.
    pub fn broadcast_to(self, shape: Shape) -> Node<'g> {
        if self.shape() == shape {
            self
        } else {
            self.graph.push(Op::Layout(Layout::Broadcast), &[self], shape)
        }
    }

    /// Sums `self`, a derivative of something broadcast to shape `broadcast`, down to `target`.
    pub(crate) fn summed_to(self, broadcast: Shape, target: Shape) -> Node<'g> {
        let mut sum = self;
        for axis in [Axis::Group, Axis::Row, Axis::Col] {
            if target.along(axis) == 1 && broadcast.along(axis) > 1 {
                sum = if sum.shape().along(axis) == 1 {
                    sum.affine(broadcast.along(axis) as f32, 0.0)
                } else {
                    sum.sum(axis)
                };
            }
        }
        sum
    }
}

impl Graph {
    /// Appends a step with an effect; it always runs.
    pub(crate) fn push_effect(&self, effect: Effect, args: &[Node<'_>]) {
        let args = args.iter().map(|n| n.id).collect();
        let record = Record { op: Op::Effect(effect), args, shape: Shape::new(0, 0, 0) };
        self.recording.borrow_mut().records.push(record);
    }
}
