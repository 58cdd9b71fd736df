//! V-MPO's losses in f64: weights of the best actions, the dual of their temperature, the fit, the trust region.

use super::Iteration;
use super::dist::Dist;
use super::iteration::{PolicyStep, mean_kl};
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
        let previous = self.policies(now, "target_policy", &batch.rows);
        let policies = self.policies(now, "policy", &batch.rows);
        self.about_region(now, [&previous, &policies], &mut logged);
        duals.extend(self.multipliers([&previous, &policies]));
        let loss = Box::new(move |state: &State| {
            let policies = self.policies(state, "policy", &batch.rows);
            let log_prob = |(policy, &i): (&Dist, &usize)| policy.log_prob(&self.sample(i).action);
            let pairs = policies.iter().zip(&batch.rows).map(log_prob);
            let fit: f64 = pairs.zip(&weights).map(|(log_prob, w)| -w * log_prob).sum();
            fit + self.beside(&policies) + self.price(now, [&previous, &policies])
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

    /// What policies pay for their distance from the previous ones, at the multipliers of `now`.
    fn price(&self, now: &State, policies: [&[Dist]; 2]) -> f64 {
        match self.region() {
            TrustRegion::Off => 0.0,
            TrustRegion::Whole { epsilon, .. } => {
                lagrange(now.get("multiplier"), &[mean_kl(policies[0], policies[1])], epsilon)[0]
            }
            TrustRegion::MeanStd { mean, std, .. } => {
                let kls = kls_apart(policies);
                lagrange(now.get("multiplier_mean"), &kls[0], mean)[0]
                    + lagrange(now.get("multiplier_std"), &kls[1], std)[0]
            }
        }
    }

    fn multipliers<'b>(&self, policies: [&[Dist]; 2]) -> Vec<(&'static str, f64, Loss<'b>)> {
        let of = |name: &'static str, kls: Vec<f64>, (epsilon, lr): (f64, f64)| {
            let loss: Loss<'b> = Box::new(move |state: &State| lagrange(state.get(name), &kls, epsilon)[1]);
            (name, lr, loss)
        };
        match self.region() {
            TrustRegion::Off => Vec::new(),
            TrustRegion::Whole { epsilon, lr, .. } => {
                vec![of("multiplier", vec![mean_kl(policies[0], policies[1])], (epsilon, lr))]
            }
            TrustRegion::MeanStd { mean, std, lr, .. } => {
                let [of_mean, of_std] = kls_apart(policies);
                vec![of("multiplier_mean", of_mean, (mean, lr)), of("multiplier_std", of_std, (std, lr))]
            }
        }
    }

    fn about_region(&self, now: &State, policies: [&[Dist]; 2], logged: &mut Vec<(Metric, f64)>) {
        let multiplier = |name: &str| mean(now.get(name).iter().map(|raw| positive(*raw)));
        if let TrustRegion::MeanStd { mean: of_mean, std: of_std, .. } = self.region() {
            let [by_mean, by_std] = kls_apart(policies).map(mean);
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
        let kl = mean_kl(policies[0], policies[1]);
        logged.push((Metric::KlStep, kl));
        if let TrustRegion::Whole { epsilon, .. } = self.region() {
            let multiplier = multiplier("multiplier");
            logged.extend([(Metric::KlStepRelative, kl / epsilon), (Metric::Multiplier, multiplier)]);
        }
    }
}

/// Mean KL of previous from present policies by dimension, of means and of standard deviations.
fn kls_apart([previous, policies]: [&[Dist]; 2]) -> [Vec<f64>; 2] {
    let each: Vec<_> = previous.iter().zip(policies).map(|(old, new)| old.kl_apart(new)).collect();
    [0, 1].map(|k| (0..each[0][k].len()).map(|d| mean(each.iter().map(|kl| kl[k][d]))).collect())
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
