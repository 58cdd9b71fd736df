//! Networks and policies at one state, in f64.

use super::{State, softplus};
use coadapt_agent::Method;
use coadapt_agent::code::{Activation, InputNorm};
use coadapt_agent::columns::{Bounds, Critics, Head, Mean, Std};
use std::f64::consts::{LN_2, TAU};

/// Copy number `group` of the network `name`, which stands `groups` times side by side, at `x`.
pub fn network(
    method: &Method,
    state: &State,
    name: &str,
    [group, groups]: [usize; 2],
    x: &[f64],
) -> Vec<f64> {
    let array = |layer: usize, part: &str| state.find(&format!("{name}.{layer}.{part}"));
    let mut y = x.to_vec();
    let mut layer = 0;
    while let (Some(weight), Some(bias)) = (array(layer, "weight"), array(layer, "bias")) {
        let (ins, outs) = (y.len(), bias.len() / groups);
        let of = |all: &[f64], width: usize| all[group * width..(group + 1) * width].to_vec();
        let (weight, mut z) = (of(weight, ins * outs), of(bias, outs));
        for (i, y) in y.iter().enumerate() {
            z.iter_mut().enumerate().for_each(|(o, z)| *z += y * weight[i * outs + o]);
        }
        let last = array(layer + 1, "weight").is_none();
        if let (Some(gain), Some(offset)) = (array(layer, "norm.gain"), array(layer, "norm.offset")) {
            let mean = z.iter().sum::<f64>() / outs as f64;
            let variance = z.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / outs as f64;
            let (gain, offset) = (of(gain, outs), of(offset, outs));
            for (o, z) in z.iter_mut().enumerate() {
                *z = ((*z - mean) / (variance + 1e-5).sqrt() * gain[o] + offset[o]).tanh();
            }
        } else if !last {
            z.iter_mut().for_each(|z| *z = activated(method.code.activation, *z));
        }
        (y, layer) = (z, layer + 1);
    }
    y
}

fn activated(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Relu => x.max(0.0),
        Activation::Elu => {
            if x > 0.0 {
                x
            } else {
                x.exp_m1()
            }
        }
        Activation::Tanh => x.tanh(),
    }
}

/// What the method makes of its critics at a state and an action; `name` is `critic` or `target_critic`.
pub fn value(method: &Method, state: &State, name: &str, obs: &[f64], action: &[f64]) -> f64 {
    let each = values(method, state, name, obs, action);
    let (low, high) = (each.iter().copied().reduce(f64::min), each.iter().copied().reduce(f64::max));
    match method.estimate.critics {
        Critics::Single => each[0],
        Critics::Twin => low.unwrap(),
        Critics::Mean => each.iter().sum::<f64>() / each.len() as f64,
        Critics::Mix { lambda } => lambda * low.unwrap() + (1.0 - lambda) * high.unwrap(),
    }
}

/// An observation as the networks see it.
pub fn seen(method: &Method, state: &State, obs: &[f64]) -> Vec<f64> {
    let InputNorm::Running { clip, .. } = method.code.input_norm else { return obs.to_vec() };
    let (mean, scale) = (state.get("input_norm.mean"), state.get("input_norm.scale"));
    (0..obs.len()).map(|i| ((obs[i] - mean[i]) * scale[i]).clamp(-clip, clip)).collect()
}

/// What each critic says.
pub fn values(method: &Method, state: &State, name: &str, obs: &[f64], action: &[f64]) -> Vec<f64> {
    let groups = method.estimate.critics.count();
    let x = [&seen(method, state, obs), action].concat();
    (0..groups).map(|group| network(method, state, name, [group, groups], &x)[0]).collect()
}

/// A Gaussian, perhaps squashed.
#[derive(Debug, Clone)]
pub struct Policy {
    pub mean: Vec<f64>,
    pub std: Vec<f64>,
    pub bounds: Bounds,
}

/// The policy `name` at `obs`: `policy`, `target_policy` or `prior_policy`.
pub fn policy(method: &Method, state: &State, name: &str, obs: &[f64]) -> Policy {
    let output = network(method, state, name, [0, 1], &seen(method, state, obs));
    let (mean, std) = match method.pi.head {
        Head::Normal { mean, std } => (mean, std),
        Head::Delta { mean } => (mean, Std::Constant { value: 0.0 }),
        Head::Softmax => panic!("not over a box"),
    };
    let dim = match std {
        Std::ExpClamp { .. } | Std::Softplus { .. } => output.len() / 2,
        _ => output.len(),
    };
    let center = output[..dim].iter().map(|&x| if mean == Mean::Tanh { x.tanh() } else { x }).collect();
    let spread = |d: usize| output[dim + d];
    let std = |d: usize| match std {
        Std::ExpClamp { min, max } => spread(d).clamp(min, max).exp(),
        Std::Softplus { initial } => softplus(spread(d)) * initial / LN_2 + 1e-6,
        Std::Exp { .. } => state.get(&format!("{name}.std"))[d].exp(),
        Std::Learned => softplus(state.get(&format!("{name}.std"))[d]).sqrt(),
        Std::Constant { value } => value,
        Std::Quadratic => panic!("not a network's"),
    };
    Policy { mean: center, std: (0..dim).map(std).collect(), bounds: method.pi.bounds }
}

fn ln_normal(x: f64, mean: f64, std: f64) -> f64 {
    -0.5 * ((x - mean) / std).powi(2) - std.ln() - 0.5 * TAU.ln()
}

impl Policy {
    /// An action and its log probability, the density divided by the slope 1 - tanh(u)^2 of the squashing.
    ///
    /// Without a standard deviation there is no density: the second is zero, and must be multiplied by zero.
    pub fn sample(&self, noise: &[f64]) -> (Vec<f64>, f64) {
        if self.std.iter().all(|std| *std == 0.0) {
            return (self.mode(), 0.0);
        }
        let u: Vec<f64> = (0..noise.len()).map(|d| self.mean[d] + self.std[d] * noise[d]).collect();
        let log_prob = self.gaussian_log_prob(&u);
        match self.bounds {
            Bounds::None => (u, log_prob),
            Bounds::Tanh { .. } => {
                let slope: f64 = u.iter().map(|u| -2.0 * u.cosh().ln()).sum();
                (u.iter().map(|u| u.tanh()).collect(), log_prob - slope)
            }
        }
    }

    /// ln N(u) of numbers before any squashing.
    pub fn gaussian_log_prob(&self, u: &[f64]) -> f64 {
        u.iter().enumerate().map(|(d, &u)| ln_normal(u, self.mean[d], self.std[d])).sum()
    }

    /// An action as the Gaussian sees it.
    pub fn unsquashed(&self, action: &[f64]) -> Vec<f64> {
        match self.bounds {
            Bounds::None => action.to_vec(),
            Bounds::Tanh { inset } => {
                let edge = f64::from((1.0 - inset) as f32);
                action.iter().map(|a| a.clamp(-edge, edge).atanh()).collect()
            }
        }
    }

    pub fn log_prob(&self, action: &[f64]) -> f64 {
        let u = self.unsquashed(action);
        let slope: f64 = match self.bounds {
            Bounds::None => 0.0,
            Bounds::Tanh { .. } => u.iter().map(|u| -2.0 * u.cosh().ln()).sum(),
        };
        self.gaussian_log_prob(&u) - slope
    }

    /// The action without noise.
    pub fn mode(&self) -> Vec<f64> {
        match self.bounds {
            Bounds::None => self.mean.clone(),
            Bounds::Tanh { .. } => self.mean.iter().map(|m| m.tanh()).collect(),
        }
    }

    /// KL(self || other) before any squashing: E ln (self / other), term by term.
    pub fn kl(&self, other: &Policy) -> f64 {
        let each = |d: usize| {
            let (m, s, n, t) = (self.mean[d], self.std[d], other.mean[d], other.std[d]);
            (t / s).ln() + (s * s + (m - n) * (m - n)) / (2.0 * t * t) - 0.5
        };
        (0..self.mean.len()).map(each).sum()
    }
}
