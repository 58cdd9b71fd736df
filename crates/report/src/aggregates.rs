//! Each arm over all its tasks: interquartile mean, mean, median, optimality gap, and the performance profile.

use coadapt_chart::intervals::Interval;
use coadapt_chart::{Chart, intervals, palette, profiles};
use coadapt_stats::{Aggregate, Bootstrap, Estimate, Profile, Spread, aggregate, performance_profile};

use super::data_table::{Column, DataTable, Entry, INTERVAL};
use super::in_parallel::map;
use super::number_format;
use super::scale::Scale;
use super::scored_runs::ScoredRuns;

/// Points of a profile.
const THRESHOLDS: usize = 61;

/// The aggregates of every arm, as a table and a picture.
pub fn of(scored: &ScoredRuns<'_>, scale: &Scale, bootstrap: &Bootstrap) -> (DataTable, Option<Chart>) {
    let estimates = map(&scale.arms, |arm| match arm {
        Ok(arm) => aggregate(arm, &Aggregate::ALL, bootstrap),
        Err(error) => Err(error.clone()),
    });
    let mut columns = vec![Column::words("Variant")];
    columns.extend(order().map(|(_, a)| Column::numbers(a.name(), INTERVAL)));
    columns.push(Column::words("Runs behind it"));
    let mut rows = Vec::new();
    let mut drawn = Vec::new();
    for (arm, found) in scored.plan.arms.iter().zip(&estimates) {
        let mut row = vec![Entry::words(&arm.label)];
        match found {
            Ok(all) => {
                row.extend(order().map(|(place, _)| number(&all[place])));
                let iqm = &all[order().next().map_or(0, |(place, _)| place)];
                let mut behind = Entry::words(iqm.counts.to_string().replace("-inf", "−∞"));
                behind.below = beyond_counts(iqm);
                row.push(behind);
                drawn.push(interval(&arm.label, iqm));
            }
            Err(why) => {
                row.extend(order().map(|_| Entry::nothing()));
                row.push(Entry { text: why.to_string(), values: vec![why.to_string()], ..Entry::default() });
            }
        }
        rows.push(row);
    }
    let table = DataTable {
        id: "aggregates".into(),
        caption: "Normalised scores over all tasks, with 95 % intervals".into(),
        columns,
        rows,
    };
    let title = "Interquartile mean of normalised scores, 95 % interval";
    (table, intervals::chart("iqm", title, &drawn, None))
}

/// The aggregates in the order of reading, each with its place among [`Aggregate::ALL`].
fn order() -> impl Iterator<Item = (usize, Aggregate)> {
    let iqm_first = [1, 2, 0, 3];
    iqm_first.into_iter().filter_map(|place| Some((place, *Aggregate::ALL.get(place)?)))
}

/// An estimate as an entry. Where nothing could be redrawn there is no interval to print.
pub fn number(estimate: &Estimate) -> Entry {
    let values = [estimate.point, estimate.low, estimate.high];
    match estimate.spread {
        Spread::Resampled => Entry::number(number_format::estimate(estimate), &values),
        Spread::OneRunEach => Entry::number(number_format::fixed(estimate.point, 3), &values[..1]),
        Spread::NoVariation => Entry {
            below: vec!["no resample differed".into()],
            ..Entry::number(number_format::fixed(estimate.point, 3), &values)
        },
    }
}

/// An estimate as a line of a picture.
pub fn interval(name: &str, estimate: &Estimate) -> Interval {
    let Estimate { point, low, high, .. } = *estimate;
    Interval {
        name: name.to_owned(),
        point,
        low,
        high,
        said: number_format::interval(point, low, high, 3),
        point_said: number_format::fixed(point, 0),
    }
}

/// Caveats beside a number; how many runs are missing, the counts say already.
pub fn beyond_counts(estimate: &Estimate) -> Vec<String> {
    estimate.caveats().into_iter().filter(|caveat| !caveat.starts_with("Missing")).collect()
}

/// The performance profiles of all arms that have one, in one picture or several.
pub fn profiles(scored: &ScoredRuns<'_>, scale: &Scale, bootstrap: &Bootstrap) -> Vec<Chart> {
    let thresholds = thresholds(scale);
    if thresholds.is_empty() {
        return Vec::new();
    }
    let found = map(&scale.arms, |arm| {
        arm.as_ref().ok().and_then(|arm| performance_profile(arm, &thresholds, bootstrap).ok())
    });
    let known = scored.plan.arms.iter().zip(found).filter_map(|(arm, profile)| Some((arm, profile?)));
    let lines: Vec<(&str, profiles::Profile)> =
        known.map(|(arm, profile)| (arm.algo.as_str(), line(&arm.label, profile))).collect();
    let algos: Vec<&str> = lines.iter().map(|(algo, _)| *algo).collect();
    let groups = palette::groups(&algos);
    let picture = |(place, group): (usize, &Vec<usize>)| {
        let id = if groups.len() > 1 { format!("profiles-{}", place + 1) } else { "profiles".into() };
        let shown: Vec<_> = group.iter().map(|i| lines[*i].1.clone()).collect();
        profiles::chart(&id, &shown)
    };
    groups.iter().enumerate().map(picture).collect()
}

/// A profile as a line of a picture.
fn line(label: &str, profile: Profile) -> profiles::Profile {
    let fractions = |of: fn(&Estimate) -> f64| profile.fractions.iter().map(of).collect();
    profiles::Profile {
        label: label.to_owned(),
        points: fractions(|fraction| fraction.point),
        low: fractions(|fraction| fraction.low),
        high: fractions(|fraction| fraction.high),
        thresholds: profile.thresholds,
    }
}

/// Evenly spaced from the lowest finite score to the highest.
fn thresholds(scale: &Scale) -> Vec<f64> {
    let arms = scale.arms.iter().flatten();
    let mut scores: Vec<f64> = arms
        .flat_map(|arm| arm.arm().tasks().flat_map(|(_, runs)| runs.values()).flatten())
        .map(|score| score.value())
        .filter(|value| value.is_finite())
        .collect();
    scores.sort_by(f64::total_cmp);
    let (Some(last), false) = (scores.last(), scores.is_empty()) else { return Vec::new() };
    // One run that fell far below must not squeeze all others into a corner.
    let quarter = scores[scores.len() / 4];
    let low = scores[0].max(quarter - 2.0 * (last - quarter));
    let room = 0.02 * (last - low).max(1e-3);
    let (low, high) = (low - room, last + room);
    (0..THRESHOLDS).map(|i| low + (high - low) * i as f64 / (THRESHOLDS - 1) as f64).collect()
}
