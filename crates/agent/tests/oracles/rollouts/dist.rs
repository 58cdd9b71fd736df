//! Either kind of policy at one state, in f64.

use crate::reference::{State, nets};
use coadapt_agent::columns::{Head, Penalty};
use coadapt_agent::{Method, Metric};
use std::f64::consts::TAU;

pub enum Dist {
    Gaussian(nets::Policy),
    /// Its logits.
    Softmax(Vec<f64>),
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&x| f64::from(x)).collect()
}

fn mean_of(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    values.iter().map(|&x| of(x)).sum::<f64>() / values.len() as f64
}

/// ln of the probabilities.
fn log_probs(logits: &[f64]) -> Vec<f64> {
    let sum: f64 = logits.iter().map(|x| x.exp()).sum();
    logits.iter().map(|x| x - sum.ln()).collect()
}

impl Dist {
    /// The policy `name` at `obs`.
    pub fn at(method: &Method, state: &State, name: &str, obs: &[f32]) -> Self {
        if method.pi.head == Head::Softmax {
            let x = nets::seen(method, state, &wide(obs));
            return Dist::Softmax(nets::network(method, state, name, [0, 1], &x));
        }
        Dist::Gaussian(nets::policy(method, state, name, &wide(obs)))
    }

    /// An action of `noise`.
    pub fn action(&self, noise: &[f32]) -> Vec<f32> {
        match self {
            Dist::Gaussian(policy) => policy.sample(&wide(noise)).0.into_iter().map(|a| a as f32).collect(),
            Dist::Softmax(logits) => {
                let scores: Vec<f64> = logits.iter().zip(noise).map(|(l, z)| l + f64::from(*z)).collect();
                let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                scores.iter().map(|s| f32::from(u8::from(*s == best))).collect()
            }
        }
    }

    pub fn log_prob(&self, action: &[f32]) -> f64 {
        match self {
            Dist::Gaussian(policy) => policy.log_prob(&wide(action)),
            Dist::Softmax(logits) => {
                log_probs(logits).iter().zip(action).map(|(l, a)| l * f64::from(*a)).sum()
            }
        }
    }

    /// KL(self || other).
    pub fn kl(&self, other: &Dist) -> f64 {
        match (self, other) {
            (Dist::Gaussian(policy), Dist::Gaussian(other)) => policy.kl(other),
            (Dist::Softmax(logits), Dist::Softmax(other)) => {
                let [p, q] = [logits, other].map(|logits| log_probs(logits));
                p.iter().zip(&q).map(|(p, q)| p.exp() * (p - q)).sum()
            }
            _ => panic!("two kinds of policy"),
        }
    }

    /// By dimension, KL of self from `other` with the standard deviation of self, and with the mean of self.
    pub fn kl_apart(&self, other: &Dist) -> [Vec<f64>; 2] {
        let (Dist::Gaussian(old), Dist::Gaussian(new)) = (self, other) else { panic!("not of Gaussians") };
        let dims = 0..old.mean.len();
        let of_mean = |d: usize| (new.mean[d] - old.mean[d]).powi(2) / (2.0 * old.std[d].powi(2));
        let of_std =
            |d: usize| (new.std[d] / old.std[d]).ln() + old.std[d].powi(2) / (2.0 * new.std[d].powi(2)) - 0.5;
        [dims.clone().map(of_mean).collect(), dims.map(of_std).collect()]
    }

    pub fn entropy(&self) -> f64 {
        match self {
            Dist::Gaussian(policy) => policy.std.iter().map(|std| std.ln() + 0.5 * (TAU.ln() + 1.0)).sum(),
            Dist::Softmax(logits) => -log_probs(logits).iter().map(|l| l.exp() * l).sum::<f64>(),
        }
    }

    /// What the policy costs by itself.
    pub fn cost(&self, penalty: Penalty) -> f64 {
        match (self, penalty) {
            (Dist::Gaussian(policy), Penalty::MeanL2 { coefficient }) => {
                let outside = policy.mode().iter().map(|m| (m.abs() - 1.0).max(0.0).powi(2)).sum::<f64>();
                0.5 * coefficient * outside
            }
            (Dist::Softmax(logits), Penalty::LogitL2 { coefficient }) => {
                0.5 * coefficient * logits.iter().map(|l| l * l).sum::<f64>()
            }
            _ => 0.0,
        }
    }

    /// What is logged of it.
    pub fn about(&self) -> Vec<(Metric, f64)> {
        let mut logged = vec![(Metric::Entropy, self.entropy())];
        match self {
            Dist::Gaussian(policy) => logged.extend([
                (Metric::PolicyStd, mean_of(&policy.std, |x| x)),
                (Metric::MeanSize, mean_of(&policy.mean, f64::abs)),
                (Metric::Saturation, mean_of(&policy.mode(), |a| f64::from(u8::from(a.abs() >= 0.99)))),
            ]),
            Dist::Softmax(logits) => logged.push((Metric::LogitSize, mean_of(logits, f64::abs))),
        }
        logged
    }
}
