//! Learning curves over environment steps: a thin line a run, the mean of runs, a band of one standard deviation.

use crate::axis::Axis;
use crate::drawing::{Chart, Drawing, Frame, path};
use crate::escape::escaped;

/// A return that falls this many times deeper below the lower quarter than the best rises above it leaves the picture.
const MOST_FALL: f64 = 10.0;
/// Room for the label along the vertical axis.
const LABEL: f64 = 34.0;

/// A picture of learning curves.
#[derive(Debug, Clone)]
pub struct Curves<'a> {
    /// Its measures.
    pub frame: Frame,
    /// What it shows.
    pub title: &'a str,
    /// A remark beside the title.
    pub note: Option<&'a str>,
    /// What the vertical axis measures, where the title does not say it.
    pub vertical: Option<&'a str>,
    /// The environment steps that the horizontal axis covers.
    pub steps: u64,
    /// The curves, at most as many as there are colours.
    pub series: &'a [Series],
    /// Points of a thin line at most; of more, every so-manieth is drawn.
    pub most_points: usize,
    /// A dot marks every point of a mean that has no more points than this.
    pub most_dots: usize,
    /// Where everything ended before its time, and what is said there.
    pub end: Option<(u64, &'a str)>,
    /// How a return is written where it is too low for the picture.
    pub number: fn(f64) -> String,
}

/// The curves of one arm, or of one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// Its name in the legend; a series without one has no place there.
    pub label: String,
    /// The thick line.
    pub means: Vec<Mean>,
    /// The thin lines.
    pub runs: Vec<Run>,
}

/// One point of a thick line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// Environment step.
    pub step: u64,
    /// The mean; minus infinity if one value is.
    pub mean: f64,
    /// Standard deviation; nothing at minus infinity.
    pub std: Option<f64>,
    /// How many values it is the mean of.
    pub count: usize,
}

/// One thin line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// Steps and returns, in order.
    pub points: Vec<(u64, f64)>,
    /// The sign of a bad end: `†`, `−∞`.
    pub end: Option<&'static str>,
}

impl Mean {
    /// The edge of the band: one standard deviation above, or below with a `sign` of -1.
    fn edge(&self, sign: f64) -> f64 {
        self.mean + sign * self.std.unwrap_or(0.0)
    }
}

impl Curves<'_> {
    /// The picture under the name `id`.
    pub fn chart(&self, id: &str) -> Chart {
        let frame = self.frame;
        let (vertical, hidden) = returns_axis(self.series);
        let vertical = vertical.laid(frame.top + frame.plot, frame.top);
        let left = frame.room_for(&vertical) + if self.vertical.is_some() { LABEL } else { 0.0 };
        let horizontal = Axis::exact(0.0, self.steps as f64, 6).laid(left, frame.right);
        let mut drawing = Drawing::new(frame, left);
        drawing.title(self.title);
        self.note.iter().for_each(|note| drawing.note(note));
        drawing.vertical(&vertical);
        self.vertical.iter().for_each(|label| drawing.vertical_label(label));
        drawing.horizontal(&horizontal, "environment steps");
        if let Some(lowest) = hidden {
            let (x, y, said) = (frame.right, drawing.bottom - 7.0, (self.number)(lowest));
            drawing.put(format_args!(
                "<text class=\"tick\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\">↓ some fall to {said}</text>"
            ));
        }
        for (place, one) in self.series.iter().enumerate() {
            self.draw(&mut drawing, (&horizontal, &vertical), (place, one));
        }
        if let Some((step, said)) = self.end {
            end_mark(&mut drawing, horizontal.place(step as f64), said);
        }
        let named = self.series.iter().map(|one| one.label.clone()).filter(|label| !label.is_empty());
        drawing.legend(&named.collect::<Vec<_>>());
        drawing.finish(id, self.title)
    }

    fn draw(&self, drawing: &mut Drawing, axes: (&Axis, &Axis), (place, one): (usize, &Series)) {
        let at = |step: u64, value: f64| (axes.0.place(step as f64), axes.1.place(value));
        drawing.put(format_args!(
            "<g class=\"series s{place}\" data-series=\"{place}\"><title>{}</title>",
            escaped(&one.label)
        ));
        // From the first step on at which a return was not finite there is no mean to draw.
        let drawn = one.means.iter().take_while(|mean| mean.std.is_some()).count();
        let means = &one.means[..drawn];
        if let [one] = means
            && self.most_dots > 0
        {
            let ((x, upper), (_, lower)) = (at(one.step, one.edge(1.0)), at(one.step, one.edge(-1.0)));
            drawing.put(format_args!("<path class=\"whisker spread\" d=\"M{x:.1} {upper:.1}V{lower:.1}\"/>"));
        }
        if means.len() > 1 {
            let upper = means.iter().map(|mean| at(mean.step, mean.edge(1.0)));
            let lower = means.iter().rev().map(|mean| at(mean.step, mean.edge(-1.0)));
            let outline = path(upper.chain(lower));
            drawing.put(format_args!("<path class=\"band\" d=\"{outline}Z\"/>"));
        }
        for run in &one.runs {
            let thin = thinned(&run.points, self.most_points);
            let line = path(thin.into_iter().filter(|(_, v)| v.is_finite()).map(|(step, v)| at(step, v)));
            if !line.is_empty() && one.runs.len() > 1 {
                drawing.put(format_args!("<path class=\"seed\" d=\"{line}\"/>"));
            }
        }
        mean_line(drawing, place, means, self.most_dots, &at);
        if let Some(infinite) = one.means.get(drawn) {
            let (x, y) = (axes.0.place(infinite.step as f64), drawing.bottom - 6.0);
            drawing.put(format_args!(
                "<text class=\"dagger\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">−∞</text>"
            ));
        }
        for (run, sign) in one.runs.iter().filter_map(|run| Some((run, run.end?))) {
            let finite = run.points.iter().rev().find(|(_, value)| value.is_finite());
            let (x, y) = finite.map_or(at(0, f64::MIN), |(step, value)| at(*step, *value));
            let (x, y) = (x + 3.0, y + 5.0);
            drawing.put(format_args!("<text class=\"dagger\" x=\"{x:.1}\" y=\"{y:.1}\">{sign}</text>"));
        }
        drawing.put(format_args!("</g>"));
    }
}

/// An axis that shows everything, unless a few returns lie so far below that nothing else could be seen; then the
/// lowest of them too.
fn returns_axis(series: &[Series]) -> (Axis, Option<f64>) {
    let of_runs = series.iter().flat_map(|one| &one.runs).flat_map(|run| &run.points).map(|point| point.1);
    // Where no run is drawn, the band is what must be seen.
    let alone = series.iter().filter(|one| one.runs.is_empty());
    let of_bands = alone.flat_map(|one| &one.means).flat_map(|mean| [mean.edge(-1.0), mean.edge(1.0)]);
    let mut all: Vec<f64> = of_runs.chain(of_bands).filter(|value| value.is_finite()).collect();
    all.sort_by(f64::total_cmp);
    let (Some(lowest), Some(highest)) = (all.first(), all.last()) else {
        return (Axis::rounded(0.0, 1.0, 5), None);
    };
    let quarter = all[all.len() / 4];
    let floor = quarter - MOST_FALL * (highest - quarter);
    (Axis::rounded(lowest.max(floor), *highest, 6), (*lowest < floor).then_some(*lowest))
}

/// The mean as a whole line while all runs are there, dotted where it is of fewer.
fn mean_line(
    drawing: &mut Drawing,
    series: usize,
    means: &[Mean],
    most_dots: usize,
    at: &dyn Fn(u64, f64) -> (f64, f64),
) {
    let all = means.iter().map(|mean| mean.count).max().unwrap_or(0);
    let whole = means.iter().take_while(|mean| mean.count == all).count();
    let place = |mean: &Mean| at(mean.step, mean.mean);
    if whole > 1 {
        drawing.put(format_args!("<path class=\"line\" d=\"{}\"/>", path(means[..whole].iter().map(place))));
    }
    if whole < means.len() {
        let rest = &means[whole.saturating_sub(1)..];
        drawing.put(format_args!("<path class=\"line few\" d=\"{}\"/>", path(rest.iter().map(place))));
    }
    let from = if means.len() <= most_dots { 0 } else { means.len().saturating_sub(1) };
    means[from..].iter().for_each(|mean| drawing.marker(series, place(mean)));
}

/// A line across the plot where everything ended, and beside it what is `said` of that.
fn end_mark(drawing: &mut Drawing, x: f64, said: &str) {
    let (Frame { top, right, .. }, left, bottom) = (drawing.frame, drawing.left, drawing.bottom);
    drawing.put(format_args!("<path class=\"end\" d=\"M{x:.1} {top:.1}V{bottom:.1}\"/>"));
    // On the side of the line that has more room.
    let (anchor, x) = if x > (left + right) / 2.0 { ("end", x - 8.0) } else { ("start", x + 8.0) };
    let (y, said) = (top + 16.0, escaped(said));
    drawing.put(format_args!(
        "<text class=\"end-note\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{said}</text>"
    ));
}

/// Every so-manieth point, and the last.
fn thinned(points: &[(u64, f64)], most: usize) -> Vec<(u64, f64)> {
    let every = points.len().div_ceil(most.max(2)).max(1);
    let kept = points.iter().enumerate().filter(|(i, _)| i % every == 0 || i + 1 == points.len());
    kept.map(|(_, point)| *point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(points: &[(u64, f64)]) -> Run {
        Run { points: points.to_vec(), end: None }
    }

    fn mean(step: u64, mean: f64, count: usize) -> Mean {
        Mean { step, mean, std: mean.is_finite().then_some(1.0), count }
    }

    fn curves(series: &[Series]) -> Curves<'_> {
        Curves {
            frame: Frame::PANEL,
            title: "a <title>",
            note: None,
            vertical: None,
            steps: 30,
            series,
            most_points: 50,
            most_dots: 0,
            end: None,
            number: |value| value.to_string(),
        }
    }

    #[test]
    fn a_picture_has_lines_bands_and_daggers() {
        let diverged = Run { end: Some("†"), ..run(&[(10, 3.0)]) };
        let runs = vec![run(&[(10, 1.0), (20, 3.0), (30, 4.0)]), diverged];
        let means = vec![mean(10, 2.0, 2), mean(20, 3.0, 1), mean(30, 4.0, 1)];
        let series = [Series { label: "<b>&\"".into(), means, runs }];
        let svg = curves(&series).chart("x").to_svg();
        let count = |what: &str| svg.matches(what).count();
        assert_eq!((count("class=\"seed\""), count("class=\"band\""), count(">†<")), (2, 1, 1));
        assert_eq!((count("class=\"line few\""), count("<g class=\"key")), (1, 1));
        assert!(!svg.contains("<b>") && svg.contains("&lt;b&gt;&amp;&quot;"));
        assert!(!svg.contains("NaN") && svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn no_data_gives_a_picture_without_nonsense_in_it() {
        let far = Mean { std: Some(1e308), ..mean(10, 0.0, 2) };
        let hard = [
            vec![],
            vec![mean(10, 3.0, 1)],
            vec![mean(10, 3.0, 1), mean(20, 3.0, 1)],
            vec![far, mean(20, 1e308, 1)],
            vec![mean(10, f64::NEG_INFINITY, 1), mean(20, 1.0, 1)],
            vec![mean(3_000_000, -1e-9, 1)],
        ];
        for means in hard {
            let finite = means.iter().take_while(|mean| mean.std.is_some()).count();
            let series = [Series { means, ..Series::default() }];
            let picture = Curves { most_dots: 9, end: Some((7, "the end")), ..curves(&series) };
            let svg = picture.chart("x").to_svg();
            let drawn = |line: &&str| line.contains(" d=\"") || line.contains("cx=");
            let geometry: String = svg.lines().filter(drawn).collect();
            assert!(!geometry.contains("NaN") && !geometry.contains("inf"), "{geometry}");
            assert_eq!(svg.matches("<circle").count(), finite);
            assert_eq!(svg.matches("<g class=\"key").count(), 0);
        }
    }

    #[test]
    fn a_fall_far_below_does_not_hide_the_rest() {
        let good = || run(&[(10, 90.0), (20, 100.0), (30, 105.0), (40, 110.0)]);
        let runs = vec![run(&[(10, -1e6)]), good(), good()];
        let (axis, hidden) = returns_axis(&[Series { runs, ..Series::default() }]);
        let axis = axis.laid(0.0, 1.0);
        assert!(axis.place(110.0) - axis.place(90.0) > 0.05, "{axis:?}");
        assert_eq!(hidden, Some(-1e6));
    }

    #[test]
    fn long_curves_keep_their_ends() {
        let points: Vec<_> = (1..=100).map(|i| (i, i as f64)).collect();
        let kept = thinned(&points, 10);
        assert_eq!((kept.len(), kept[0].0, kept[kept.len() - 1].0), (11, 1, 100));
    }
}
