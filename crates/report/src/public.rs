//! Learning curves that others have published, beside ours at the last evaluation by the same step.

use std::sync::LazyLock;

use coadapt_agent::paper;
use serde::Deserialize;

use super::data;
use super::data_table::{Column, DataTable, Entry, ONE, Reads};
use super::number_format;
use super::published::same_recipe;
use super::scored_runs::ScoredRuns;
use coadapt_run::human_numbers;
use coadapt_run::metrics::mean_and_std;

/// Points of the curves.
const CURVES: &str = include_str!("data/public_curves.csv");

/// What the sheet shows: ours end before a published point that none of our runs reaches.
const CAPTION: &str = "Published learning curves, and ours at the last evaluation by that step";

/// One point of a published learning curve.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Point {
    #[serde(rename = "task")]
    family: String,
    algorithm: String,
    step: u64,
    mean: f64,
    std: Option<f64>,
    seeds: Option<u64>,
    source: String,
}

fn points() -> &'static [Point] {
    static ALL: LazyLock<Vec<Point>> = LazyLock::new(|| data::rows(CURVES).collect());
    &ALL
}

/// The published points nearest to the study's budget, and ours there: only arms that are an algorithm as it is can
/// stand beside a curve of that algorithm. Nothing if nobody published one.
pub fn table(scored: &ScoredRuns<'_>) -> Option<DataTable> {
    let mut rows = Vec::new();
    for task in 0..scored.plan.tasks.len() {
        for arm in 0..scored.plan.arms.len() {
            rows.extend(beside(scored, arm, task));
        }
    }
    let columns = vec![
        Column::words("Task"),
        Column::words("Arm"),
        Column::words("Whose curve"),
        Column::numbers("At step", ONE),
        Column::numbers("Theirs", &["", " std", " seeds"]),
        Column { name: "Ours".into(), parts: &["", " std", " runs", " step"], reads: Reads::Numbers },
    ];
    let caption = CAPTION.into();
    (!rows.is_empty()).then(|| DataTable { id: "public-curves".into(), caption, columns, rows })
}

/// The rows of one cell: a row a source.
fn beside(scored: &ScoredRuns<'_>, arm: usize, task: usize) -> Vec<Vec<Entry>> {
    let (plan, spec) = (scored.plan, &scored.plan.tasks[task].spec);
    let algo = &plan.arms[arm].algo;
    let base = paper::method(algo, spec);
    let is_base = |seen: &super::scored_runs::ScoredRun<'_>| {
        let run = seen.loaded.run;
        run.options.is_none() && base.as_ref().is_ok_and(|base| same_recipe(base, &run.method))
    };
    if !scored.cell(arm, task).all(is_base) {
        return Vec::new();
    }
    let name = algo.split('_').next().unwrap_or(algo).to_uppercase();
    let here = |point: &&Point| point.family == data::family(&spec.id) && point.algorithm == name;
    let mut sources: Vec<&str> = points().iter().filter(here).map(|point| point.source.as_str()).collect();
    sources.dedup();
    let steps = plan.tasks[task].steps;
    let nearest = |source: &&str| {
        let of_source = || points().iter().filter(here).filter(|point| point.source == **source);
        // The last point that our runs reach, or else the first one beyond them.
        of_source().rfind(|point| point.step <= steps).or_else(|| of_source().next())
    };
    let rows = sources.iter().filter_map(nearest).map(|point| {
        let mut theirs = Entry::number(
            number_format::spread(point.mean, point.std),
            &[point.mean, point.std.unwrap_or(f64::NAN)],
        );
        theirs.values = vec![
            point.mean.to_string(),
            point.std.map_or(String::new(), |std| std.to_string()),
            point.seeds.map_or(String::new(), |seeds| seeds.to_string()),
        ];
        theirs.below.extend(point.seeds.map(|seeds| human_numbers::counted(seeds, "seed")));
        vec![
            Entry::words(&spec.id),
            Entry::words(&plan.arms[arm].label),
            Entry::words(&point.source),
            Entry::number(human_numbers::grouped(point.step), &[point.step as f64]),
            theirs,
            ours(scored, (arm, task), point.step),
        ]
    });
    rows.collect()
}

/// Our mean at `step`, or at the last evaluation before it.
fn ours(scored: &ScoredRuns<'_>, (arm, task): (usize, usize), step: u64) -> Entry {
    let done = || scored.cell(arm, task).filter(|seen| seen.score.is_some()).map(|seen| &seen.loaded);
    let reached =
        done().flat_map(|run| &run.evaluations).map(|seen| seen.step).filter(|at| *at <= step).max();
    let Some(reached) = reached else { return Entry::reason("no finished run") };
    let at = |run: &super::scored_runs::ScoredRun<'_>| {
        let found = run.loaded.evaluations.iter().find(|seen| seen.step == reached);
        found.map(|seen| mean_and_std(&seen.returns).0)
    };
    let values: Vec<f64> = scored.cell(arm, task).filter(|s| s.score.is_some()).filter_map(at).collect();
    let (mean, std) = mean_and_std(&values);
    if !mean.is_finite() {
        return Entry::reason("a return is not finite there");
    }
    let mut entry = Entry::number(
        number_format::spread(mean, (values.len() > 1).then_some(std)),
        &[mean, std, values.len() as f64, reached as f64],
    );
    entry.below.push(human_numbers::counted(values.len() as u64, "run"));
    if reached != step {
        entry.below.push(format!("at step {}", human_numbers::grouped(reached)));
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_read_and_rise_in_steps() {
        assert_eq!(points().len(), 172);
        let hopper = |point: &&Point| point.family == "Hopper" && point.algorithm == "AWR";
        let awr: Vec<_> = points().iter().filter(hopper).map(|point| (point.step, point.mean)).collect();
        // Points of its authors beyond these could not be read at the step they are said to be at.
        assert_eq!(awr, [(300_000, 445.0), (500_000, 1130.0)]);
        for pair in points().windows(2) {
            let [a, b] = pair else { unreachable!() };
            let same = (&a.family, &a.algorithm, &a.source) == (&b.family, &b.algorithm, &b.source);
            assert!(!same || a.step < b.step, "{a:?} {b:?}");
        }
    }
}
