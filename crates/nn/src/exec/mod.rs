//! Execution: a program owns its memory, runs its steps in order, and allocates nothing while it does.
#![allow(unsafe_code)]

pub(crate) mod io;
mod pool;

use io::{Io, Memory, share};
pub use pool::Pool;

use crate::graph::{Graph, Node};
use crate::isa::Isa;
use crate::kernels::Aligned;
use crate::op::Op;
use crate::params::Params;
use crate::plan::{Plan, plan};
use crate::precision::{Numerics, Precision, Tiles};
use crate::sections::Section;
use crate::shape::Shape;
use crate::step::Place;

/// Where a program keeps an input or an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    at: usize,
    shape: Shape,
}

impl Slot {
    /// The array's shape.
    pub fn shape(self) -> Shape {
        self.shape
    }
}

/// A compiled graph: inputs are written, [`Program::run`] is called, outputs are read.
#[derive(Debug)]
pub struct Program {
    plan: Plan,
    shapes: Vec<Shape>,
    inputs_and_outputs: Vec<bool>,
    work: Aligned,
    pack: Aligned,
    pack_len: usize,
    block: Aligned,
    numerics: Numerics,
}

impl Program {
    /// Compiles what `graph` recorded: only what its outputs and optimiser steps need.
    pub fn compile(graph: &Graph) -> Program {
        Program::compile_at(graph, Precision::F32)
    }

    /// The same with large products at `precision`.
    pub fn compile_at(graph: &Graph, precision: Precision) -> Program {
        Program::compile_for(graph, Numerics::best(precision))
    }

    /// Compiles for given instructions, which this processor must have.
    pub fn compile_for(graph: &Graph, numerics: impl Into<Numerics>) -> Program {
        let numerics = numerics.into();
        let Numerics { isa, tiles, precision } = numerics;
        assert!(Isa::available().contains(&isa), "this processor has no {isa:?}");
        assert!(tiles == Tiles::Vectors || tiles == Tiles::best(isa), "this processor has no {tiles:?}");
        let recording = graph.recording.borrow();
        let mut plan = plan(&recording);
        let pack_len = plan.reserve(precision);
        let mut work = Aligned::zeros(plan.work_len);
        for &(at, value) in &plan.constants {
            work[at] = value;
        }
        let mut readable: Vec<bool> =
            recording.records.iter().map(|r| matches!(r.op, Op::Input(_))).collect();
        recording.outputs.iter().for_each(|&o| readable[o] = true);
        let shapes = recording.records.iter().map(|r| r.shape).collect();
        Program {
            plan,
            shapes,
            inputs_and_outputs: readable,
            work,
            pack: Aligned::default(),
            pack_len,
            block: Aligned::default(),
            numerics,
        }
    }

    /// Divides every step among the threads, however small: for tests that compare numbers of threads.
    pub fn divide_everything(&mut self) {
        self.plan.sections.iter_mut().for_each(|section| section.small = false);
    }

    /// The place of an input or output of the graph this program was compiled from.
    pub fn slot(&self, node: Node<'_>) -> Slot {
        assert!(self.inputs_and_outputs[node.id], "only inputs and outputs can be reached from outside");
        match self.plan.places[node.id] {
            Some(Place::Work(at)) => Slot { at, shape: self.shapes[node.id] },
            _ => panic!("a parameter is read from the parameters, not from a program"),
        }
    }

    /// An input, to be written before a run.
    pub fn write(&mut self, slot: Slot) -> &mut [f32] {
        &mut self.work[slot.at..slot.at + slot.shape.len()]
    }

    /// An output (or input) after a run.
    pub fn read(&self, slot: Slot) -> &[f32] {
        &self.work[slot.at..slot.at + slot.shape.len()]
    }

    /// Numbers of memory the program needs on one thread, beside the parameters.
    pub fn work_len(&self) -> usize {
        self.plan.work_len + self.plan.block_len
    }

    /// Numbers of that memory that hold inputs, outputs and constants and are never reused.
    pub fn persistent_len(&self) -> usize {
        self.plan.persistent_len
    }

    /// How many operations a run does.
    pub fn steps(&self) -> usize {
        self.plan.steps.len()
    }

    /// Floating-point operations of a run's matrix products, two for each multiplication with its addition.
    pub fn product_flops(&self) -> u64 {
        self.plan.product_flops()
    }

    /// Runs every step once. The result does not depend on the number of threads of `pool`.
    pub fn run(&mut self, params: &mut Params, pool: &mut Pool) {
        let threads = pool.threads();
        if self.pack.len() < threads * self.pack_len {
            self.pack.resize(threads * self.pack_len);
            self.block.resize(threads * self.plan.block_len);
        }
        let block = (&mut *self.block, self.plan.block_len);
        let memory = Memory::new(params.values_mut(), &mut self.work, (&mut self.pack, self.pack_len), block);
        let (plan, numerics) = (&self.plan, self.numerics);
        let one = |section: &Section, thread: usize, part: (usize, usize)| {
            // SAFETY: between two meetings the threads either do parts of one section, each with its own number, or
            // thread 0 does small ones by itself; the plan gives a step's result memory that none of its arguments
            // shares, and a section's blocks have their rows to themselves.
            unsafe { run_section(plan, section, &memory, numerics, (thread, part)) };
        };
        if threads == 1 || plan.sections.iter().all(|section| section.small) {
            plan.sections.iter().for_each(|section| one(section, 0, (0, 1)));
            return;
        }
        pool.run(&|thread, barrier| {
            let mut met = true;
            for section in &plan.sections {
                if section.small {
                    if thread == 0 {
                        one(section, 0, (0, 1));
                    }
                    met = false;
                    continue;
                }
                // What thread 0 did alone must be done before all go on.
                if !met {
                    barrier.wait();
                }
                one(section, thread, (thread, threads));
                barrier.wait();
                met = true;
            }
        });
    }
}

/// One thread's part of a section.
///
/// # Safety
/// As [`Io::new`], for each of its steps.
unsafe fn run_section(
    plan: &Plan,
    section: &Section,
    memory: &Memory<'_>,
    numerics: Numerics,
    (thread, part): (usize, (usize, usize)),
) {
    let steps = &plan.steps[section.steps.clone()];
    let Some(blocks) = section.blocks else {
        for step in steps {
            // SAFETY: as the caller says.
            step.op.run(&mut unsafe { Io::new(step, memory, numerics, thread, (part, false)) });
        }
        return;
    };
    let own = share(blocks.count(), 1, part);
    for block in own.clone() {
        let is_packed = block > own.start && blocks.group(block) == blocks.group(block - 1);
        for step in steps {
            let step = step.on_block(blocks, block);
            // SAFETY: as the caller says; the block is this thread's own.
            step.op.run(&mut unsafe { Io::new(&step, memory, numerics, thread, ((0, 1), is_packed)) });
        }
    }
}
