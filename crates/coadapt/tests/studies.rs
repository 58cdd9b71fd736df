//! The studies of the repository: each table of the paper is there, arm by arm, and every study can be resolved.
//!
//! With COADAPT_WRITE_STUDIES set, the tables' files are written anew from the paper's arms.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::path::{Path, PathBuf};

use coadapt::study::file::StudyFile;
use coadapt::study::plan::Plan;
use coadapt_agent::paper::arms::{Arm, SEEDS, TABLES, Table};

/// Laptop budgets are judged against public learning curves at this step.
const LAPTOP_STEPS: u64 = 100_000;

/// Tables with a budget of an hour, and its seeds: what an hour on two cores pays for.
const HOUR: [(&str, u32); 2] = [("table3", 5), ("table4", 3)];
const HOUR_TASKS: [&str; 2] = ["Hopper-v2", "HalfCheetah-v2"];
const HOUR_STEPS: u64 = 20_000;
/// The tables' own rhythm would leave one point of a curve.
const HOUR_EVALUATIONS: u64 = 4_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../studies")
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A value as TOML has it; what is none is a word.
fn value(text: &str) -> String {
    let parsed = format!("x = {text}").parse::<toml::Table>();
    if parsed.is_ok() { text.to_owned() } else { quoted(text) }
}

/// Tasks and their steps as TOML has them.
fn list_of(tasks: &[&str], steps_of: &dyn Fn(&str) -> u64) -> String {
    let all: Vec<_> = tasks.iter().map(|task| format!("{} = {}", quoted(task), steps_of(task))).collect();
    all.join(", ")
}

/// The file of one table, or of those of its arms that were run on the same tasks.
fn text(table: &Table, tasks: &[&str], arms: &[&Arm]) -> String {
    let mut text = String::new();
    writeln!(text, "# Written from the arms in the code (crates/coadapt/tests/studies.rs); `coadapt arms {}` lists them.", table.id).unwrap();
    writeln!(text, "title = {}", quoted(&format!("{}: {}", table.id, table.caption))).unwrap();
    for arm in arms {
        writeln!(text, "\n[[arm]]\nlabel = {}\nalgo = {}", quoted(arm.label), quoted(arm.algo)).unwrap();
        if !arm.overrides.is_empty() {
            let set: Vec<_> =
                arm.overrides.iter().map(|(path, v)| format!("{} = {}", quoted(path), value(v))).collect();
            writeln!(text, "set = {{ {} }}", set.join(", ")).unwrap();
        }
    }
    let list = |steps_of: &dyn Fn(&str) -> u64| list_of(tasks, steps_of);
    writeln!(text, "\n# Minutes: whether every arm runs. Nothing can be learned from it about the arms.")
        .unwrap();
    writeln!(text, "[budget.smoke]\ntasks = {{ \"CartPoleContinuous-v0\" = 5000 }}\nseeds = 1").unwrap();
    if let Some((_, seeds)) = HOUR.iter().find(|(id, _)| *id == table.id) {
        let tasks = list_of(&HOUR_TASKS, &|_| HOUR_STEPS);
        writeln!(
            text,
            "\n# About an hour on two cores.\n[budget.hour]\ntasks = {{ {tasks} }}\nseeds = {seeds}"
        )
        .unwrap();
        writeln!(text, "set = {{ \"schedule.eval_every\" = {HOUR_EVALUATIONS} }}").unwrap();
    }
    // Rows of rollouts go through a million steps in minutes, and have learned little before.
    let laptop = table.steps.unwrap_or(LAPTOP_STEPS);
    writeln!(text, "\n[budget.laptop]\ntasks = {{ {} }}\nseeds = 3", list(&|_| laptop)).unwrap();
    writeln!(text, "\n[budget.paper]\ntasks = {{ {} }}\nseeds = {SEEDS}", list(&|task| table.steps_on(task)))
        .unwrap();
    text
}

/// Name and text of every file that stands for a table: arms of a table that were run on fewer tasks have their own.
fn files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for table in &TABLES {
        let everywhere: Vec<_> = table.arms.iter().filter(|arm| arm.only.is_none()).collect();
        files.push((format!("{}.toml", table.id), text(table, table.tasks, &everywhere)));
        let mut groups: Vec<&[&str]> = table.arms.iter().filter_map(|arm| arm.only).collect();
        groups.dedup();
        for (i, tasks) in groups.into_iter().enumerate() {
            let arms: Vec<_> =
                table.arms.iter().filter(|arm| arm.only.is_none_or(|only| only == tasks)).collect();
            files.push((format!("{}-part{}.toml", table.id, i + 2), text(table, tasks, &arms)));
        }
    }
    files
}

#[test]
fn every_table_of_the_paper_is_a_study() {
    for (name, text) in files() {
        let path = folder().join(&name);
        if std::env::var_os("COADAPT_WRITE_STUDIES").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), text, "{name}");
    }
}

#[test]
fn every_study_can_be_resolved() {
    let mut seen = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let study = StudyFile::load(&path).unwrap();
        assert!(study.budgets.contains_key("smoke"), "{}", path.display());
        // Other budgets need the simulator for their tasks; `coadapt study check` looks at those.
        let plan = Plan::new(&study, "smoke").unwrap_or_else(|error| panic!("{}: {error:#}", path.display()));
        assert_eq!(plan.runs.len(), plan.arms.len() * plan.tasks.len() * plan.seeds.len());
        for run in &plan.runs {
            let (arm, task) = (&plan.arms[run.arm], &plan.tasks[run.task]);
            let typed = coadapt_agent::paper::resolve(&arm.algo, &task.spec, &run.overrides);
            assert_eq!(typed.unwrap(), run.method, "{}: {}", path.display(), arm.label);
        }
        seen += 1;
    }
    assert!(seen > 19, "{seen} studies");
}
