//! Numbers with their intervals, one below the other.

use crate::axis::Axis;
use crate::drawing::{Chart, Drawing, Frame};
use crate::escape::escaped;

const LINE: f64 = 26.0;
/// More lines than this are for a table.
const MOST: usize = 60;
/// The longest name that is drawn whole.
const LONGEST: usize = 38;

/// A line of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// Its name, beside it.
    pub name: String,
    /// The number.
    pub point: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
    /// All three in words, shown where a reader points.
    pub said: String,
    /// The number in words, which stands where one that is not finite has no place.
    pub point_said: String,
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
    let left = 20.0 + Frame::PANEL.character * longest as f64;
    let axis = Axis::rounded(low, high, 5).laid(left + 8.0, Frame::PANEL.right - 12.0);
    let frame = Frame::PANEL.with_plot(LINE * all.len() as f64 + 8.0);
    let mut drawing = Drawing::new(frame, left);
    drawing.title(title);
    drawing.horizontal(&axis, "");
    drawing.height -= 18.0;
    if let Some(nothing) = nothing {
        let (x, top, bottom) = (axis.place(nothing), frame.top, drawing.bottom);
        drawing.put(format_args!("<path class=\"guide\" d=\"M{x:.1} {top:.1}V{bottom:.1}\"/>"));
    }
    for (place, one) in all.iter().enumerate() {
        let y = frame.top + 18.0 + LINE * place as f64;
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
    let (low, high) = (axis.place(one.low), axis.place(one.high));
    drawing.put(format_args!(
        "<g class=\"s0\"><title>{}: {}</title>",
        escaped(&one.name),
        escaped(&one.said)
    ));
    if one.point.is_finite() {
        let x = axis.place(one.point);
        drawing.put(format_args!("<path class=\"whisker\" d=\"M{low:.1} {y:.1}H{high:.1}\"/>"));
        drawing.put(format_args!("<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.6\"/></g>"));
    } else {
        let x = drawing.left + 8.0;
        let point = escaped(&one.point_said);
        drawing
            .put(format_args!("<text class=\"dagger\" x=\"{x:.1}\" y=\"{:.1}\">{point}</text></g>", y + 5.0));
    }
}
