//! Steps of a program that change parameters: Adam, SGD with momentum, clipping, Polyak averaging.
//!
//! Each is one pass over the flat storage. Moments and step counts are parameters too, so that saving the
//! parameters saves the optimiser.

use crate::graph::{Graph, Node};
use crate::kernels::sweep::{self, AdamRates};
use crate::ops::{Exact, Layout, Op};
use crate::params::{ParamSet, Params};
use crate::shape::Shape;
use std::ops::Range;

/// The rule of a step. Weight decay is the coupled L2 term, added to the gradient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// Kingma & Ba 2015, in torch's form: eps outside the bias-corrected root.
    Adam {
        /// Decay of the first moment.
        beta1: f32,
        /// Decay of the second moment.
        beta2: f32,
        /// Added to the root.
        eps: f32,
    },
    /// Momentum without dampening or Nesterov's correction.
    Sgd {
        /// Decay of the velocity.
        momentum: f32,
    },
}

/// An optimiser's settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptimConfig {
    /// The rule.
    pub rule: Rule,
    /// Learning rate.
    pub lr: f32,
    /// Coefficient of the L2 term.
    pub weight_decay: f32,
    /// Largest global norm of the gradient; infinite for no clip.
    pub clip_norm: f32,
}

impl OptimConfig {
    /// Adam with betas .9 and .999 and eps 1e-8, no decay, no clip.
    pub fn adam(lr: f32) -> Self {
        let rule = Rule::Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8 };
        OptimConfig { rule, lr, weight_decay: 0.0, clip_norm: f32::INFINITY }
    }

    /// SGD, no decay, no clip.
    pub fn sgd(lr: f32, momentum: f32) -> Self {
        OptimConfig { rule: Rule::Sgd { momentum }, lr, weight_decay: 0.0, clip_norm: f32::INFINITY }
    }
}

/// An optimiser of one set of parameters, its state registered beside them.
#[derive(Debug, Clone)]
pub struct Optimizer {
    set: ParamSet,
    config: OptimConfig,
    /// First moment or velocity, then the second moment, then the step count.
    state: [usize; 3],
}

impl Optimizer {
    /// Registers the state of an optimiser of `set` as `name.*`.
    pub fn new(params: &mut Params, name: &str, set: &ParamSet, config: OptimConfig) -> Self {
        params.align();
        let flat = Shape::new(1, 1, set.range.len());
        let state = match config.rule {
            Rule::Adam { .. } => [
                params.add(format!("{name}.first_moment"), flat).offset,
                params.add(format!("{name}.second_moment"), flat).offset,
                params.add(format!("{name}.steps"), Shape::SCALAR).offset,
            ],
            Rule::Sgd { .. } => [params.add(format!("{name}.velocity"), flat).offset, 0, 0],
        };
        Optimizer { set: set.clone(), config, state }
    }
}

/// An effect on the parameters, as recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Effect {
    Adam {
        at: Block,
        state: [usize; 3],
        betas: [Exact; 2],
        eps: Exact,
        rates: Rates,
        follower: Option<Follower>,
    },
    Tick {
        count: usize,
    },
    Sgd {
        at: Block,
        velocity: usize,
        momentum: Exact,
        rates: Rates,
    },
    Polyak {
        from: usize,
        to: Block,
        tau: Exact,
    },
}

/// A set that moves by `tau` towards the set that was just stepped; it begins at `offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Follower {
    offset: usize,
    tau: Exact,
}

/// A range that can be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Block {
    pub offset: usize,
    pub len: usize,
}

impl Block {
    fn overlaps(self, other: Block) -> bool {
        self.offset < other.offset + other.len && other.offset < self.offset + self.len
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Rates {
    lr: Exact,
    weight_decay: Exact,
    clip_norm: Exact,
}

/// Numbers of each array that a step with a follower goes through at a time.
const PIECE: usize = 1024;

impl Graph {
    /// Records the gradient of `loss` and a step of `optimizer` down it.
    pub fn minimize(&self, optimizer: &Optimizer, loss: Node<'_>) {
        let targets: Vec<Node<'_>> = optimizer.set.spans.iter().map(|&s| self.param(s)).collect();
        let grads = self.gradients(self.node(loss.id), &targets);
        self.step(optimizer, &grads);
    }

    /// Records a step of `optimizer` along gradients that are already there, one a parameter array.
    pub fn step(&self, optimizer: &Optimizer, grads: &[Node<'_>]) {
        let Optimizer { set, config, state } = optimizer;
        assert!(grads.len() == set.spans.len(), "one gradient for each parameter array");
        // The executor places gradients side by side, as the parameters lie; what cannot be computed in
        // place is copied there.
        let placed: Vec<Node<'_>> = grads.iter().map(|g| self.placeable(*g)).collect();
        let at = Block { offset: set.range.start, len: set.range.len() };
        let rates = Rates {
            lr: Exact(config.lr),
            weight_decay: Exact(config.weight_decay),
            clip_norm: Exact(config.clip_norm),
        };
        let effect = match config.rule {
            Rule::Adam { beta1, beta2, eps } => {
                let betas = [Exact(beta1), Exact(beta2)];
                Effect::Adam { at, state: *state, betas, eps: Exact(eps), rates, follower: None }
            }
            Rule::Sgd { momentum } => {
                Effect::Sgd { at, velocity: state[0], momentum: Exact(momentum), rates }
            }
        };
        self.push_effect(effect, &placed);
        self.note_write(set.range.clone());
        if let Effect::Adam { state, .. } = effect {
            self.push_effect(Effect::Tick { count: state[2] }, &[]);
        }
    }

    /// `grad` where nobody else has placed it and it is computed into memory of its own, else a copy.
    fn placeable(&self, grad: Node<'_>) -> Node<'_> {
        let fresh = matches!(self.record(grad.id).op, Op::Product(_) | Op::Reduce(_));
        let copies = {
            let mut recording = self.recording.borrow_mut();
            let count = recording.placed.len();
            if fresh && recording.placed.insert(grad.id) {
                return self.node(grad.id);
            }
            count
        };
        let copy = self.push(Op::Layout(Layout::Copy(copies)), &[grad], grad.shape());
        self.recording.borrow_mut().placed.insert(copy.id);
        copy
    }

    /// Records `to += tau (from - to)`; `tau = 1` is a hard copy.
    pub fn polyak(&self, from: &ParamSet, to: &ParamSet, tau: f32) {
        assert!(from.range.len() == to.range.len(), "averaging between sets of different size");
        let apart = from.range.end <= to.range.start || to.range.end <= from.range.start;
        assert!(apart, "averaging between sets that overlap");
        let block = Block { offset: to.range.start, len: to.range.len() };
        let (start, tau) = (from.range.start, Exact(tau));
        if !self.follows(Block { offset: start, len: block.len }, block, tau) {
            self.push_effect(Effect::Polyak { from: start, to: block, tau }, &[]);
        }
        self.note_write(to.range.clone());
    }

    /// Has the Adam step of `from` move `to` as well, in the same pass over memory, where nothing recorded since reads
    /// `to` or changes either; whether it does.
    fn follows(&self, from: Block, to: Block, tau: Exact) -> bool {
        let recording = &mut *self.recording.borrow_mut();
        for id in (0..recording.records.len()).rev() {
            let record = &recording.records[id];
            if record.args.iter().any(|&arg| recording.parameters(arg).is_some_and(|read| read.overlaps(to)))
            {
                return false;
            }
            match &mut recording.records[id].op {
                Op::Effect(Effect::Adam { at, follower: follower @ None, .. }) if *at == from => {
                    *follower = Some(Follower { offset: to.offset, tau });
                    return true;
                }
                Op::Effect(effect) if !effect.leaves(from, to) => return false,
                _ => {}
            }
        }
        false
    }
}

impl Effect {
    /// The place of gradient number `index`, relative to the set's first parameter.
    pub(crate) fn gradients(&self) -> Option<Block> {
        match self {
            Effect::Adam { at, .. } | Effect::Sgd { at, .. } => Some(*at),
            Effect::Tick { .. } | Effect::Polyak { .. } => None,
        }
    }

    /// Does this thread's `own` part of the step; `own` counts from the set's first parameter.
    pub(crate) fn run(self, isa: crate::Isa, grads: &[f32], params: &mut Parts<'_>, own: Range<usize>) {
        match self {
            Effect::Adam { state, betas: [beta1, beta2], eps, rates, at, follower } => {
                let t = f64::from(params.read(state[2])) + 1.0;
                let correction = |beta: f32| 1.0 - f64::from(beta).powf(t);
                let numbers = AdamRates {
                    scale: rates.clip_factor(isa, grads),
                    weight_decay: rates.weight_decay.0,
                    beta1: beta1.0,
                    beta2: beta2.0,
                    step_size: (f64::from(rates.lr.0) / correction(beta1.0)) as f32,
                    root_scale: (1.0 / correction(beta2.0).sqrt()) as f32,
                    eps: eps.0,
                };
                let Some(Follower { offset, tau }) = follower else {
                    let [p, m, v] = params.take([at.offset, state[0], state[1]], &own);
                    return sweep::adam(isa, numbers, &grads[own], (m, v), p);
                };
                // Piece by piece, while the new parameters are in cache.
                for start in own.clone().step_by(PIECE) {
                    let own = start..own.end.min(start + PIECE);
                    let [p, m, v, to] = params.take([at.offset, state[0], state[1], offset], &own);
                    sweep::adam(isa, numbers, &grads[own], (m, v), p);
                    sweep::polyak(isa, tau.0, p, to);
                }
            }
            Effect::Sgd { at, velocity, momentum, rates } => {
                let scale = rates.clip_factor(isa, grads);
                let numbers = [scale, rates.weight_decay.0, momentum.0, rates.lr.0];
                let [p, v] = params.take([at.offset, velocity], &own);
                sweep::sgd(isa, numbers, &grads[own], v, p);
            }
            Effect::Polyak { from, to, tau } => {
                let [from, to] = params.take([from, to.offset], &own);
                sweep::polyak(isa, tau.0, from, to);
            }
            Effect::Tick { count } => {
                let [steps] = params.take([count], &own);
                steps.iter_mut().for_each(|s| *s += 1.0);
            }
        }
    }

    /// Whether it neither changes `from` nor touches `to`.
    fn leaves(&self, from: Block, to: Block) -> bool {
        let apart = |at: Block| !at.overlaps(from) && !at.overlaps(to);
        match *self {
            Effect::Adam { at, follower, .. } => {
                apart(at) && follower.is_none_or(|f| apart(Block { offset: f.offset, len: at.len }))
            }
            Effect::Sgd { at, .. } => apart(at),
            Effect::Polyak { from: source, to: at, .. } => {
                apart(at) && !to.overlaps(Block { offset: source, len: at.len })
            }
            Effect::Tick { .. } => true,
        }
    }

    /// How many numbers the step covers: what the threads divide among them.
    pub(crate) fn len(&self) -> usize {
        match self {
            Effect::Adam { at, .. } | Effect::Sgd { at, .. } => at.len,
            Effect::Polyak { to, .. } => to.len,
            Effect::Tick { .. } => 1,
        }
    }
}

impl Rates {
    /// min(1, clip / (norm + 1e-6)), with the norm summed in f64 by blocks, in one order on every thread.
    fn clip_factor(&self, isa: crate::Isa, grads: &[f32]) -> f32 {
        if self.clip_norm.0 == f32::INFINITY {
            return 1.0;
        }
        let mut total = 0.0f64;
        for block in grads.chunks(4096) {
            let mut sum = 0.0;
            sweep::sum_squares(isa, block, &mut sum);
            total += sum;
        }
        // A comparison, not `min`: a NaN norm must spoil the step, not vanish.
        let factor = f64::from(self.clip_norm.0) / (total.sqrt() + 1e-6);
        if factor > 1.0 { 1.0 } else { factor as f32 }
    }
}

pub(crate) use crate::exec::Parts;
