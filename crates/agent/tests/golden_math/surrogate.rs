//! The losses of PPO against PFRL and rlax: the clipped ratio, the critic's regression with and without its clip, the sum.

use crate::vectors::{array, assert_close, cases, evaluate, narrow, number, numbers};
use coadapt_agent::math::surrogate;
use coadapt_agent::plan::regression_loss;
use coadapt_nn::Shape;
use serde_json::Value;

const TOLERANCE: f64 = 1e-5;

/// A column of as many rows as `value` has numbers.
fn column(value: &Value) -> (Shape, Vec<f32>) {
    array([1, numbers(value).len(), 1], value)
}

#[test]
fn a_clipped_ratio_and_its_slope_agree_with_rlax() {
    for case in cases(include_str!("../data/rlax_ppo_clip.json")) {
        let epsilon = number(&case["eps"]) as f32;
        let found = evaluate(&[column(&case["ratio"]), column(&case["adv"])], |graph, x| {
            let loss = -surrogate::clipped(x[0], x[1], epsilon);
            vec![loss, graph.gradients(loss, &[x[0]])[0]]
        });
        assert_close("loss", &found[0], &[number(&case["loss"])], TOLERANCE);
        assert_close("slope", &found[1], &numbers(&case["grad_ratio"]), TOLERANCE);
        // What is beyond the clip where it pays is among them, and is exactly without a slope.
        assert!(found[1].contains(&0.0), "{:?}", found[1]);
    }
}

#[test]
fn a_ratio_that_is_not_clipped_is_what_a_clip_of_everything_leaves() {
    for case in cases(include_str!("../data/rlax_ppo_clip.json")) {
        let found = evaluate(&[column(&case["ratio"]), column(&case["adv"])], |_, x| {
            vec![surrogate::plain(x[0], x[1]), surrogate::clipped(x[0], x[1], 1e9)]
        });
        let pairs = narrow(&case["ratio"]).into_iter().zip(narrow(&case["adv"]));
        let each: Vec<f64> = pairs.map(|(ratio, a)| f64::from(ratio) * f64::from(a)).collect();
        let expected = [each.iter().sum::<f64>() / each.len() as f64];
        assert_close("plain", &found[0], &expected, TOLERANCE);
        assert_close("hardly clipped", &found[1], &expected, TOLERANCE);
    }
}

/// PFRL's critic has the mean squared error times a coefficient, ours half of that error.
#[test]
fn the_losses_of_a_minibatch_and_their_slopes_agree_with_pfrl() {
    let mut clips = Vec::new();
    for case in cases(include_str!("../data/pfrl_ppo_loss.json")) {
        let names = ["log_prob", "log_prob_old", "adv", "v", "v_old", "v_target", "entropy"];
        let arrays = names.map(|name| column(&case[name]));
        let (epsilon, of_value) = (number(&case["clip"]) as f32, case["clip_vf"].as_f64());
        let [half, bonus] = [number(&case["vf_coef"]) * 2.0, number(&case["ent_coef"])].map(|x| x as f32);
        let found = evaluate(&arrays, |graph, x| {
            let ratio = surrogate::ratio(x[0], x[1]);
            let policy_loss = -surrogate::clipped(ratio, x[2], epsilon);
            let value_loss = match of_value {
                Some(clip) => surrogate::clipped_regression(x[3], (x[4], x[5]), clip as f32),
                None => regression_loss(x[3], x[5]),
            };
            let loss = policy_loss + half * value_loss - bonus * x[6].mean_all();
            let slopes = graph.gradients(loss, &[x[0], x[1], x[3], x[4], x[5]]);
            vec![policy_loss, 2.0 * value_loss, loss, slopes[0], slopes[2], slopes[1] + slopes[3] + slopes[4]]
        });
        let expected = |name: &str| numbers(&case[name]);
        for (place, name) in
            ["policy_loss", "value_loss", "loss", "grad_log_prob", "grad_v"].into_iter().enumerate()
        {
            assert_close(name, &found[place], &expected(name), TOLERANCE);
        }
        // Of the policy that acted, the old values and the returns none is moved.
        assert!(found[5].iter().all(|slope| *slope == 0.0), "{:?}", found[5]);
        clips.push(of_value.is_some());
    }
    assert_eq!(clips, [false, true], "one case of each kind of regression");
}
