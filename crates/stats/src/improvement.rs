//! The probability that a run of one arm beats a run of another.

use crate::resample::{Resampler, estimate};
use crate::{Arm, Bootstrap, Error, Estimate};

/// P(X > Y), averaged over tasks (Agarwal et al. 2021, Sec. 4.3):
/// (1/M) Σₘ (1 / NₘKₘ) Σᵢ Σⱼ S(xₘᵢ, yₘⱼ), where S is 1 if x > y, ½ if x = y, and 0 otherwise.
///
/// On each task this is Mann and Whitney's U of X over its largest value. It needs no normalisation: only the order
/// counts, so runs at minus infinity lose to all others and tie among themselves. Both arms are redrawn independently.
///
/// # Errors
/// [`Error::TasksDiffer`], [`Error::NoTasks`], [`Error::EmptyCell`].
pub fn probability_of_improvement(x: &Arm, y: &Arm, bootstrap: &Bootstrap) -> Result<Estimate, Error> {
    x.same_tasks(y)?;
    let mut tables = [Resampler::of_arm(x, 0, bootstrap)?, Resampler::of_arm(y, 1, bootstrap)?];
    let what = format!("P({} > {})", x.name(), y.name());
    estimate(&mut tables, bootstrap, x.counts() + y.counts(), what, |tables| {
        let pairs = tables[0].strata().zip(tables[1].strata());
        pairs.map(|(x, y)| superiority(x, y)).sum::<f64>() / tables[0].strata().len() as f64
    })
}

/// The fraction of drawn pairs that x wins, ties counted half. Values ascend.
fn superiority((x, times_x): (&[f64], &[u32]), (y, times_y): (&[f64], &[u32])) -> f64 {
    // Twice the pairs won, so that ties stay whole numbers.
    let (mut halves, mut below, mut next) = (0u64, 0u64, 0);
    for (value, times) in x.iter().zip(times_x) {
        while next < y.len() && y[next] < *value {
            below += u64::from(times_y[next]);
            next += 1;
        }
        let equal = y[next..].iter().zip(&times_y[next..]).take_while(|(other, _)| *other == value);
        let ties: u64 = equal.map(|(_, times)| u64::from(*times)).sum();
        halves += u64::from(*times) * (2 * below + ties);
    }
    halves as f64 / (2 * x.len() * y.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Spread;

    fn arm(name: &str, values: &[f64]) -> Arm {
        Arm::of_values(name, &[("Ant", values)]).unwrap()
    }

    #[test]
    fn counts_pairs_and_halves_ties() {
        let (x, y) = (arm("x", &[1.0, 2.0, 2.0, 5.0]), arm("y", &[2.0, 3.0]));
        let bootstrap = Bootstrap::new(0);
        let estimate = probability_of_improvement(&x, &y, &bootstrap).unwrap();
        assert_eq!(estimate.point, 3.0 / 8.0);
        let turned = probability_of_improvement(&y, &x, &bootstrap).unwrap();
        assert_eq!(turned.point, 5.0 / 8.0);
        assert_eq!(probability_of_improvement(&x, &x, &bootstrap).unwrap().point, 0.5);
    }

    #[test]
    fn an_arm_wholly_above_another_is_said_not_to_vary() {
        let estimate =
            probability_of_improvement(&arm("x", &[8.0, 9.0]), &arm("y", &[1.0, 2.0]), &Bootstrap::new(0));
        let estimate = estimate.unwrap();
        assert_eq!((estimate.point, estimate.low, estimate.high), (1.0, 1.0, 1.0));
        assert_eq!(estimate.spread, Spread::NoVariation);
        assert!(estimate.caveats()[0].contains("not certainty"), "{:?}", estimate.caveats());
    }
}
