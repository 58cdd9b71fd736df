//! PPO's losses of the policy in f64: the ratio to the policy that acted, clipped or with a penalty beside it.

use super::Iteration;
use super::dist::Dist;
use super::iteration::{PolicyStep, mean_kl};
use super::known::Minibatch;
use crate::reference::{State, mean};
use coadapt_agent::Metric;
use coadapt_agent::columns::{Divergence, Eta, PiQ};

impl Iteration<'_> {
    /// Up the surrogate, from the policy of `now`; the actions are those of `old`.
    pub fn surrogate<'b>(&'b self, [old, now]: [&'b State; 2], batch: &'b Minibatch) -> PolicyStep<'b> {
        let acted = self.policies(old, "policy", &batch.rows);
        let policies = self.policies(now, "policy", &batch.rows);
        let (ratios, eta) = (self.ratios([&acted, &policies], batch), self.eta(now));
        let mut logged = vec![
            (Metric::KlStep, mean_kl(&acted, &policies)),
            (Metric::ScoreMean, self.gain([&acted, &policies], eta, batch)),
        ];
        match self.method.pi_q {
            PiQ::Clipped { epsilon } => {
                let beyond = ratios.iter().map(|ratio| f64::from(u8::from((ratio - 1.0).abs() > epsilon)));
                logged.push((Metric::ClippedFraction, mean(beyond)));
            }
            _ => logged.push((Metric::Eta, eta)),
        }
        let loss = Box::new(move |state: &State| {
            let policies = self.policies(state, "policy", &batch.rows);
            self.beside(&policies) - self.gain([&acted, &policies], eta, batch)
        });
        logged.push((Metric::PolicyLoss, loss(now)));
        PolicyStep { loss, duals: Vec::new(), logged }
    }

    fn ratios(&self, [old, new]: [&[Dist]; 2], batch: &Minibatch) -> Vec<f64> {
        let pairs = old.iter().zip(new).zip(&batch.rows);
        let log = |((old, new), &i): ((&Dist, &Dist), &usize)| {
            let action = &self.sample(i).action;
            new.log_prob(action) - old.log_prob(action)
        };
        pairs.map(|of| log(of).exp()).collect()
    }

    fn eta(&self, now: &State) -> f64 {
        match self.method.pi_q.eta() {
            Some(Eta::Adaptive { .. }) => now.get("temperature")[0],
            Some(Eta::Fixed { value }) => value,
            Some(Eta::Zero) | None => 0.0,
            other => panic!("{other:?}"),
        }
    }

    /// The mean over a minibatch of what the policies `new` earn with the actions of `old`, at temperature `eta`.
    fn gain(&self, [old, new]: [&[Dist]; 2], eta: f64, batch: &Minibatch) -> f64 {
        let ratios = self.ratios([old, new], batch);
        let earned = ratios.iter().zip(&batch.advantages).map(|(ratio, a)| match self.method.pi_q {
            PiQ::Clipped { epsilon } => (ratio * a).min(ratio.clamp(1.0 - epsilon, 1.0 + epsilon) * a),
            _ => ratio * a,
        });
        let penalty = match self.method.pi_q {
            PiQ::Gradient { divergence: Divergence::QToP, .. } => mean_kl(new, old),
            PiQ::Gradient { .. } => mean_kl(old, new),
            _ => 0.0,
        };
        mean(earned) - eta * penalty
    }
}
