//! Factorial studies of which the effects are known.
#![allow(clippy::unwrap_used)]

use coadapt_stats::*;
use std::collections::BTreeMap;

const SPREAD: [f64; 3] = [-0.01, 0.0, 0.01];

fn arm(name: &str, centre: f64) -> Normalised {
    let around = SPREAD.map(|s| centre + s);
    let arm = Arm::of_values(name, &[("Ant", &around), ("Hopper", &around.map(|x| x + 0.2))]).unwrap();
    let reference = Reference::new(("random", 0.0), ("best", 1.0));
    let map = ["Ant", "Hopper"].map(|task| (task.to_string(), reference.clone()));
    Normalised::new(&arm, &BTreeMap::from(map)).unwrap()
}

/// Size S, M, L; norm off, on; tanh off, on, with `score` of the three indices.
fn study(score: impl Fn(usize, usize, usize) -> f64) -> Factorial {
    let factors = vec![
        Factor::new("size", &["S", "M", "L"]),
        Factor::new("norm", &["off", "on"]),
        Factor::new("tanh", &["off", "on"]),
    ];
    let mut arms = Vec::new();
    for size in 0..3 {
        for norm in 0..2 {
            for tanh in 0..2 {
                let index = [size, norm, tanh];
                let levels = factors.iter().zip(index).map(|(f, i)| f.levels[i].clone()).collect();
                arms.push((levels, arm(&format!("{index:?}"), score(size, norm, tanh))));
            }
        }
    }
    Factorial::new(factors, arms).unwrap()
}

fn near(estimate: &Result<Estimate, Error>, truth: f64) {
    let estimate = estimate.as_ref().unwrap();
    assert!((estimate.point - truth).abs() < 1e-12, "{estimate:?}, truth {truth}");
    assert!(estimate.low <= truth + 1e-12 && truth - 1e-12 <= estimate.high, "{estimate:?}");
    assert_eq!(estimate.spread, Spread::Resampled);
}

#[test]
fn components_that_add_up_have_main_effects_and_no_index() {
    let study = study(|size, norm, tanh| 0.1 * size as f64 + 0.3 * norm as f64 - 0.2 * tanh as f64);
    let bootstrap = Bootstrap::new(1);
    let effects = study.main_effects(Aggregate::Mean, &bootstrap).unwrap();
    let truths = [0.1, 0.2, 0.1, 0.3, -0.2];
    assert_eq!(effects.len(), truths.len());
    effects.iter().zip(truths).for_each(|(found, truth)| near(&found.effect, truth));
    let second = &effects[1].change;
    assert_eq!((second.factor.as_str(), second.from.as_str(), second.to.as_str()), ("size", "S", "L"));
    let indices = study.coadaptation(Aggregate::Mean, &bootstrap).unwrap();
    assert_eq!(indices.len(), 3 + 3 + 1, "pairs of changes");
    indices.iter().for_each(|found| near(&found.index, 0.0));
}

#[test]
fn what_only_works_together_shows_in_the_index_of_that_pair() {
    // Norm gains 0.4, but only of the large size; tanh adds to all.
    let study = study(|size, norm, tanh| if size == 2 && norm == 1 { 0.4 } else { 0.0 } + 0.1 * tanh as f64);
    for aggregate in [Aggregate::Mean, Aggregate::Median, Aggregate::Iqm] {
        for found in study.coadaptation(aggregate, &Bootstrap::new(1)).unwrap() {
            let pair = (found.first.factor.as_str(), found.second.factor.as_str());
            let reaches = pair == ("size", "norm") && found.first.to == "L";
            near(&found.index, if reaches { 0.4 } else { 0.0 });
            assert_eq!(found.index.unwrap().counts.runs, if pair == ("norm", "tanh") { 72 } else { 48 });
        }
    }
    let effects = study.main_effects(Aggregate::Mean, &Bootstrap::new(1)).unwrap();
    near(&effects[3].effect, 0.4 / 3.0);
}

#[test]
fn an_arm_that_diverged_makes_what_it_enters_infinite_or_undefined_and_says_so() {
    let mut arms = Vec::new();
    for (a, b) in [("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")] {
        let mut raw = Arm::of_values("x", &[("Ant", &[0.1, 0.2, 0.3, 0.4])]).unwrap();
        if a == "1" && b == "0" {
            raw.record("Ant", 9, Some(Score::MinusInfinity)).unwrap();
        }
        let map = BTreeMap::from([("Ant".to_string(), Reference::new(("l", 0.0), ("h", 1.0)))]);
        arms.push((vec![a.to_string(), b.to_string()], Normalised::new(&raw, &map).unwrap()));
    }
    let factors = || vec![Factor::new("A", &["0", "1"]), Factor::new("B", &["0", "1"])];
    let study = Factorial::new(factors(), arms.clone()).unwrap();
    let bootstrap = Bootstrap::new(0);
    let index = study.coadaptation(Aggregate::Mean, &bootstrap).unwrap().remove(0).index.unwrap();
    assert_eq!((index.point, index.counts.minus_infinity), (f64::INFINITY, 1));
    let robust = study.coadaptation(Aggregate::Iqm, &bootstrap).unwrap().remove(0).index.unwrap();
    assert!(robust.point.is_finite() && robust.trimmed_minus_infinity == 1, "{robust:?}");
    arms[3] = (arms[3].0.clone(), arms[2].1.clone());
    let study = Factorial::new(factors(), arms).unwrap();
    let error = study.coadaptation(Aggregate::Mean, &bootstrap).unwrap().remove(0).index.unwrap_err();
    let sentence = "the co-adaptation of A from 0 to 1 and B from 0 to 1 is undefined: runs at minus infinity stand on \
                    both sides of the difference";
    assert_eq!(error.to_string(), sentence);
}

#[test]
fn a_design_with_holes_is_refused() {
    let factors = || vec![Factor::new("A", &["0", "1"])];
    let cell = |level: &str| (vec![level.to_string()], arm("x", 0.0));
    let missing = Factorial::new(factors(), vec![cell("0")]).unwrap_err().to_string();
    assert_eq!(missing, "no arm at A = 1; a factorial study needs every combination of levels");
    let stray = |arms| matches!(Factorial::new(factors(), arms), Err(Error::StrayCombination { .. }));
    assert!(stray(vec![cell("0"), cell("1"), cell("1")]));
    assert!(stray(vec![cell("0"), cell("2")]));
    let one = vec![Factor::new("A", &["0", "0"])];
    assert!(matches!(Factorial::new(one, vec![]), Err(Error::BadFactor { levels: 1, .. })));
    assert!(matches!(Factorial::new(vec![], vec![]), Err(Error::Nothing { .. })));
}
