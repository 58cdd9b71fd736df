//! Against rliable, SciPy and statsmodels: the results that tools/reference_stats.py wrote down.
#![allow(clippy::unwrap_used)]

use coadapt_stats::*;
use serde_json::Value;
use std::collections::BTreeMap;

const REPS: usize = 20_000;

fn reference() -> Value {
    serde_json::from_str(include_str!("data/reference.json")).unwrap()
}

fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some("-inf") => f64::NEG_INFINITY,
        Some("inf") => f64::INFINITY,
        _ => value.as_f64().unwrap(),
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn cases<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    let cases = value[name].as_array().unwrap();
    assert!(!cases.is_empty(), "{name}");
    cases
}

fn score(value: f64) -> Score {
    if value == f64::NEG_INFINITY { Score::MinusInfinity } else { Score::Value(value) }
}

/// An arm from a list of tasks, each a list of scores; tasks are numbered.
fn arm(name: &str, tasks: &Value) -> Arm {
    let mut arm = Arm::new(name);
    for (task, scores) in tasks.as_array().unwrap().iter().enumerate() {
        let scores = numbers(scores);
        (0..).zip(scores).for_each(|(s, x)| arm.record(&format!("task {task}"), s, Some(score(x))).unwrap());
    }
    arm
}

/// The reference's scores are normalised already.
fn normalised(arm: &Arm) -> Normalised {
    let unit = |(task, _): (&str, _)| (task.to_string(), Reference::new(("zero", 0.0), ("one", 1.0)));
    Normalised::new(arm, &arm.tasks().map(unit).collect::<BTreeMap<_, _>>()).unwrap()
}

fn close(ours: f64, theirs: f64, tolerance: f64, what: &str) {
    let same = ours == theirs || (ours - theirs).abs() <= tolerance * theirs.abs().max(1.0);
    assert!(same, "{what}: {ours}, reference {theirs}");
}

/// Both ends within a part of the width, which resampling noise explains, and a step of a discrete statistic.
fn interval(ours: &Estimate, low: f64, high: f64, step: f64, what: &str) {
    let tolerance = 0.03 * (high - low) + step;
    assert!((ours.low - low).abs() <= tolerance, "{what}: low {} of {low}, {tolerance}", ours.low);
    assert!((ours.high - high).abs() <= tolerance, "{what}: high {} of {high}, {tolerance}", ours.high);
}

fn many() -> Bootstrap {
    Bootstrap::with(7, REPS, 0.95).unwrap()
}

#[test]
fn aggregates_are_rliables() {
    let reference = reference();
    for case in cases(&reference, "tables") {
        let name = case["name"].as_str().unwrap();
        let found = aggregate(&normalised(&arm(name, &case["tasks"])), &Aggregate::ALL, &many()).unwrap();
        let points = numbers(&case["points"]);
        for (k, (estimate, aggregate)) in found.iter().zip(Aggregate::ALL).enumerate() {
            let what = format!("{} of {name}", aggregate.name());
            close(estimate.point, points[k], 1e-12, &what);
            if let Some(low) = case.get("low") {
                // Few runs a task make few distinct tables: an end may sit on a neighbouring one.
                let few = case["tasks"][0].as_array().unwrap().len() <= 5;
                let step = if few { 0.05 * (estimate.high - estimate.low) } else { 0.0 };
                interval(estimate, numbers(low)[k], numbers(&case["high"])[k], step, &what);
            }
        }
    }
}

#[test]
fn probabilities_of_improvement_are_rliables() {
    for case in cases(&reference(), "comparisons") {
        let (x, y) = (arm("x", &case["x"]), arm("y", &case["y"]));
        let found = probability_of_improvement(&x, &y, &many()).unwrap();
        close(found.point, number(&case["point"]), 1e-12, "P(X > Y)");
        interval(&found, number(&case["low"]), number(&case["high"]), 2e-3, "P(X > Y)");
    }
}

#[test]
fn performance_profiles_are_rliables() {
    let reference = reference();
    let case = &reference["profile"];
    let arm = normalised(&arm("x", &case["tasks"]));
    let profile = performance_profile(&arm, &numbers(&case["taus"]), &many()).unwrap();
    assert_eq!(profile.thresholds, numbers(&case["taus"]));
    let [points, low, high] = ["points", "low", "high"].map(|name| numbers(&case[name]));
    for (k, fraction) in profile.fractions.iter().enumerate() {
        close(fraction.point, points[k], 1e-12, "fraction");
        interval(fraction, low[k], high[k], 1.001 / 60.0, "fraction");
    }
}

#[test]
fn interactions_are_differences_of_rliables_aggregates() {
    let reference = reference();
    let arms = reference["interaction"]["arms"].as_array().unwrap();
    let level = |on: bool| if on { "on" } else { "off" }.to_string();
    let cells = [(true, true), (false, true), (true, false), (false, false)];
    let cells = cells
        .iter()
        .zip(arms)
        .map(|((a, b), scores)| (vec![level(*a), level(*b)], normalised(&arm(&format!("{a} {b}"), scores))));
    let factors = vec![Factor::new("tanh", &["off", "on"]), Factor::new("layer norm", &["off", "on"])];
    let study = Factorial::new(factors, cells.collect()).unwrap();
    for case in cases(&reference["interaction"], "cases") {
        let name = case["aggregate"].as_str().unwrap();
        let aggregate = if name == "iqm" { Aggregate::Iqm } else { Aggregate::Mean };
        let found = study.coadaptation(aggregate, &many()).unwrap();
        assert_eq!(found.len(), 1);
        let index = found[0].index.as_ref().unwrap();
        close(index.point, number(&case["point"]), 1e-12, name);
        interval(index, number(&case["low"]), number(&case["high"]), 0.0, name);
    }
}

#[test]
fn paired_comparisons_are_scipys() {
    let reference = reference();
    let case = &reference["paired"];
    let (x, y) = (normalised(&arm("x", &case["x"])), normalised(&arm("y", &case["y"])));
    let found = paired(&x, &y, &many()).unwrap();
    let difference = found.overall.difference.as_ref().unwrap();
    close(difference.point, number(&case["point"]), 1e-12, "difference");
    interval(difference, number(&case["low"]), number(&case["high"]), 0.0, "difference");
    let (flips, signs) = (numbers(&case["sign_flip"]), numbers(&case["sign_test"]));
    for (k, (task, outcome)) in found.tasks.iter().enumerate() {
        let flip = outcome.sign_flip.unwrap();
        assert_eq!(flip.flips, Flips::All(1024), "{task}");
        close(flip.p_value, flips[k], 1e-12, task);
        close(outcome.sign_test, signs[k], 1e-12, task);
    }
}

#[test]
fn welchs_test_is_scipys() {
    for case in cases(&reference(), "welch") {
        let [x, y] = ["x", "y"].map(|side| Arm::of_values(side, &[("Ant", &numbers(&case[side]))]).unwrap());
        let cell = Cell::new(&x, "Ant").unwrap();
        close(cell.mean, number(&case["mean"]), 1e-12, "mean");
        close(cell.std.unwrap(), number(&case["std"]), 1e-12, "std");
        close(cell.sample_std.unwrap(), number(&case["sample_std"]), 1e-12, "sample std");
        let [x, y] = [x, y].map(|arm| Moments::new(&arm, "Ant").unwrap());
        let found = welch(&x, &y, 0.95).unwrap();
        let ours = [found.t, found.degrees_of_freedom, found.p_value, found.low, found.high];
        for (ours, name) in ours.into_iter().zip(["t", "df", "p", "low", "high"]) {
            close(ours, number(&case[name]), 1e-11, name);
        }
        let printed = (cell.mean, cell.std.unwrap());
        let again = Moments::published("x", printed, x.counts().runs, Ddof::Zero).unwrap();
        close(again.variance(), x.variance(), 1e-12, "a published cell's variance");
    }
}

#[test]
fn students_distribution_is_scipys() {
    let reference = reference();
    for case in cases(&reference["student"], "tails") {
        let (t, df, p) = (number(&case["t"]), number(&case["df"]), number(&case["p"]));
        let ours = student_two_sided(t, df);
        assert!((ours / p - 1.0).abs() < 1e-11, "P(|T| > {t}), df {df}: {ours}, reference {p}");
    }
    for case in cases(&reference["student"], "quantiles") {
        let (alpha, df, t) = (number(&case["alpha"]), number(&case["df"]), number(&case["t"]));
        let ours = student_quantile(alpha, df);
        assert!((ours / t - 1.0).abs() < 1e-11, "t({alpha}, {df}): {ours}, reference {t}");
    }
    for case in cases(&reference["student"], "power") {
        let [shift, df, alpha, power] = ["shift", "df", "alpha", "power"].map(|name| number(&case[name]));
        let ours = welch_power(shift, df, alpha);
        assert!((ours - power).abs() < 1e-7, "power({shift}, {df}, {alpha}): {ours}, reference {power}");
    }
}

#[test]
fn seeds_needed_are_those_of_statsmodels() {
    for case in cases(&reference(), "seeds") {
        let [x, y] = [("x", number(&case["effect"])), ("y", 0.0)]
            .map(|(name, mean)| Moments::published(name, (mean, 1.0), 10, Ddof::One).unwrap());
        let found = seeds_needed(&x, &y, Design::CUSTOMARY).unwrap();
        assert_eq!(found.per_arm as u64, case["per_arm"].as_u64().unwrap(), "{case}");
        assert!(found.power >= 0.8);
    }
}
