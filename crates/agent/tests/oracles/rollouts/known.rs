//! What is known of a rollout before any step: values, returns, advantages as the policy sees them, the best of them.

use crate::reference::{Sample, State, mean, nets};
use coadapt_agent::Method;
use coadapt_agent::code::AdvantageNorm;
use coadapt_agent::columns::{PiQ, Portion, Target, Weights};

pub struct Known {
    /// V of each observation that was acted on.
    pub values: Vec<f64>,
    pub returns: Vec<f64>,
    /// Of the rollout, nothing done to them.
    pub raw: Vec<f64>,
    /// As they are at the start of a minibatch.
    advantages: Vec<f64>,
    /// Whether they are among the best of the rollout.
    best: Vec<bool>,
}

/// The part of a minibatch that is known.
pub struct Minibatch {
    pub rows: Vec<usize>,
    pub advantages: Vec<f64>,
    pub best: Vec<bool>,
}

/// V(s).
pub fn value(method: &Method, state: &State, obs: &[f32]) -> f64 {
    let wide: Vec<f64> = obs.iter().map(|&x| f64::from(x)).collect();
    nets::network(method, state, "critic", [0, 1], &nets::seen(method, state, &wide))[0]
}

/// Of one episode: values of all states, then returns. A last state that is not terminal has a value.
fn of_episode(method: &Method, state: &State, episode: &[Sample]) -> [Vec<f64>; 2] {
    let gamma = method.estimate.discount;
    let last = &episode[episode.len() - 1];
    let mut values: Vec<f64> = episode.iter().map(|sample| value(method, state, &sample.obs)).collect();
    values.push(if last.terminated { 0.0 } else { value(method, state, &last.next_obs) });
    let reward = |t: usize| f64::from(episode[t].reward);
    let excess = |t: usize| reward(t) + gamma * values[t + 1] - values[t];
    let left = |t: usize| 0..episode.len() - t;
    let of = |t: usize| match method.estimate.target {
        // GAE's definition: the discounted sum of what each later step was better than thought.
        Target::Gae { lambda } | Target::Lambda { lambda } => {
            values[t] + left(t).map(|k| (gamma * lambda).powi(k as i32) * excess(t + k)).sum::<f64>()
        }
        Target::NStep { n } => {
            let n = n.min(episode.len() - t);
            (0..n).map(|k| gamma.powi(k as i32) * reward(t + k)).sum::<f64>()
                + gamma.powi(n as i32) * values[t + n]
        }
        Target::Td => reward(t) + gamma * values[t + 1],
        other => panic!("{other:?}"),
    };
    let returns = (0..episode.len()).map(of).collect();
    values.pop();
    [values, returns]
}

fn standardised(advantages: &[f64]) -> Vec<f64> {
    let center = mean(advantages.iter().copied());
    let std = mean(advantages.iter().map(|a| (a - center).powi(2))).sqrt();
    advantages.iter().map(|a| (a - center) / (std + 1e-8)).collect()
}

/// Which are among the `fraction` that is largest: at least one.
fn best(advantages: &[f64], fraction: f64) -> Vec<bool> {
    let mut order = advantages.to_vec();
    order.sort_by(|a, b| b.total_cmp(a));
    let count = ((advantages.len() as f64 * fraction).floor() as usize).max(1);
    advantages.iter().map(|a| *a >= order[count - 1]).collect()
}

/// The part that is weighed, where its portion is `portion`.
fn part(method: &Method, portion: Portion) -> Option<f64> {
    match method.pi_q {
        PiQ::Analytic { weights: Weights::Top { fraction, of }, .. } if of == portion => Some(fraction),
        _ => None,
    }
}

impl Known {
    pub fn of(method: &Method, state: &State, episodes: &[Vec<Sample>]) -> Self {
        let each: Vec<_> = episodes.iter().map(|episode| of_episode(method, state, episode)).collect();
        let [values, returns] =
            [0, 1].map(|which| each.iter().flat_map(|of| of[which].clone()).collect::<Vec<f64>>());
        let raw: Vec<f64> = returns.iter().zip(&values).map(|(g, v)| g - v).collect();
        let advantages = match method.code.advantage_norm {
            AdvantageNorm::Rollout => standardised(&raw),
            AdvantageNorm::Off | AdvantageNorm::Minibatch => raw.clone(),
        };
        let best = part(method, Portion::Rollout).map_or(vec![true; raw.len()], |part| best(&raw, part));
        Known { values, returns, raw, advantages, best }
    }

    /// The transitions `rows`.
    pub fn minibatch(&self, method: &Method, rows: &[usize]) -> Minibatch {
        let mut advantages: Vec<f64> = rows.iter().map(|&i| self.advantages[i]).collect();
        if method.code.advantage_norm == AdvantageNorm::Minibatch {
            advantages = standardised(&advantages);
        }
        let best = match part(method, Portion::Minibatch) {
            Some(fraction) => best(&advantages, fraction),
            None => rows.iter().map(|&i| self.best[i]).collect(),
        };
        Minibatch { rows: rows.to_vec(), advantages, best }
    }
}
