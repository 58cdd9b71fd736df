//! A step's view of memory while it runs: its arguments, and its thread's part of the result.

use crate::isa::Isa;
use crate::kernels::split::Scratch;
use crate::kernels::{Gemm, PACK_LEN};
use crate::precision::Numerics;
use crate::shape::Shape;
use crate::step::{Place, Step};
use std::marker::PhantomData;
use std::ops::Range;

/// Parts begin at multiples of this many numbers.
const GRAIN: usize = 16;

/// The memory of one run, shared by its threads.
pub(crate) struct Memory<'a> {
    params: *mut f32,
    params_len: usize,
    work: *mut f32,
    work_len: usize,
    pack: *mut f32,
    pack_len: usize,
    block: *mut f32,
    block_len: usize,
    life: PhantomData<&'a mut [f32]>,
}

// SAFETY: threads reach the memory through `Io` only, which gives each its own part of what is written.
unsafe impl Sync for Memory<'_> {}

impl<'a> Memory<'a> {
    /// `pack` and `block` hold a part for each thread, of `pack_len` and `block_len` numbers.
    pub(crate) fn new(
        params: &'a mut [f32],
        work: &'a mut [f32],
        (pack, pack_len): (&'a mut [f32], usize),
        (block, block_len): (&'a mut [f32], usize),
    ) -> Self {
        Memory {
            params_len: params.len(),
            params: params.as_mut_ptr(),
            work_len: work.len(),
            work: work.as_mut_ptr(),
            pack: pack.as_mut_ptr(),
            pack_len,
            block: block.as_mut_ptr(),
            block_len,
            life: PhantomData,
        }
    }

    /// The address of `len` numbers at `place` for thread `thread`, checked against the memory's end.
    fn at(&self, place: Place, len: usize, thread: usize) -> *mut f32 {
        let (base, size, offset) = match place {
            Place::Param(offset) => (self.params, self.params_len, offset),
            Place::Work(offset) => (self.work, self.work_len, offset),
            Place::Block(offset) => {
                // SAFETY: the memory holds `block_len` numbers for every thread.
                let own = unsafe { self.block.add(thread * self.block_len) };
                (own, self.block_len, offset)
            }
        };
        assert!(offset + len <= size, "a step reaches beyond the memory");
        // SAFETY: just checked.
        unsafe { base.add(offset) }
    }
}

/// One step on one thread.
pub(crate) struct Io<'a> {
    step: &'a Step,
    memory: &'a Memory<'a>,
    numerics: Numerics,
    /// Number of this thread.
    thread: usize,
    /// Its part of the step, and how many parts there are.
    part: (usize, usize),
    /// Whether this thread has split the second factor of this product into parts already.
    is_packed: bool,
    /// Whether this thread's part of the result was handed out.
    is_taken: bool,
}

/// `total` numbers in steps of `grain`: the part of thread `thread` of `threads`.
pub(super) fn share(total: usize, grain: usize, (thread, threads): (usize, usize)) -> Range<usize> {
    let units = total.div_ceil(grain);
    let at = |t: usize| (units * t / threads * grain).min(total);
    at(thread)..at(thread + 1)
}

impl<'a> Io<'a> {
    /// # Safety
    /// Until every thread is done with this step, at most one `Io` with this thread number may exist, and one with
    /// this part; `memory` must hold a scratch and a block for the thread; nobody else may touch the memory, and the
    /// step's result must not overlap its arguments.
    pub(crate) unsafe fn new(
        step: &'a Step,
        memory: &'a Memory<'a>,
        numerics: Numerics,
        thread: usize,
        (part, is_packed): ((usize, usize), bool),
    ) -> Self {
        Io { step, memory, numerics, thread, part, is_packed, is_taken: false }
    }

    pub(crate) fn isa(&self) -> Isa {
        self.numerics.isa
    }

    pub(crate) fn shape(&self) -> Shape {
        self.step.shape
    }

    pub(crate) fn args(&self) -> usize {
        self.step.arg_count
    }

    pub(crate) fn arg_shape(&self, index: usize) -> Shape {
        self.step.arg_shapes[index]
    }

    /// An argument, whole.
    pub(crate) fn arg(&self, index: usize) -> &'a [f32] {
        self.reading(index, self.step.arg_shapes[index].len())
    }

    fn reading(&self, index: usize, len: usize) -> &'a [f32] {
        // SAFETY: nobody writes an argument during its step.
        unsafe { std::slice::from_raw_parts(self.memory.at(self.step.args[index], len, self.thread), len) }
    }

    /// The argument's row that meets row `row` (of all groups) of the result.
    pub(crate) fn row_of(&self, index: usize, row: usize) -> &'a [f32] {
        let (from, to) = (self.step.arg_shapes[index], self.step.shape);
        let (group, row) = (row / to.rows, row % to.rows);
        let group = if from.groups == 1 { 0 } else { group };
        let row = if from.rows == 1 { 0 } else { row };
        let start = (group * from.rows + row) * from.cols;
        &self.arg(index)[start..start + from.cols]
    }

    /// The argument's group that meets group `group` of the result.
    pub(crate) fn group_of(&self, index: usize, group: usize) -> &'a [f32] {
        let from = self.step.arg_shapes[index];
        let size = from.rows * from.cols;
        let start = if from.groups == 1 { 0 } else { group * size };
        &self.arg(index)[start..start + size]
    }

    fn own(&self, total: usize, grain: usize) -> Range<usize> {
        share(total, grain, self.part)
    }

    /// Notes that the result is handed out: it outlives the borrow of `self`, so a second time would be an alias.
    fn take_result(&mut self) {
        assert!(!self.is_taken, "a step takes its result twice");
        self.is_taken = true;
    }

    /// This thread's part of the result, and where it begins; it is handed out once.
    pub(crate) fn chunk(&mut self) -> (Range<usize>, &'a mut [f32]) {
        self.take_result();
        let own = self.own(self.step.shape.len(), GRAIN);
        // SAFETY: parts of different threads are disjoint, and this thread's is handed out once.
        let part = unsafe { std::slice::from_raw_parts_mut(self.out_at(own.start), own.len()) };
        (own, part)
    }

    /// This thread's whole rows of the result, and the number of the first among all groups' rows; handed out once.
    pub(crate) fn row_chunk(&mut self) -> (usize, &'a mut [f32]) {
        let Shape { groups, rows, cols } = self.step.shape;
        self.take_result();
        let own = self.own(groups * rows, 1);
        // SAFETY: as in `chunk`.
        let part = unsafe { std::slice::from_raw_parts_mut(self.out_at(own.start * cols), own.len() * cols) };
        (own.start, part)
    }

    /// The address of the result's number `at`.
    pub(crate) fn out_at(&self, at: usize) -> *mut f32 {
        let base = self.memory.at(self.step.out, self.step.shape.len(), self.thread);
        debug_assert!(at <= self.step.shape.len());
        // SAFETY: `at` is within the result, or one past its end.
        unsafe { base.add(at) }
    }

    /// Computes this thread's part of one product a group. Panels of columns are divided among threads, or
    /// rows where there are too few panels; never the depth, so that every sum keeps its order.
    pub(crate) fn products(&mut self, panels: usize, gemm: impl Fn(&Io<'a>, usize) -> Gemm) {
        let Shape { groups, rows, .. } = self.step.shape;
        let parts = self.part;
        let by_panels = groups * panels >= parts.1;
        let (units, rows) = if by_panels {
            (share(groups * panels, 1, parts), 0..rows)
        } else {
            (0..groups * panels, share(rows, 8, parts))
        };
        let mut at = units.start;
        while at < units.end {
            let group = at / panels;
            let end = units.end.min((group + 1) * panels);
            let own = at - group * panels..end - group * panels;
            // SAFETY: `gemm` describes whole arguments and result; this thread alone writes these panels and
            // rows; the instruction set was checked when the program was compiled.
            unsafe { self.one_product(&gemm(self, group), rows.clone(), own) };
            at = end;
        }
    }

    /// # Safety
    /// As [`Gemm::run`].
    unsafe fn one_product(&mut self, gemm: &Gemm, rows: Range<usize>, panels: Range<usize>) {
        let (len, precision) = (self.memory.pack_len, self.numerics.precision);
        // SAFETY: each thread has its own scratch.
        let pack = unsafe { std::slice::from_raw_parts_mut(self.memory.pack.add(self.thread * len), len) };
        // SAFETY: the caller's promises; what was packed earlier in a section is still there.
        unsafe {
            if !precision.splits(gemm.n, gemm.k) {
                return gemm.run(self.numerics.isa, rows, panels, pack);
            }
            let (rest, packed) = pack.split_at_mut(self.step.packed);
            let mut scratch = Scratch { packed, is_packed: self.is_packed, rest: &mut rest[PACK_LEN..] };
            gemm.run_split(self.numerics, rows, panels, &mut scratch);
        }
    }

    /// This thread's part of `len` parameters that a step changes.
    pub(crate) fn own_parameters(&self, len: usize) -> Range<usize> {
        self.own(len, GRAIN)
    }

    /// The `len` gradients that a step of an optimiser has for arguments: they lie side by side.
    pub(crate) fn gradients(&self, len: usize) -> &'a [f32] {
        self.reading(0, len)
    }

    /// The parameters, to change this thread's part of them.
    pub(crate) fn parameters(&mut self) -> Parts<'_> {
        Parts { memory: self.memory }
    }
}

/// The parameters as an optimiser's thread sees them.
pub(crate) struct Parts<'a> {
    memory: &'a Memory<'a>,
}

impl Parts<'_> {
    /// One number that nobody changes during this step.
    pub(crate) fn read(&self, at: usize) -> f32 {
        // SAFETY: within the parameters; optimisers change neither their step count nor their rate's factor in the same step.
        unsafe { *self.memory.at(Place::Param(at), 1, 0) }
    }

    /// The same range of several arrays that begin at `starts`.
    pub(crate) fn take<const N: usize>(&mut self, starts: [usize; N], own: &Range<usize>) -> [&mut [f32]; N] {
        for (i, a) in starts.iter().enumerate() {
            let clash = starts[..i].iter().any(|b| a.abs_diff(*b) < own.end);
            assert!(!clash, "an optimiser's arrays overlap");
        }
        // SAFETY: the arrays do not overlap, and `own` is this thread's part of each.
        starts.map(|start| unsafe {
            let at = self.memory.at(Place::Param(start + own.start), own.len(), 0);
            std::slice::from_raw_parts_mut(at, own.len())
        })
    }
}
