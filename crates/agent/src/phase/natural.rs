//! A natural-gradient step of the policy under a bound on its KL (TRPO, Schulman et al. 2015, App. C; Sec. 4.1.2): conjugate
//! gradients on products with the Fisher matrix, then a backtracking line search. A piece is one pass over one chunk of the
//! rollout.

mod programs;

use super::chunk::CHUNK;
use super::{Piece, Table, Work};
use crate::arrays::{Arrays, Read};
use crate::episodes::Episodes;
use crate::math::conjugate::{ConjugateBits, ConjugateGradients};
use crate::math::line_search::{Backtracking, BacktrackingState, Verdict, full_step};
use crate::metrics::Metric;
use crate::nets::Nets;
use crate::plan::{Constraint, Plan};
use coadapt_nn::{Params, Pool};
use programs::{Beside, FisherAt, SurrogateAt};
use serde::{Deserialize, Serialize};

/// r'r below which conjugate gradients are done (OpenAI baselines, common/cg.py).
const TOLERANCE: f64 = 1e-10;

/// A constrained step, and how far it is.
#[derive(Debug)]
pub(crate) struct Natural {
    constraint: Constraint,
    surrogate: SurrogateAt,
    fisher: FisherAt,
    trial: SurrogateAt,
    direction: ConjugateGradients,
    search: Backtracking,
    stage: Stage,
    /// The next chunk of the rollout.
    chunk: usize,
    /// The surrogate before the step.
    before: f64,
    /// Sums over the chunks of a trial: the surrogate, and what is measured.
    gain: f64,
    measured: Vec<f64>,
    /// The length of the step at fraction 1.
    full: f64,
    gradient: Vec<f32>,
    product: Vec<f32>,
    old: Vec<f32>,
}

/// What the passes over the rollout are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// The surrogate and its gradient.
    #[default]
    Gradient,
    /// A product with the Fisher matrix.
    Direction,
    /// What a step does.
    Trial,
}

/// What a checkpoint keeps of a step, beside its arrays; floats as bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NaturalState {
    stage: Stage,
    chunk: usize,
    before: u64,
    gain: u64,
    measured: Vec<u64>,
    full: u64,
    direction: ConjugateBits,
    search: BacktrackingState,
}

pub(super) fn about(plan: &Plan) -> Vec<String> {
    let Some(Constraint { epsilon, solver, .. }) = plan.posterior.constraint() else { return Vec::new() };
    vec![
        format!("g, the gradient of the mean of ratio A, {CHUNK} transitions at a time"),
        format!(
            "(F + {} I) x = g by at most {} conjugate gradients, F v = J' M J v by one tangent and one gradient \
             (Schulman et al. 2015, App. C)",
            solver.damping, solver.iterations
        ),
        format!(
            "the policy moves along x until the quadratic model of the KL is {epsilon}; then, at most {} times in all, {} of that \
             until ratio A is no worse and the KL at most {epsilon}, else not at all",
            solver.trials, solver.shrink
        ),
    ]
}

impl Natural {
    /// Compiles the passes; `None` where the plan's step is not constrained.
    pub(crate) fn compile(plan: &Plan, nets: &Nets) -> Option<Self> {
        let constraint = plan.posterior.constraint()?;
        let Constraint { divergence, solver, .. } = constraint;
        let len = nets.policy_set().range.len();
        let zeros = || vec![0.0; len];
        let trial = SurrogateAt::compile(plan, nets, Beside::Policy(divergence));
        Some(Natural {
            constraint,
            surrogate: SurrogateAt::compile(plan, nets, Beside::Gradient),
            fisher: FisherAt::compile(plan, nets),
            direction: ConjugateGradients::new(len, solver.iterations, TOLERANCE),
            search: Backtracking::new(u32::try_from(solver.trials).unwrap_or(u32::MAX), solver.shrink),
            stage: Stage::Gradient,
            chunk: 0,
            before: 0.0,
            gain: 0.0,
            measured: vec![0.0; trial.metrics().count()],
            full: 0.0,
            gradient: zeros(),
            product: zeros(),
            old: zeros(),
            trial,
        })
    }

    /// The pass over one chunk. Allocates nothing.
    pub(crate) fn advance(&mut self, piece: u64, rollout: &Episodes, work: &mut Work<'_>) -> Piece {
        if piece == 0 {
            self.begin(Stage::Gradient);
            self.gradient.fill(0.0);
        }
        let start = self.chunk * CHUNK;
        let end = (start + CHUNK).min(rollout.len());
        self.pass((rollout, work.table), start..end, (work.params, work.pool));
        if end < rollout.len() {
            self.chunk += 1;
            return Piece::More;
        }
        match self.stage {
            Stage::Gradient => self.end_of_gradient(work),
            Stage::Direction => self.end_of_product(work),
            Stage::Trial => self.end_of_trial(work),
        }
    }

    fn begin(&mut self, stage: Stage) {
        (self.stage, self.chunk, self.gain) = (stage, 0, 0.0);
        self.measured.fill(0.0);
        self.product.fill(0.0);
    }

    fn pass(
        &mut self,
        data: (&Episodes, &Table),
        chunk: std::ops::Range<usize>,
        (params, pool): (&mut Params, &mut Pool),
    ) {
        match self.stage {
            Stage::Gradient => {
                self.gain += self.surrogate.run(data, chunk, (params, pool));
                add(self.surrogate.gradient(), &mut self.gradient);
            }
            Stage::Direction => {
                let part = self.fisher.run(data, (chunk, self.direction.direction()), (params, pool));
                add(part, &mut self.product);
            }
            Stage::Trial => {
                self.gain += self.trial.run(data, chunk, (params, pool));
                self.measured.iter_mut().zip(self.trial.measured()).for_each(|(sum, part)| *sum += part);
            }
        }
    }

    fn end_of_gradient(&mut self, work: &mut Work<'_>) -> Piece {
        self.before = self.gain;
        self.old.copy_from_slice(work.params.flat(work.nets.policy_set()));
        self.direction.start(&self.gradient);
        self.after_product(work)
    }

    fn end_of_product(&mut self, work: &mut Work<'_>) -> Piece {
        let damping = self.constraint.solver.damping as f32;
        for (product, &x) in self.product.iter_mut().zip(self.direction.direction()) {
            *product += damping * x;
        }
        self.direction.advance(&self.product);
        self.after_product(work)
    }

    /// Another product, or on to the step: one of length 0 where the model knows none.
    fn after_product(&mut self, work: &mut Work<'_>) -> Piece {
        if !self.direction.is_done() {
            self.begin(Stage::Direction);
            return Piece::More;
        }
        self.direction.product_of_solution(&self.gradient, &mut self.product);
        let full = full_step(self.direction.solution(), &self.product, self.constraint.epsilon);
        self.full = full.unwrap_or(0.0);
        self.search.start();
        self.try_step(work)
    }

    /// Judges the step that was tried; the last of them is one of length 0, which is not judged.
    fn end_of_trial(&mut self, work: &mut Work<'_>) -> Piece {
        let verdict = match self.full {
            0.0 => Verdict::Accept,
            _ => self.search.judge(self.gain - self.before, self.measured[0], self.constraint.epsilon),
        };
        match verdict {
            Verdict::Accept => {
                self.log(work);
                *work.updates += 1;
                work.nets.after_update(work.params, *work.updates);
                return Piece::Last;
            }
            Verdict::Shrink => {}
            Verdict::GiveUp => self.full = 0.0,
        }
        self.try_step(work)
    }

    /// Goes on to what a step does that is as long as the search has it.
    fn try_step(&mut self, work: &mut Work<'_>) -> Piece {
        self.begin(Stage::Trial);
        self.go(self.full * self.search.fraction(), work);
        Piece::More
    }

    /// Puts the policy `step` times the direction away from where it was.
    fn go(&mut self, step: f64, work: &mut Work<'_>) {
        let set = work.nets.policy_set();
        if step == 0.0 {
            return work.params.assign_flat(set, &self.old);
        }
        for ((to, &old), &x) in self.product.iter_mut().zip(&self.old).zip(self.direction.solution()) {
            *to = (f64::from(old) + step * f64::from(x)) as f32;
        }
        work.params.assign_flat(set, &self.product);
    }

    /// Logs the step that was taken.
    fn log(&self, work: &mut Work<'_>) {
        let fraction = if self.full == 0.0 { 0.0 } else { self.search.fraction() };
        work.logged.extend([
            (Metric::PolicyLoss, -self.gain),
            (Metric::ScoreMean, self.gain),
            (Metric::KlStepRelative, self.measured[0] / self.constraint.epsilon),
            (Metric::StepFraction, fraction),
        ]);
        work.logged.extend(self.trial.metrics().zip(self.measured.iter().copied()));
    }

    /// Floating-point operations of the matrix products of a step on `len` transitions, with as many conjugate gradients as
    /// there may be, whose first trial is good.
    pub(crate) fn product_flops(&self, len: usize) -> u64 {
        let products = self.constraint.solver.iterations * self.fisher.product_flops();
        let chunks = len.div_ceil(CHUNK) as u64;
        chunks * (self.surrogate.product_flops() + products + self.trial.product_flops())
    }

    /// How far it is.
    pub(crate) fn state(&self) -> NaturalState {
        NaturalState {
            stage: self.stage,
            chunk: self.chunk,
            before: self.before.to_bits(),
            gain: self.gain.to_bits(),
            measured: self.measured.iter().map(|x| x.to_bits()).collect(),
            full: self.full.to_bits(),
            direction: self.direction.to_bits(),
            search: self.search.state(),
        }
    }

    /// Its arrays by name.
    pub(crate) fn arrays(&self) -> Arrays<'_> {
        let own = [("gradient", &self.gradient), ("product", &self.product), ("old", &self.old)];
        let own = own.map(|(name, numbers)| (name, &numbers[..]));
        let named = own.into_iter().chain(self.direction.arrays());
        named.map(|(name, x)| (format!("iteration.natural.{name}"), vec![x.len(), 1], x)).collect()
    }

    /// Puts back what [`Natural::state`] and [`Natural::arrays`] gave, in the middle of a rollout of `len` transitions.
    pub(crate) fn restore(
        &mut self,
        state: NaturalState,
        len: usize,
        read: &mut Read<'_>,
    ) -> Result<(), String> {
        let NaturalState { stage, chunk, before, gain, measured, full, direction, search } = state;
        if measured.len() != self.measured.len() {
            return Err(format!(
                "it measures {} things of a step, of {}",
                measured.len(),
                self.measured.len()
            ));
        }
        let chunks = len.div_ceil(CHUNK);
        if chunk >= chunks {
            return Err(format!("its constrained step is in part {chunk} of a rollout of {chunks}"));
        }
        (self.stage, self.chunk) = (stage, chunk);
        [self.before, self.gain, self.full] = [before, gain, full].map(f64::from_bits);
        self.measured.iter_mut().zip(measured).for_each(|(to, bits)| *to = f64::from_bits(bits));
        self.direction.restore(direction)?;
        self.search.restore(search)?;
        let own = [("gradient", &mut self.gradient), ("product", &mut self.product), ("old", &mut self.old)];
        let own = own.map(|(name, numbers)| (name, &mut numbers[..]));
        let mut named = own.into_iter().chain(self.direction.arrays_mut());
        named.try_for_each(|(name, numbers)| read(&format!("iteration.natural.{name}"), numbers))
    }
}

fn add(part: &[f32], sum: &mut [f32]) {
    sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
}
