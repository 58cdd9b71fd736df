//! A compiled step on a minibatch, with the places of its input and the sums of what it logs.

use crate::metrics::{Logged, Metric};
use crate::plan::Plan;
use coadapt_nn::{Graph, Node, Params, Pool, Program, Shape, Slot};

/// A step on a minibatch of some arrays, and the sums of what it logs.
#[derive(Debug)]
pub(super) struct StepProgram {
    pub(super) program: Program,
    inputs: Vec<Slot>,
    pub(super) logged: Vec<(Metric, Slot, f64)>,
    pub(super) runs: u64,
}

impl StepProgram {
    /// Compiles what `record` makes of a minibatch: inputs [1, batch, width], one for each of `widths`.
    pub(super) fn compile<const N: usize, F>(plan: &Plan, widths: [usize; N], record: F) -> Self
    where
        F: for<'g> FnOnce(&'g Graph, [Node<'g>; N]) -> Logged<'g>,
    {
        let graph = Graph::new();
        let inputs = widths.map(|width| graph.input(Shape::new(1, plan.batch, width)));
        let logged = record(&graph, inputs);
        logged.iter().for_each(|(_, node)| graph.output(*node));
        let program = Program::compile_at(&graph, plan.code.precision.into());
        let inputs = inputs.into_iter().map(|node| program.slot(node)).collect();
        let logged = logged.into_iter().map(|(metric, node)| (metric, program.slot(node), 0.0)).collect();
        StepProgram { inputs, logged, program, runs: 0 }
    }

    /// Writes the numbers of one row, an array for each input.
    pub(super) fn write_row(&mut self, row: usize, values: &[&[f32]]) {
        for (slot, values) in self.inputs.iter().zip(values) {
            let width = slot.shape().cols;
            self.program.write(*slot)[row * width..(row + 1) * width].copy_from_slice(values);
        }
    }

    /// One step on what is written.
    pub(super) fn run(&mut self, params: &mut Params, pool: &mut Pool) {
        self.program.run(params, pool);
        for (_, slot, sum) in &mut self.logged {
            *sum += f64::from(self.program.read(*slot)[0]);
        }
        self.runs += 1;
    }

    /// Gives the means over the runs since the last time, none if there were none.
    pub(super) fn drain_means(&mut self, into: &mut Vec<(Metric, f64)>) {
        let runs = std::mem::take(&mut self.runs);
        for (metric, _, sum) in &mut self.logged {
            let sum = std::mem::take(sum);
            if runs > 0 {
                into.push((*metric, sum / runs as f64));
            }
        }
    }

    /// Begins sums and counts anew.
    pub(super) fn forget_sums(&mut self) {
        self.runs = 0;
        self.logged.iter_mut().for_each(|(.., sum)| *sum = 0.0);
    }

    /// What the last run logged of `metric`, if it logs it.
    pub(super) fn last(&self, metric: Metric) -> Option<f64> {
        let (_, slot, _) = self.logged.iter().find(|(logged, ..)| *logged == metric)?;
        Some(f64::from(self.program.read(*slot)[0]))
    }
}
