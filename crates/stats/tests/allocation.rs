//! Resampling allocates nothing: more repetitions need more room once, not more allocations.
#![allow(clippy::unwrap_used)]

use coadapt_stats::*;
use coadapt_testing::CountingAllocator;
use std::collections::BTreeMap;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

// Without the usual harness, whose own thread would allocate while we count.
fn main() {
    let values = [0.1, 0.7, 0.4, 0.9, 0.2, 0.5];
    let raw = |shift: f64| {
        let moved = values.map(|x| x + shift);
        Arm::of_values("x", &[("Ant", &moved), ("Hopper", &moved[1..]), ("Walker2d", &values)]).unwrap()
    };
    let unit = |arm: &Arm| {
        let one = |(task, _): (&str, &Runs)| (task.to_string(), Reference::new(("l", 0.0), ("h", 1.0)));
        Normalised::new(arm, &arm.tasks().map(one).collect::<BTreeMap<_, _>>()).unwrap()
    };
    let (x, y) = (unit(&raw(0.0)), unit(&raw(0.1)));
    let terms = [Term { arm: &x, coefficient: 1.0 }, Term { arm: &y, coefficient: -1.0 }];
    let all = |reps: usize| {
        let bootstrap = Bootstrap::with(1, reps, 0.95).unwrap();
        ALLOCATOR.count(|| {
            aggregate(&x, &Aggregate::ALL, &bootstrap).unwrap();
            probability_of_improvement(x.arm(), y.arm(), &bootstrap).unwrap();
            performance_profile(&x, &[0.2, 0.4, 0.8], &bootstrap).unwrap();
            paired(&x, &y, &bootstrap).unwrap();
            contrast("x - y", &terms, Aggregate::Iqm, &bootstrap).unwrap();
        })
    };
    assert!(all(100) > 0, "the allocator counts");
    assert_eq!(all(100), all(5000));
}
