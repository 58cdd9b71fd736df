//! The table in the paper's shape: variant by task, mean ± std, the paper's number below.

use coadapt_stats::{Cell, Score};

use super::data_table::{Column, DataTable, Entry, ONE, Reads, Weight};
use super::number_format;
use super::published::{Beside, Found, Published};
use super::scored_runs::ScoredRuns;
use coadapt_chart::tick_label::tick_label;
use coadapt_run::human_numbers;
use coadapt_study::store::State;

/// Endings of the headings of a cell in a CSV file.
const PARTS: &[&str] = &[" mean", " std"];

/// The table.
pub fn table(scored: &ScoredRuns<'_>, published: &Published) -> DataTable {
    let plan = scored.plan;
    let mut columns = vec![Column::words("Variant")];
    columns.extend(plan.tasks.iter().map(|task| Column::numbers(&task.spec.id, PARTS)));
    let digits: Vec<usize> = (0..plan.tasks.len()).map(|task| digits(scored, task)).collect();
    let mut rows: Vec<Vec<Entry>> = Vec::new();
    for (arm, named) in plan.arms.iter().enumerate() {
        let mut row = vec![Entry { recipe: Some((arm, 0)), ..Entry::words(&named.label) }];
        for (task, digits) in digits.iter().enumerate() {
            let mut entry = cell(scored, (arm, task), *digits);
            entry.beside.extend(
                published.beside[arm][task]
                    .as_ref()
                    .map(|beside| beside_ours(beside, published, plan.tasks[task].steps)),
            );
            row.push(entry);
        }
        rows.push(row);
    }
    mark_best(&mut rows);
    let caption =
        format!("{}, budget {}: mean ± std over seeds of the last evaluation", plan.title, plan.budget);
    DataTable { id: "results".into(), caption, columns, rows }
}

/// Decimals of a task's column: the same for all arms, so that numbers stand below each other.
fn digits(scored: &ScoredRuns<'_>, task: usize) -> usize {
    let id = &scored.plan.tasks[task].spec.id;
    let cells = scored.arms.iter().filter_map(|arm| Cell::new(arm, id).ok());
    let sizes = cells.flat_map(|cell| [cell.mean.abs(), cell.std.unwrap_or(0.0)]);
    match sizes.filter(|size| size.is_finite()).fold(0.0, f64::max) {
        largest if largest >= 1000.0 => 0,
        largest if largest >= 10.0 => 1,
        _ => 2,
    }
}

/// One cell: the number, then what a reader must know beside it.
fn cell(scored: &ScoredRuns<'_>, (arm, task): (usize, usize), digits: usize) -> Entry {
    let planned = scored.cell(arm, task).count();
    let id = &scored.plan.tasks[task].spec.id;
    let done = scored.cell(arm, task).filter(|seen| seen.score.is_some()).count();
    let mut entry = match Cell::new(&scored.arms[arm], id) {
        Ok(cell) => Entry::number(printed_as(&cell, digits), &[cell.mean, cell.std.unwrap_or(f64::NAN)]),
        Err(_) => Entry::nothing(),
    };
    entry.values.iter_mut().filter(|value| *value == "NaN").for_each(String::clear);
    let count = match done == planned {
        true => format!("n = {done}"),
        false => format!("n = {done} of {planned}"),
    };
    entry.below.push(std::iter::once(count).chain(remarks(scored, arm, task)).collect::<Vec<_>>().join(", "));
    entry
}

/// Mean and spread as the paper prints them, with its dagger; of a single run, no spread.
fn printed_as(cell: &Cell, digits: usize) -> String {
    let dagger = if cell.counts.daggered > 0 { " †" } else { "" };
    let mean = number_format::fixed(cell.mean, digits);
    match cell.std.filter(|_| cell.counts.runs > 1) {
        Some(std) => format!("{mean} ± {}{dagger}", number_format::fixed(std, digits)),
        None => format!("{mean}{dagger}"),
    }
}

/// Oddities of a cell's runs, counted.
fn remarks(scored: &ScoredRuns<'_>, arm: usize, task: usize) -> Option<String> {
    let (mut daggers, mut infinite, mut left_out, mut running, mut damaged) = (0, 0, 0, 0, 0);
    for seen in scored.cell(arm, task) {
        daggers += usize::from(matches!(seen.score, Some(Score::Daggered(_))));
        infinite += usize::from(matches!(seen.score, Some(Score::MinusInfinity)));
        left_out += usize::from(seen.left_out.is_some());
        running += usize::from(matches!(seen.loaded.state, State::Running { .. }));
        damaged += usize::from(matches!(seen.loaded.state, State::Damaged { .. }));
    }
    let counts = [
        (daggers, "†"),
        (infinite, "at −∞"),
        (left_out, "left out"),
        (running, "running"),
        (damaged, "damaged"),
    ];
    let said: Vec<_> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// The paper's number, as it stands below ours.
fn beside_ours(beside: &Beside, published: &Published, steps: u64) -> String {
    let cell = beside.cell;
    let dagger = if cell.dagger { " †" } else { "" };
    let number = &cell.text;
    let other_table = published.table.is_none_or(|table| table.id != cell.table);
    let place = if other_table { format!(" ({}, {})", cell.table, cell.label) } else { String::new() };
    let doubt = if beside.found == Found::ByLabel { ", other recipe" } else { "" };
    let theirs = beside.steps as f64;
    let budget = if beside.steps == steps {
        String::new()
    } else {
        format!(" at {}", tick_label(theirs, theirs, theirs))
    };
    format!("paper{budget}: {number}{dagger}{place}{doubt}")
}

/// Sets the largest mean of each column in bold, as the paper does; not where only one arm has a number.
fn mark_best(rows: &mut [Vec<Entry>]) {
    let width = rows.first().map_or(0, Vec::len);
    for column in 1..width {
        let keys: Vec<f64> = rows.iter().filter_map(|row| row[column].key).collect();
        let best = keys.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if keys.len() < 2 || best == f64::NEG_INFINITY {
            continue;
        }
        rows.iter_mut()
            .filter(|row| row[column].key == Some(best))
            .for_each(|row| row[column].weight = Weight::Best);
    }
}

/// The same cells in a long table, a row a cell, with everything that is known of each.
pub fn long(scored: &ScoredRuns<'_>, published: &Published) -> DataTable {
    let plan = scored.plan;
    let mut rows = Vec::new();
    for (arm, named) in plan.arms.iter().enumerate() {
        for (task, of) in plan.tasks.iter().enumerate() {
            let mut row = vec![
                Entry::words(&named.label),
                Entry::words(&of.spec.id),
                Entry::number(human_numbers::grouped(of.steps), &[of.steps as f64]),
            ];
            row.extend(numbers(scored, arm, task));
            row.extend(printed(published.beside[arm][task].as_ref()));
            rows.push(row);
        }
    }
    let names = ["mean", "std (ddof 0)", "std (ddof 1)", "runs", "missing", "daggered", "at minus infinity"];
    let theirs = ["paper mean", "paper std", "paper steps"];
    let number = |name: &&str| Column::numbers(name, ONE);
    let mut columns = vec![Column::words("variant"), Column::words("task"), Column::numbers("steps", ONE)];
    columns.extend(names.iter().map(number));
    columns.extend(theirs.iter().map(number));
    columns.extend(["paper dagger", "paper cell", "found by"].map(Column::words));
    columns.iter_mut().filter(|c| c.name == "steps").for_each(|c| c.reads = Reads::Numbers);
    DataTable { id: "cells".into(), caption: "Every cell".into(), columns, rows }
}

fn numbers(scored: &ScoredRuns<'_>, arm: usize, task: usize) -> Vec<Entry> {
    let id = &scored.plan.tasks[task].spec.id;
    let value = |value: Option<f64>| value.map_or(Entry::default(), |value| Entry::number("", &[value]));
    let count = |count: usize| Entry::number("", &[count as f64]);
    let cell = Cell::new(&scored.arms[arm], id).ok();
    let counts = scored.arms[arm].counts_on(id).unwrap_or_default();
    vec![
        value(cell.map(|cell| cell.mean)),
        value(cell.and_then(|cell| cell.std)),
        value(cell.and_then(|cell| cell.sample_std)),
        count(counts.runs),
        count(counts.missing),
        count(counts.daggered),
        count(counts.minus_infinity),
    ]
}

fn printed(beside: Option<&Beside>) -> Vec<Entry> {
    let Some(beside) = beside else { return vec![Entry::default(); 6] };
    let value = |value: Option<f64>| value.map_or(Entry::default(), |value| Entry::number("", &[value]));
    vec![
        value(beside.cell.mean),
        value(beside.cell.std),
        value(Some(beside.steps as f64)),
        Entry::words(if beside.cell.dagger { "dagger" } else { "" }),
        Entry::words(format!("{}, {}", beside.cell.table, beside.cell.label)),
        Entry::words(match beside.found {
            Found::ByRecipe => "recipe",
            Found::ByLabel => "label only",
        }),
    ]
}
