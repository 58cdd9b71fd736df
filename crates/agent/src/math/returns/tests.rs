//! Known answers, the identities between the targets, and the ends of episodes.

use super::*;

const REWARDS: [f32; 5] = [1.0, -0.5, 2.0, 0.25, -1.0];
const DISCOUNTS: [f32; 5] = [0.9; 5];
const VALUES: [f32; 6] = [0.3, -1.2, 0.8, 2.0, -0.7, 1.5];

fn trajectory() -> Trajectory<'static> {
    Trajectory { rewards: &REWARDS, discounts: &DISCOUNTS, values: &VALUES }
}

fn filled<const T: usize>(fill: impl FnOnce(&mut [f32])) -> [f32; T] {
    let mut targets = [f32::NAN; T];
    fill(&mut targets);
    targets
}

fn assert_near<const T: usize>(found: [f32; T], expected: [f32; T]) {
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() <= 1e-6 * e.abs().max(1.0), "{found:?}, expected {expected:?}");
    }
}

#[test]
fn two_steps_by_hand() {
    let two = Trajectory { rewards: &[1.0, 2.0], discounts: &[0.5, 0.5], values: &[7.0, 3.0, 4.0] };
    assert_eq!(filled(|y| one_step(two, y)), [2.5, 4.0]);
    assert_eq!(filled(|y| n_step(two, 2, y)), [3.0, 4.0]);
    assert_eq!(filled(|y| lambda_returns(two, 0.5, y)), [2.75, 4.0]);
    assert_eq!(filled(|y| gae(two, 0.5, y)), [-4.25, 1.0]);
    assert_eq!(filled(|y| monte_carlo(two.rewards, two.discounts, 4.0, y)), [3.0, 4.0]);
}

#[test]
fn td_lambda_lies_between_one_step_and_monte_carlo() {
    assert_near(filled::<5>(|y| lambda_returns(trajectory(), 0.0, y)), filled(|y| one_step(trajectory(), y)));
    let to_the_end = filled::<5>(|y| monte_carlo(&REWARDS, &DISCOUNTS, VALUES[5], y));
    assert_near(filled(|y| lambda_returns(trajectory(), 1.0, y)), to_the_end);
    // Looking further ahead than the stretch is long is looking to its end.
    assert_near(filled(|y| n_step(trajectory(), usize::MAX, y)), to_the_end);
}

#[test]
fn gae_is_the_lambda_return_less_the_value() {
    for lambda in [0.0, 0.5, 0.95, 1.0] {
        let mut expected = filled::<5>(|y| lambda_returns(trajectory(), lambda, y));
        expected.iter_mut().zip(VALUES).for_each(|(g, v)| *g -= v);
        assert_near(filled(|y| gae(trajectory(), lambda, y)), expected);
    }
}

#[test]
fn termination_ends_what_counts_and_truncation_bootstraps() {
    let terminated = [0.9, 0.9, 0.0, 0.9, 0.9];
    let mut all_targets = vec![];
    for wild in [0.0, 1e9] {
        // What stands after the termination must not matter: neither rewards nor values.
        let rewards = [1.0, -0.5, 2.0, wild, wild];
        let values = [0.3, -1.2, 0.8, wild, wild, wild];
        let stretch = Trajectory { rewards: &rewards, discounts: &terminated, values: &values };
        all_targets.push([
            filled::<5>(|y| one_step(stretch, y))[..3].to_vec(),
            filled::<5>(|y| n_step(stretch, 3, y))[..3].to_vec(),
            filled::<5>(|y| lambda_returns(stretch, 0.95, y))[..3].to_vec(),
            filled::<5>(|y| gae(stretch, 0.95, y))[..3].to_vec(),
            filled::<5>(|y| monte_carlo(&rewards, &terminated, wild, y))[..3].to_vec(),
        ]);
    }
    assert_eq!(all_targets[0], all_targets[1]);
    let ended = |discount: f32| filled::<1>(|y| monte_carlo(&[2.0], &[discount], 10.0, y))[0];
    assert_eq!([ended(0.0), ended(0.9)], [2.0, 11.0]);
}

#[test]
fn a_rollout_cut_at_a_truncation_is_its_stretches() {
    let whole = filled::<5>(|y| lambda_returns(trajectory(), 0.8, y));
    let tail = Trajectory { rewards: &REWARDS[3..], discounts: &DISCOUNTS[3..], values: &VALUES[3..] };
    let rest = filled::<2>(|y| lambda_returns(tail, 0.8, y));
    assert_eq!(whole[3..], rest);
    // The part before the cut sees the bootstrap value in place of the rest.
    let head = Trajectory { rewards: &REWARDS[..3], discounts: &DISCOUNTS[..3], values: &VALUES[..4] };
    let cut = filled::<3>(|y| lambda_returns(head, 0.8, y));
    assert_near([cut[2]], [REWARDS[2] + 0.9 * VALUES[3]]);
}

#[test]
fn extreme_rewards_and_empty_stretches_are_no_trouble() {
    let large = Trajectory { rewards: &[1e6; 1000], discounts: &[0.75; 1000], values: &[4e6; 1001] };
    let zero = Trajectory { rewards: &[0.0; 1000], discounts: &[0.75; 1000], values: &[0.0; 1001] };
    for lambda in [0.0, 0.95, 1.0] {
        // 4e6 is the fixed point of r + gamma V.
        assert_near(filled::<1000>(|y| lambda_returns(large, lambda, y)), [4e6; 1000]);
        assert_eq!(filled::<1000>(|y| gae(zero, lambda, y)), [0.0; 1000]);
    }
    lambda_returns(Trajectory { rewards: &[], discounts: &[], values: &[5.0] }, 0.9, &mut []);
}

#[test]
#[should_panic(expected = "2 targets need 2 rewards, 2 discounts and 3 values, not [2, 2, 2]")]
fn a_missing_bootstrap_value_is_refused() {
    let short = Trajectory { rewards: &[0.0; 2], discounts: &[0.9; 2], values: &[0.0; 2] };
    one_step(short, &mut [0.0; 2]);
}
