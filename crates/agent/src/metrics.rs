//! Logged numbers by name, averaged over a window of steps.

use serde::{Deserialize, Serialize};

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
    /// Entropy of the policy: -E ln pi after squashing in a KL row, of the Gaussian itself in an EM row.
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
    /// KL of the posterior from the prior: of weighted samples from the unweighted, or of the two Gaussians.
    KlQ,
    /// KL of the means from the previous policy's, by dimension.
    KlMean,
    /// KL of the standard deviations from the previous policy's, by dimension.
    KlStd,
    /// Multiplier of the trust region of the means.
    MultiplierMean,
    /// Multiplier of the trust region of the standard deviations.
    MultiplierStd,
    /// Fraction of weights at the clip.
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
}

/// Quantities of an update and the nodes that compute them, each one number.
pub type Logged<'g> = Vec<(Metric, coadapt_nn::Node<'g>)>;

impl Metric {
    /// All of them, in the order they are logged.
    pub const ALL: [Metric; 24] = [
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
    ];

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
        }
    }
}

/// Sums over the window that is open.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Window {
    #[serde(with = "crate::checkpoint::bits")]
    sums: [f64; Metric::ALL.len()],
    counts: [u64; Metric::ALL.len()],
}

impl Window {
    pub(crate) fn add(&mut self, metric: Metric, value: f64) {
        self.sums[metric as usize] += value;
        self.counts[metric as usize] += 1;
    }

    /// The means of what was added, and how often the first was; then begins a new window.
    pub(crate) fn close(&mut self, into: &mut Vec<(&'static str, f64)>) {
        into.clear();
        into.push(("episodes", self.counts[Metric::EpisodeReturn as usize] as f64));
        for metric in Metric::ALL {
            let count = self.counts[metric as usize];
            if count > 0 {
                into.push((metric.name(), self.sums[metric as usize] / count as f64));
            }
        }
        *self = Window::default();
    }
}
