//! Logged numbers by name, averaged over the steps between two lines of the log.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A quantity that training logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Return of episodes that ended in the window.
    EpisodeReturn,
    /// Their length in steps.
    EpisodeLength,
    /// Regression loss of the critics.
    CriticLoss,
    /// Q of the batch's actions.
    QMean,
    /// Regression target.
    TargetMean,
    /// Loss of the policy.
    PolicyLoss,
    /// Entropy of the policy: -E ln pi after squashing in a KL row of batches, else of the distribution itself.
    Entropy,
    /// G of the policy's own actions.
    ScoreMean,
    /// Temperature.
    Eta,
    /// Loss of the temperature.
    DualLoss,
    /// Standard deviation of the advantages over all data, before they are standardised.
    AdvantageStd,
    /// Effective number of samples of the weights, as a fraction of their number.
    WeightEss,
    /// KL of the posterior from the prior: of weighted samples from the unweighted, or of the two distributions.
    KlQ,
    /// KL of the means from the previous policy's, by dimension.
    KlMean,
    /// KL of the standard deviations from the previous policy's, by dimension.
    KlStd,
    /// Multiplier of the trust region of the means.
    MultiplierMean,
    /// Multiplier of the trust region of the standard deviations.
    MultiplierStd,
    /// Fraction of weights at the clip, or of ratios beyond it.
    ClippedFraction,
    /// Standard deviation of the policy before any squashing.
    PolicyStd,
    /// Absolute value of the policy's mean before any squashing.
    MeanSize,
    /// Fraction of the numbers of actions without noise that are at 0.99 of the box or beyond.
    Saturation,
    /// `KlQ` divided by its bound.
    KlQRelative,
    /// `KlMean` divided by its bound.
    KlMeanRelative,
    /// `KlStd` divided by its bound.
    KlStdRelative,
    /// KL of the whole policy from the previous one.
    KlStep,
    /// `KlStep` divided by its bound.
    KlStepRelative,
    /// The part of the full step that a line search took; 0 where none was good.
    StepFraction,
    /// Multiplier of the trust region of the whole policy.
    Multiplier,
    /// Absolute value of a softmax policy's logits.
    LogitSize,
}

/// Quantities of an update and the nodes that compute them, each one number.
pub type Logged<'g> = Vec<(Metric, coadapt_nn::Node<'g>)>;

impl Metric {
    /// All of them, in the order they are logged.
    pub const ALL: [Metric; 29] = [
        Metric::EpisodeReturn,
        Metric::EpisodeLength,
        Metric::CriticLoss,
        Metric::QMean,
        Metric::TargetMean,
        Metric::PolicyLoss,
        Metric::Entropy,
        Metric::ScoreMean,
        Metric::Eta,
        Metric::DualLoss,
        Metric::AdvantageStd,
        Metric::WeightEss,
        Metric::KlQ,
        Metric::KlMean,
        Metric::KlStd,
        Metric::MultiplierMean,
        Metric::MultiplierStd,
        Metric::ClippedFraction,
        Metric::PolicyStd,
        Metric::MeanSize,
        Metric::Saturation,
        Metric::KlQRelative,
        Metric::KlMeanRelative,
        Metric::KlStdRelative,
        Metric::KlStep,
        Metric::KlStepRelative,
        Metric::StepFraction,
        Metric::Multiplier,
        Metric::LogitSize,
    ];

    /// The metric of that name.
    pub fn named(name: &str) -> Option<Metric> {
        Metric::ALL.into_iter().find(|metric| metric.name() == name)
    }

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Metric::EpisodeReturn => "episode_return",
            Metric::EpisodeLength => "episode_length",
            Metric::CriticLoss => "critic_loss",
            Metric::QMean => "q_mean",
            Metric::TargetMean => "target_mean",
            Metric::PolicyLoss => "policy_loss",
            Metric::Entropy => "entropy",
            Metric::ScoreMean => "score_mean",
            Metric::Eta => "eta",
            Metric::DualLoss => "dual_loss",
            Metric::AdvantageStd => "advantage_std",
            Metric::WeightEss => "weight_ess",
            Metric::KlQ => "kl_q",
            Metric::KlMean => "kl_mean",
            Metric::KlStd => "kl_std",
            Metric::MultiplierMean => "multiplier_mean",
            Metric::MultiplierStd => "multiplier_std",
            Metric::ClippedFraction => "clipped_fraction",
            Metric::PolicyStd => "policy_std",
            Metric::MeanSize => "mean_size",
            Metric::Saturation => "saturation",
            Metric::KlQRelative => "kl_q_relative",
            Metric::KlMeanRelative => "kl_mean_relative",
            Metric::KlStdRelative => "kl_std_relative",
            Metric::KlStep => "kl_step",
            Metric::KlStepRelative => "kl_step_relative",
            Metric::StepFraction => "step_fraction",
            Metric::Multiplier => "multiplier",
            Metric::LogitSize => "logit_size",
        }
    }
}

/// Means of metrics over the steps since the last line of the log.
#[derive(Debug, Clone, Default)]
pub(crate) struct MetricMeans {
    sums: [f64; Metric::ALL.len()],
    counts: [u64; Metric::ALL.len()],
}

/// [`MetricMeans`] for a checkpoint: by name, so that one is read by a program with other metrics too.
pub(crate) type MetricMeansState = BTreeMap<String, Sum>;

/// The sum of a metric, as bits, and of how many numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sum {
    bits: u64,
    count: u64,
}

impl MetricMeans {
    pub(crate) fn add(&mut self, metric: Metric, value: f64) {
        self.sums[metric as usize] += value;
        self.counts[metric as usize] += 1;
    }

    /// The means of what was added, and how often the first was; then begins anew.
    pub(crate) fn close(&mut self, into: &mut Vec<(&'static str, f64)>) {
        into.clear();
        into.push(("episodes", self.counts[Metric::EpisodeReturn as usize] as f64));
        for metric in Metric::ALL {
            let count = self.counts[metric as usize];
            if count > 0 {
                into.push((metric.name(), self.sums[metric as usize] / count as f64));
            }
        }
        *self = MetricMeans::default();
    }

    /// What was added since the last time.
    pub(crate) fn state(&self) -> MetricMeansState {
        let sum = |metric: Metric| {
            let (bits, count) = (self.sums[metric as usize].to_bits(), self.counts[metric as usize]);
            (count > 0).then(|| (metric.name().to_owned(), Sum { bits, count }))
        };
        Metric::ALL.into_iter().filter_map(sum).collect()
    }

    /// What [`MetricMeans::state`] gave. A metric that it does not name has no sum yet.
    pub(crate) fn restored(state: &MetricMeansState) -> Result<Self, String> {
        let mut means = MetricMeans::default();
        for (name, Sum { bits, count }) in state {
            let metric =
                Metric::named(name).ok_or(format!("it has sums of `{name}`, which is not logged here"))?;
            means.sums[metric as usize] = f64::from_bits(*bits);
            means.counts[metric as usize] = *count;
        }
        Ok(means)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_kept_by_name() {
        let mut means = MetricMeans::default();
        [0.1, 0.2].into_iter().for_each(|x| means.add(Metric::CriticLoss, x));
        means.add(Metric::LogitSize, f64::NAN);
        let text = serde_json::to_string(&means.state()).unwrap();
        assert!(text.starts_with("{\"critic_loss\":{\"bits\":") && text.contains("\"logit_size\""), "{text}");
        let mut restored = MetricMeans::restored(&serde_json::from_str(&text).unwrap()).unwrap();
        let (mut values, mut expected) = (Vec::new(), Vec::new());
        restored.close(&mut values);
        means.close(&mut expected);
        let bits = |values: &[(&'static str, f64)]| -> Vec<_> {
            values.iter().map(|(n, x)| (*n, x.to_bits())).collect()
        };
        assert_eq!(bits(&values), bits(&expected));
        assert_eq!(values[1].1, (0.1 + 0.2) / 2.0);
    }

    #[test]
    fn sums_from_before_a_metric_was_added_are_read_and_foreign_ones_are_named() {
        let state: MetricMeansState = serde_json::from_str("{\"eta\":{\"bits\":0,\"count\":2}}").unwrap();
        let means = MetricMeans::restored(&state).unwrap();
        assert_eq!((means.counts[Metric::Eta as usize], means.counts[Metric::CriticLoss as usize]), (2, 0));
        let foreign = serde_json::from_str("{\"zeta\":{\"bits\":0,\"count\":2}}").unwrap();
        assert_eq!(
            MetricMeans::restored(&foreign).unwrap_err(),
            "it has sums of `zeta`, which is not logged here"
        );
    }

    #[test]
    fn every_metric_is_found_by_its_name() {
        for (place, metric) in Metric::ALL.into_iter().enumerate() {
            assert_eq!((metric as usize, Metric::named(metric.name())), (place, Some(metric)));
        }
        assert_eq!(Metric::named("episodes"), None);
    }
}
