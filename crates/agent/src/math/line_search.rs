//! The length of a step under a bound on KL: as far as the quadratic model goes, then shorter until the step is good.

use super::conjugate::dot;
use serde::{Deserialize, Serialize};

/// beta = sqrt(2 epsilon / x'A x): the multiple of x at which the quadratic model 1/2 beta^2 x'A x of KL meets its bound
/// epsilon (Schulman et al. 2015, App. C).
///
/// `direction` x, `product` A x. Nothing where x'A x is not a positive number, as for x = 0, or the step not a finite
/// one: then there is no step. (PFRL adds 1e-8 to x'A x; the paper and OpenAI baselines do not.)
pub fn full_step(direction: &[f32], product: &[f32], epsilon: f64) -> Option<f64> {
    let (count, products) = (direction.len(), product.len());
    assert!(count == products, "a direction of {count} numbers has a product of {products}");
    let curvature = dot(direction, product);
    let step = (2.0 * epsilon / curvature).sqrt();
    (curvature > 0.0 && step.is_finite()).then_some(step)
}

/// What becomes of a step that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is taken.
    Accept,
    /// The next fraction is to be tried.
    Shrink,
    /// None was good: the old parameters stay.
    GiveUp,
}

/// A backtracking line search: the full step, then ever smaller fractions of it, 1, s, s^2, ..., at most so many.
///
/// A step is accepted where the surrogate has not become worse and KL is within its bound, both finite: an improvement of
/// zero and a KL on the bound are good enough. The paper asks that the objective improves (App. C); the rule at the edges
/// is that of PFRL (agents/trpo.py, `_line_search`) and of OpenAI baselines (trpo_mpi), which go on where
/// `improve < 0` or `kl > max_kl`. PFRL tries 11 steps, baselines 10, at halves; baselines' bound here is 1.5 times that of
/// [`full_step`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backtracking {
    trial: u32,
    trials: u32,
    shrink: f64,
}

/// What a checkpoint keeps of [`Backtracking`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktrackingState {
    trial: u32,
}

impl Backtracking {
    /// At the full step, of which each trial is `shrink` times the one before, and there are `trials`.
    pub fn new(trials: u32, shrink: f64) -> Self {
        Backtracking { trial: 0, trials, shrink }
    }

    /// Begins anew at the full step.
    pub fn start(&mut self) {
        self.trial = 0;
    }

    /// Trials that failed.
    pub fn trial(&self) -> u32 {
        self.trial
    }

    /// The fraction of the full step that is to be tried: shrink^trial.
    pub fn fraction(&self) -> f64 {
        // Multiplied out: a power may be rounded differently from one compiler to the next.
        (0..self.trial).fold(1.0, |fraction, _| fraction * self.shrink)
    }

    /// Judges the present trial by what it did to the surrogate and to KL, which has a `bound`; unless the step is
    /// accepted, the next trial is the present one.
    pub fn judge(&mut self, improvement: f64, kl: f64, bound: f64) -> Verdict {
        // Comparisons that fail for a NaN.
        if improvement.is_finite() && kl.is_finite() && improvement >= 0.0 && kl <= bound {
            return Verdict::Accept;
        }
        self.trial = self.trials.min(self.trial + 1);
        if self.trial == self.trials { Verdict::GiveUp } else { Verdict::Shrink }
    }

    /// What a checkpoint keeps.
    pub fn state(&self) -> BacktrackingState {
        BacktrackingState { trial: self.trial }
    }

    /// Puts back what [`state`](Self::state) gave.
    pub fn restore(&mut self, state: BacktrackingState) -> Result<(), String> {
        let BacktrackingState { trial } = state;
        if trial > self.trials {
            return Err(format!("it has {trial} trials of a line search, of {}", self.trials));
        }
        self.trial = trial;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: f64 = 0.01;

    #[test]
    fn the_full_step_meets_the_bound_of_the_quadratic_model() {
        // A = diag(2, 8).
        let (x, product) = ([3.0, -0.5], [6.0, -4.0]);
        let beta = full_step(&x, &product, BOUND).unwrap();
        assert!((beta - (2.0 * BOUND / 20.0f64).sqrt()).abs() < 1e-15);
        assert!((0.5 * beta * beta * 20.0 - BOUND).abs() < 1e-15);
        assert_eq!(full_step(&x, &product, 0.0), Some(0.0));
        // In f64: the squares leave f32.
        assert!(full_step(&[1e30], &[1e30], BOUND).is_some_and(|beta| beta > 0.0));
    }

    #[test]
    fn without_curvature_there_is_no_step() {
        for (x, product) in [
            ([0.0, 0.0], [0.0, 0.0]),
            ([1.0, 1.0], [-1.0, 0.5]),
            ([1.0, 1.0], [f32::NAN, 1.0]),
            ([f32::NAN, 0.0], [1.0, 1.0]),
            ([1.0, 0.0], [f32::NEG_INFINITY, 0.0]),
        ] {
            assert_eq!(full_step(&x, &product, BOUND), None, "{x:?} {product:?}");
        }
        assert_eq!(full_step(&[], &[], BOUND), None);
        assert_eq!(full_step(&[1.0], &[1.0], f64::NAN), None);
        assert_eq!(full_step(&[1.0], &[1.0], -1.0), None);
    }

    #[test]
    #[should_panic(expected = "a direction of 2 numbers has a product of 1")]
    fn a_product_of_another_length_is_refused() {
        full_step(&[1.0, 2.0], &[1.0], BOUND);
    }

    #[test]
    fn good_steps_are_accepted_up_to_the_edges() {
        for (improvement, kl) in [(0.1, 0.005), (0.1, BOUND), (0.0, 0.005), (-0.0, 0.0), (1e-300, -1e-9)] {
            let mut search = Backtracking::new(10, 0.5);
            assert_eq!(search.judge(improvement, kl, BOUND), Verdict::Accept, "{improvement} {kl}");
            assert_eq!((search.trial(), search.fraction()), (0, 1.0));
        }
    }

    #[test]
    fn bad_steps_and_what_is_no_number_are_not() {
        let above = f64::from_bits(BOUND.to_bits() + 1);
        let (nan, infinity) = (f64::NAN, f64::INFINITY);
        let bad = [(-1e-300, 0.005), (0.1, above), (nan, 0.005), (0.1, nan), (nan, nan), (infinity, 0.005)];
        let worse = [(0.1, infinity), (0.1, -infinity), (-infinity, 0.0)];
        for (improvement, kl) in bad.into_iter().chain(worse) {
            let mut search = Backtracking::new(10, 0.5);
            assert_eq!(search.judge(improvement, kl, BOUND), Verdict::Shrink, "{improvement} {kl}");
            assert_eq!((search.trial(), search.fraction()), (1, 0.5));
        }
        assert_eq!(Backtracking::new(10, 0.5).judge(0.1, 0.0, nan), Verdict::Shrink);
    }

    #[test]
    fn after_the_last_trial_it_gives_up() {
        let mut search = Backtracking::new(4, 0.8);
        let mut fraction = 1.0;
        for _ in 0..3 {
            assert_eq!(search.fraction(), fraction);
            assert_eq!(search.judge(-1.0, 0.0, BOUND), Verdict::Shrink);
            fraction *= 0.8;
        }
        assert_eq!(search.judge(-1.0, 0.0, BOUND), Verdict::GiveUp);
        assert_eq!(search.judge(-1.0, 0.0, BOUND), Verdict::GiveUp);
        search.start();
        assert_eq!((search.trial(), search.fraction()), (0, 1.0));
        assert_eq!(Backtracking::new(0, 0.5).judge(-1.0, 0.0, BOUND), Verdict::GiveUp);
    }

    #[test]
    fn restored_it_goes_on_where_it_was() {
        let mut search = Backtracking::new(4, 0.3);
        search.judge(-1.0, 0.0, BOUND);
        search.judge(-1.0, 0.0, BOUND);
        let text = serde_json::to_string(&search.state()).unwrap();
        let mut other = Backtracking::new(4, 0.3);
        other.restore(serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(other, search);
        assert_eq!(other.fraction().to_bits(), search.fraction().to_bits());
        assert!(Backtracking::new(1, 0.3).restore(search.state()).unwrap_err().contains("trials"));
    }
}
