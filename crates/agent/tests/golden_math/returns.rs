//! Targets along an episode against rlax and stable-baselines3.

use crate::slices::{OffPolicyTrajectory, retrace};
use crate::vectors::{assert_close, cases, narrow, number, numbers};
use coadapt_agent::math::returns::{Trajectory, gae, lambda_returns, monte_carlo, n_step, one_step};
use serde_json::Value;

const TOLERANCE: f64 = 1e-5;

fn filled(steps: usize, fill: impl FnOnce(&mut [f32])) -> Vec<f32> {
    let mut targets = vec![f32::NAN; steps];
    fill(&mut targets);
    targets
}

#[test]
fn lambda_returns_and_gae_agree_with_rlax() {
    for case in cases(include_str!("../data/rlax_lambda_returns_gae.json")) {
        let what = format!("{} at lambda {}", case["case"], case["lam"]);
        let lambda = number(&case["lam"]);
        let [rewards, discounts, values] = ["reward", "discount", "values"].map(|k| narrow(&case[k]));
        let stretch = Trajectory { rewards: &rewards, discounts: &discounts, values: &values };
        let steps = rewards.len();
        let expected = numbers(&case["lambda_return"]);
        assert_close(&what, &filled(steps, |y| lambda_returns(stretch, lambda, y)), &expected, TOLERANCE);
        let advantages = filled(steps, |y| gae(stretch, lambda, y));
        assert_close(&what, &advantages, &numbers(&case["gae"]), TOLERANCE);
        assert_close(&what, &advantages, &numbers(&case["td_lambda_error"]), TOLERANCE);
        if lambda == 0.0 {
            assert_close(&what, &filled(steps, |y| one_step(stretch, y)), &expected, TOLERANCE);
        }
        if lambda == 1.0 {
            let last = values[steps];
            let found = filled(steps, |y| monte_carlo(&rewards, &discounts, last, y));
            assert_close(&what, &found, &expected, TOLERANCE);
        }
    }
}

#[test]
fn n_step_agrees_with_rlax() {
    for case in cases(include_str!("../data/rlax_n_step.json")) {
        let n = number(&case["n"]) as usize;
        let [rewards, discounts, next] = ["reward", "discount", "v_next"].map(|k| narrow(&case[k]));
        // No target reads the value of the first state.
        let values = [vec![f32::NAN], next].concat();
        let stretch = Trajectory { rewards: &rewards, discounts: &discounts, values: &values };
        let found = filled(rewards.len(), |y| n_step(stretch, n, y));
        assert_close(&format!("{n} steps"), &found, &numbers(&case["n_step"]), TOLERANCE);
    }
}

/// Column `env` of a table [T, n_envs].
fn column(table: &Value, env: usize) -> Vec<f32> {
    table.as_array().unwrap().iter().map(|row| number(&row[env]) as f32).collect()
}

#[test]
fn gae_agrees_with_stable_baselines3() {
    for case in cases(include_str!("../data/sb3_gae.json")) {
        let (lambda, gamma) = (number(&case["gae_lambda"]), number(&case["gamma"]) as f32);
        for env in 0..2 {
            let [rewards, mut values, starts] =
                ["reward", "value", "episode_start"].map(|k| column(&case[k], env));
            values.push(number(&case["last_value"][env]) as f32);
            // There, an episode that starts at t + 1 terminated at t.
            let last_done = number(&case["last_done"][env]) as f32;
            let ended = starts[1..].iter().copied().chain([last_done]);
            let discounts: Vec<f32> = ended.map(|ended| gamma * (1.0 - ended)).collect();
            let stretch = Trajectory { rewards: &rewards, discounts: &discounts, values: &values };
            let expected = |key: &str| column(&case[key], env).into_iter().map(f64::from).collect::<Vec<_>>();
            let what = format!("lambda {lambda}, environment {env}");
            let found = filled(rewards.len(), |y| gae(stretch, lambda, y));
            assert_close(&what, &found, &expected("advantage"), TOLERANCE);
            let found = filled(rewards.len(), |y| lambda_returns(stretch, lambda, y));
            assert_close(&what, &found, &expected("returns"), TOLERANCE);
        }
    }
}

/// V(s_{t+1}), Q(s_{t+1}, a_{t+1}) but for the last, and ln rho of the same actions, of a discrete case.
fn discrete(case: &Value) -> [Vec<f32>; 3] {
    let rows = |key: &str| case[key].as_array().unwrap().iter().map(numbers).collect::<Vec<_>>();
    let (q, pi, mu, eps) = (rows("q_t"), rows("pi_t"), numbers(&case["mu_t"]), number(&case["eps_mu"]));
    let actions: Vec<usize> = numbers(&case["a_t"]).iter().map(|&a| a as usize).collect();
    let value = |i: usize| q[i].iter().zip(&pi[i]).map(|(q, pi)| q * pi).sum::<f64>() as f32;
    let between = 0..q.len() - 1;
    [
        (0..q.len()).map(value).collect(),
        between.clone().map(|i| q[i][actions[i]] as f32).collect(),
        between.map(|i| (pi[i][actions[i]] / (mu[i] + eps)).ln() as f32).collect(),
    ]
}

#[test]
fn retrace_agrees_with_rlax() {
    let mut kinds = Vec::new();
    for case in cases(include_str!("../data/rlax_retrace.json")) {
        let [rewards, discounts] = ["reward", "discount"].map(|k| narrow(&case[k]));
        let [next_values, next_q, next_log_rhos] = match case["kind"].as_str().unwrap() {
            "continuous" => ["v_t", "q_t", "log_rho_t"].map(|k| narrow(&case[k])),
            _ => discrete(&case),
        };
        let stretch = OffPolicyTrajectory {
            rewards: &rewards,
            discounts: &discounts,
            next_values: &next_values,
            next_q: &next_q,
            next_log_rhos: &next_log_rhos,
        };
        let found = filled(rewards.len(), |y| retrace(stretch, number(&case["lam"]), y));
        let what = format!("{} at lambda {}", case["kind"], case["lam"]);
        assert_close(&what, &found, &numbers(&case["target"]), TOLERANCE);
        kinds.push(case["kind"].as_str().unwrap().to_owned());
    }
    assert!(kinds.contains(&"continuous".to_owned()) && kinds.contains(&"discrete".to_owned()));
}
