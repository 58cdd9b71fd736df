//! Every run of a study in few bytes: what a page needs to list them and to show the configuration of each.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use coadapt_stats::Score;
use serde_json::{Value, json};

use super::data_table::{Column, DataTable, Entry, ONE};
use super::number_format;
use super::scored_runs::{ScoredRun, ScoredRuns};
use coadapt_run::directory;
use coadapt_study::plan::Planned;
use coadapt_study::store::State;

/// How a run stands, in a word.
fn standing(seen: &ScoredRun<'_>) -> &'static str {
    match (&seen.loaded.state, seen.score) {
        (_, Some(Score::MinusInfinity)) => "−∞",
        (_, Some(Score::Daggered(_))) => "†",
        (_, Some(Score::Value(_))) => "done",
        (State::Missing, None) => "not begun",
        (State::Partial { .. }, None) => "begun",
        (State::Running { .. }, None) => "running",
        (State::Damaged { .. }, None) => "damaged",
        (State::Finished | State::Diverged { .. }, None) => "left out",
    }
}

/// The step that a run has come to.
fn reached(seen: &ScoredRun<'_>) -> u64 {
    match &seen.loaded.state {
        State::Missing | State::Damaged { .. } => 0,
        State::Partial { step } | State::Running { step, .. } => (*step).min(seen.loaded.run.steps),
        State::Diverged { step, .. } => *step,
        State::Finished => seen.loaded.run.steps,
    }
}

/// The remark beside a run's score.
fn remark(seen: &ScoredRun<'_>) -> String {
    match (&seen.loaded.state, &seen.left_out) {
        (_, Some(why)) => why.clone(),
        (State::Damaged { why }, _) => why.clone(),
        (State::Diverged { what, .. }, _) => what.clone(),
        _ => String::new(),
    }
}

/// Where a run lies in its store.
fn place(seen: &ScoredRun<'_>) -> String {
    let run = seen.loaded.run;
    format!("{}/{}", directory::file_name(&run.address.task), run.name)
}

/// A row a run.
pub fn table(scored: &ScoredRuns<'_>) -> DataTable {
    let plan = scored.plan;
    let row = |seen: &ScoredRun<'_>| {
        let run = seen.loaded.run;
        let score = seen.score.map_or(Entry::default(), |score| Entry::number("", &[score.value()]));
        vec![
            Entry::words(&plan.arms[run.arm].label),
            Entry::words(&plan.tasks[run.task].spec.id),
            Entry::number("", &[run.seed as f64]),
            Entry::words(standing(seen)),
            score,
            Entry::number("", &[reached(seen) as f64]),
            Entry::number("", &[run.steps as f64]),
            Entry::words(remark(seen)),
            Entry::number("", &[f64::from(run.address.results)]),
            Entry::words(&run.address.semantics),
            Entry::words(run.address.mujoco.clone().unwrap_or_default()),
            Entry::words(seen.origin.commit.clone().unwrap_or_default()),
            Entry::words(place(seen)),
        ]
    };
    let number = |name| Column::numbers(name, ONE);
    let columns = vec![
        Column::words("variant"),
        Column::words("task"),
        number("seed"),
        Column::words("state"),
        number("score"),
        number("reached step"),
        number("steps"),
        Column::words("remark"),
        number("results version"),
        Column::words("semantics"),
        Column::words("mujoco"),
        Column::words("commit"),
        Column::words("place in the store"),
    ];
    let rows = scored.runs.iter().map(row).collect();
    DataTable { id: "runs".into(), caption: "Every run".into(), columns, rows }
}

/// Repeated texts as numbers.
#[derive(Default)]
struct Texts {
    all: Vec<String>,
    places: BTreeMap<String, usize>,
}

impl Texts {
    fn place(&mut self, text: String) -> usize {
        *self.places.entry(text).or_insert_with_key(|text| {
            self.all.push(text.clone());
            self.all.len() - 1
        })
    }
}

/// The end of the configuration file of a run: what is changed about its task, and its recipe.
fn configuration(run: &Planned) -> Result<String> {
    let options = match run.options.is_none() {
        true => String::new(),
        false => {
            toml::to_string(&run.options).context("the changes of a task could not be written as TOML")?
        }
    };
    let heading = if options.is_empty() { "" } else { "[task]\n" };
    let gap = if options.is_empty() { "" } else { "\n" };
    Ok(format!("{heading}{options}{gap}{}", run.recipe.trim_start()))
}

/// The data that the page's own program reads: recipes once each, and a short row a run.
pub fn json(scored: &ScoredRuns<'_>) -> Result<Value> {
    let plan = scored.plan;
    let (arms, tasks) = (plan.arms.len(), plan.tasks.len());
    let (mut recipes, mut commits, mut remarks) = (Texts::default(), Texts::default(), Texts::default());
    let mut recipe_of = vec![vec![0; tasks]; arms];
    for run in plan.runs.iter().take(arms * tasks) {
        recipe_of[run.arm][run.task] = recipes.place(configuration(run)?);
    }
    let mut rows = Vec::new();
    for seen in &scored.runs {
        let run = seen.loaded.run;
        let score = seen.score.filter(|s| *s != Score::MinusInfinity).map(|score| {
            // Nine digits are more than anyone reads here; runs.csv has all of them.
            (score.value() * 1e4).round() / 1e4
        });
        let commit = commits.place(seen.origin.commit.clone().unwrap_or_default());
        let hash = run.name.split('-').next().unwrap_or_default();
        let remark = remarks.place(remark(seen));
        rows.push(json!([
            run.arm,
            run.task,
            run.seed,
            standing(seen),
            score,
            reached(seen),
            commit,
            remark,
            hash
        ]));
    }
    let arm = |arm: &coadapt_study::file::Arm| {
        let set: Vec<_> = arm.overrides.iter().map(|(path, value)| format!("{path} = {value}")).collect();
        json!({"label": arm.label, "algo": arm.algo, "set": set})
    };
    let task = |task: &coadapt_study::plan::Task| {
        json!({"id": task.spec.id, "steps": task.steps, "folder": directory::file_name(&task.spec.id),
               "mujoco": task.spec.mujoco})
    };
    let first = |run: usize| scored.plan.runs.get(run).map(|run| run.overrides.clone()).unwrap_or_default();
    let budget: Vec<_> = (0..arms.min(1))
        .flat_map(first)
        .skip(plan.arms.first().map_or(0, |arm| arm.overrides.len()))
        .map(|(path, value)| format!("{path} = {value}"))
        .collect();
    Ok(json!({
        "arms": plan.arms.iter().map(arm).collect::<Vec<_>>(),
        "tasks": plan.tasks.iter().map(task).collect::<Vec<_>>(),
        "budget": budget,
        "recipes": recipes.all,
        "recipeOf": recipe_of,
        "commits": commits.all,
        "remarks": remarks.all,
        "nothing": number_format::NOTHING,
        "runs": rows,
    }))
}
