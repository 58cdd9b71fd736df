//! The formulas over slices, by hand and at their edges.

use crate::slices::{OffPolicyTrajectory, awac, retrace};
use coadapt_agent::math::returns::{Trajectory, monte_carlo, one_step};
use coadapt_agent::math::weights::clipped_fraction;

const REWARDS: [f32; 5] = [1.0, -0.5, 2.0, 0.25, -1.0];
const DISCOUNTS: [f32; 5] = [0.9; 5];
const VALUES: [f32; 6] = [0.3, -1.2, 0.8, 2.0, -0.7, 1.5];

fn filled<const N: usize>(fill: impl FnOnce(&mut [f32])) -> [f32; N] {
    let mut numbers = [f32::NAN; N];
    fill(&mut numbers);
    numbers
}

fn assert_near<const T: usize>(found: [f32; T], expected: [f32; T]) {
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() <= 1e-6 * e.abs().max(1.0), "{found:?}, expected {expected:?}");
    }
}

fn trajectory() -> Trajectory<'static> {
    Trajectory { rewards: &REWARDS, discounts: &DISCOUNTS, values: &VALUES }
}

fn retraced(lambda: f64, log_rhos: &[f32; 4], q: &[f32; 4]) -> [f32; 5] {
    let stretch = OffPolicyTrajectory {
        rewards: &REWARDS,
        discounts: &DISCOUNTS,
        next_values: &VALUES[1..],
        next_q: q,
        next_log_rhos: log_rhos,
    };
    filled(|y| retrace(stretch, lambda, y))
}

#[test]
fn retrace_without_traces_is_one_step() {
    let one = filled(|y| one_step(trajectory(), y));
    assert_eq!(retraced(0.0, &[0.3, -0.2, 5.0, -9.0], &[9.0, -3.0, 1.0, 0.0]), one);
    // Actions the policy would never take cut the trace too.
    assert_eq!(retraced(1.0, &[f32::NEG_INFINITY; 4], &[9.0, -3.0, 1.0, 0.0]), one);
}

#[test]
fn retrace_on_policy_is_monte_carlo() {
    let q = [VALUES[1], VALUES[2], VALUES[3], VALUES[4]];
    let expected = filled(|y| monte_carlo(&REWARDS, &DISCOUNTS, VALUES[5], y));
    assert_near(retraced(1.0, &[0.0; 4], &q), expected);
    // The ratio is capped at 1, and its exponential cannot overflow.
    assert_near(retraced(1.0, &[1e30; 4], &q), expected);
    assert!(retraced(1.0, &[f32::NAN; 4], &q)[0].is_nan());
}

#[test]
fn nothing_after_a_termination_reaches_a_retrace_target() {
    let terminated = [0.9, 0.9, 0.0, 0.9, 0.9];
    let targets = [0.0, 1e9].map(|wild| {
        let values = [-1.2, 0.8, wild, wild, wild];
        let stretch = OffPolicyTrajectory {
            rewards: &[1.0, -0.5, 2.0, wild, wild],
            discounts: &terminated,
            next_values: &values,
            next_q: &values[..4],
            next_log_rhos: &[-0.1; 4],
        };
        filled::<5>(|y| retrace(stretch, 0.95, y))[..3].to_vec()
    });
    assert_eq!(targets[0], targets[1]);
    let none = OffPolicyTrajectory {
        rewards: &[],
        discounts: &[],
        next_values: &[],
        next_q: &[],
        next_log_rhos: &[],
    };
    retrace(none, 0.9, &mut []);
}

#[test]
fn awac_weights_are_clipped() {
    let mut advantages = [-3.0; 100];
    advantages[7] = 5.0;
    let weights = filled::<100>(|w| awac(&advantages, 1.0, 20.0, w));
    assert_eq!(weights[7], 20.0);
    assert_eq!(clipped_fraction(&weights, 20.0), 0.01);
}

#[test]
fn awac_weights_average_one_and_ignore_a_common_offset() {
    let advantages = [0.5, -1.25, 2.0, 0.0, -3.5];
    let weights = filled::<5>(|w| awac(&advantages, 2.0, 20.0, w));
    assert!((weights.iter().sum::<f32>() - 5.0).abs() < 1e-5);
    let shifted = advantages.map(|a| a + 4096.0);
    assert_eq!(filled(|w| awac(&shifted, 2.0, 20.0, w)), weights);
    let scaled = advantages.map(|a| a * 1e8);
    assert_eq!(filled(|w| awac(&scaled, 2e8, 20.0, w)), weights);
    let doubled = [advantages, advantages].concat();
    assert_eq!(filled::<10>(|w| awac(&doubled, 2.0, 20.0, w))[5..], weights);
    let mut reversed = advantages;
    reversed.reverse();
    let mut back = filled::<5>(|w| awac(&reversed, 2.0, 20.0, w));
    back.reverse();
    assert!(back.iter().zip(weights).all(|(b, w)| (b - w).abs() < 1e-6));
}

#[test]
fn equal_advantages_weigh_one() {
    for a in [0.0, 1e6, -1e6] {
        assert_eq!(filled(|w| awac(&[a; 3], 1e-3, 20.0, w)), [1.0; 3]);
        assert_eq!(filled(|w| awac(&[a], 1.0, 20.0, w)), [1.0]);
    }
    awac(&[], 1.0, 20.0, &mut []);
}
