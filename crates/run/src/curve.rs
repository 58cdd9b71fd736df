//! The learning curve of one run as an SVG picture for a paper: evaluation return over environment steps.

pub mod axis;

use std::fmt::Write;

use crate::metrics::{Evaluation, mean_and_std};
use crate::numerals;
use axis::Axis;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 440.0;
const TOP: f64 = 52.0;
const BOTTOM: f64 = HEIGHT - 62.0;
const RIGHT: f64 = WIDTH - 28.0;
/// Room for the tick labels of the vertical axis: its own label, and so much for a character.
const LEFT_BASE: f64 = 52.0;
const CHARACTER: f64 = 7.4;
/// With more evaluations than this, dots would hide the line.
const MOST_DOTS: usize = 60;

const STYLE: &str = "\
text{font-family:'Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif;fill:#1f2933}\
.title{font-size:16px;font-weight:600}.note{font-size:13px;fill:#52606d}\
.label{font-size:13.5px;fill:#323f4b}.tick{font-size:13px;fill:#52606d}\
.grid{stroke:#e4e7eb;stroke-width:1}.axis{stroke:#7b8794;stroke-width:1.2}\
.band{fill:#1f6fb4;fill-opacity:.18}\
.line{fill:none;stroke:#1f6fb4;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}\
.bar{stroke:#1f6fb4;stroke-width:2.2;stroke-opacity:.45;stroke-linecap:round}.dot{fill:#1f6fb4}\
.end{stroke:#ba2525;stroke-width:1.4;stroke-dasharray:5 4}.end-note{font-size:13px;fill:#ba2525}";

/// What the picture shows.
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

/// Step, mean and standard deviation of one evaluation whose numbers are finite.
#[derive(Debug, Clone, Copy)]
struct Point {
    step: f64,
    mean: f64,
    std: f64,
}

impl Curve<'_> {
    /// The picture.
    pub fn to_svg(&self) -> String {
        let points = self.points();
        let last = self.evaluations.last().map_or(0, |evaluation| evaluation.step);
        let vertical = vertical_axis(&points).laid(BOTTOM, TOP);
        let longest = vertical.ticks().iter().map(|tick| tick.label.chars().count()).max().unwrap_or(1);
        let left = LEFT_BASE + CHARACTER * longest as f64;
        let horizontal = Axis::exact(0.0, self.steps.max(last) as f64, 6).laid(left, RIGHT);

        let mut svg = Svg::new(&self.title());
        svg.frame(&horizontal, &vertical, left);
        svg.labels(left, &self.title(), &self.final_note(), &self.episodes_label());
        svg.curve(&points, &horizontal, &vertical);
        if let Some(step) = self.diverged_at_step {
            svg.end_mark(horizontal.place(step as f64), step);
        }
        svg.finish()
    }

    fn points(&self) -> Vec<Point> {
        let point = |evaluation: &Evaluation| {
            let (mean, std) = mean_and_std(&evaluation.returns);
            Point { step: evaluation.step as f64, mean, std }
        };
        let finite = |point: &Point| point.mean.is_finite() && point.std.is_finite();
        self.evaluations.iter().map(point).filter(finite).collect()
    }

    fn title(&self) -> String {
        format!("{} on {}, seed {}", self.algo.to_uppercase(), self.env, self.seed)
    }

    fn final_note(&self) -> String {
        let Some(last) = self.evaluations.last() else { return "no evaluation yet".into() };
        let (mean, std) = mean_and_std(&last.returns);
        format!("last: {}", numerals::score_and_spread(mean, std)).replace('-', "\u{2212}")
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

fn vertical_axis(points: &[Point]) -> Axis {
    let low = points.iter().map(|point| point.mean - point.std).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|point| point.mean + point.std).fold(f64::NEG_INFINITY, f64::max);
    if points.is_empty() { Axis::rounded(0.0, 1.0, 5) } else { Axis::rounded(low, high, 6) }
}

/// The text of the picture as it grows.
struct Svg {
    text: String,
}

impl Svg {
    fn new(title: &str) -> Svg {
        let title = escaped(title);
        Svg {
            text: format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
                 height=\"{HEIGHT}\" role=\"img\" aria-label=\"{title}\">\n<title>{title}</title>\n\
                 <style>{STYLE}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
            ),
        }
    }

    /// One line of markup. Writing to a string does not fail.
    fn put(&mut self, markup: std::fmt::Arguments<'_>) {
        let _ = self.text.write_fmt(markup);
        self.text.push('\n');
    }

    fn frame(&mut self, horizontal: &Axis, vertical: &Axis, left: f64) {
        for tick in vertical.ticks() {
            let (y, label) = (tick.at, tick.label);
            self.put(format_args!("<path class=\"grid\" d=\"M{left:.1} {y:.1}H{RIGHT:.1}\"/>"));
            let (x, y) = (left - 9.0, y + 4.5);
            self.put(format_args!(
                "<text class=\"tick\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{label}</text>"
            ));
        }
        for tick in horizontal.ticks() {
            let (x, y, label) = (tick.at, BOTTOM + 21.0, tick.label);
            self.put(format_args!("<path class=\"grid\" d=\"M{x:.1} {TOP:.1}V{:.1}\"/>", BOTTOM + 5.0));
            self.put(format_args!(
                "<text class=\"tick\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{label}</text>"
            ));
        }
        self.put(format_args!("<path class=\"axis\" d=\"M{left:.1} {BOTTOM:.1}H{RIGHT:.1}\"/>"));
    }

    fn labels(&mut self, left: f64, title: &str, note: &str, vertical: &str) {
        let title = escaped(title);
        self.put(format_args!("<text class=\"title\" x=\"{left:.1}\" y=\"30\">{title}</text>"));
        self.put(format_args!(
            "<text class=\"note\" x=\"{RIGHT:.1}\" y=\"30\" text-anchor=\"end\">{note}</text>"
        ));
        let (x, y) = ((left + RIGHT) / 2.0, BOTTOM + 47.0);
        self.put(format_args!(
            "<text class=\"label\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">environment steps</text>"
        ));
        let y = (TOP + BOTTOM) / 2.0;
        self.put(format_args!(
            "<text class=\"label\" transform=\"translate(22 {y:.1}) rotate(-90)\" text-anchor=\"middle\">\
             {vertical}</text>"
        ));
    }

    fn curve(&mut self, points: &[Point], horizontal: &Axis, vertical: &Axis) {
        let place = |point: &Point, spread: f64| {
            (horizontal.place(point.step), vertical.place(point.mean + spread * point.std))
        };
        if let [point] = points {
            let ((x, upper), (_, lower)) = (place(point, 1.0), place(point, -1.0));
            self.put(format_args!("<path class=\"bar\" d=\"M{x:.1} {upper:.1}V{lower:.1}\"/>"));
        } else if !points.is_empty() {
            let upper = points.iter().map(|point| place(point, 1.0));
            let band = path(upper.chain(points.iter().rev().map(|point| place(point, -1.0))));
            let line = path(points.iter().map(|point| place(point, 0.0)));
            self.put(format_args!("<path class=\"band\" d=\"{band}Z\"/>"));
            self.put(format_args!("<path class=\"line\" d=\"{line}\"/>"));
        }
        if points.len() <= MOST_DOTS {
            for (x, y) in points.iter().map(|point| place(point, 0.0)) {
                self.put(format_args!("<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>"));
            }
        }
    }

    fn end_mark(&mut self, x: f64, step: u64) {
        self.put(format_args!("<path class=\"end\" d=\"M{x:.1} {TOP:.1}V{BOTTOM:.1}\"/>"));
        // On the side of the line that has more room.
        let (anchor, x) = if x > WIDTH / 2.0 { ("end", x - 8.0) } else { ("start", x + 8.0) };
        let (y, step) = (TOP + 16.0, numerals::grouped(step));
        self.put(format_args!(
            "<text class=\"end-note\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">† diverged at step {step}</text>"
        ));
    }

    fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }
}

fn path(places: impl Iterator<Item = (f64, f64)>) -> String {
    let steps: Vec<String> = places.map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
    format!("M{}", steps.join("L"))
}

/// `text` with what markup would take for its own written out.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
