//! From a recording to a plan: what runs, in which order, and where every number lives.

use crate::graph::{MAX_ARGS, Record, Recording};
use crate::kernels::{LINE, PACK_LEN, kept_len, split, turned_len};
use crate::op::{Layout, Op};
use crate::precision::Precision;
use crate::sections::{self, Blocks, Draft, Section};
use crate::shape::Shape;
use crate::step::{Place, Step};

/// A compiled recording.
#[derive(Debug)]
pub(crate) struct Plan {
    pub steps: Vec<Step>,
    /// All steps, in order.
    pub sections: Vec<Section>,
    /// Size of the memory a thread needs for a block of rows.
    pub block_len: usize,
    /// Size of the program's memory.
    pub work_len: usize,
    /// For every node of the recording, where it is, if it is computed.
    pub places: Vec<Option<Place>>,
    /// Constants: where, and which.
    pub constants: Vec<(usize, f32)>,
    /// End of the part of the memory that nothing else reuses.
    pub persistent_len: usize,
}

/// Steps over fewer numbers are done by one thread: meeting would take longer.
const SMALL: usize = 16_384;

/// A piece of memory that several nodes may share: an alias and its origin, an optimiser's gradients.
#[derive(Debug, Clone)]
struct Storage {
    len: usize,
    first: usize,
    last: usize,
    /// Inputs, outputs and constants stay for good.
    persistent: bool,
    /// Holds one block of rows at a time.
    block: bool,
    offset: usize,
}

struct Planner<'a> {
    records: &'a [Record],
    live: Vec<bool>,
    storages: Vec<Storage>,
    /// Of each node: its storage and its place in it. Parameters have none.
    storage_of: Vec<Option<(usize, usize)>>,
}

pub(crate) fn plan(recording: &Recording) -> Plan {
    let mut planner = Planner {
        records: &recording.records,
        live: live(recording),
        storages: Vec::new(),
        storage_of: vec![None; recording.records.len()],
    };
    planner.assign_gradients();
    planner.assign_values();
    planner.note_lifetimes(&recording.outputs);
    let steps = (0..recording.records.len()).filter(|&id| planner.is_step(id));
    let storage_of = |id: usize| planner.storage_of[id].map(|(storage, _)| storage);
    let drafts = sections::drafts(&recording.records, steps, storage_of);
    drafts.iter().for_each(|draft| planner.confine(draft));
    let sizes = planner.place();
    planner.finish(&drafts, sizes)
}

/// Marks every node that an output or an effect needs, directly or not.
fn live(recording: &Recording) -> Vec<bool> {
    let mut live = vec![false; recording.records.len()];
    for &output in &recording.outputs {
        live[output] = true;
    }
    for (id, record) in recording.records.iter().enumerate().rev() {
        live[id] |= matches!(record.op, Op::Effect(_) | Op::Input(_));
        if live[id] {
            record.args.iter().for_each(|&a| live[a] = true);
        }
    }
    live
}

fn is_alias(op: Op) -> bool {
    matches!(op, Op::Stop | Op::Layout(Layout::Reshape))
}

impl Plan {
    /// Floating-point operations of the matrix products: two for each multiplication with its addition.
    pub(crate) fn product_flops(&self) -> u64 {
        let of = |step: &Step| match step.op {
            Op::Product(product) => 2 * (step.shape.len() * product.depth(step.arg_shapes[0])) as u64,
            _ => 0,
        };
        self.steps.iter().map(of).sum()
    }
}

impl Plan {
    /// Gives the length of a thread's scratch, and finds every product in parts its place there. Within a section no
    /// two share a place: what is packed for its first block of rows serves the others.
    pub(crate) fn reserve(&mut self, precision: Precision) -> usize {
        let product = |step: &Step| match step.op {
            Op::Product(product) => Some((product, step.shape.cols, product.depth(step.arg_shapes[0]))),
            _ => None,
        };
        let products = || self.steps.iter().filter_map(product);
        let backward = products().filter(|(product, ..)| product.is_backward());
        let kept = backward.map(|(_, _, k)| kept_len(k)).max().unwrap_or(0);
        let transposed = products().filter(|(product, ..)| product.is_transposed());
        let turned = transposed.map(|(_, _, k)| turned_len(k)).max().unwrap_or(0);
        let split = |step: &Step| product(step).filter(|&(_, n, k)| precision.splits(n, k));
        let parts = self.steps.iter().filter_map(split).map(|(_, _, k)| split::scratch_len(precision, k));
        let first = PACK_LEN + parts.max().unwrap_or(0).max(kept).max(turned);
        let mut end = first;
        for section in &self.sections {
            let mut at = first;
            for step in &mut self.steps[section.steps.clone()] {
                if let Some((_, n, k)) = split(step) {
                    step.packed = at;
                    at += split::packed_len(precision, n, k);
                }
            }
            end = end.max(at);
        }
        end
    }
}

impl Planner<'_> {
    fn new_storage(&mut self, len: usize) -> usize {
        self.storages.push(Storage {
            len,
            first: usize::MAX,
            last: 0,
            persistent: false,
            block: false,
            offset: 0,
        });
        self.storages.len() - 1
    }

    /// Storage that nothing else reuses.
    fn persistent_storage(&mut self, len: usize) -> usize {
        let storage = self.new_storage(len);
        self.storages[storage].persistent = true;
        storage
    }

    /// The gradients of an optimiser lie side by side, in the order of its parameters.
    fn assign_gradients(&mut self) {
        for record in self.records {
            let Op::Effect(effect) = record.op else { continue };
            let Some(block) = effect.gradients() else { continue };
            let storage = self.new_storage(block.len);
            let mut at = 0;
            for &arg in &record.args {
                assert!(self.storage_of[arg].is_none(), "one gradient is the gradient of two parameters");
                self.storage_of[arg] = Some((storage, at));
                at += self.records[arg].shape.len();
            }
        }
    }

    fn assign_values(&mut self) {
        for (id, record) in self.records.iter().enumerate() {
            if !self.live[id] || self.storage_of[id].is_some() {
                continue;
            }
            self.storage_of[id] = match record.op {
                Op::Param { .. } | Op::Effect(_) => None,
                op if is_alias(op) => self.storage_of[record.args[0]],
                Op::Input(_) | Op::Const(_) => Some((self.persistent_storage(record.shape.len()), 0)),
                _ => Some((self.new_storage(record.shape.len()), 0)),
            };
        }
    }

    fn note_lifetimes(&mut self, outputs: &[usize]) {
        for (id, record) in self.records.iter().enumerate().filter(|(id, _)| self.live[*id]) {
            if let Some((storage, _)) = self.storage_of[id] {
                let s = &mut self.storages[storage];
                s.first = s.first.min(id);
                s.last = s.last.max(id);
            }
            for &arg in &record.args {
                if let Some((storage, _)) = self.storage_of[arg] {
                    let s = &mut self.storages[storage];
                    s.last = s.last.max(id);
                }
            }
        }
        for &output in outputs {
            if let Some((storage, _)) = self.storage_of[output] {
                self.storages[storage].persistent = true;
            }
        }
    }

    /// Of what a section touches, what nobody else does shrinks to a block; the rest lives as long as the section,
    /// whose first step runs again after its last.
    fn confine(&mut self, draft: &Draft) {
        let (first, last) = draft.nodes;
        for id in (first..=last).filter(|&id| self.live[id]) {
            for node in self.records[id].args.iter().copied().chain([id]) {
                let Some((storage, _)) = self.storage_of[node] else { continue };
                let s = &mut self.storages[storage];
                if s.block {
                    continue;
                }
                if !s.persistent && s.first >= first && s.last <= last {
                    s.block = true;
                    s.len = draft.blocks.block_len(s.len);
                } else {
                    s.first = s.first.min(first);
                    s.last = s.last.max(last);
                }
            }
        }
    }

    /// Places every storage and gives the sizes of what persists, of all that is shared, and of a thread's own. What
    /// persists goes to the front.
    fn place(&mut self) -> (usize, usize, usize) {
        let mut persistent_len = 0;
        for storage in self.storages.iter_mut().filter(|s| s.persistent) {
            storage.offset = persistent_len;
            persistent_len += storage.len.next_multiple_of(LINE);
        }
        let work_len = self.first_fit(persistent_len, |s| !s.persistent && !s.block);
        let block_len = self.first_fit(0, |s| s.block);
        (persistent_len, work_len, block_len)
    }

    /// Places the storages that `chosen` is true of from `start` on, each where its lifetime finds a gap, and gives
    /// where they end.
    fn first_fit(&mut self, start: usize, chosen: impl Fn(&Storage) -> bool) -> usize {
        let mut end = start;
        let mut order: Vec<usize> = (0..self.storages.len())
            .filter(|&s| chosen(&self.storages[s]) && self.storages[s].first != usize::MAX)
            .collect();
        order.sort_by_key(|&s| self.storages[s].first);
        let mut active: Vec<usize> = Vec::new();
        for storage in order {
            let Storage { len, first, .. } = self.storages[storage];
            active.retain(|&a| self.storages[a].last >= first);
            active.sort_by_key(|&a| self.storages[a].offset);
            let mut offset = start;
            for &other in &active {
                let other = &self.storages[other];
                if other.offset >= offset + len {
                    break;
                }
                offset = offset.max((other.offset + other.len).next_multiple_of(LINE));
            }
            self.storages[storage].offset = offset;
            end = end.max((offset + len).next_multiple_of(LINE));
            active.push(storage);
        }
        end
    }

    /// Whether a node is computed, rather than given or another node under another name.
    fn is_step(&self, id: usize) -> bool {
        let op = self.records[id].op;
        self.live[id] && !is_alias(op) && !matches!(op, Op::Input(_) | Op::Const(_) | Op::Param { .. })
    }

    fn place_of(&self, id: usize) -> Option<Place> {
        if let Op::Param { offset, .. } = self.records[id].op {
            return Some(Place::Param(offset));
        }
        let (storage, at) = self.storage_of[id]?;
        let Storage { block, offset, .. } = self.storages[storage];
        Some(if block { Place::Block(offset) } else { Place::Work(offset + at) })
    }

    fn finish(self, drafts: &[Draft], (persistent_len, work_len, block_len): (usize, usize, usize)) -> Plan {
        let live = |id: &usize| self.live[*id];
        let mut places: Vec<Option<Place>> = vec![None; self.records.len()];
        for id in (0..self.records.len()).filter(live) {
            let record = &self.records[id];
            places[id] = if is_alias(record.op) { places[record.args[0]] } else { self.place_of(id) };
        }
        let constant = |id: usize| match (self.records[id].op, places[id]) {
            (Op::Const(value), Some(Place::Work(at))) => Some((at, value.0)),
            _ => None,
        };
        let constants = (0..self.records.len()).filter(live).filter_map(constant).collect();
        let mut steps = Vec::new();
        let mut sections: Vec<(Section, usize)> = Vec::new();
        for id in (0..self.records.len()).filter(|&id| self.is_step(id)) {
            let draft = drafts.iter().find(|d| (d.nodes.0..=d.nodes.1).contains(&id));
            let at = steps.len();
            steps.push(self.step(&self.records[id], places[id], &places));
            let work = self.work(&self.records[id]);
            match (draft, sections.last_mut()) {
                (Some(draft), Some((section, sum))) if id > draft.nodes.0 => {
                    section.steps.end = at + 1;
                    *sum += work;
                }
                _ => {
                    let blocks: Option<Blocks> = draft.map(|d| d.blocks);
                    sections.push((Section { steps: at..at + 1, blocks, small: false }, work));
                }
            }
        }
        let sections = sections.into_iter().map(|(s, work)| Section { small: work < SMALL, ..s }).collect();
        Plan { steps, sections, places, constants, work_len, persistent_len, block_len }
    }

    fn step(&self, record: &Record, out: Option<Place>, places: &[Option<Place>]) -> Step {
        let mut args = [Place::Work(0); MAX_ARGS];
        let mut arg_shapes = [Shape::SCALAR; MAX_ARGS];
        // An optimiser's arguments lie side by side: its first stands for all.
        for (i, &arg) in record.args.iter().take(MAX_ARGS).enumerate() {
            args[i] = places[arg].unwrap_or(Place::Work(0));
            arg_shapes[i] = self.records[arg].shape;
        }
        Step {
            op: record.op,
            args,
            arg_shapes,
            arg_count: record.args.len(),
            out: out.unwrap_or(Place::Work(0)),
            shape: record.shape,
            packed: 0,
        }
    }

    /// How many numbers a step goes through; a product's multiplications count an eighth each.
    fn work(&self, record: &Record) -> usize {
        let longest = record.args.iter().map(|&a| self.records[a].shape.len()).max().unwrap_or(0);
        match record.op {
            Op::Product(product) => {
                record.shape.len() * product.depth(self.records[record.args[0]].shape) / 8
            }
            Op::Effect(effect) => effect.len(),
            _ => longest.max(record.shape.len()),
        }
    }
}
