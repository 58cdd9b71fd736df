//! Steps of one network on minibatches of all data: which rows are next, and the step compiled for them.

use super::{Piece, Work};
use crate::columns::Penalty;
use crate::critic;
use crate::em;
use crate::episodes::Episodes;
use crate::metrics::{Logged, Metric};
use crate::nets::Nets;
use crate::phase::Table;
use crate::plan::{Net, Plan, VCritic};
use crate::rng::{Stream, below};
use coadapt_nn::{Graph, Node, Params, Pool, Program, Shape, Slot};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// A network's step on a minibatch, and how far a stretch of them is.
#[derive(Debug)]
pub(crate) struct Fitting {
    program: FittingProgram,
    shuffle: Shuffle,
    batch: usize,
}

#[derive(Debug)]
enum FittingProgram {
    Critic(StepProgram<2>),
    Policy(StepProgram<3>),
}

/// What a checkpoint keeps of a stretch of steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FittingState {
    order: Vec<usize>,
    at: usize,
    /// Steps so far, and the sums over them of what they log, by name, as bits.
    steps: u64,
    sums: BTreeMap<String, u64>,
}

pub(super) fn about(plan: &Plan, net: Net) -> Vec<String> {
    let rows = format!("minibatches of {}, in an order shuffled anew wherever it is used up", plan.batch);
    match net {
        Net::Critic => {
            vec![rows, "the critic one step down 1/2 (V(s) - G)^2, the returns held as they are".to_owned()]
        }
        Net::Policy => {
            let mut lines =
                vec![rows, "the policy one step down -w ln pi(a|s) (Eq. 3, Sec. 4.2.2)".to_owned()];
            lines.extend(penalty(plan.policy.penalty));
            lines
        }
    }
}

/// What a policy that is fitted pays beside.
pub(super) fn penalty(penalty: Penalty) -> Option<String> {
    match penalty {
        Penalty::Off | Penalty::Samples { .. } => None,
        Penalty::MeanL2 { coefficient } => {
            Some(format!("plus {coefficient} / 2 times the squared distance of its mean from the box"))
        }
        Penalty::LogitL2 { coefficient } => {
            Some(format!("plus {coefficient} / 2 times the squared length of its logits"))
        }
    }
}

impl Fitting {
    /// Compiles the step of `net`.
    pub(crate) fn compile(plan: &Plan, of_v: VCritic, (net, nets): (Net, &Nets)) -> Self {
        let dims = plan.dims;
        let program = match net {
            Net::Critic => {
                FittingProgram::Critic(StepProgram::compile(plan, [dims.obs, 1], |graph, inputs| {
                    let [obs, returns] = inputs;
                    critic::state_step(of_v, nets, graph, (obs, returns))
                }))
            }
            Net::Policy => {
                let widths = [dims.obs, dims.action, 1];
                FittingProgram::Policy(StepProgram::compile(plan, widths, |graph, inputs| {
                    em::step_on_data(plan, nets, graph, inputs)
                }))
            }
        };
        Fitting { program, shuffle: Shuffle::default(), batch: plan.batch }
    }

    /// One step, on minibatch number `piece`. Allocates nothing after the first iteration.
    pub(crate) fn advance(
        &mut self,
        piece: u64,
        (episodes, from): (&Episodes, Minibatches<'_>),
        work: &mut Work<'_>,
    ) -> Piece {
        let (number, count) = (piece as usize, from.count());
        if number == 0 {
            self.shuffle.start(episodes.len());
        }
        if number < count {
            self.shuffle.next(from, number, self.batch, work.replay_rng);
            self.write(episodes, work.table);
            self.program.run(work.params, work.pool);
            *work.updates += 1;
        }
        if number + 1 < count {
            return Piece::More;
        }
        self.program.drain_means(work.logged);
        Piece::Last
    }

    fn write(&mut self, episodes: &Episodes, table: &Table) {
        for (row, &index) in self.shuffle.indices().iter().enumerate() {
            let at = table.rows[index];
            let obs = episodes.obs_rows(at..at + 1);
            match &mut self.program {
                FittingProgram::Critic(step) => step.write_row(row, [obs, &table.returns[index..=index]]),
                FittingProgram::Policy(step) => {
                    step.write_row(row, [obs, episodes.action(index), &table.weights[index..=index]]);
                }
            }
        }
    }

    /// Floating-point operations of a step's matrix products.
    pub(crate) fn product_flops(&self) -> u64 {
        match &self.program {
            FittingProgram::Critic(step) => step.program.product_flops(),
            FittingProgram::Policy(step) => step.program.product_flops(),
        }
    }

    /// How far it is.
    pub(crate) fn state(&self) -> FittingState {
        let (steps, logged) = match &self.program {
            FittingProgram::Critic(step) => (step.runs, &step.logged),
            FittingProgram::Policy(step) => (step.runs, &step.logged),
        };
        let sums = logged.iter().map(|(metric, _, sum)| (metric.name().to_owned(), sum.to_bits()));
        let Shuffle { order, at, .. } = &self.shuffle;
        FittingState { order: order.clone(), at: *at, steps, sums: sums.collect() }
    }

    /// Puts back how far it was.
    pub(crate) fn restore(&mut self, state: FittingState) -> Result<(), String> {
        let FittingState { order, at, steps, mut sums } = state;
        let mut seen = vec![false; order.len()];
        for &index in &order {
            let free = seen.get_mut(index).is_some_and(|seen| !std::mem::replace(seen, true));
            if !free {
                return Err("its order of minibatches is no order".to_owned());
            }
        }
        if at > order.len() {
            return Err("its order of minibatches is shorter than what was used of it".to_owned());
        }
        (self.shuffle.order, self.shuffle.at) = (order, at);
        let (runs, logged) = match &mut self.program {
            FittingProgram::Critic(step) => (&mut step.runs, &mut step.logged),
            FittingProgram::Policy(step) => (&mut step.runs, &mut step.logged),
        };
        *runs = steps;
        for (metric, _, sum) in logged {
            // A metric that the program did not log when it wrote the checkpoint has no sum yet.
            *sum = sums.remove(metric.name()).map_or(0.0, f64::from_bits);
        }
        match sums.keys().next() {
            Some(name) => Err(format!("it has sums of `{name}`, which is not logged here")),
            None => Ok(()),
        }
    }
}

impl FittingProgram {
    fn run(&mut self, params: &mut Params, pool: &mut Pool) {
        match self {
            FittingProgram::Critic(step) => step.run(params, pool),
            FittingProgram::Policy(step) => step.run(params, pool),
        }
    }

    fn drain_means(&mut self, into: &mut Vec<(Metric, f64)>) {
        match self {
            FittingProgram::Critic(step) => step.drain_means(into),
            FittingProgram::Policy(step) => step.drain_means(into),
        }
    }
}

/// A step on a minibatch of `N` arrays, and the sums of what it logs.
#[derive(Debug)]
struct StepProgram<const N: usize> {
    program: Program,
    inputs: [Slot; N],
    logged: Vec<(Metric, Slot, f64)>,
    runs: u64,
}

impl<const N: usize> StepProgram<N> {
    /// Compiles what `record` makes of a minibatch: inputs [1, batch, width], one for each of `widths`.
    fn compile<F>(plan: &Plan, widths: [usize; N], record: F) -> Self
    where
        F: for<'g> FnOnce(&'g Graph, [Node<'g>; N]) -> Logged<'g>,
    {
        let graph = Graph::new();
        let inputs = widths.map(|width| graph.input(Shape::new(1, plan.batch, width)));
        let logged = record(&graph, inputs);
        logged.iter().for_each(|(_, node)| graph.output(*node));
        let program = Program::compile_at(&graph, plan.code.precision.into());
        let inputs = inputs.map(|node| program.slot(node));
        let logged = logged.into_iter().map(|(metric, node)| (metric, program.slot(node), 0.0)).collect();
        StepProgram { inputs, logged, program, runs: 0 }
    }

    fn write_row(&mut self, row: usize, values: [&[f32]; N]) {
        for (slot, values) in self.inputs.iter().zip(values) {
            let width = slot.shape().cols;
            self.program.write(*slot)[row * width..(row + 1) * width].copy_from_slice(values);
        }
    }

    fn run(&mut self, params: &mut Params, pool: &mut Pool) {
        self.program.run(params, pool);
        for (_, slot, sum) in &mut self.logged {
            *sum += f64::from(self.program.read(*slot)[0]);
        }
        self.runs += 1;
    }

    /// Gives the means over the runs since the last time, none if there were none.
    fn drain_means(&mut self, into: &mut Vec<(Metric, f64)>) {
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
