//! Learning curves of a study: a picture a task, and their means as a table for a file.

use coadapt_stats::Score;

use super::chart::curves::{Seed, Series, chart};
use super::chart::{COLOURS, Chart};
use super::evidence::{Evidence, Seen};
use super::sheet::{Column, Entry, ONE, Sheet};
use coadapt_run::directory;
use coadapt_run::metrics::mean_and_std;
use coadapt_study::store::State;

/// Points of a run's line; in studies of many runs, fewer.
const POINTS: usize = 100;
/// Points of all lines together.
const ALL_POINTS: usize = 150_000;

/// The curves of one arm on one task.
fn series(evidence: &Evidence<'_>, arm: usize, task: usize) -> Series {
    let seed = |seen: &Seen<'_>| Seed {
        points: seen.loaded.evaluations.iter().map(|e| (e.step, mean_and_std(&e.returns).0)).collect(),
        end: sign(seen),
    };
    let begun = evidence.cell(arm, task).filter(|seen| !seen.loaded.evaluations.is_empty());
    Series { label: evidence.plan.arms[arm].label.clone(), seeds: begun.map(seed).collect() }
}

/// How a run ended that did not take all its steps.
fn sign(seen: &Seen<'_>) -> Option<&'static str> {
    let ended = matches!(seen.loaded.state, State::Diverged { .. });
    ended.then_some(if seen.score == Some(Score::MinusInfinity) { "−∞" } else { "†" })
}

/// The pictures: one a task, or one a task and algorithm where there are many arms.
pub fn charts(evidence: &Evidence<'_>) -> Vec<Chart> {
    let plan = evidence.plan;
    let most = (ALL_POINTS / evidence.runs.len().max(1)).clamp(8, POINTS);
    let mut found = Vec::new();
    for (place, task) in plan.tasks.iter().enumerate() {
        for (part, group) in groups(evidence).iter().enumerate() {
            let all: Vec<Series> = group.iter().map(|arm| series(evidence, *arm, place)).collect();
            if all.iter().all(|one| one.seeds.is_empty()) {
                continue;
            }
            let name = directory::file_name(&task.spec.id);
            let several = if plan.arms.len() > COLOURS { format!("-{}", part + 1) } else { String::new() };
            found.push(chart(&format!("curve-{name}{several}"), (&task.spec.id, task.steps), &all, most));
        }
    }
    found
}

fn groups(evidence: &Evidence<'_>) -> Vec<Vec<usize>> {
    let algos: Vec<&str> = evidence.plan.arms.iter().map(|arm| arm.algo.as_str()).collect();
    super::chart::groups(&algos)
}

/// Means over runs at every evaluation.
pub fn sheet(evidence: &Evidence<'_>) -> Sheet {
    let mut rows = Vec::new();
    for (arm, named) in evidence.plan.arms.iter().enumerate() {
        for (place, task) in evidence.plan.tasks.iter().enumerate() {
            for mean in series(evidence, arm, place).means() {
                let number = |value: f64| Entry::number("", &[value]);
                rows.push(vec![
                    Entry::words(&named.label),
                    Entry::words(&task.spec.id),
                    number(mean.step as f64),
                    number(mean.mean),
                    mean.std.map_or(Entry::default(), number),
                    number(mean.runs as f64),
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
    Sheet { id: "curves".into(), caption: "Means over runs at every evaluation".into(), columns, rows }
}
