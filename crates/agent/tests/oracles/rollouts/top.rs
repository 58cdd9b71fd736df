//! V-MPO's losses in f64: weights of the best actions, the dual of their temperature, the fit, the trust region.

use super::Iteration;
use super::iteration::PolicyStep;
use super::known::Minibatch;
use crate::reference::losses::Loss;
use crate::reference::{State, mean, softplus};
use coadapt_agent::Metric;
use coadapt_agent::columns::{Eta, TrustRegion};

fn positive(raw: f64) -> f64 {
    softplus(raw) + 1e-8
}

/// Multipliers of `kls`, each with its bound: what the policy pays, and what the multipliers descend.
fn lagrange(multipliers: &[f64], kls: &[f64], epsilon: f64) -> [f64; 2] {
    let pairs = || multipliers.iter().map(|raw| positive(*raw)).zip(kls);
    [pairs().map(|(alpha, kl)| alpha * kl).sum(), pairs().map(|(alpha, kl)| alpha * (epsilon - kl)).sum()]
}

impl Iteration<'_> {
    /// Towards the best actions, from the policy and the duals of `now`.
    pub fn top<'b>(&'b self, now: &'b State, batch: &'b Minibatch) -> PolicyStep<'b> {
        let eta = self.temperature(now);
        let weights = weights(batch, eta);
        let count = batch.best.iter().filter(|best| **best).count() as f64;
        let entropy: f64 = weights.iter().filter(|w| **w > 0.0).map(|w| w * (count * w).ln()).sum();
        let squares: f64 = weights.iter().map(|w| w * w).sum();
        let mut logged = vec![
            (Metric::Eta, eta),
            (Metric::KlQ, entropy),
            (Metric::WeightEss, 1.0 / (batch.rows.len() as f64 * squares)),
        ];
        let mut duals: Vec<(&'static str, f64, Loss<'b>)> = Vec::new();
        if let Some(Eta::Dual { epsilon, lr, .. }) = self.method.pi_q.eta() {
            let loss = move |state: &State| dual_loss(batch, positive(state.get("temperature")[0]), epsilon);
            logged.extend([(Metric::KlQRelative, entropy / epsilon), (Metric::DualLoss, loss(now))]);
            duals.push(("temperature", lr, Box::new(loss)));
        }
        self.about_region(now, batch, &mut logged);
        duals.extend(self.multipliers(now, batch));
        let loss = Box::new(move |state: &State| {
            let fit: f64 = batch.rows.iter().zip(&weights).map(|(&i, w)| -w * self.log_prob(state, i)).sum();
            let beside = batch.rows.iter().map(|&i| self.beside(&self.policy(state, "policy", i)));
            fit + mean(beside) + self.price([now, state], batch)
        });
        logged.push((Metric::PolicyLoss, loss(now)));
        PolicyStep { loss, duals, logged }
    }

    fn temperature(&self, now: &State) -> f64 {
        match self.method.pi_q.eta() {
            Some(Eta::Fixed { value }) => value,
            _ => positive(now.get("temperature")[0]),
        }
    }

    fn log_prob(&self, state: &State, i: usize) -> f64 {
        self.policy(state, "policy", i).log_prob(&self.sample(i).action)
    }

    /// Mean KL of the previous policy from the policy of `state`, over the whole minibatch.
    fn whole_kl(&self, state: &State, batch: &Minibatch) -> f64 {
        let of = |&i: &usize| self.policy(state, "target_policy", i).kl(&self.policy(state, "policy", i));
        mean(batch.rows.iter().map(of))
    }

    /// The same by dimension, of means and of standard deviations.
    fn kls_apart(&self, state: &State, batch: &Minibatch) -> [Vec<f64>; 2] {
        let of =
            |&i: &usize| self.policy(state, "target_policy", i).kl_apart(&self.policy(state, "policy", i));
        let each: Vec<_> = batch.rows.iter().map(of).collect();
        [0, 1].map(|k| (0..each[0][k].len()).map(|d| mean(each.iter().map(|kl| kl[k][d]))).collect())
    }

    /// What the policy of `state` pays for its distance, at the multipliers of `now`.
    fn price(&self, [now, state]: [&State; 2], batch: &Minibatch) -> f64 {
        match self.region() {
            TrustRegion::Off => 0.0,
            TrustRegion::Whole { epsilon, .. } => {
                lagrange(now.get("multiplier"), &[self.whole_kl(state, batch)], epsilon)[0]
            }
            TrustRegion::MeanStd { mean, std, .. } => {
                let kls = self.kls_apart(state, batch);
                lagrange(now.get("multiplier_mean"), &kls[0], mean)[0]
                    + lagrange(now.get("multiplier_std"), &kls[1], std)[0]
            }
        }
    }

    fn multipliers<'b>(&'b self, now: &'b State, batch: &'b Minibatch) -> Vec<(&'static str, f64, Loss<'b>)> {
        let of = |name: &'static str, kls: Vec<f64>, (epsilon, lr): (f64, f64)| {
            let loss: Loss<'b> = Box::new(move |state: &State| lagrange(state.get(name), &kls, epsilon)[1]);
            (name, lr, loss)
        };
        match self.region() {
            TrustRegion::Off => Vec::new(),
            TrustRegion::Whole { epsilon, lr, .. } => {
                vec![of("multiplier", vec![self.whole_kl(now, batch)], (epsilon, lr))]
            }
            TrustRegion::MeanStd { mean, std, lr, .. } => {
                let [of_mean, of_std] = self.kls_apart(now, batch);
                vec![of("multiplier_mean", of_mean, (mean, lr)), of("multiplier_std", of_std, (std, lr))]
            }
        }
    }

    fn about_region(&self, now: &State, batch: &Minibatch, logged: &mut Vec<(Metric, f64)>) {
        let multiplier = |name: &str| mean(now.get(name).iter().map(|raw| positive(*raw)));
        if let TrustRegion::MeanStd { mean: of_mean, std: of_std, .. } = self.region() {
            let [by_mean, by_std] = self.kls_apart(now, batch).map(mean);
            logged.extend([
                (Metric::KlMean, by_mean),
                (Metric::KlMeanRelative, by_mean / of_mean),
                (Metric::KlStd, by_std),
                (Metric::KlStdRelative, by_std / of_std),
                (Metric::MultiplierMean, multiplier("multiplier_mean")),
                (Metric::MultiplierStd, multiplier("multiplier_std")),
            ]);
            return;
        }
        let kl = self.whole_kl(now, batch);
        logged.push((Metric::KlStep, kl));
        if let TrustRegion::Whole { epsilon, .. } = self.region() {
            let multiplier = multiplier("multiplier");
            logged.extend([(Metric::KlStepRelative, kl / epsilon), (Metric::Multiplier, multiplier)]);
        }
    }
}

/// exp(A / eta) of the best, divided by their sum.
fn weights(batch: &Minibatch, eta: f64) -> Vec<f64> {
    let pairs = || batch.advantages.iter().zip(&batch.best);
    let top = pairs().filter(|(_, best)| **best).map(|(a, _)| *a).fold(f64::NEG_INFINITY, f64::max);
    let raised: Vec<f64> =
        pairs().map(|(a, best)| if *best { ((a - top) / eta).exp() } else { 0.0 }).collect();
    let sum: f64 = raised.iter().sum();
    raised.iter().map(|r| r / sum).collect()
}

/// eta epsilon + eta ln of the mean of exp(A / eta) over the best.
fn dual_loss(batch: &Minibatch, eta: f64, epsilon: f64) -> f64 {
    let of_best = batch.advantages.iter().zip(&batch.best).filter(|(_, best)| **best);
    eta * epsilon + eta * mean(of_best.map(|(a, _)| (a / eta).exp())).ln()
}
