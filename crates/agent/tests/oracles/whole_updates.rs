//! Whole updates, three in a row, against the formulas in f64 with gradients by finite differences: every row
//! and what of its variants no recorded vector covers.

use crate::reference::steps::assert_update;
use crate::reference::{Case, Change};
use coadapt_agent::Dims;
use coadapt_agent::Metric;

const DIMS: Dims = Dims { obs: 3, action: 2 };
const TANH: Change = ("pi.bounds", "{ kind = \"tanh\", inset = 1e-6 }");
const NO_TANH: Change = ("pi.bounds", "none");
const TWIN: Change = ("estimate.critics", "twin");
const SINGLE: Change = ("estimate.critics", "single");
const MIX: Change = ("estimate.critics", "{ kind = \"mix\", lambda = 0.75 }");
const SOFT: Change = ("g", "{ kind = \"soft_q\", bonus = { kind = \"fixed\", value = 0.3 } }");
const FIXED_ETA: Change = ("pi_q.eta", "{ kind = \"fixed\", value = 0.4 }");
const LAGGED: Change = ("pi_p", "{ update = \"lagged\", period = 2 }");
const KL_DUAL: Change = ("pi_q.eta", "{ kind = \"dual\", epsilon = 0.01, initial_raw = -1.0, lr = 1e-2 }");
const MEAN_L2: Change = ("pi.penalty", "{ kind = \"mean_l2\", coefficient = 10 }");
const SAMPLES: Change =
    ("pi.penalty", "{ kind = \"samples\", samples = 20, epsilon = 1e-3, initial_raw = 0.5, lr = 1e-2 }");
const UNIFORM_MIX: Change = ("pi_p.actions", "{ kind = \"uniform_mix\", samples = 4, alpha = 0.5 }");
const MIXTURE_UNIFORM: Change = ("pi_p.actions", "{ kind = \"mixture_uniform\", alpha = 0.5 }");
const FOUR: Change = ("pi_p.actions.samples", "4");
const PLAIN: [Change; 2] = [("code.layer_norm", "false"), ("code.activation", "tanh")];
const LINEAR: Change = ("pi.head.mean", "linear");
const ONLINE: Change = ("estimate.next", "online");
const NEXT_OF_TARGET: Change = ("estimate.next", "target");
const SMOOTHED: Change = ("estimate.next", "smoothed");
const FIRST: Change = ("estimate.score", "first");
const DELAY: Change = ("code.policy_delay", "2");
const EPS: Change = ("code.adam_eps", "1e-2");
const PERIOD: Change = ("code.targets.period", "2");

/// Three updates of `algo` with each list of changes; targets and priors differ from what they are copies of.
fn assert_updates(algo: &str, variants: &[&[Change]], prepare: impl Fn(&mut Case)) {
    for changes in variants {
        let mut case = Case::new(algo, DIMS, changes);
        for copy in ["target_critic.", "target_policy.", "prior_policy."] {
            case.shake(copy, 0.1);
        }
        prepare(&mut case);
        for number in 0..3 {
            assert_update(&mut case, &format!("{algo} {changes:?}, update {number}"));
        }
    }
}

#[test]
fn kl_control() {
    let variants: [&[Change]; 10] = [
        &[],
        &[SINGLE],
        &[EPS],
        &[MIX, FIXED_ETA],
        &[("pi_q.eta", "zero")],
        &[("g", "q")],
        &[SOFT],
        &[NO_TANH],
        &[("code.layer_norm", "true"), ("code.activation", "elu"), ("code.targets.tau", "0.3")],
        &[("code.weight_decay", "0.1"), ("estimate.discount", "0.5")],
    ];
    assert_updates("sac", &variants, |_| {});
}

#[test]
fn kl_control_against_a_lagged_prior() {
    // The soft target pays for the KL at the next states; with the plain Q it does not.
    let variants: [&[Change]; 6] = [
        &[LAGGED, FIXED_ETA],
        &[LAGGED, KL_DUAL],
        &[LAGGED, KL_DUAL, ("g", "q")],
        &[LAGGED, FIXED_ETA, NO_TANH],
        &[LAGGED, FIXED_ETA, SOFT],
        &[LAGGED, KL_DUAL, NO_TANH, SAMPLES],
    ];
    assert_updates("sac", &variants, |_| {});
}

#[test]
fn kl_control_with_next_actions_of_a_target_policy() {
    let variants: [&[Change]; 5] = [
        &[NEXT_OF_TARGET],
        &[NEXT_OF_TARGET, ("g", "q"), NO_TANH],
        &[NEXT_OF_TARGET, LAGGED, FIXED_ETA],
        &[SMOOTHED, ("g", "q")],
        &[SMOOTHED, ("g", "q"), FIRST, ("code.targets", "{ kind = \"hard\", period = 2 }")],
    ];
    assert_updates("sac", &variants, |_| {});
}

#[test]
fn kl_control_with_a_policy_that_is_delayed() {
    let variants: [&[Change]; 5] = [
        &[DELAY],
        &[DELAY, NO_TANH, SAMPLES],
        &[DELAY, LAGGED, KL_DUAL],
        &[DELAY, SMOOTHED, ("g", "q")],
        &[("code.policy_delay", "3"), ("code.targets", "{ kind = \"hard\", period = 1 }")],
    ];
    assert_updates("sac", &variants, |_| {});
}

#[test]
fn kl_control_without_noise() {
    let variants: [&[Change]; 6] = [
        &[],
        &[TWIN],
        &[MIX, FIRST, ("code.targets.tau", "0.3")],
        &[ONLINE],
        &[("code.weight_decay", "0.1"), ("code.layer_norm", "true")],
        &[LINEAR, MEAN_L2],
    ];
    assert_updates("ddpg", &variants, |case| case.write("policy.2.bias", &[1.6, -0.7]));
    let variants: [&[Change]; 6] = [
        &[],
        &[("estimate.smoothing", "{ std = 1.5, clip = 0.7 }"), ("code.policy_delay", "1")],
        &[SINGLE, NEXT_OF_TARGET],
        &[("estimate.score", "combined")],
        &[("code.policy_delay", "3")],
        &[("code.targets", "{ kind = \"hard\", period = 1 }")],
    ];
    assert_updates("td3", &variants, |case| case.write("policy.2.bias", &[1.6, -0.7]));
}

#[test]
fn kl_control_with_actions_that_cost_outside_the_box() {
    // A policy whose mean is well outside in one direction and whose samples are on either side of the edge.
    let variants: [&[Change]; 4] =
        [&[NO_TANH, SAMPLES], &[NO_TANH, SAMPLES, FIXED_ETA], &[NO_TANH, MEAN_L2], &[MEAN_L2]];
    assert_updates("sac", &variants, |case| case.write("policy.2.bias", &[1.6, -0.7, -1.0, -0.5]));
}

#[test]
fn em_control_on_samples() {
    let variants: [&[Change]; 15] = [
        &[FOUR, PERIOD],
        &[FOUR, EPS],
        &[FOUR, ONLINE],
        &[FOUR, ONLINE, SOFT, TWIN],
        &[UNIFORM_MIX, ONLINE, TANH],
        &[FOUR, TWIN],
        &[FOUR, MIX, PLAIN[0], PLAIN[1]],
        &[FOUR, SOFT],
        &[FOUR, SOFT, TWIN, TANH],
        &[UNIFORM_MIX, PERIOD],
        &[UNIFORM_MIX, TWIN, SOFT],
        &[FOUR, ("pi_q.eta", "{ kind = \"fixed\", value = 0.2 }")],
        &[FOUR, ("pi_p.trust_region", "off")],
        &[FOUR, MEAN_L2],
        &[FOUR, ("pi.penalty", "off"), ("code.targets", "{ kind = \"soft\", tau = 0.3 }")],
    ];
    assert_updates("mpo", &variants, |case| {
        for name in ["policy.2.bias", "target_policy.2.bias"] {
            case.write(name, &[1.2, -0.4, 0.3, -0.2]);
        }
    });
}

#[test]
fn squashed_samples_cost_nothing_and_their_equal_weights_are_added() {
    // The f64 computation adds softmax of costs that are all zero, 1 / N each, to weights that sum to one.
    assert_updates("mpo", &[&[FOUR, TANH], &[UNIFORM_MIX, TANH]], |_| {});
    let mut case = Case::new("mpo", DIMS, &[FOUR, TANH]);
    let (batch, noise) = (case.batch(), case.noise());
    case.step(&batch, &noise);
    let with = case.state().flat("policy_adam.first_moment");
    let mut without = Case::new("mpo", DIMS, &[FOUR, TANH, ("pi.penalty", "off")]);
    without.step(&batch, &noise);
    assert_ne!(with, without.state().flat("policy_adam.first_moment"));
}

#[test]
fn em_control_on_the_replay() {
    let variants: [&[Change]; 8] = [
        &[],
        &[SINGLE, ("code.weight_decay", "0")],
        &[MIX, ("pi_q.eta.value", "0.3"), ("code.weight_decay", "0.1")],
        &[SOFT],
        &[MIXTURE_UNIFORM],
        &[LINEAR, TANH],
        &[LINEAR, MEAN_L2],
        &[MIXTURE_UNIFORM, SOFT, LINEAR, TANH],
    ];
    assert_updates("awac", &variants, |case| case.write("policy.2.bias", &[1.3, -0.4]));
}

#[test]
fn the_largest_weight_of_a_batch_is_twenty() {
    // Thirty-two transitions at a temperature at which one takes nearly all.
    let changes = [("collect.batch", "32"), ("pi_q.eta.value", "1e-3")];
    assert_updates("awac", &[&changes], |_| {});
    let mut case = Case::new("awac", DIMS, &changes);
    case.random_step();
    assert_eq!(case.metric(Metric::ClippedFraction), Some(1.0 / 32.0));
}

#[test]
fn gradients_are_scaled_down_to_a_norm_of_forty() {
    let mut case = Case::new("mpo", DIMS, &[FOUR]);
    let mut batch = case.batch();
    batch.iter_mut().for_each(|sample| sample.reward *= 1e4);
    let noise = case.noise();
    case.step(&batch, &noise);
    let norm = |moments: Vec<f64>| 10.0 * moments.iter().map(|m| m * m).sum::<f64>().sqrt();
    let found = norm(case.state().flat("critic_adam.first_moment"));
    assert!((found - 40.0).abs() < 1e-3, "{found}");
    // The policy's own gradient, which is smaller, is left alone: each network is clipped by itself.
    let policy = norm(case.state().flat("policy_adam.first_moment"));
    assert!(policy < 39.0, "{policy}");
    // Against the formulas, with a policy whose gradient is large too.
    assert_updates("mpo", &[&[FOUR, ("code.gradient_clip.max", "0.02")]], |_| {});
}

/// As in the released code, where each critic is a network with a norm of its own.
#[test]
fn each_of_two_critics_is_clipped_by_its_own_norm() {
    let clip = ("code.gradient_clip", "{ kind = \"norm\", max = 0.1 }");
    let lopsided = |case: &mut Case| case.write("critic.2.bias", &[5.0, 0.0]);
    let mut case = Case::new("sac", DIMS, &[clip]);
    lopsided(&mut case);
    let networks = case.state().networks_of("critic.");
    case.random_step();
    let moments = case.state().flat("critic_adam.first_moment");
    let norm = |network: usize| {
        let own = moments.iter().zip(&networks).filter(|(_, of)| **of == network);
        10.0 * own.map(|(m, _)| m * m).sum::<f64>().sqrt()
    };
    assert!((norm(0) - 0.1).abs() < 1e-6 && (norm(1) - 0.1).abs() < 1e-6, "{} {}", norm(0), norm(1));
    assert_updates("sac", &[&[clip]], lopsided);
    assert_updates("mpo", &[&[FOUR, TWIN, ("code.gradient_clip.max", "0.02")]], |_| {});
    assert_updates("awac", &[&[clip]], lopsided);
}

#[test]
fn a_dual_below_its_floor_is_brought_back() {
    let raw = ["temperature", "penalty_temperature", "multiplier_mean", "multiplier_std"];
    assert_updates("mpo", &[&[FOUR, PERIOD]], |case| {
        raw.iter().for_each(|name| case.write(name, &[-18.0]));
    });
    assert_updates("sac", &[&[LAGGED, KL_DUAL]], |case| case.write("temperature", &[-18.0]));
}
