//! Numbers with their intervals, one below the other.

use coadapt_stats::Estimate;

use super::{Chart, Drawing, RIGHT, TOP};
use crate::figures;
use coadapt_run::curve::axis::Axis;
use coadapt_run::curve::escaped;

const LINE: f64 = 26.0;
/// More lines than this are for a table.
const MOST: usize = 60;
/// The longest name that is drawn whole.
const LONGEST: usize = 38;

/// A line of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    name: String,
    point: f64,
    low: f64,
    high: f64,
}

impl Interval {
    /// The line of `estimate`.
    pub fn of(name: &str, estimate: &Estimate) -> Interval {
        Interval { name: name.to_owned(), point: estimate.point, low: estimate.low, high: estimate.high }
    }
}

/// The picture, with a line where nothing differs; none without a finite number, or with too many to be seen.
pub fn chart(id: &str, title: &str, all: &[Interval], nothing: Option<f64>) -> Option<Chart> {
    let finite = || all.iter().flat_map(|one| [one.point, one.low, one.high]).chain(nothing);
    let (low, high) = finite()
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
    if all.is_empty() || all.len() > MOST || low > high {
        return None;
    }
    let longest = all.iter().map(|one| one.name.chars().count().min(LONGEST)).max().unwrap_or(0);
    let left = 20.0 + super::CHARACTER * longest as f64;
    let axis = Axis::rounded(low, high, 5).laid(left + 8.0, RIGHT - 12.0);
    let mut drawing = Drawing::new(LINE * all.len() as f64 + 8.0, left);
    drawing.title(title);
    drawing.horizontal(&axis, "");
    drawing.height -= 18.0;
    if let Some(nothing) = nothing {
        let (x, bottom) = (axis.place(nothing), drawing.bottom);
        drawing.put(format_args!("<path class=\"guide\" d=\"M{x:.1} {TOP:.1}V{bottom:.1}\"/>"));
    }
    for (place, one) in all.iter().enumerate() {
        let y = TOP + 18.0 + LINE * place as f64;
        row(&mut drawing, &axis, y, one);
    }
    Some(drawing.finish(id, title))
}

fn row(drawing: &mut Drawing, axis: &Axis, y: f64, one: &Interval) {
    let mut name: String = one.name.chars().take(LONGEST).collect();
    if one.name.chars().count() > LONGEST {
        name.pop();
        name.push('…');
    }
    let x = drawing.left - 6.0;
    drawing.put(format_args!(
        "<text class=\"name\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
        y + 4.0,
        escaped(&name)
    ));
    let said = figures::interval(one.point, one.low, one.high, 3);
    let (low, high) = (axis.place(one.low), axis.place(one.high));
    drawing.put(format_args!("<g class=\"s0\"><title>{}: {said}</title>", escaped(&one.name)));
    if one.point.is_finite() {
        let x = axis.place(one.point);
        drawing.put(format_args!("<path class=\"whisker\" d=\"M{low:.1} {y:.1}H{high:.1}\"/>"));
        drawing.put(format_args!("<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.6\"/></g>"));
    } else {
        let x = drawing.left + 8.0;
        let point = figures::fixed(one.point, 0);
        drawing
            .put(format_args!("<text class=\"dagger\" x=\"{x:.1}\" y=\"{:.1}\">{point}</text></g>", y + 5.0));
    }
}
