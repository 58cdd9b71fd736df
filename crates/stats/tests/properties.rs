//! What must hold of any scores: invariances, known answers, and infinities that never become NaN.
#![allow(clippy::unwrap_used)]

use coadapt_stats::Score::{Daggered, MinusInfinity, Value};
use coadapt_stats::*;
use rand_core::{Rng, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use std::collections::BTreeMap;

const TASKS: [&str; 4] = ["Ant", "Hopper", "Swimmer", "Walker2d"];

fn normal(rng: &mut Pcg64) -> f64 {
    StandardNormal.sample(rng)
}

/// Runs of each task, with all kinds of endings; `diverged` in 100 of them at minus infinity.
fn draw(seed: u64, runs: usize, diverged: u64) -> Vec<(&'static str, u64, Option<Score>)> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut rows = Vec::new();
    for task in TASKS {
        for run in 0..runs as u64 {
            let value = normal(&mut rng) + 0.1 * run as f64;
            let score = match rng.next_u64() % 100 {
                k if k < diverged => MinusInfinity,
                90.. => Daggered(value),
                _ => Value(value),
            };
            rows.push((task, run, Some(score)));
        }
    }
    rows
}

fn arm(rows: &[(&'static str, u64, Option<Score>)]) -> Arm {
    let mut arm = Arm::new("arm");
    rows.iter().for_each(|(task, seed, score)| arm.record(task, *seed, *score).unwrap());
    arm
}

fn by(arm: &Arm, low: f64, high: f64) -> Normalised {
    let reference = Reference::new(("low", low), ("high", high));
    let map: BTreeMap<_, _> = arm.tasks().map(|(task, _)| (task.to_string(), reference.clone())).collect();
    Normalised::new(arm, &map).unwrap()
}

fn unit(arm: &Arm) -> Normalised {
    by(arm, 0.0, 1.0)
}

#[test]
fn nothing_depends_on_the_order_of_recording_or_on_which_seed_had_which_score() {
    let mut rows = draw(3, 7, 5);
    let bootstrap = Bootstrap::new(11);
    let (first, other) = (unit(&arm(&rows)), unit(&arm(&draw(4, 9, 5))));
    rows.reverse();
    rows.iter_mut().for_each(|(_, seed, _)| *seed = 100 - *seed);
    let second = unit(&arm(&rows));
    let all = |x: &Normalised| {
        let profile = performance_profile(x, &[-1.0, 0.0, 1.0], &bootstrap).unwrap();
        let better = probability_of_improvement(x.arm(), other.arm(), &bootstrap).unwrap();
        (aggregate(x, &Aggregate::ALL, &bootstrap).unwrap(), profile, better)
    };
    assert_eq!(all(&first), all(&second));
}

#[test]
fn the_seed_decides_the_interval() {
    let x = unit(&arm(&draw(1, 8, 0)));
    let of = |seed| aggregate(&x, &[Aggregate::Iqm], &Bootstrap::new(seed)).unwrap();
    assert_eq!(of(1), of(1));
    assert_eq!(of(1)[0].point, of(2)[0].point);
    assert_ne!(of(1)[0].low, of(2)[0].low);
}

#[test]
fn a_task_more_does_not_move_what_the_others_draw() {
    let x = unit(&arm(&draw(1, 8, 0)));
    let bootstrap = Bootstrap::new(5);
    let alone = aggregate(&x.only("Hopper").unwrap(), &[Aggregate::Mean], &bootstrap).unwrap();
    let mut rows = draw(1, 8, 0);
    rows.retain(|(task, ..)| *task == "Hopper");
    // A task of one value everywhere cannot vary: the mean over both is half of Hopper's.
    rows.extend((0..8).map(|seed| ("Ant", seed, Some(Value(0.0)))));
    let both = aggregate(&unit(&arm(&rows)), &[Aggregate::Mean], &bootstrap).unwrap();
    assert_eq!((alone[0].low / 2.0, alone[0].high / 2.0), (both[0].low, both[0].high));
}

#[test]
fn location_and_scale_pass_through() {
    let x = arm(&draw(8, 9, 0));
    let (low, high) = (-3.0, 5.0);
    let aggregates = [Aggregate::Median, Aggregate::Iqm, Aggregate::Mean];
    let bootstrap = Bootstrap::new(2);
    let plain = aggregate(&unit(&x), &aggregates, &bootstrap).unwrap();
    let moved = aggregate(&by(&x, low, high), &aggregates, &bootstrap).unwrap();
    for (plain, moved) in plain.iter().zip(&moved) {
        let pairs = [(plain.point, moved.point), (plain.low, moved.low), (plain.high, moved.high)];
        for (before, after) in pairs {
            assert!(((before - low) / (high - low) - after).abs() < 1e-12, "{plain:?} {moved:?}");
        }
    }
}

#[test]
fn probability_of_improvement_knows_order_only() {
    let (x, y) = (draw(1, 6, 10), draw(2, 9, 10));
    let cubed = |rows: &[(&'static str, u64, Option<Score>)]| {
        let cube = |s: Option<Score>| s.map(|s| s.map(|v| v.powi(3)));
        arm(&rows.iter().map(|(t, s, score)| (*t, *s, cube(*score))).collect::<Vec<_>>())
    };
    let of = |x: &Arm, y: &Arm| probability_of_improvement(x, y, &Bootstrap::new(1)).unwrap();
    let plain = of(&arm(&x), &arm(&y));
    assert_eq!(plain, of(&cubed(&x), &cubed(&y)));
    assert!((plain.point + of(&arm(&y), &arm(&x)).point - 1.0).abs() < 1e-12);
}

#[test]
fn a_profile_falls_and_its_area_is_the_mean() {
    let mut rows = draw(9, 8, 0);
    rows.iter_mut().for_each(|(.., score)| *score = score.map(|s| s.map(|v| v.rem_euclid(1.0))));
    let x = unit(&arm(&rows));
    let taus: Vec<f64> = (0..1000).map(|k| (f64::from(k) + 0.5) / 1000.0).collect();
    let bootstrap = Bootstrap::with(0, 200, 0.9).unwrap();
    let profile = performance_profile(&x, &taus, &bootstrap).unwrap();
    let points: Vec<f64> = profile.fractions.iter().map(|e| e.point).collect();
    assert!(points.windows(2).all(|w| w[0] >= w[1]), "{points:?}");
    assert!(profile.fractions.iter().all(|e| e.low <= e.point && e.point <= e.high));
    let mean = aggregate(&x, &[Aggregate::Mean], &bootstrap).unwrap()[0].point;
    assert!((points.iter().sum::<f64>() / 1000.0 - mean).abs() < 1e-3);
}

#[test]
fn a_thousand_normal_scores_give_the_textbook_interval() {
    let mut rng = Pcg64::seed_from_u64(1);
    let values: Vec<f64> = (0..1000).map(|_| normal(&mut rng)).collect();
    let x = Arm::of_values("x", &[("Ant", &values)]).unwrap();
    let bootstrap = Bootstrap::with(3, 20_000, 0.95).unwrap();
    let found = &aggregate(&unit(&x), &[Aggregate::Mean], &bootstrap).unwrap()[0];
    let error = Cell::new(&x, "Ant").unwrap().std.unwrap() / 1000f64.sqrt();
    assert!((found.high - found.point - 1.959_964 * error).abs() < 0.06 * error, "{found:?}");
    assert!((found.point - found.low - 1.959_964 * error).abs() < 0.06 * error, "{found:?}");
}

#[test]
fn the_interquartile_mean_trims_minus_infinity_away_and_says_so() {
    let values = |diverged: usize| {
        let scores = (0..8).map(|k| if k < diverged { MinusInfinity } else { Value(k as f64) });
        unit(&arm(&(0..).zip(scores).map(|(seed, s)| ("Ant", seed, Some(s))).collect::<Vec<_>>()))
    };
    let iqm = |k| aggregate(&values(k), &[Aggregate::Iqm], &Bootstrap::new(0)).unwrap().remove(0);
    let trimmed = iqm(2);
    assert_eq!((trimmed.point, trimmed.trimmed_minus_infinity), (3.5, 2));
    assert_eq!(trimmed.low, f64::NEG_INFINITY, "a resample may hold more of them");
    let sentence = "At minus infinity: 2 of 8 runs; the IQM trimmed 2 away.";
    assert_eq!(trimmed.caveats(), [sentence]);
    let too_many = iqm(3);
    assert_eq!((too_many.point, too_many.trimmed_minus_infinity), (f64::NEG_INFINITY, 2));
    let all = iqm(8);
    assert_eq!((all.low, all.high, all.spread), (f64::NEG_INFINITY, f64::NEG_INFINITY, Spread::NoVariation));
}

#[test]
fn whatever_diverges_nothing_is_nan() {
    let bootstrap = Bootstrap::with(1, 300, 0.95).unwrap();
    let sound = |e: &Estimate| {
        assert!(!e.point.is_nan() && !e.low.is_nan() && !e.high.is_nan(), "{e:?}");
        assert!(e.low <= e.high, "{e:?}");
    };
    let (mut undefined, mut widened) = (0, 0);
    for seed in 0..60 {
        let diverged = [0, 5, 20, 60, 100][seed as usize % 5];
        let runs = 1 + seed as usize % 9;
        let (x, y) =
            (unit(&arm(&draw(seed, runs, diverged))), unit(&arm(&draw(seed + 99, 1 + runs, diverged))));
        aggregate(&x, &Aggregate::ALL, &bootstrap).unwrap().iter().for_each(sound);
        performance_profile(&x, &[0.0, 0.5], &bootstrap).unwrap().fractions.iter().for_each(sound);
        sound(&probability_of_improvement(x.arm(), y.arm(), &bootstrap).unwrap());
        let pairs = paired(&x, &y, &bootstrap).unwrap();
        pairs.overall.difference.iter().for_each(sound);
        assert!((0.0..=1.0).contains(&pairs.overall.sign_test));
        let terms = [Term { arm: &x, coefficient: 1.0 }, Term { arm: &y, coefficient: -1.0 }];
        for aggregate in Aggregate::ALL {
            match contrast("x - y", &terms, aggregate, &bootstrap) {
                Ok(estimate) => {
                    sound(&estimate);
                    widened += estimate.undefined;
                }
                Err(error) => {
                    undefined += 1;
                    let sentence =
                        "x - y is undefined: runs at minus infinity stand on both sides of the difference";
                    assert_eq!(error.to_string(), sentence);
                }
            }
        }
    }
    assert!(undefined > 0 && widened > 0, "the test met {undefined} undefined and {widened} widened");
}

#[test]
fn degenerate_tables_are_said() {
    let bootstrap = Bootstrap::new(0);
    let one = unit(&Arm::of_values("x", &[("Ant", &[0.3]), ("Hopper", &[0.7])]).unwrap());
    let found = &aggregate(&one, &[Aggregate::Mean], &bootstrap).unwrap()[0];
    assert_eq!((found.low, found.high, found.spread), (0.5, 0.5, Spread::OneRunEach));
    assert_eq!(found.caveats(), ["Every cell has one run: the interval says nothing."]);
    let equal = unit(&Arm::of_values("x", &[("Ant", &[0.1, 0.1, 0.1])]).unwrap());
    let found = &aggregate(&equal, &[Aggregate::Iqm], &bootstrap).unwrap()[0];
    assert_eq!((found.low, found.high, found.spread), (found.point, found.point, Spread::NoVariation));
    let mixed = unit(&Arm::of_values("x", &[("Ant", &[0.3]), ("Hopper", &[0.7, 0.9])]).unwrap());
    let found = &aggregate(&mixed, &[Aggregate::Mean], &bootstrap).unwrap()[0];
    assert_eq!(found.caveats(), ["Cells with one run: 1; the interval does not see their spread."]);
}

#[test]
fn what_has_no_answer_is_refused() {
    let bootstrap = Bootstrap::new(0);
    let one = unit(&Arm::of_values("x", &[("Ant", &[0.3]), ("Hopper", &[0.7])]).unwrap());
    let empty = unit(&arm(&[("Ant", 0, Some(Value(1.0))), ("Hopper", 0, None)]));
    let error = aggregate(&empty, &[Aggregate::Mean], &bootstrap).unwrap_err();
    assert_eq!(error, Error::EmptyCell { arm: "arm".into(), task: "Hopper".into(), missing: 1 });
    assert!(matches!(aggregate(&one, &[], &bootstrap), Err(Error::Nothing { .. })));
    let target = [Aggregate::OptimalityGap { target: f64::NAN }];
    assert!(matches!(aggregate(&one, &target, &bootstrap), Err(Error::NotFinite { .. })));
    assert!(matches!(performance_profile(&one, &[f64::NAN], &bootstrap), Err(Error::NotFinite { .. })));
    let mut nan = Arm::new("x");
    for bad in [f64::NAN, f64::INFINITY, -1e100] {
        assert!(matches!(nan.record("Ant", 0, Some(Value(bad))), Err(Error::ScoreOutOfRange { .. })));
    }
    let other = Arm::of_values("y", &[("Ant", &[0.3])]).unwrap();
    let error = probability_of_improvement(one.arm(), &other, &bootstrap).unwrap_err().to_string();
    assert_eq!(error, "x has the task Hopper, y does not; compare arms on the same tasks");
}

#[test]
fn welch_refuses_what_it_cannot_test() {
    let flat = |name| Moments::published(name, (1.0, 0.0), 10, Ddof::Zero).unwrap();
    assert!(matches!(welch(&flat("x"), &flat("y"), 0.95), Err(Error::NoSpread { .. })));
    for std in [-1.0, f64::NAN, 1e200] {
        let refused = Moments::published("x", (1.0, std), 10, Ddof::Zero);
        assert!(matches!(refused, Err(Error::BadStd { .. })), "{std}");
    }
    let x = arm(&[
        ("Ant", 0, Some(Value(1.0))),
        ("Ant", 1, Some(MinusInfinity)),
        ("Hopper", 0, Some(Value(1.0))),
    ]);
    assert!(matches!(Moments::new(&x, "Ant"), Err(Error::MinusInfinity { runs: 1, .. })));
    assert!(matches!(Moments::new(&x, "Hopper"), Err(Error::TooFewRuns { runs: 1, .. })));
    let sac = Moments::published("SAC", (3013.0, 602.0), 10, Ddof::Zero).unwrap();
    assert!(matches!(welch(&sac, &sac, 1.0), Err(Error::NotAProbability { .. })));
    let error = seeds_needed(&sac, &sac, Design::CUSTOMARY).unwrap_err();
    assert!(matches!(error, Error::DifferenceTooSmall { difference: 0.0, .. }), "{error}");
}
