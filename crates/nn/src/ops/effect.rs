//! Steps of optimisers as they run: each one pass over the flat storage of the parameters.

use crate::exec::io::{Io, Parts};
use crate::isa::Isa;
use crate::kernels::sweep::{self, AdamRates};
use crate::op::{Effect, Follower, Rates};
use std::ops::Range;

/// Numbers of each array that a step with a follower goes through at a time.
const PIECE: usize = 1024;

impl Effect {
    /// Does this thread's part of the step.
    pub(crate) fn run(self, io: &mut Io<'_>) {
        let own = io.own_parameters(self.len());
        if own.is_empty() {
            return;
        }
        let grads = self.gradients().map_or(&[][..], |block| io.gradients(block.len));
        self.step(io.isa(), grads, &mut io.parameters(), own);
    }

    /// The part `own` of the step, which counts from the set's first parameter.
    fn step(self, isa: Isa, grads: &[f32], params: &mut Parts<'_>, own: Range<usize>) {
        match self {
            Effect::Adam { state, betas: [beta1, beta2], eps, rates, at, follower } => {
                let t = f64::from(params.read(state[2])) + 1.0;
                let correction = |beta: f32| 1.0 - f64::from(beta).powf(t);
                let numbers = AdamRates {
                    scale: rates.clip_factor(isa, grads),
                    weight_decay: rates.weight_decay.0,
                    beta1: beta1.0,
                    beta2: beta2.0,
                    step_size: (rates.lr(params) / correction(beta1.0)) as f32,
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
                let numbers = [scale, rates.weight_decay.0, momentum.0, rates.lr(params) as f32];
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
}

impl Rates {
    /// The learning rate of this run of the step.
    fn lr(&self, params: &Parts<'_>) -> f64 {
        let factor = self.lr_factor.map_or(1.0, |at| f64::from(params.read(at)));
        f64::from(self.lr.0) * factor
    }

    /// min(1, clip / (norm + 1e-6)), with the norm summed in f64 by blocks, in one order on every thread.
    fn clip_factor(&self, isa: Isa, grads: &[f32]) -> f32 {
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
