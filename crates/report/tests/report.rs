//! The report of made-up runs, held against files: what is printed of daggers, of minus infinity, of missing and of
//! damaged runs, beside the paper's numbers, in a factorial, and that nothing a user wrote becomes markup.
//!
//! With COADAPT_WRITE_REPORT set, the files are written anew.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use coadapt_agent::paper;
use coadapt_report::Report;
use coadapt_report::scored_runs::{Origin, ScoredRun, ScoredRuns};
use coadapt_run::Build;
use coadapt_run::metrics::Evaluation;
use coadapt_study::file::StudyFile;
use coadapt_study::load::Loaded;
use coadapt_study::plan::{Plan, Planned};
use coadapt_study::store::State;

const BUILD: Build = Build { version: "0.0.0", commit: "unknown" };

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/report")
}

fn plan(text: &str, budget: &str) -> Plan {
    Plan::new(&StudyFile::parse(text).unwrap(), budget).unwrap()
}

fn evaluation(step: u64, value: f64) -> Evaluation {
    Evaluation { step, returns: vec![value - 1.0, value + 1.0], length_mean: 200.0 }
}

fn seen(run: &Planned, state: State, evaluations: Vec<Evaluation>) -> ScoredRun<'_> {
    let origin = Origin { commit: Some("0123456789abcdef0123456789abcdef01234567".into()), mujoco: None };
    ScoredRun::new(Loaded { run, state, evaluations }, origin)
}

/// A run that finished with `value`.
fn finished(run: &Planned, value: f64) -> ScoredRun<'_> {
    seen(run, State::Finished, vec![evaluation(run.steps, value)])
}

/// The made-up runs.
fn made_up(plan: &Plan) -> Vec<ScoredRun<'_>> {
    let mut file = csv::Reader::from_path(folder().join("runs.csv")).unwrap();
    let lines: Vec<Vec<String>> = file.deserialize().map(Result::unwrap).collect();
    let of = |run: &'_ Planned| {
        let key = [run.arm.to_string(), run.task.to_string(), run.seed.to_string()];
        lines.iter().find(|line| line[..3] == key).unwrap().clone()
    };
    plan.runs
        .iter()
        .map(|run| {
            let line = of(run);
            let step = line[4].parse().unwrap();
            let state = match line[3].as_str() {
                "finished" => State::Finished,
                "diverged" => State::Diverged { step, what: "actor mean".into() },
                "fell" => {
                    State::Diverged { step, what: format!("{} -1.5e8", coadapt_agent::RETURN_DIVERGED) }
                }
                "running" => State::Running { step, steps_per_second: 10.0 },
                "damaged" => State::Damaged { why: "its config.toml is <i>gone</i>".into() },
                _ => State::Missing,
            };
            let at = |step: u64, text: &str| text.parse().ok().map(|value| evaluation(step, value));
            seen(run, state, at(1000, &line[5]).into_iter().chain(at(2000, &line[6])).collect())
        })
        .collect()
}

fn made_up_plan() -> Plan {
    plan(&std::fs::read_to_string(folder().join("study.toml")).unwrap(), "small")
}

fn report(plan: &Plan, runs: Vec<ScoredRun<'_>>) -> Report {
    Report::of(&ScoredRuns::of(plan, runs).unwrap(), &[], BUILD).unwrap()
}

fn file(report: &Report, name: &str) -> String {
    report.files().unwrap().into_iter().find(|file| file.name == name).unwrap().contents
}

#[test]
fn text_and_tables_are_as_recorded() {
    let plan = made_up_plan();
    let report = report(&plan, made_up(&plan));
    let names = [
        "report.md",
        "results.csv",
        "cells.csv",
        "aggregates.csv",
        "comparisons.csv",
        "by-task.csv",
        "curves.csv",
        "curve-Pendulum-v1.svg",
    ];
    for name in names {
        let (path, now) = (folder().join(name), file(&report, name));
        if std::env::var_os("COADAPT_WRITE_REPORT").is_some() {
            std::fs::write(&path, &now).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), now, "{name}");
    }
}

#[test]
fn bad_ends_are_marked_and_never_averaged_away() {
    let plan = made_up_plan();
    let text = report(&plan, made_up(&plan)).to_markdown();
    let has = |what: &str| assert!(text.contains(what), "{what:?} is not in\n{text}");
    // The mean of the finished ones and of the last evaluation before the dagger.
    has("−650.0 ± 389.4 †<br>n = 3 of 4, 1 †, 1 left out");
    has("| −∞<br>n = 3 of 4, 1 at −∞, 1 damaged |");
    has("n = 2 of 4, 1 running");
    has("19 of 24 done, 1 in progress, 2 not begun, 1 damaged, 1 left out");
    has(
        "Left out: &lt;b>&\" | =1+1 on Pendulum-v1, seed 2 (it diverged at step 700, before its first evaluation: actor mean).",
    );
    has("Damaged and left out: &lt;b>&\" | =1+1 on CartPoleContinuous-v0, seed 3");
    has("5 of 24 runs have no result yet");
    has("At minus infinity: 1 of 6 runs; the IQM trimmed 1 away.");
}

#[test]
fn what_a_user_wrote_never_becomes_markup() {
    let plan = made_up_plan();
    let report = report(&plan, made_up(&plan));
    for name in ["report.html", "curve-Pendulum-v1.svg", "iqm.svg", "improvement.svg", "profiles.svg"] {
        let text = file(&report, name);
        assert!(!text.contains("<b>&") && !text.contains("<i>gone"), "{name}");
        assert!(text.contains("&lt;b&gt;&amp;&quot;"), "{name}");
        assert_eq!(text.matches("<g ").count(), text.matches("</g>").count(), "{name}");
        assert!(!text.contains("NaN"), "{name}");
        // A picture that stands alone has its colours written out.
        assert_eq!(text.contains("var("), name.ends_with(".html"), "{name}");
    }
    assert!(file(&report, "cells.csv").contains("\"<b>&\"\" | =1+1\",Pendulum-v1"));
    let html = report.to_html().unwrap();
    let data = html.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["arms"][1]["label"], "<b>&\" | =1+1");
    assert_eq!(data["runs"].as_array().unwrap().len(), 24);
    // The recipes of three arms on two tasks differ by task for some, but never by seed.
    assert!(data["recipes"].as_array().unwrap().len() <= 6);
}

#[test]
fn a_page_needs_nothing_but_itself_and_comes_out_the_same_again() {
    let plan = made_up_plan();
    let one = report(&plan, made_up(&plan));
    let html = one.to_html().unwrap();
    for outside in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.contains("default-src 'none'") && html.contains("connect-src 'none'"));
    assert!(one.to_live_html().unwrap().contains("connect-src 'self'"));
    assert_eq!(one.files().unwrap(), report(&plan, made_up(&plan)).files().unwrap());
    assert!(!html.contains("{{"));
}

#[test]
fn a_study_without_any_run_has_a_report() {
    let plan = made_up_plan();
    let nothing = plan.runs.iter().map(|run| seen(run, State::Missing, Vec::new())).collect();
    let text = report(&plan, nothing).to_markdown();
    assert!(text.contains("0 of 24 done, 24 not begun") && text.contains("No run has been evaluated yet."));
    assert!(!text.contains("NaN"));
}

#[test]
fn runs_of_another_simulator_are_left_out() {
    let mut plan = made_up_plan();
    plan.runs.iter_mut().for_each(|run| run.address.mujoco = Some("3.1.0".into()));
    let run = &plan.runs[0];
    let loaded = Loaded { run, state: State::Finished, evaluations: vec![evaluation(2000, 1.0)] };
    let of = |version: &str| Origin { commit: None, mujoco: Some(version.into()) };
    let other = ScoredRun::new(loaded.clone(), of("3.2.0"));
    assert_eq!(
        (other.score, other.left_out.as_deref()),
        (None, Some("its result is of MuJoCo 3.2.0, its address of 3.1.0"))
    );
    assert!(ScoredRun::new(loaded, of("3.1.0")).score.is_some());
}

/// The plan of a table of the paper on a task that this machine need not have.
fn of_table(file: &str, task: &str, steps: u64) -> Plan {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../studies").join(file));
    let mut plan = plan(&text.unwrap(), "smoke");
    plan.tasks[0].spec.id = task.into();
    plan.tasks[0].steps = steps;
    let (spec, arms) = (plan.tasks[0].spec.clone(), plan.arms.clone());
    for run in &mut plan.runs {
        run.method = paper::resolve(&arms[run.arm].algo, &spec, &arms[run.arm].overrides).unwrap();
        run.steps = steps;
        run.address.task = task.into();
    }
    plan
}

#[test]
fn the_papers_numbers_stand_beside_arms_of_their_recipe() {
    let mut plan = of_table("table3.toml", "HalfCheetah-v4", 100_000);
    // A label that the paper has not, on a recipe that it has; and the other way round.
    plan.arms[3].label = "plain".into();
    plan.runs[2].method.set("collect.batch", "64").unwrap();
    let runs = plan.runs.iter().map(|run| finished(run, 4000.0 + run.arm as f64)).collect();
    let text = report(&plan, runs).to_markdown();
    let has = |what: &str| assert!(text.contains(what), "{what:?} is not in\n{text}");
    has("| SAC (w/) | 4000<br>n = 1<br>paper at 3M: 15254 ± 751 |");
    has("| SAC (w/o) | 4001<br>n = 1<br>paper at 3M: −∞ |");
    has("| AWR (w/) | 4002<br>n = 1<br>paper at 3M: 3653 ± 652, other recipe |");
    has("| plain | 4003<br>n = 1<br>paper at 3M: 5742 ± 667 |");
    has("| MPO (w/) | 4004<br>n = 1<br>paper at 3M: 9523 ± 312 |");
    has(
        "Another budget: the paper's numbers are of its full one, 3,000,000 on HalfCheetah-v4 where ours are 100,000 (30 times)",
    );
    // Published curves at the same step, for the arm that is SAC as it is.
    has(
        "| HalfCheetah-v4 | SAC (w/) | Dopamine, returns of the training policy | 100,000 | 5470 ± 548<br>5 seeds | 4000<br>1 run |",
    );
    has("| HalfCheetah-v2 |".replace("-v2", "-v4").as_str());
}

#[test]
fn numbers_of_the_same_table_are_preferred() {
    for (file, arm, number) in
        [("table15.toml", "AWR (w/)", "1159 ± 599 †"), ("table18.toml", "SAC (MPO)", "16541 ± 341")]
    {
        let plan = of_table(file, "HalfCheetah-v2", 3_000_000);
        let runs = plan.runs.iter().map(|run| finished(run, 10.0)).collect();
        let text = report(&plan, runs).to_markdown();
        assert!(
            text.contains(&format!("| {arm} | ")) && text.contains(&format!("paper: {number}")),
            "{text}"
        );
        assert!(!text.contains("Another budget"), "{text}");
    }
}

const FACTORIAL: &str = r#"
title = "Two by two"
[factorial]
algo = "sac"
[[factorial.factor]]
name = "critics"
level = { twin = {}, single = { "estimate.critics" = "single" } }
[[factorial.factor]]
name = "norm"
level = { without = {}, with = { "code.layer_norm" = true } }
[budget.smoke]
tasks = { "CartPoleContinuous-v0" = 5000 }
seeds = 5
"#;

#[test]
fn a_factorial_has_its_index() {
    let plan = plan(FACTORIAL, "smoke");
    // One scale unit is 172.9 here: without either 100, each change alone 20 and 30 more, both 120 more.
    let level = [100.0, 130.0, 120.0, 220.0];
    let runs = plan.runs.iter().map(|run| finished(run, level[run.arm] + run.seed as f64)).collect();
    let report = report(&plan, runs);
    let csv = file(&report, "coadaptation.csv");
    let row = csv::Reader::from_reader(csv.as_bytes()).into_records().next().unwrap().unwrap();
    assert_eq!((&row[0], &row[1]), ("critics: twin → single", "norm: without → with"));
    let number = |place: usize| row[place].parse::<f64>().unwrap();
    assert!((number(2) - 70.0 / 172.9).abs() < 1e-9, "{csv}");
    assert!(number(3) < number(2) && number(2) < number(4), "{csv}");
    let effects = file(&report, "main-effects.csv");
    assert_eq!(effects.lines().count(), 3);
    // The reference of every arm is the one at the first levels.
    assert_eq!(file(&report, "comparisons.csv").matches("critics: twin; norm: without").count(), 0);
    assert_eq!(file(&report, "comparisons.csv").matches(",\"critics: twin, norm: without\",").count(), 3);
}
