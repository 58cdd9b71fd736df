//! A factorial study: what each component does on average, and how much two depend on each other.

use coadapt_chart::{Chart, intervals};
use coadapt_stats::{Aggregate, Bootstrap, Change, Error, Estimate, Factor, Factorial};

use super::aggregates;
use super::data_table::{Column, DataTable, Entry, INTERVAL, Reads};
use super::scale::Scale;
use super::scored_runs::ScoredRuns;

/// The tables and pictures of a factorial, or the sentence that says why there are none yet.
pub fn of(
    scored: &ScoredRuns<'_>,
    scale: &Scale,
    bootstrap: &Bootstrap,
) -> Result<(Vec<DataTable>, Vec<Chart>), Error> {
    let study = study(scored, scale)?;
    let mut effects = Rows::default();
    for effect in study.main_effects(Aggregate::Iqm, bootstrap)? {
        effects.add(&[said(&effect.change)], &effect.effect);
    }
    let mut indices = Rows::default();
    for one in study.coadaptation(Aggregate::Iqm, bootstrap)? {
        indices.add(&[said(&one.first), said(&one.second)], &one.index);
    }
    let number = |name| Column { name: String::from(name), parts: INTERVAL, reads: Reads::Numbers };
    let index_table = DataTable {
        id: "coadaptation".into(),
        caption: "Co-adaptation index (A₁B₁ − A₀B₁) − (A₁B₀ − A₀B₀), IQM of normalised scores, 95 % interval"
            .into(),
        columns: vec![Column::words("A"), Column::words("B"), number("Index")],
        rows: indices.rows,
    };
    let effect_table = DataTable {
        id: "main-effects".into(),
        caption: "What each change does, averaged over all levels of the others, 95 % interval".into(),
        columns: vec![Column::words("Change"), number("Effect")],
        rows: effects.rows,
    };
    let index_chart = intervals::chart(
        "coadaptation",
        "Co-adaptation index of each pair, 95 % interval",
        &indices.drawn,
        Some(0.0),
    );
    let effect_chart =
        intervals::chart("main-effects", "Main effects, 95 % interval", &effects.drawn, Some(0.0));
    Ok((vec![index_table, effect_table], index_chart.into_iter().chain(effect_chart).collect()))
}

/// The study with an arm at every combination.
fn study(scored: &ScoredRuns<'_>, scale: &Scale) -> Result<Factorial, Error> {
    let plan = scored.plan;
    let levels = |factor: &coadapt_study::file::Factor| factor.levels.clone();
    let factors: Vec<Factor> =
        plan.factors.iter().map(|f| Factor { name: f.name.clone(), levels: levels(f) }).collect();
    let mut arms = Vec::new();
    for (arm, scaled) in plan.arms.iter().zip(&scale.arms) {
        if arm.levels.len() == plan.factors.len() {
            let names = arm.levels.iter().zip(&plan.factors).map(|(level, f)| f.levels[*level].clone());
            arms.push((names.collect(), scaled.clone()?));
        }
    }
    Factorial::new(factors, arms)
}

#[derive(Default)]
struct Rows {
    rows: Vec<Vec<Entry>>,
    drawn: Vec<intervals::Interval>,
}

impl Rows {
    fn add(&mut self, names: &[String], found: &Result<Estimate, Error>) {
        let mut row: Vec<Entry> = names.iter().map(Entry::words).collect();
        row.push(match found {
            Ok(estimate) => {
                self.drawn.push(aggregates::interval(&names.join(" × "), estimate));
                let mut entry = aggregates::number(estimate);
                entry.below = estimate.caveats();
                entry
            }
            Err(why) => Entry::reason(why.to_string()),
        });
        self.rows.push(row);
    }
}

fn said(change: &Change) -> String {
    format!("{}: {} → {}", change.factor, change.from, change.to)
}
