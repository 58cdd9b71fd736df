//! A study's file as it is written: arms, factors and budgets, each fault a sentence that names its place.

mod table;
mod task;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use toml::{Table, Value};

use coadapt_run::config;

use table::{as_table, read};
pub use task::{TaskChanges, flags as task_flags};

/// The file.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StudyFile {
    /// What heads its report.
    pub title: String,
    /// What it asks, in a sentence or two.
    pub about: String,
    /// The arms, in order: those listed, then those of the factorial.
    pub arms: Vec<Arm>,
    /// The factors of a factorial study, in order, each with its levels; empty where there is none.
    pub factors: Vec<Factor>,
    /// How much of it to run, by name.
    pub budgets: BTreeMap<String, Budget>,
}

/// One column of the study's table: an algorithm and what is changed in it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Arm {
    /// Its name in tables.
    pub label: String,
    /// The algorithm whose recipe it starts from.
    pub algo: String,
    /// Paths of the recipe and the values to put there.
    pub overrides: Vec<(String, String)>,
    /// What it changes about every task.
    pub task: TaskChanges,
    /// Its level of each factor, where it is an arm of a factorial.
    pub levels: Vec<usize>,
}

/// A component with its choices.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Factor {
    /// Its name.
    pub name: String,
    /// Names of the choices.
    pub levels: Vec<String>,
}

/// Tasks, steps and seeds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Budget {
    /// Environment steps by task, in order.
    pub tasks: Vec<(String, u64)>,
    /// The seeds.
    pub seeds: Vec<u64>,
    /// Overrides of every arm, such as how often to evaluate.
    pub overrides: Vec<(String, String)>,
    /// What is changed about every task, for every arm.
    pub task: TaskChanges,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    title: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    arm: Vec<Value>,
    factorial: Option<Value>,
    budget: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawArm {
    label: String,
    algo: String,
    #[serde(default)]
    set: Table,
    task: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFactorial {
    algo: String,
    #[serde(default)]
    set: Table,
    task: Option<Value>,
    factor: Vec<RawFactor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFactor {
    name: String,
    level: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBudget {
    tasks: Table,
    seeds: Value,
    #[serde(default)]
    set: Table,
    task: Option<Value>,
}

impl StudyFile {
    /// Reads the study at `path`.
    pub fn load(path: &Path) -> Result<StudyFile> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
        StudyFile::parse(&text).with_context(|| format!("{} is not a study", path.display()))
    }

    /// Reads a study from its text.
    pub fn parse(text: &str) -> Result<StudyFile> {
        let table = config::table(text)?;
        let raw: RawFile = read("", &table)?;
        let mut arms =
            raw.arm.iter().enumerate().map(|(i, arm)| listed(i, arm)).collect::<Result<Vec<_>>>()?;
        let mut factors = Vec::new();
        if let Some(value) = &raw.factorial {
            let (made, crossed) = factorial(value)?;
            factors = made;
            arms.extend(crossed);
        }
        if arms.is_empty() {
            bail!("there is no arm: a study has at least one [[arm]] or a [factorial]");
        }
        for (i, arm) in arms.iter().enumerate() {
            if arms[..i].iter().any(|earlier| earlier.label == arm.label) {
                bail!("two arms are called `{}`; a label is the name of one arm", arm.label);
            }
        }
        if raw.budget.is_empty() {
            bail!("there is no budget: [budget.smoke] with tasks and seeds would be one");
        }
        let budgets = raw.budget.iter().map(|(name, value)| Ok((name.clone(), budget(name, value)?)));
        Ok(StudyFile {
            title: raw.title,
            about: raw.about,
            arms,
            factors,
            budgets: budgets.collect::<Result<_>>()?,
        })
    }

    /// The budget called `name`.
    pub fn budget(&self, name: &str) -> Result<&Budget> {
        self.budgets.get(name).ok_or_else(|| {
            let known: Vec<_> = self.budgets.keys().map(|key| format!("`{key}`")).collect();
            anyhow!("the study has no budget `{name}`; it has {}", known.join(", "))
        })
    }
}

fn listed(index: usize, value: &Value) -> Result<Arm> {
    let number = index + 1;
    let table = as_table("`arm`", value)?;
    let place = match table.get("label").and_then(Value::as_str) {
        Some(label) => format!("arm `{label}`"),
        None => format!("arm {number}"),
    };
    if table.is_empty() {
        bail!("{place} is empty: an arm has a label and an algo");
    }
    let raw: RawArm = read(&place, table)?;
    if raw.label.trim().is_empty() {
        bail!("{place}: `label` is empty, but must name the arm");
    }
    let (overrides, task) = (overrides(&place, &raw.set)?, TaskChanges::read(&place, raw.task.as_ref())?);
    Ok(Arm { label: raw.label, algo: raw.algo, overrides, task, levels: Vec::new() })
}

/// All combinations of the factors' levels, the last factor changing fastest.
fn factorial(value: &Value) -> Result<(Vec<Factor>, Vec<Arm>)> {
    let raw: RawFactorial = read("factorial", as_table("`factorial`", value)?)?;
    if raw.factor.len() < 2 {
        bail!("factorial: there must be at least two factors, each a [[factorial.factor]]");
    }
    let base = overrides("factorial", &raw.set)?;
    let task = TaskChanges::read("factorial", raw.task.as_ref())?;
    let mut arms = vec![(Vec::new(), base, Vec::new())];
    let mut factors: Vec<Factor> = Vec::new();
    for factor in &raw.factor {
        let place = format!("factor `{}`", factor.name);
        if factors.iter().any(|earlier| earlier.name == factor.name) {
            bail!("two factors are called `{}`", factor.name);
        }
        if factor.level.len() < 2 {
            bail!("{place} must have at least two levels");
        }
        let mut crossed = Vec::new();
        for (names, set, levels) in &arms {
            for (level, (name, value)) in factor.level.iter().enumerate() {
                let place = format!("{place}, level `{name}`");
                let more = overrides(&place, as_table(&place, value)?)?;
                let names: Vec<String> = [names.clone(), vec![format!("{}: {name}", factor.name)]].concat();
                crossed.push((names, [set.clone(), more].concat(), [levels.clone(), vec![level]].concat()));
            }
        }
        arms = crossed;
        factors.push(Factor { name: factor.name.clone(), levels: factor.level.keys().cloned().collect() });
    }
    let arms = arms.into_iter().map(|(names, overrides, levels)| Arm {
        label: names.join(", "),
        algo: raw.algo.clone(),
        overrides,
        task,
        levels,
    });
    Ok((factors, arms.collect()))
}

fn budget(name: &str, value: &Value) -> Result<Budget> {
    let place = format!("budget `{name}`");
    let raw: RawBudget = read(&place, as_table(&place, value)?)?;
    let mut tasks = Vec::new();
    for (task, steps) in &raw.tasks {
        match steps.as_integer() {
            Some(steps @ 1..) => tasks.push((task.clone(), steps as u64)),
            _ => bail!("{place}: the steps of {task} are {steps}, but must be a whole number from 1 on"),
        }
    }
    if tasks.is_empty() {
        bail!("{place} has no tasks; {{ \"Pendulum-v1\" = 20000 }} would be one with its steps");
    }
    Ok(Budget {
        tasks,
        seeds: seeds(&place, &raw.seeds)?,
        overrides: overrides(&place, &raw.set)?,
        task: TaskChanges::read(&place, raw.task.as_ref())?,
    })
}

/// A number of seeds counts from 0; a list names them.
fn seeds(place: &str, value: &Value) -> Result<Vec<u64>> {
    let wrong = || {
        anyhow!("{place}: `seeds` is {value}, but must be how many, from 1 on, or a list of different seeds")
    };
    let seeds: Vec<u64> = match value {
        Value::Integer(count @ 1..=100_000) => (0..*count as u64).collect(),
        Value::Array(list) => list
            .iter()
            .map(|seed| seed.as_integer().filter(|s| *s >= 0).map(|s| s as u64))
            .collect::<Option<_>>()
            .ok_or_else(wrong)?,
        _ => return Err(wrong()),
    };
    if seeds.is_empty() {
        return Err(wrong());
    }
    for (i, seed) in seeds.iter().enumerate() {
        if seeds[..i].contains(seed) {
            bail!("{place}: seed {seed} is listed twice");
        }
    }
    Ok(seeds)
}

/// `set` as paths and values. Paths may be written in quotes or as nested tables; a table with a `kind` or an
/// `update` is a value.
fn overrides(place: &str, set: &Table) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    flatten("", set, &mut found);
    for (i, (path, _)) in found.iter().enumerate() {
        if found[..i].iter().any(|(earlier, _)| earlier == path) {
            bail!("{place}: `{path}` is set twice");
        }
    }
    Ok(found)
}

fn flatten(prefix: &str, set: &Table, found: &mut Vec<(String, String)>) {
    for (key, value) in set {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Value::Table(inner) if !inner.contains_key("kind") && !inner.contains_key("update") => {
                flatten(&path, inner, found);
            }
            Value::String(word) => found.push((path, word.clone())),
            other => found.push((path, other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests;
