//! The learning curve of one run as an SVG picture for a paper: evaluation return over environment steps.

use coadapt_chart::Frame;
use coadapt_chart::curves::{Curves, Mean, Series};

use crate::human_numbers;
use crate::metrics::{Evaluation, mean_and_std};

/// With more evaluations than this, dots would hide the line.
const MOST_DOTS: usize = 60;

/// A run as its picture shows it.
#[derive(Debug)]
pub struct Curve<'a> {
    /// The algorithm's name.
    pub algo: &'a str,
    /// The task.
    pub env: &'a str,
    /// The seed.
    pub seed: u64,
    /// The step budget, which the horizontal axis covers.
    pub steps: u64,
    /// The evaluations, in order of their steps.
    pub evaluations: &'a [Evaluation],
    /// The step at which the run diverged, if it did.
    pub diverged_at_step: Option<u64>,
}

impl Curve<'_> {
    /// The picture.
    pub fn to_svg(&self) -> String {
        let last = self.evaluations.last().map_or(0, |evaluation| evaluation.step);
        let end = self.diverged_at_step;
        let said = end.map(|step| format!("† diverged at step {}", human_numbers::grouped(step)));
        let curves = Curves {
            frame: Frame::FIGURE,
            title: &self.title(),
            note: Some(&self.final_note()),
            vertical: Some(&self.episodes_label()),
            steps: self.steps.max(last),
            series: &[Series { means: self.means(), ..Series::default() }],
            most_points: usize::MAX,
            most_dots: MOST_DOTS,
            end: end.zip(said.as_deref()),
            number: |value| with_minus(human_numbers::score(value)),
        };
        curves.chart("curve").to_svg()
    }

    /// The evaluations whose numbers are finite.
    fn means(&self) -> Vec<Mean> {
        let mean = |evaluation: &Evaluation| {
            let (mean, std) = mean_and_std(&evaluation.returns);
            let finite = mean.is_finite() && std.is_finite();
            finite.then_some(Mean { step: evaluation.step, mean, std: Some(std), count: 1 })
        };
        self.evaluations.iter().filter_map(mean).collect()
    }

    fn title(&self) -> String {
        format!("{} on {}, seed {}", self.algo.to_uppercase(), self.env, self.seed)
    }

    fn final_note(&self) -> String {
        let Some(last) = self.evaluations.last() else { return "no evaluation yet".into() };
        let (mean, std) = mean_and_std(&last.returns);
        with_minus(format!("last: {}", human_numbers::score_and_spread(mean, std)))
    }

    fn episodes_label(&self) -> String {
        let episodes = self.evaluations.last().map_or(0, |last| last.returns.len());
        match episodes {
            0 => "evaluation return".into(),
            1 => "evaluation return (one episode)".into(),
            many => format!("evaluation return (mean of {many} episodes, band: ± 1 std)"),
        }
    }
}

/// A typographic minus is as wide as a digit.
fn with_minus(text: String) -> String {
    text.replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests;
