//! Steps of a program that change parameters: Adam, SGD with momentum, clipping, Polyak averaging.
//!
//! Each is one pass over the flat storage. Moments and step counts are parameters too, so that saving the
//! parameters saves the optimiser.

use crate::graph::{Graph, Node};
use crate::op::{Block, Effect, Exact, Follower, Layout, Op, Rates};
use crate::params::{ParamSet, Params, Span};
use crate::shape::{Axis, Shape};

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
    /// Largest global norm of the gradient, of each network by itself where several lie side by side as groups;
    /// infinite for no clip.
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
    /// The parameter that the learning rate is multiplied by.
    lr_factor: Option<usize>,
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
        Optimizer { set: set.clone(), config, state, lr_factor: None }
    }

    /// The same optimiser, whose learning rate is multiplied by the number `factor` as it is when a step runs.
    ///
    /// # Panics
    /// When `factor` is several numbers, or one that this optimiser changes.
    pub fn with_lr_factor(self, factor: Span) -> Self {
        assert!(factor.shape == Shape::SCALAR, "a learning rate has one factor");
        let moments = match self.config.rule {
            Rule::Adam { .. } => 2,
            Rule::Sgd { .. } => 1,
        };
        let changed = self.state[..moments].iter().chain([&self.set.range.start]);
        let len = self.set.range.len();
        let is_changed = changed.into_iter().any(|&start| (start..start + len).contains(&factor.offset));
        assert!(!is_changed, "an optimiser changes the factor of its own learning rate");
        Optimizer { lr_factor: Some(factor.offset), ..self }
    }
}

impl Graph {
    /// Records the gradient of `loss` and a step of `optimizer` down it.
    pub fn minimize(&self, optimizer: &Optimizer, loss: Node<'_>) {
        let targets: Vec<Node<'_>> = optimizer.set.spans.iter().map(|&s| self.param(s)).collect();
        let grads = self.gradients(self.node(loss.id), &targets);
        self.step(optimizer, &grads);
    }

    /// Records a step of `optimizer` along gradients that are already there, one a parameter array.
    pub fn step(&self, optimizer: &Optimizer, grads: &[Node<'_>]) {
        let Optimizer { set, config, state, lr_factor } = optimizer;
        assert!(grads.len() == set.spans.len(), "one gradient for each parameter array");
        let groups = set.spans.first().map_or(1, |span| span.shape.groups);
        let apart = groups > 1 && set.spans.iter().all(|span| span.shape.groups == groups);
        if apart && config.clip_norm < f32::INFINITY {
            let loose = OptimConfig { clip_norm: f32::INFINITY, ..*config };
            let clipped = clipped_apart(grads, config.clip_norm);
            return self.step(&Optimizer { config: loose, ..optimizer.clone() }, &clipped);
        }
        // The executor places gradients side by side, as the parameters lie; what cannot be computed in
        // place is copied there.
        let placed: Vec<Node<'_>> = grads.iter().map(|g| self.placeable(*g)).collect();
        let at = Block { offset: set.range.start, len: set.range.len() };
        let rates = Rates {
            lr: Exact(config.lr),
            lr_factor: *lr_factor,
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
                Op::Effect(Effect::Adam { at, follower: follower @ None, rates, .. })
                    if *at == from && !rates.read(to) =>
                {
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

/// Gradients of networks side by side, each network's scaled down to `max` by the norm of all its arrays.
fn clipped_apart<'g>(grads: &[Node<'g>], max: f32) -> Vec<Node<'g>> {
    let within = |fold: fn(Node<'g>, Axis) -> Node<'g>, x| fold(fold(x, Axis::Col), Axis::Row);
    let over_arrays = |one: &dyn Fn(Node<'g>) -> Node<'g>, both: fn(Node<'g>, Node<'g>) -> Node<'g>| {
        grads.iter().map(|g| one(*g)).reduce(both)
    };
    let Some(largest) = over_arrays(&|g| within(Node::maximum, g.abs()), Node::max) else {
        return Vec::new();
    };
    // Squares of gradients in units of the largest cannot overflow; where all are zero, so is the norm.
    let unit = largest.max(largest.number(f32::MIN_POSITIVE)).recip();
    let Some(squares) = over_arrays(&|g| within(Node::sum, (g * unit).square()), |a, b| a + b) else {
        return Vec::new();
    };
    let norm = squares.sqrt() * largest;
    // Either NaN comes out of a minimum: a NaN norm must spoil the step, not vanish.
    let factor = (norm.affine(1.0, 1e-6).recip() * max).min(norm.number(1.0));
    grads.iter().map(|g| *g * factor).collect()
}
