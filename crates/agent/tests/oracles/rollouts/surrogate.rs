//! PPO's losses of the policy in f64: the ratio to the policy that acted, clipped or with a penalty beside it.

use super::Iteration;
use super::iteration::PolicyStep;
use super::known::Minibatch;
use crate::reference::{State, mean};
use coadapt_agent::Metric;
use coadapt_agent::columns::{Divergence, Eta, PiQ};

impl Iteration<'_> {
    /// Up the surrogate, from the policy of `now`; the actions are those of `old`.
    pub fn surrogate<'b>(&'b self, [old, now]: [&'b State; 2], batch: &'b Minibatch) -> PolicyStep<'b> {
        let rows = batch.rows.iter().copied();
        let mut logged = vec![
            (Metric::KlStep, self.kl([old, now], rows.clone())),
            (Metric::ScoreMean, self.gain([old, now], now, batch)),
        ];
        match self.method.pi_q {
            PiQ::Clipped { epsilon } => {
                let beyond =
                    |i: usize| f64::from(u8::from((self.ratio([old, now], i) - 1.0).abs() > epsilon));
                logged.push((Metric::ClippedFraction, mean(rows.map(beyond))));
            }
            _ => logged.push((Metric::Eta, self.eta(now))),
        }
        let loss = Box::new(|state: &State| {
            let beside = batch.rows.iter().map(|&i| self.beside(&self.policy(state, "policy", i)));
            mean(beside) - self.gain([old, state], now, batch)
        });
        logged.push((Metric::PolicyLoss, loss(now)));
        PolicyStep { loss, duals: Vec::new(), logged }
    }

    fn ratio(&self, [old, new]: [&State; 2], i: usize) -> f64 {
        let log_prob = |state| self.policy(state, "policy", i).log_prob(&self.sample(i).action);
        (log_prob(new) - log_prob(old)).exp()
    }

    fn eta(&self, now: &State) -> f64 {
        match self.method.pi_q.eta() {
            Some(Eta::Adaptive { .. }) => now.get("temperature")[0],
            Some(Eta::Fixed { value }) => value,
            Some(Eta::Zero) | None => 0.0,
            other => panic!("{other:?}"),
        }
    }

    /// The mean over a minibatch of what the policy of `new` earns, with the temperature of `now`.
    fn gain(&self, [old, new]: [&State; 2], now: &State, batch: &Minibatch) -> f64 {
        let rows = || batch.rows.iter().copied().zip(&batch.advantages);
        let penalty = || match self.method.pi_q {
            PiQ::Gradient { divergence: Divergence::QToP, .. } => {
                self.kl([new, old], batch.rows.iter().copied())
            }
            _ => self.kl([old, new], batch.rows.iter().copied()),
        };
        match self.method.pi_q {
            PiQ::Clipped { epsilon } => mean(rows().map(|(i, a)| {
                let ratio = self.ratio([old, new], i);
                (ratio * a).min(ratio.clamp(1.0 - epsilon, 1.0 + epsilon) * a)
            })),
            _ => mean(rows().map(|(i, a)| self.ratio([old, new], i) * a)) - self.eta(now) * penalty(),
        }
    }
}
