//! What a constrained step asks of the rollout, compiled for a chunk of it: the gradient of the surrogate, products with the
//! Fisher matrix, and what a trial of the line search is worth.
//!
//! Every row has a weight, 1 / N of N transitions and 0 of what fills up a chunk, so that chunks add up to means.

use crate::columns::Divergence;
use crate::episodes::Episodes;
use crate::math::surrogate;
use crate::metrics::{Logged, Metric};
use crate::nets::Nets;
use crate::phase::Table;
use crate::phase::chunk::CHUNK;
use crate::plan::{Plan, Policy};
use coadapt_nn::params::ParamSet;
use coadapt_nn::{Axis, Graph, Node, Params, Pool, Program, Shape, Slot};
use std::ops::Range;

/// Columns of what is known of a transition: its advantage and its weight.
const KNOWN: usize = 2;

/// The surrogate at a chunk of a rollout, with its gradient or with what a step did to the policy.
#[derive(Debug)]
pub(super) struct SurrogateAt {
    program: Program,
    obs: Slot,
    action: Slot,
    known: Slot,
    prior: Slot,
    gain: Slot,
    /// By the policy's parameters, where it is asked for.
    gradient: Option<Slot>,
    /// The KL from the prior first, then what is logged of the policy; where they are asked for.
    measured: Vec<(Metric, Slot)>,
}

/// What is asked beside the surrogate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Its gradient.
    Gradient,
    /// How far the policy is from the prior, this way round, and what it is like.
    Policy(Divergence),
}

impl SurrogateAt {
    pub(super) fn compile(plan: &Plan, nets: &Nets, beside: Beside) -> Self {
        let graph = Graph::new();
        let input = |width| graph.input(Shape::new(1, CHUNK, width));
        let (obs, action, known) = (input(plan.dims.obs), input(plan.dims.action), input(KNOWN));
        let prior = input(plan.policy.width(plan.dims.action));
        let (advantage, weight) = (known.columns(0, 1), known.columns(1, 1));
        let (policy, before) = (nets.policy(&graph, obs), plan.policy.read(prior));
        let ratio = surrogate::ratio(policy.log_prob(action), before.log_prob(action));
        let mut earned = ratio * advantage;
        if plan.code.entropy_bonus != 0.0 {
            earned = earned + policy.entropy() * plan.code.entropy_bonus as f32;
        }
        let gain = (weight * earned).sum_all();
        let (gradient, measured) = match beside {
            Beside::Gradient => (Some(graph.flat_gradient(gain, nets.policy_set())), Vec::new()),
            Beside::Policy(divergence) => {
                let mut measured = measured(policy, before, divergence);
                measured.iter_mut().for_each(|(_, rows)| *rows = (weight * *rows).sum_all());
                (None, measured)
            }
        };
        graph.output(gain);
        gradient.iter().chain(measured.iter().map(|(_, node)| node)).for_each(|&node| graph.output(node));
        let program = Program::compile_at(&graph, plan.code.precision.into());
        let slot = |node| program.slot(node);
        SurrogateAt {
            obs: slot(obs),
            action: slot(action),
            known: slot(known),
            prior: slot(prior),
            gain: slot(gain),
            gradient: gradient.map(slot),
            measured: measured.into_iter().map(|(metric, node)| (metric, slot(node))).collect(),
            program,
        }
    }

    /// The chunk's part of the surrogate.
    pub(super) fn run(
        &mut self,
        (rollout, table): (&Episodes, &Table),
        chunk: Range<usize>,
        (params, pool): (&mut Params, &mut Pool),
    ) -> f64 {
        let weight = 1.0 / rollout.len() as f32;
        let width = self.prior.shape().cols;
        // What fills up the chunk must be a distribution: of a Gaussian the deviation is not 0.
        self.program.write(self.prior).fill(1.0);
        for slot in [self.obs, self.action, self.known] {
            self.program.write(slot).fill(0.0);
        }
        for (row, index) in chunk.enumerate() {
            let at = table.rows[index];
            let known = [table.standardised[index], weight];
            let rows = [
                (self.obs, rollout.obs_rows(at..at + 1)),
                (self.action, rollout.action(index)),
                (self.known, &known[..]),
                (self.prior, table.prior_of(at, width)),
            ];
            rows.into_iter().for_each(|(slot, values)| put(&mut self.program, slot, row, values));
        }
        self.program.run(params, pool);
        f64::from(self.program.read(self.gain)[0])
    }

    /// The chunk's part of the gradient; nothing where it was not asked for.
    pub(super) fn gradient(&self) -> &[f32] {
        self.gradient.map_or(&[], |slot| self.program.read(slot))
    }

    /// What is measured.
    pub(super) fn metrics(&self) -> impl Iterator<Item = Metric> {
        self.measured.iter().map(|&(metric, _)| metric)
    }

    /// The chunk's parts of it.
    pub(super) fn measured(&self) -> impl Iterator<Item = f64> {
        self.measured.iter().map(|&(_, slot)| f64::from(self.program.read(slot)[0]))
    }

    /// Floating-point operations of its matrix products.
    pub(super) fn product_flops(&self) -> u64 {
        self.program.product_flops()
    }
}

/// The KL between `before` and `policy` first, then what is logged of `policy`; each by state, [1, B, 1].
fn measured<'g>(policy: Policy<'g>, before: Policy<'g>, divergence: Divergence) -> Logged<'g> {
    let kl = match divergence {
        Divergence::QToP => policy.kl(before),
        Divergence::PToQ | Divergence::Mmd => before.kl(policy),
    };
    let mut measured = vec![(Metric::KlStep, kl), (Metric::Entropy, policy.entropy())];
    if let Policy::Normal(normal) = policy {
        let std = normal.std.broadcast_to(normal.mean.shape());
        measured.push((Metric::PolicyStd, std.mean(Axis::Col)));
    }
    measured
}

/// Products of the Fisher matrix of a chunk with a vector: J' M J v, M that of the distribution's parameters (Schulman et
/// al. 2015, App. C.1).
#[derive(Debug)]
pub(super) struct FisherAt {
    program: Program,
    obs: Slot,
    weight: Slot,
    vector: Slot,
    product: Slot,
}

impl FisherAt {
    pub(super) fn compile(plan: &Plan, nets: &Nets) -> Self {
        let graph = Graph::new();
        let set = nets.policy_set();
        let obs = graph.input(Shape::new(1, CHUNK, plan.dims.obs));
        let weight = graph.input(Shape::new(1, CHUNK, 1));
        let vector = graph.input(Shape::new(1, 1, set.range.len()));
        let product = fisher_product(&graph, set, nets.policy(&graph, obs), (weight, vector));
        graph.output(product);
        let program = Program::compile_at(&graph, plan.code.precision.into());
        let slot = |node| program.slot(node);
        FisherAt {
            obs: slot(obs),
            weight: slot(weight),
            vector: slot(vector),
            product: slot(product),
            program,
        }
    }

    /// The chunk's part of the product with `vector`.
    pub(super) fn run(
        &mut self,
        (rollout, table): (&Episodes, &Table),
        (chunk, vector): (Range<usize>, &[f32]),
        (params, pool): (&mut Params, &mut Pool),
    ) -> &[f32] {
        let weight = 1.0 / rollout.len() as f32;
        self.program.write(self.vector).copy_from_slice(vector);
        [self.obs, self.weight].into_iter().for_each(|slot| self.program.write(slot).fill(0.0));
        for (row, index) in chunk.enumerate() {
            let at = table.rows[index];
            put(&mut self.program, self.obs, row, rollout.obs_rows(at..at + 1));
            put(&mut self.program, self.weight, row, &[weight]);
        }
        self.program.run(params, pool);
        self.program.read(self.product)
    }

    /// Floating-point operations of its matrix products.
    pub(super) fn product_flops(&self) -> u64 {
        self.program.product_flops()
    }
}

/// J' M J v of `policy`: M is diag(1 / sigma^2, 2) in the mean and the log standard deviation of a Gaussian, and diag(p) in
/// the log probabilities of a softmax, each state by its `weight` [1, B, 1]. `vector` v and the product are [1, 1, n].
fn fisher_product<'g>(
    graph: &'g Graph,
    set: &ParamSet,
    policy: Policy<'g>,
    (weight, vector): (Node<'g>, Node<'g>),
) -> Node<'g> {
    let paired = match policy {
        Policy::Normal(normal) => {
            let (mean, log_std) = (normal.mean, normal.log_std.broadcast_to(normal.mean.shape()));
            let tangents = graph.flat_tangents(&[mean, log_std], set, vector);
            let of_mean = weight * tangents[0] / normal.std.square();
            let of_log_std = weight * tangents[1] * 2.0;
            (mean * of_mean.stop_gradient() + log_std * of_log_std.stop_gradient()).sum_all()
        }
        Policy::Softmax(softmax) => {
            let log_probs = softmax.log_probs();
            let tangent = graph.flat_tangents(&[log_probs], set, vector)[0];
            let weighted = weight * (log_probs.exp() * tangent);
            (log_probs * weighted.stop_gradient()).sum_all()
        }
        Policy::Delta(_) => panic!("a Fisher matrix is asked for of a policy without noise"),
    };
    graph.flat_gradient(paired, set)
}

/// Writes one row of an input.
fn put(program: &mut Program, slot: Slot, row: usize, values: &[f32]) {
    let width = slot.shape().cols;
    program.write(slot)[row * width..(row + 1) * width].copy_from_slice(values);
}
