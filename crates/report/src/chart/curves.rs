//! Learning curves of one task: a thin line a seed, the mean over seeds, a band of one standard deviation.

use super::{Chart, Drawing, PLOT, RIGHT, TOP, path};
use crate::figures;
use coadapt_run::curve::axis::Axis;
use coadapt_run::curve::escaped;
use coadapt_run::metrics::mean_and_std;
use coadapt_run::numerals;

/// What falls this many times deeper below the lower quarter than the best rises above it leaves the picture.
const MOST_FALL: f64 = 10.0;

/// The curves of one arm.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// The arm.
    pub label: String,
    /// Its runs.
    pub seeds: Vec<Seed>,
}

/// The curve of one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seed {
    /// Steps and mean returns of its evaluations, in order.
    pub points: Vec<(u64, f64)>,
    /// The sign of a bad end: `†`, `−∞`.
    pub end: Option<&'static str>,
}

/// Step, mean, standard deviation and number of runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// Environment step.
    pub step: u64,
    /// Mean over the runs that were evaluated there; minus infinity if one is.
    pub mean: f64,
    /// Standard deviation, ddof 0; nothing at minus infinity.
    pub std: Option<f64>,
    /// How many those are.
    pub runs: usize,
}

impl Series {
    /// The mean over runs at each step that one of them was evaluated at.
    pub fn means(&self) -> Vec<Mean> {
        let mut steps: Vec<u64> =
            self.seeds.iter().flat_map(|seed| &seed.points).map(|(step, _)| *step).collect();
        steps.sort_unstable();
        steps.dedup();
        let mean = |step: u64| {
            let at = |seed: &Seed| {
                seed.points.binary_search_by_key(&step, |(step, _)| *step).ok().map(|i| seed.points[i].1)
            };
            let values: Vec<f64> = self.seeds.iter().filter_map(at).collect();
            let (mean, std) = mean_and_std(&values);
            let finite = mean.is_finite();
            Mean {
                step,
                mean: if finite { mean } else { f64::NEG_INFINITY },
                std: finite.then_some(std),
                runs: values.len(),
            }
        };
        steps.into_iter().map(mean).collect()
    }
}

/// The picture of `series` on `task`, whose runs are of `steps`; a line of a run has at most `most` points.
pub fn chart(id: &str, (task, steps): (&str, u64), series: &[Series], most: usize) -> Chart {
    let title = format!("{task}: return over {} steps", numerals::grouped(steps));
    let (vertical, hidden) = returns_axis(series);
    let vertical = vertical.laid(TOP + PLOT, TOP);
    let left = super::room_for(&vertical);
    let horizontal = Axis::exact(0.0, steps as f64, 6).laid(left, RIGHT);
    let mut drawing = Drawing::new(PLOT, left);
    drawing.title(&title);
    drawing.vertical(&vertical);
    drawing.horizontal(&horizontal, "environment steps");
    if let Some(lowest) = hidden {
        let said = figures::fixed(lowest, 0);
        drawing.put(format_args!(
            "<text class=\"tick\" x=\"{RIGHT:.1}\" y=\"{:.1}\" text-anchor=\"end\">↓ some fall to {said}</text>",
            TOP + PLOT - 7.0
        ));
    }
    for (place, one) in series.iter().enumerate() {
        draw(&mut drawing, (&horizontal, &vertical), (place, one), most);
    }
    drawing.legend(&series.iter().map(|one| one.label.clone()).collect::<Vec<_>>());
    drawing.finish(id, &title)
}

/// An axis that shows everything, unless a few returns lie so far below that nothing else could be seen; then the
/// lowest of them too.
fn returns_axis(series: &[Series]) -> (Axis, Option<f64>) {
    let mut all: Vec<f64> = series
        .iter()
        .flat_map(|one| &one.seeds)
        .flat_map(|seed| &seed.points)
        .map(|(_, value)| *value)
        .filter(|value| value.is_finite())
        .collect();
    all.sort_by(f64::total_cmp);
    let (Some(lowest), Some(highest)) = (all.first(), all.last()) else {
        return (Axis::rounded(0.0, 1.0, 5), None);
    };
    let quarter = all[all.len() / 4];
    let floor = quarter - MOST_FALL * (highest - quarter);
    (Axis::rounded(lowest.max(floor), *highest, 6), (*lowest < floor).then_some(*lowest))
}

fn draw(drawing: &mut Drawing, axes: (&Axis, &Axis), (place, one): (usize, &Series), most: usize) {
    let at = |step: u64, value: f64| (axes.0.place(step as f64), axes.1.place(value));
    drawing.put(format_args!(
        "<g class=\"series s{place}\" data-series=\"{place}\"><title>{}</title>",
        escaped(&one.label)
    ));
    let all = one.means();
    // From the first step on at which a return was not finite there is no mean to draw.
    let means: Vec<Mean> = all.iter().take_while(|mean| mean.std.is_some()).copied().collect();
    let band = |sign: f64| {
        let edge = move |mean: &Mean| (mean.step, mean.mean + sign * mean.std.unwrap_or(0.0));
        means.iter().map(edge).map(|(step, value)| at(step, value)).collect::<Vec<_>>()
    };
    if means.len() > 1 {
        let outline = path(band(1.0).into_iter().chain(band(-1.0).into_iter().rev()));
        drawing.put(format_args!("<path class=\"band\" d=\"{outline}Z\"/>"));
    }
    for seed in &one.seeds {
        let thin = thinned(&seed.points, most);
        let line = path(thin.into_iter().filter(|(_, v)| v.is_finite()).map(|(step, v)| at(step, v)));
        if !line.is_empty() && one.seeds.len() > 1 {
            drawing.put(format_args!("<path class=\"seed\" d=\"{line}\"/>"));
        }
    }
    mean_line(drawing, place, &means, &at);
    if let Some(infinite) = all.get(means.len()) {
        let (x, y) = (axes.0.place(infinite.step as f64), TOP + PLOT - 6.0);
        drawing.put(format_args!(
            "<text class=\"dagger\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">−∞</text>"
        ));
    }
    for (seed, sign) in one.seeds.iter().filter_map(|seed| Some((seed, seed.end?))) {
        let finite = seed.points.iter().rev().find(|(_, value)| value.is_finite());
        let (x, y) = finite.map_or(at(0, f64::MIN), |(step, value)| at(*step, *value));
        drawing.put(format_args!(
            "<text class=\"dagger\" x=\"{:.1}\" y=\"{:.1}\">{sign}</text>",
            x + 3.0,
            y + 5.0
        ));
    }
    drawing.put(format_args!("</g>"));
}

/// The mean as a whole line while all runs are there, dotted where it is of fewer.
fn mean_line(drawing: &mut Drawing, series: usize, means: &[Mean], at: &dyn Fn(u64, f64) -> (f64, f64)) {
    let all = means.iter().map(|mean| mean.runs).max().unwrap_or(0);
    let whole = means.iter().take_while(|mean| mean.runs == all).count();
    let place = |mean: &Mean| at(mean.step, mean.mean);
    if whole > 1 {
        drawing.put(format_args!("<path class=\"line\" d=\"{}\"/>", path(means[..whole].iter().map(place))));
    }
    if whole < means.len() {
        let rest = &means[whole.saturating_sub(1)..];
        drawing.put(format_args!("<path class=\"line few\" d=\"{}\"/>", path(rest.iter().map(place))));
    }
    if let Some(last) = means.last() {
        drawing.marker(series, place(last));
    }
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

    fn seed(points: &[(u64, f64)]) -> Seed {
        Seed { points: points.to_vec(), end: None }
    }

    fn diverged(points: &[(u64, f64)]) -> Seed {
        Seed { points: points.to_vec(), end: Some("†") }
    }

    #[test]
    fn means_say_how_many_runs_they_are_of() {
        let series =
            Series { label: "a".into(), seeds: vec![seed(&[(10, 1.0), (20, 3.0)]), diverged(&[(10, 3.0)])] };
        let means = series.means();
        assert_eq!((means[0].mean, means[0].std, means[0].runs), (2.0, Some(1.0), 2));
        assert_eq!((means[1].step, means[1].runs), (20, 1));
        let infinite = Series { seeds: vec![seed(&[(10, f64::NEG_INFINITY)])], ..series };
        assert_eq!((infinite.means()[0].mean, infinite.means()[0].std), (f64::NEG_INFINITY, None));
    }

    #[test]
    fn a_picture_has_lines_bands_and_daggers() {
        let seeds = vec![seed(&[(10, 1.0), (20, 3.0), (30, 4.0)]), diverged(&[(10, 3.0)])];
        let series = [Series { label: "<b>&\"".into(), seeds }];
        let svg = chart("x", ("Ant-v2", 30), &series, 50).to_svg();
        let count = |what: &str| svg.matches(what).count();
        assert_eq!((count("class=\"seed\""), count("class=\"band\""), count(">†<")), (2, 1, 1));
        assert_eq!((count("class=\"line few\""), count("<g class=\"key")), (1, 1));
        assert!(!svg.contains("<b>") && svg.contains("&lt;b&gt;&amp;&quot;"));
        assert!(!svg.contains("NaN") && svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn a_fall_far_below_does_not_hide_the_rest() {
        let low = seed(&[(10, -1e6)]);
        let good = || seed(&[(10, 90.0), (20, 100.0), (30, 105.0), (40, 110.0)]);
        let (axis, hidden) =
            returns_axis(&[Series { label: String::new(), seeds: vec![low, good(), good()] }]);
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
