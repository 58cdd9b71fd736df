//! Performance profiles: the fraction of runs above each score.

use crate::axis::Axis;
use crate::drawing::{Chart, Drawing, Frame, path};

/// The profile of one arm.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The arm.
    pub label: String,
    /// The scores, rising.
    pub thresholds: Vec<f64>,
    /// The fraction of runs above each of them.
    pub points: Vec<f64>,
    /// The lower edge of the band around it.
    pub low: Vec<f64>,
    /// The upper edge.
    pub high: Vec<f64>,
}

/// The picture of `profiles`.
pub fn chart(id: &str, profiles: &[Profile]) -> Chart {
    let frame = Frame::PANEL;
    let thresholds = || profiles.iter().flat_map(|profile| &profile.thresholds).copied();
    let (low, high) =
        (thresholds().fold(f64::INFINITY, f64::min), thresholds().fold(f64::NEG_INFINITY, f64::max));
    let vertical = Axis::rounded(0.0, 1.0, 5).laid(frame.top + frame.plot, frame.top);
    let left = frame.room_for(&vertical);
    let horizontal = Axis::rounded(low, high, 6).laid(left, frame.right);
    let mut drawing = Drawing::new(frame, left);
    drawing.title("Performance profiles: fraction of runs above a score");
    drawing.vertical(&vertical);
    drawing.horizontal(&horizontal, "normalised score");
    for (series, profile) in profiles.iter().enumerate() {
        let places = |fractions: &[f64]| {
            let pairs = profile.thresholds.iter().zip(fractions);
            pairs
                .map(|(tau, fraction)| (horizontal.place(*tau), vertical.place(*fraction)))
                .collect::<Vec<_>>()
        };
        let (upper, lower) = (places(&profile.high), places(&profile.low));
        let band = path(upper.into_iter().chain(lower.into_iter().rev()));
        drawing.put(format_args!(
            "<g class=\"series s{series}\" data-series=\"{series}\"><path class=\"band\" d=\"{band}Z\"/>\
             <path class=\"line\" d=\"{}\"/></g>",
            path(places(&profile.points).into_iter())
        ));
    }
    let names: Vec<String> = profiles.iter().map(|profile| profile.label.clone()).collect();
    drawing.legend(&names);
    drawing.finish(id, "Performance profiles with pointwise 95 % bands")
}
