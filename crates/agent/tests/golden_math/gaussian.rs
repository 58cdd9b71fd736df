//! KL divergences against tfp, and weighted maximum likelihood against its closed form.

use crate::vectors::{array, assert_close, assert_within, cases, evaluate, numbers};
use coadapt_agent::math::{gaussian_kl, mstep};
use coadapt_nn::dist::Gaussian;
use coadapt_nn::{Axis, Shape};

#[test]
fn kl_divergences_agree_with_tfp() {
    for case in cases(include_str!("../data/gaussian_kl.json")) {
        let arrays = ["m0", "s0", "m1", "s1"].map(|k| array([1, 4, 3], &case[k]));
        let found = evaluate(&arrays, |_, x| {
            let (prior, policy) = (Gaussian { mean: x[0], std: x[1] }, Gaussian { mean: x[2], std: x[3] });
            let (mean, std) = prior.kl_decoupled(policy);
            let batch = gaussian_kl::decoupled(prior, policy);
            let whole = gaussian_kl::whole(prior, policy);
            vec![
                mean,
                std,
                mean.sum(Axis::Col),
                std.sum(Axis::Col),
                prior.kl(policy),
                batch.mean,
                batch.std,
                whole,
            ]
        });
        let keys = ["kl_mean_per_dim", "kl_std_per_dim", "kl_mean", "kl_std", "kl_full"];
        for (found, key) in found.iter().zip(keys) {
            assert_close(key, found, &numbers(&case[key]), 1e-5);
        }
        let over_states = |key: &str, dims: usize| -> Vec<f64> {
            let all = numbers(&case[key]);
            (0..dims).map(|d| all.iter().skip(d).step_by(dims).sum::<f64>() / 4.0).collect()
        };
        assert_close("mean over states", &found[5], &over_states("kl_mean_per_dim", 3), 1e-5);
        assert_close("mean over states", &found[6], &over_states("kl_std_per_dim", 3), 1e-5);
        assert_close("mean over states", &found[7], &over_states("kl_full", 1), 1e-5);
    }
}

#[test]
fn a_policy_equal_to_its_prior_costs_nothing_and_pulls_nowhere() {
    let row = Shape::new(1, 2, 2);
    let arrays = [(row, vec![0.3, -2.0, 1.5, 0.0]), (row, vec![0.3, 1e-6, 7.0, 1.0])];
    let found = evaluate(&arrays, |graph, x| {
        let gaussian = Gaussian { mean: x[0], std: x[1] };
        let kl = gaussian_kl::decoupled(gaussian, gaussian);
        let loss = (kl.mean + kl.std).sum_all() + gaussian_kl::whole(gaussian, gaussian);
        let gradients = graph.gradients(loss, x);
        vec![loss, gradients[0], gradients[1]]
    });
    assert_eq!(found[0], [0.0]);
    assert_eq!(found[1], [0.0; 4]);
    assert_eq!(found[2], [0.0; 4]);
}

#[test]
fn the_weighted_likelihood_is_stationary_at_its_closed_form_maximum() {
    for case in cases(include_str!("../data/weighted_ml_gaussian.json")) {
        let (rows, dims) = (30, 2);
        let arrays = [
            array([1, rows, 4], &case["features"]),
            array([1, rows, dims], &case["actions"]),
            array([1, rows, 1], &case["weights"]),
            array([1, 4, dims], &case["theta"]),
            array([1, 1, dims], &case["var"]),
        ];
        let gradients = |shift: f32| {
            let mut arrays = arrays.clone();
            arrays[3..].iter_mut().flat_map(|(_, values)| values).for_each(|x| *x += shift);
            evaluate(&arrays, |graph, x| {
                let policy = Gaussian { mean: x[0].matmul(x[3]), std: x[4].sqrt() };
                let loss = mstep::weighted_nll(x[2], policy.log_prob(x[1]));
                graph.gradients(loss, &[x[3], x[4]])
            })
        };
        let at_maximum = gradients(0.0);
        assert_within("theta", &at_maximum[0], &[0.0; 8], 1e-6);
        assert_within("variance", &at_maximum[1], &[0.0; 2], 1e-6);
        // Not because there is no gradient at all.
        let nearby = gradients(0.1);
        assert!(nearby.iter().flatten().any(|g| g.abs() > 1e-2), "{nearby:?}");
    }
}
