//! One scale for all tasks: two named returns of each, a low one that becomes 0 and a high one that becomes 1.

use std::collections::BTreeMap;

use coadapt_stats::{Error, Normalised, Reference};
use serde::Deserialize;

use super::data_table::{Column, DataTable, Entry, ONE};
use super::number_format;
use super::scored_runs::ScoredRuns;
use super::{data, published};

/// Low and high points, by family; where the high one is left out, it is the best that the paper prints.
const POINTS: &str = include_str!("data/scale.csv");
/// The prefix of the many tasks of one suite.
const SUITE: &str = "dm_control/";

/// The study's scale, and its arms on it.
#[derive(Debug)]
pub struct Scale {
    /// The two points of each task that has them.
    pub references: BTreeMap<String, Reference>,
    /// Every arm on the scale, or why it is not.
    pub arms: Vec<Result<Normalised, Error>>,
}

impl Scale {
    /// The scale of a study's tasks.
    pub fn of(scored: &ScoredRuns<'_>) -> Scale {
        let mut references = BTreeMap::new();
        for (place, task) in scored.plan.tasks.iter().enumerate() {
            let known = known(&task.spec.id).or_else(|| seen(scored, place));
            references.extend(known.map(|reference| (task.spec.id.clone(), reference)));
        }
        let arms = scored.arms.iter().map(|arm| Normalised::new(arm, &references)).collect();
        Scale { references, arms }
    }

    /// The points as a table.
    pub fn table(&self) -> DataTable {
        let rows = self.references.iter().map(|(task, reference)| {
            let number = |value: f64| Entry::number(number_format::fixed(value, 1), &[value]);
            vec![
                Entry::words(task),
                number(reference.low.value),
                Entry::words(&reference.low.name),
                number(reference.high.value),
                Entry::words(&reference.high.name),
            ]
        });
        DataTable {
            id: "scale".into(),
            caption: "The scale: score = (return − low) / (high − low), not clipped".into(),
            columns: vec![
                Column::words("Task"),
                Column::numbers("Low (0)", ONE),
                Column::words("What it is"),
                Column::numbers("High (1)", ONE),
                Column::words("What that is"),
            ],
            rows: rows.collect(),
        }
    }
}

/// The two points of a family of tasks, or of a suite.
#[derive(Deserialize)]
struct Points {
    task: String,
    low: f64,
    low_name: String,
    high: Option<f64>,
    high_name: String,
}

/// The points of a task that has them whatever the study found.
fn known(task: &str) -> Option<Reference> {
    let family = data::family(task);
    let points = data::rows(POINTS).find(|points: &Points| match points.task.strip_suffix('*') {
        Some(suite) => suite == SUITE && task.starts_with(SUITE),
        None => points.task == family,
    })?;
    let (value, name) = match points.high {
        Some(value) => (value, points.high_name),
        None => {
            let best = published::best(family)?;
            let name = format!("the best mean the paper prints: {}, {}", best.label, best.table);
            (best.mean?, name)
        }
    };
    Some(Reference::new((&points.low_name, points.low), (&name, value)))
}

/// The lowest and the highest finite score of the study itself.
fn seen(scored: &ScoredRuns<'_>, task: usize) -> Option<Reference> {
    let arms = 0..scored.plan.arms.len();
    let scores = arms.flat_map(|arm| scored.cell(arm, task)).filter_map(|seen| seen.score);
    let finite = scores.map(|score| score.value()).filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
    let of = "finite score of a run of this study so far";
    (low < high)
        .then(|| Reference::new((&format!("the lowest {of}"), low), (&format!("the highest {of}"), high)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_points_is_read() {
        assert_eq!(data::rows::<Points>(POINTS).count(), POINTS.lines().count() - 1);
    }
}
