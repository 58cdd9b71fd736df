//! Learning curves of a study: a picture a task, and their means as a table for a file.

use coadapt_chart::curves::{Curves, Mean, Run, Series};
use coadapt_chart::palette::{self, COLOURS};
use coadapt_chart::{Chart, Frame};
use coadapt_stats::Score;

use super::data_table::{Column, DataTable, Entry, ONE};
use super::number_format;
use super::scored_runs::{ScoredRun, ScoredRuns};
use coadapt_run::directory;
use coadapt_run::human_numbers;
use coadapt_run::metrics::mean_and_std;
use coadapt_study::store::State;

/// Points of a run's line; in studies of many runs, fewer.
const POINTS: usize = 100;
/// Points of all lines together.
const ALL_POINTS: usize = 150_000;

/// The curves of one arm on one task.
fn series(scored: &ScoredRuns<'_>, arm: usize, task: usize) -> Series {
    let run = |seen: &ScoredRun<'_>| Run {
        points: seen.loaded.evaluations.iter().map(|e| (e.step, mean_and_std(&e.returns).0)).collect(),
        end: sign(seen),
    };
    let begun = scored.cell(arm, task).filter(|seen| !seen.loaded.evaluations.is_empty());
    let runs: Vec<Run> = begun.map(run).collect();
    Series { label: scored.plan.arms[arm].label.clone(), means: means(&runs), runs }
}

/// The mean over runs at each step that one of them was evaluated at; minus infinity if a run is there.
fn means(runs: &[Run]) -> Vec<Mean> {
    let mut steps: Vec<u64> = runs.iter().flat_map(|run| &run.points).map(|(step, _)| *step).collect();
    steps.sort_unstable();
    steps.dedup();
    let mean = |step: u64| {
        let at = |run: &Run| {
            run.points.binary_search_by_key(&step, |(step, _)| *step).ok().map(|i| run.points[i].1)
        };
        let values: Vec<f64> = runs.iter().filter_map(at).collect();
        let (mean, std) = mean_and_std(&values);
        let finite = mean.is_finite();
        Mean {
            step,
            mean: if finite { mean } else { f64::NEG_INFINITY },
            std: finite.then_some(std),
            count: values.len(),
        }
    };
    steps.into_iter().map(mean).collect()
}

/// How a run ended that did not take all its steps.
fn sign(seen: &ScoredRun<'_>) -> Option<&'static str> {
    let ended = matches!(seen.loaded.state, State::Diverged { .. });
    ended.then_some(if seen.score == Some(Score::MinusInfinity) { "−∞" } else { "†" })
}

/// The pictures: one a task, or one a task and algorithm where there are many arms.
pub fn charts(scored: &ScoredRuns<'_>) -> Vec<Chart> {
    let plan = scored.plan;
    let most = (ALL_POINTS / scored.runs.len().max(1)).clamp(8, POINTS);
    let mut found = Vec::new();
    for (place, task) in plan.tasks.iter().enumerate() {
        for (part, group) in groups(scored).iter().enumerate() {
            let all: Vec<Series> = group.iter().map(|arm| series(scored, *arm, place)).collect();
            if all.iter().all(|one| one.runs.is_empty()) {
                continue;
            }
            let name = directory::file_name(&task.spec.id);
            let several = if plan.arms.len() > COLOURS { format!("-{}", part + 1) } else { String::new() };
            let curves = Curves {
                frame: Frame::PANEL,
                title: &format!("{}: return over {} steps", task.spec.id, human_numbers::grouped(task.steps)),
                note: None,
                vertical: None,
                steps: task.steps,
                series: &all,
                most_points: most,
                most_dots: 0,
                end: None,
                number: |value| number_format::fixed(value, 0),
            };
            found.push(curves.chart(&format!("curve-{name}{several}")));
        }
    }
    found
}

fn groups(scored: &ScoredRuns<'_>) -> Vec<Vec<usize>> {
    let algos: Vec<&str> = scored.plan.arms.iter().map(|arm| arm.algo.as_str()).collect();
    palette::groups(&algos)
}

/// Means over runs at every evaluation.
pub fn table(scored: &ScoredRuns<'_>) -> DataTable {
    let mut rows = Vec::new();
    for (arm, named) in scored.plan.arms.iter().enumerate() {
        for (place, task) in scored.plan.tasks.iter().enumerate() {
            for mean in series(scored, arm, place).means {
                let number = |value: f64| Entry::number("", &[value]);
                rows.push(vec![
                    Entry::words(&named.label),
                    Entry::words(&task.spec.id),
                    number(mean.step as f64),
                    number(mean.mean),
                    mean.std.map_or(Entry::default(), number),
                    number(mean.count as f64),
                ]);
            }
        }
    }
    let number = |name| Column::numbers(name, ONE);
    let columns = vec![
        Column::words("variant"),
        Column::words("task"),
        number("step"),
        number("mean"),
        number("std (ddof 0)"),
        number("runs"),
    ];
    DataTable { id: "curves".into(), caption: "Means over runs at every evaluation".into(), columns, rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_say_how_many_runs_they_are_of() {
        let run = |points: &[(u64, f64)]| Run { points: points.to_vec(), end: None };
        let known = means(&[run(&[(10, 1.0), (20, 3.0)]), run(&[(10, 3.0)])]);
        assert_eq!((known[0].mean, known[0].std, known[0].count), (2.0, Some(1.0), 2));
        assert_eq!((known[1].step, known[1].count), (20, 1));
        let infinite = means(&[run(&[(10, f64::NEG_INFINITY)])]);
        assert_eq!((infinite[0].mean, infinite[0].std), (f64::NEG_INFINITY, None));
    }
}
