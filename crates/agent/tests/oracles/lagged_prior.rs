//! KL control against a copy of the policy that lags behind (App. G): when it is copied, what it costs, where
//! it rests, which way its temperature goes.

use crate::reference::{Case, Change, assert_close, nets, sigmoid, softplus};
use coadapt_agent::Dims;
use coadapt_agent::Metric;

const DIMS: Dims = Dims { obs: 3, action: 2 };
const LAGGED: Change = ("pi_p", "{ update = \"lagged\", period = 5 }");
const NEVER: Change = ("pi_p", "{ update = \"lagged\", period = 1000000 }");
const FIXED: Change = ("pi_q.eta", "{ kind = \"fixed\", value = 0.3 }");
const DUAL: Change = ("pi_q.eta", "{ kind = \"dual\", epsilon = 0.05, initial_raw = 0.0, lr = 1e-2 }");

/// Makes all critics zero everywhere; with rewards of zero they stay so.
fn constant_q(case: &mut Case) {
    for name in ["critic", "target_critic"] {
        for layer in 0..3 {
            for part in ["weight", "bias"] {
                let name = format!("{name}.{layer}.{part}");
                let zeros = vec![0.0; case.state().get(&name).len()];
                case.write(&name, &zeros);
            }
        }
    }
}

fn step_without_reward(case: &mut Case) {
    let (mut batch, noise) = (case.batch(), case.noise());
    batch.iter_mut().for_each(|sample| sample.reward = 0.0);
    case.step(&batch, &noise);
}

#[test]
fn the_prior_is_copied_at_every_period_and_at_no_other_time() {
    for temperature in [FIXED, DUAL] {
        let mut case = Case::new("sac", DIMS, &[LAGGED, temperature]);
        let mut prior = case.state().flat("policy.");
        assert_eq!(case.state().flat("prior_policy."), prior, "it starts as the policy");
        for update in 1..=12 {
            case.random_step();
            let policy = case.state().flat("policy.");
            assert_ne!(policy, prior);
            if update % 5 == 0 {
                prior = policy;
            }
            assert_eq!(case.state().flat("prior_policy."), prior, "after update {update}");
        }
    }
}

#[test]
fn with_a_constant_q_a_policy_at_its_prior_does_not_drift() {
    for bounds in ["none", "tanh"] {
        for [prior, temperature] in [[NEVER, FIXED], [LAGGED, FIXED], [NEVER, DUAL]] {
            // The second is the recipe's own, and an override that changes nothing is refused.
            let changes = [prior, temperature, ("pi.bounds", bounds)];
            let count = if bounds == "none" { 3 } else { 2 };
            let mut case = Case::new("sac", DIMS, &changes[..count]);
            constant_q(&mut case);
            let before = case.state();
            for _ in 0..200 {
                step_without_reward(&mut case);
            }
            // To the bit: neither the policy nor the critics, whose target pays for a KL of zero.
            for prefix in ["policy.", "prior_policy.", "critic.", "target_critic."] {
                assert_eq!(case.state().flat(prefix), before.flat(prefix), "{changes:?}: {prefix}");
            }
            assert_eq!(case.metric(Metric::KlQ), Some(0.0));
            assert_eq!(case.metric(Metric::TargetMean), Some(0.0));
        }
    }
}

#[test]
fn with_a_constant_q_a_policy_apart_comes_back() {
    let mut case = Case::new("sac", DIMS, &[NEVER, FIXED, ("code.policy_lr", "3e-3")]);
    constant_q(&mut case);
    case.shake("policy.", 0.3);
    let batch = case.batch();
    let kl_of = |case: &Case| {
        let state = case.state();
        let each = batch.iter().map(|sample| {
            let obs: Vec<f64> = sample.obs.iter().map(|&x| f64::from(x)).collect();
            let of = |name| nets::policy(&case.method, &state, name, &obs);
            of("policy").kl(&of("prior_policy"))
        });
        crate::reference::mean(each)
    };
    let mut last = kl_of(&case);
    assert!(last > 0.05, "{last}");
    for _ in 0..3 {
        for _ in 0..40 {
            step_without_reward(&mut case);
        }
        let now = kl_of(&case);
        assert!(now < last, "{now} after {last}");
        last = now;
    }
    assert!(last < 0.03, "{last}");
}

#[test]
fn the_soft_target_pays_eta_times_the_kl() {
    let mut case = Case::new("sac", DIMS, &[NEVER, FIXED, ("estimate.discount", "0.5")]);
    constant_q(&mut case);
    case.shake("prior_policy.", 0.3);
    let (mut batch, noise, before) = (case.batch(), case.noise(), case.state());
    batch.iter_mut().for_each(|sample| (sample.reward, sample.terminated) = (0.0, false));
    let kl = crate::reference::mean(batch.iter().map(|sample| {
        let next: Vec<f64> = sample.next_obs.iter().map(|&x| f64::from(x)).collect();
        let of = |name| nets::policy(&case.method, &before, name, &next);
        of("policy").kl(&of("prior_policy"))
    }));
    case.step(&batch, &noise);
    assert!(kl > 0.01, "{kl}");
    assert_close("target", &[case.metric(Metric::TargetMean).unwrap()], &[-0.5 * 0.3 * kl], 1e-5);
    // The noise has no say: the KL is of the Gaussians, in closed form.
    let mut other = Case::new("sac", DIMS, &[NEVER, FIXED, ("estimate.discount", "0.5")]);
    constant_q(&mut other);
    other.shake("prior_policy.", 0.3);
    let quiet: Vec<Vec<f32>> = noise.iter().map(|values| vec![0.0; values.len()]).collect();
    other.step(&batch, &quiet);
    assert_eq!(other.metric(Metric::TargetMean), case.metric(Metric::TargetMean));
}

#[test]
fn the_temperature_rises_where_the_kl_is_above_its_bound_and_falls_below() {
    for (shake, sign) in [(0.5, 1.0), (0.0, -1.0)] {
        let mut case = Case::new("sac", DIMS, &[NEVER, DUAL]);
        constant_q(&mut case);
        case.shake("prior_policy.", shake);
        step_without_reward(&mut case);
        let kl = case.metric(Metric::KlQ).unwrap();
        assert_eq!(kl > 0.05, sign > 0.0, "{kl}");
        let slope = 10.0 * case.state().get("adam_temperature.first_moment")[0];
        assert_close("slope", &[slope], &[(0.05 - kl) * sigmoid(0.0)], 1e-5);
        let raw = case.state().get("temperature")[0];
        assert!((raw - sign * 1e-2).abs() < 1e-5, "{raw}");
        assert_close("eta", &[case.metric(Metric::Eta).unwrap()], &[softplus(0.0) + 1e-8], 1e-6);
        assert_close("relative", &[case.metric(Metric::KlQRelative).unwrap()], &[kl / 0.05], 1e-5);
    }
}

#[test]
fn a_prior_of_the_same_policy_leaves_the_plain_gradient_of_q() {
    // At the copy itself the KL has no slope: the first step is that of eta = 0, whatever eta is.
    let gradient = |changes: &[Change]| {
        let mut case = Case::new("sac", DIMS, changes);
        case.random_step();
        case.state().flat("policy_adam.first_moment")
    };
    let plain = gradient(&[("pi_q.eta", "zero")]);
    assert_close("policy gradient", &gradient(&[NEVER, FIXED]), &plain, 1e-6);
}
