//! Intervals hold the truth as often as they say, and planned seeds see what they were planned for: by simulation.
#![allow(clippy::unwrap_used)]

use coadapt_stats::*;
use rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use std::collections::BTreeMap;

fn normals(rng: &mut Pcg64, n: usize, mean: f64, std: f64) -> Vec<f64> {
    (0..n).map(|_| mean + std * <StandardNormal as Distribution<f64>>::sample(&StandardNormal, rng)).collect()
}

/// An arm of normal scores; `mean` a task.
fn arm(rng: &mut Pcg64, runs: usize, means: &[f64], std: f64) -> Normalised {
    let mut raw = Arm::new("x");
    let mut references = BTreeMap::new();
    for (task, mean) in means.iter().enumerate() {
        let task = format!("task {task}");
        for (seed, value) in (0..).zip(normals(rng, runs, *mean, std)) {
            raw.record(&task, seed, Some(Score::Value(value))).unwrap();
        }
        references.insert(task, Reference::new(("zero", 0.0), ("one", 1.0)));
    }
    Normalised::new(&raw, &references).unwrap()
}

fn coverage(trials: u64, truth: f64, one: impl Fn(&mut Pcg64, &Bootstrap) -> Estimate) -> f64 {
    let hits = (0..trials).filter(|trial| {
        let bootstrap = Bootstrap::with(*trial, 400, 0.95).unwrap();
        let found = one(&mut Pcg64::seed_from_u64(1000 + trial), &bootstrap);
        found.low <= truth && truth <= found.high
    });
    hits.count() as f64 / trials as f64
}

/// 95 % of 500 trials, give or take three standard errors and what 400 resamples leave out.
fn covers(name: &str, found: f64, least: f64) {
    println!("{name}: {found:.3}");
    assert!((least..=0.98).contains(&found), "{name}: {found}");
}

#[test]
fn intervals_of_aggregates_cover() {
    let of = |aggregate: Aggregate, runs: usize| {
        coverage(500, 0.5, move |rng, bootstrap| {
            aggregate_of(&arm(rng, runs, &[0.5; 3], 0.2), aggregate, bootstrap)
        })
    };
    covers("mean, 3 tasks of 30 runs", of(Aggregate::Mean, 30), 0.915);
    covers("IQM, 3 tasks of 30 runs", of(Aggregate::Iqm, 30), 0.915);
    // Few runs make percentile intervals short; docs/statistics.md says by how much.
    covers("mean, 3 tasks of 5 runs", of(Aggregate::Mean, 5), 0.84);
    covers("IQM, 3 tasks of 5 runs", of(Aggregate::Iqm, 5), 0.84);
    covers("mean, 3 tasks of 10 runs", of(Aggregate::Mean, 10), 0.885);
    covers("IQM, 3 tasks of 10 runs", of(Aggregate::Iqm, 10), 0.885);
}

fn aggregate_of(arm: &Normalised, which: Aggregate, bootstrap: &Bootstrap) -> Estimate {
    aggregate(arm, &[which], bootstrap).unwrap().remove(0)
}

#[test]
fn intervals_of_comparisons_cover() {
    // P(X > Y) = Φ(0.1 / (0.2 √2)) with means 0.1 apart and a deviation of 0.2
    let improvement = coverage(500, 0.638_163_195_3, |rng, bootstrap| {
        let (x, y) = (arm(rng, 20, &[0.6; 3], 0.2), arm(rng, 20, &[0.5; 3], 0.2));
        probability_of_improvement(x.arm(), y.arm(), bootstrap).unwrap()
    });
    covers("P(X > Y), 3 tasks of 20 runs", improvement, 0.915);
    let difference = coverage(500, 0.1, |rng, bootstrap| {
        let (x, y) = (arm(rng, 20, &[0.6; 3], 0.2), arm(rng, 20, &[0.5; 3], 0.1));
        paired(&x, &y, bootstrap).unwrap().overall.difference.unwrap()
    });
    covers("paired difference, 3 tasks of 20 pairs", difference, 0.915);
    let index = coverage(400, 0.3, |rng, bootstrap| {
        let cell = |a: usize, b: usize| vec![a.to_string(), b.to_string()];
        let cells = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(a, b)| {
            let together = if a + b == 2 { 0.3 } else { 0.0 };
            (cell(a, b), arm(rng, 12, &[0.2 + together, 0.5 + together], 0.2))
        });
        let factors = vec![Factor::new("A", &["0", "1"]), Factor::new("B", &["0", "1"])];
        let study = Factorial::new(factors, cells.to_vec()).unwrap();
        study.coadaptation(Aggregate::Mean, bootstrap).unwrap().remove(0).index.unwrap()
    });
    covers("co-adaptation index, 2 tasks of 12 runs", index, 0.90);
}

fn moments(name: &str, values: &[f64]) -> Moments {
    Moments::new(&Arm::of_values(name, &[("Ant", values)]).unwrap(), "Ant").unwrap()
}

#[test]
fn welchs_interval_covers_with_few_runs_and_unequal_spreads() {
    let mut rng = Pcg64::seed_from_u64(5);
    let trials = 3000;
    let hits = (0..trials).filter(|_| {
        let x = moments("x", &normals(&mut rng, 5, 1.0, 1.0));
        let y = moments("y", &normals(&mut rng, 8, 0.0, 3.0));
        let found = welch(&x, &y, 0.95).unwrap();
        (found.low..=found.high).contains(&1.0)
    });
    let coverage = hits.count() as f64 / f64::from(trials);
    assert!((0.937..=0.963).contains(&coverage), "{coverage}");
}

/// How often Welch's test at .05 sees the difference with `n` runs an arm.
fn seen(n: usize, (mean, std_x, std_y): (f64, f64, f64), rng: &mut Pcg64) -> f64 {
    let trials = 4000;
    let hits = (0..trials).filter(|_| {
        let (x, y) =
            (moments("x", &normals(rng, n, mean, std_x)), moments("y", &normals(rng, n, 0.0, std_y)));
        welch(&x, &y, 0.95).unwrap().p_value < 0.05
    });
    hits.count() as f64 / f64::from(trials)
}

#[test]
fn planned_seeds_have_the_power_asked_for() {
    let mut rng = Pcg64::seed_from_u64(9);
    // A standard error is 0.0063; few runs with unequal spreads are where the approximation is worst.
    for (truth, slack) in [((1.0, 1.0, 1.0), 0.02), ((1.0, 0.3, 1.4), 0.02), ((2.5, 1.0, 1.0), 0.03)] {
        let of = |name, mean, std| Moments::published(name, (mean, std), 10, Ddof::One).unwrap();
        let planned =
            seeds_needed(&of("x", truth.0, truth.1), &of("y", 0.0, truth.2), Design::CUSTOMARY).unwrap();
        let seen_with = seen(planned.per_arm, truth, &mut rng);
        println!("{truth:?}: {planned:?}, seen {seen_with:.3}");
        assert!((seen_with - planned.power).abs() < slack, "{truth:?}: {planned:?}, seen {seen_with}");
        let fewer = seen(planned.per_arm - 1, truth, &mut rng);
        assert!(fewer < 0.8 + slack, "{truth:?}: one seed less still sees {fewer}");
    }
}
