//! Performance profiles: the fraction of runs above each score.

use coadapt_stats::Profile;

use super::{Chart, Drawing, PLOT, RIGHT, TOP, groups, path};
use coadapt_run::curve::axis::Axis;

/// One picture, or one an algorithm where there are many arms. A line is a label, an algorithm and a profile.
pub fn charts(lines: &[(String, String, Profile)]) -> Vec<Chart> {
    let algos: Vec<&str> = lines.iter().map(|(_, algo, _)| algo.as_str()).collect();
    let all = groups(&algos);
    let several = all.len() > 1;
    all.iter()
        .enumerate()
        .map(|(place, group)| {
            let id = if several { format!("profiles-{}", place + 1) } else { "profiles".into() };
            let shown: Vec<_> = group.iter().map(|i| &lines[*i]).collect();
            chart(&id, &shown)
        })
        .collect()
}

fn chart(id: &str, lines: &[&(String, String, Profile)]) -> Chart {
    let thresholds = || lines.iter().flat_map(|(_, _, profile)| &profile.thresholds).copied();
    let (low, high) =
        (thresholds().fold(f64::INFINITY, f64::min), thresholds().fold(f64::NEG_INFINITY, f64::max));
    let vertical = Axis::rounded(0.0, 1.0, 5).laid(TOP + PLOT, TOP);
    let left = super::room_for(&vertical);
    let horizontal = Axis::rounded(low, high, 6).laid(left, RIGHT);
    let mut drawing = Drawing::new(PLOT, left);
    drawing.title("Performance profiles: fraction of runs above a score");
    drawing.vertical(&vertical);
    drawing.horizontal(&horizontal, "normalised score");
    for (series, (_, _, profile)) in lines.iter().enumerate() {
        let places = |f: fn(&coadapt_stats::Estimate) -> f64| {
            let (x, y) = (horizontal.clone(), vertical.clone());
            let pairs = profile.thresholds.iter().zip(&profile.fractions);
            pairs.map(move |(tau, fraction)| (x.place(*tau), y.place(f(fraction)))).collect::<Vec<_>>()
        };
        let (line, upper, lower) = (places(|e| e.point), places(|e| e.high), places(|e| e.low));
        let band = path(upper.into_iter().chain(lower.into_iter().rev()));
        drawing.put(format_args!(
            "<g class=\"series s{series}\" data-series=\"{series}\"><path class=\"band\" d=\"{band}Z\"/>\
             <path class=\"line\" d=\"{}\"/></g>",
            path(line.into_iter())
        ));
    }
    let names: Vec<String> = lines.iter().map(|(label, _, _)| label.clone()).collect();
    drawing.legend(&names);
    drawing.finish(id, "Performance profiles with pointwise 95 % bands")
}
