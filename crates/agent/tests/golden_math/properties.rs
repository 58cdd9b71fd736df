//! What must hold of the formulas for any numbers, and where numbers are at their worst.

use crate::vectors::{assert_within, evaluate};
use coadapt_agent::math::{bounds, dual, estep, mstep};
use coadapt_nn::Shape;

/// Scores [n, b, 1], multiples of 1/64 that look random: sums with like numbers are exact.
fn scores(n: usize, b: usize) -> (Shape, Vec<f32>) {
    let values = (0..n * b).map(|i| ((i * 7919 + 104_729) % 509) as f32 / 64.0 - 4.0).collect();
    (Shape::new(n, b, 1), values)
}

fn scalar(value: f32) -> (Shape, Vec<f32>) {
    (Shape::SCALAR, vec![value])
}

fn changed(array: &(Shape, Vec<f32>), change: impl Fn(f32) -> f32) -> (Shape, Vec<f32>) {
    (array.0, array.1.iter().map(|&x| change(x)).collect())
}

struct EStep {
    weights: Vec<f32>,
    dual: f32,
    /// d dual / d eta
    slope: f32,
    kl: f32,
    ess: f32,
}

fn estep_of(scores: &(Shape, Vec<f32>), eta: f32, epsilon: f32) -> EStep {
    let found = evaluate(&[scores.clone(), scalar(eta)], |graph, x| {
        let weights = estep::boltzmann_weights(x[0], x[1]);
        let dual = estep::dual_loss(x[0], x[1], epsilon);
        let gradients = graph.gradients(dual + weights.sum_all(), &[x[1], x[0]]);
        let (kl, ess) = (estep::kl_to_uniform(weights), estep::effective_sample_size(weights));
        vec![weights, dual, gradients[0], kl, ess, gradients[1]]
    });
    assert!(found[5].iter().all(|&g| g == 0.0), "scores are constants");
    let weights = found[0].clone();
    EStep { weights, dual: found[1][0], slope: found[2][0], kl: found[3][0], ess: found[4][0] }
}

#[test]
fn the_duals_slope_is_epsilon_less_the_mean_kl() {
    for eta in [0.01, 0.1, 1.0, 10.0, 1000.0] {
        let found = estep_of(&scores(7, 5), eta, 0.1);
        assert_within("slope", &[found.slope], &[f64::from(0.1 - found.kl)], 1e-6);
        assert!(found.kl > -1e-6 && found.kl < 7f32.ln() + 1e-6);
        assert!(found.ess > 1.0 / 7.0 - 1e-6 && found.ess < 1.0 + 1e-6);
    }
}

#[test]
fn weights_of_a_state_sum_to_one() {
    for eta in [1e-8, 0.1, 1.0, 1e6] {
        let EStep { weights, .. } = estep_of(&scores(20, 6), eta, 0.1);
        for state in 0..6 {
            let sum: f32 = weights.iter().skip(state).step_by(6).sum();
            assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        }
    }
}

#[test]
fn an_offset_moves_the_dual_alone_and_a_scale_moves_nothing() {
    let plain = estep_of(&scores(7, 5), 0.5, 0.1);
    let shifted = estep_of(&changed(&scores(7, 5), |x| x + 1024.0), 0.5, 0.1);
    assert_eq!((&shifted.weights, shifted.slope), (&plain.weights, plain.slope));
    assert!((shifted.dual - plain.dual - 1024.0).abs() < 1e-4);
    for scale in [2f32.powi(40), 2f32.powi(-20)] {
        let scaled = estep_of(&changed(&scores(7, 5), |x| x * scale), 0.5 * scale, 0.1);
        assert_eq!((&scaled.weights, scaled.slope), (&plain.weights, plain.slope));
        assert!((scaled.dual / scale - plain.dual).abs() < 1e-5);
    }
}

#[test]
fn equal_scores_weigh_exactly_alike_and_push_the_temperature_by_epsilon() {
    for (n, q) in [(20, 0.0), (49, 1e6), (3, -0.1), (20, 1e30)] {
        for raw in [-18.0, 0.0, 1.0] {
            let arrays = [(Shape::new(n, 5, 1), vec![q; n * 5]), scalar(raw)];
            let found = evaluate(&arrays, |graph, x| {
                let eta = dual::softplus_dual(x[1]);
                let weights = estep::boltzmann_weights(x[0], eta);
                let slope = graph.gradients(estep::dual_loss(x[0], eta, 0.1), &[x[1]])[0];
                let ess = estep::effective_sample_size(weights);
                vec![weights, slope, 0.1 * x[1].sigmoid(), estep::kl_to_uniform(weights), ess]
            });
            assert_eq!(found[0], vec![1.0 / n as f32; n * 5]);
            assert_eq!(found[1], found[2]);
            assert!(found[3][0].abs() < 1e-6 && (found[4][0] - 1.0).abs() < 1e-6);
        }
    }
}

#[test]
fn a_dual_at_its_floor_stays_finite_and_can_leave_it() {
    // q / eta is up to 1e10, and 1e14 for rewards of a million.
    for scale in [1.0, 30.0, 1e6] {
        let (shape, values) = changed(&scores(5, 3), |x| x * scale);
        let found = evaluate(&[(shape, values), scalar(dual::RAW_FLOOR)], |graph, x| {
            let eta = dual::softplus_dual(x[1]);
            let weights = estep::boltzmann_weights(x[0], eta);
            let loss = estep::dual_loss(x[0], eta, 0.1);
            vec![weights, loss, graph.gradients(loss, &[x[1]])[0], estep::kl_to_uniform(weights)]
        });
        assert!(found.iter().flatten().all(|x| x.is_finite()), "{found:?}");
        // One sample takes all; the slope epsilon - ln N, times softplus' slope, raises the temperature.
        assert!(found[0].iter().all(|&w| w == 0.0 || w == 1.0));
        let slope = (0.1 - 5f64.ln()) / (1.0 + 18f64.exp());
        assert_within("slope", &found[2], &[slope], 1e-6 * slope.abs());
    }
}

#[test]
fn one_sample_and_one_state() {
    let one_sample = estep_of(&(Shape::new(1, 2, 1), vec![3.0, 5.0]), 2.0, 0.25);
    assert_eq!(one_sample.weights, [1.0, 1.0]);
    assert_eq!((one_sample.dual, one_sample.slope, one_sample.kl, one_sample.ess), (4.5, 0.25, 0.0, 1.0));
    let one_state = estep_of(&(Shape::new(2, 1, 1), vec![0.0, 2.0]), 2.0, 0.25);
    let upper = 1.0 / (1.0 + (-1f64).exp());
    assert_within("weights", &one_state.weights, &[1.0 - upper, upper], 1e-6);
    let one_of_each = estep_of(&(Shape::new(1, 1, 1), vec![7.0]), 1.0, 0.5);
    assert_eq!((one_of_each.dual, one_of_each.slope), (7.5, 0.5));
}

#[test]
fn batch_weights_do_not_depend_on_order_offset_or_copies() {
    let weigh = |values: &[f32]| {
        let array = (Shape::new(1, values.len(), 1), values.to_vec());
        evaluate(&[array], |_, x| vec![estep::batch_weights(x[0], 0.5, 20.0)]).remove(0)
    };
    let advantages = scores(1, 64).1;
    let weights = weigh(&advantages);
    let doubled: Vec<f64> = weights.iter().chain(&weights).map(|&w| f64::from(w)).collect();
    assert_within("doubled", &weigh(&[advantages.clone(), advantages.clone()].concat()), &doubled, 2e-5);
    let backwards: Vec<f32> = advantages.iter().rev().copied().collect();
    assert_within(
        "backwards",
        &weigh(&backwards),
        &doubled[..64].iter().rev().copied().collect::<Vec<_>>(),
        2e-5,
    );
    let shifted: Vec<f32> = advantages.iter().map(|a| a - 512.0).collect();
    assert_eq!(weigh(&shifted), weights);
    assert_eq!(weigh(&[1e6; 7]), [1.0; 7]);
    assert_eq!(weigh(&[-3.0]), [1.0]);
    // One far above a hundred others is clipped, whatever the exponentials would be.
    let mut far = vec![0.0; 101];
    far[3] = 1e20;
    assert_eq!(weigh(&far)[3], 20.0);
    assert!(weigh(&far).iter().enumerate().all(|(i, &w)| i == 3 || w == 0.0));
}

#[test]
fn penalty_scores_are_zero_inside_the_box() {
    let actions = vec![0.0, 1.0, -1.0, 0.999, 4.0, 5.0, -1.5, 0.25];
    let found = evaluate(&[(Shape::new(2, 2, 2), actions)], |graph, x| {
        let scores = bounds::penalty_scores(x[0]);
        vec![scores, graph.gradients(scores.sum_all(), &[x[0]])[0]]
    });
    assert_eq!(found[0], [0.0, 0.0, -5.0, -0.5]);
    assert_eq!(found[1], [0.0; 8]);
}

#[test]
fn each_part_of_the_decoupled_likelihood_moves_its_own_parameter() {
    use coadapt_nn::dist::Gaussian;
    let row = |values: [f32; 2]| (Shape::new(1, 1, 2), values.to_vec());
    let arrays = [
        row([0.5, -0.5]),
        row([1.0, 2.0]),
        row([0.0, 0.25]),
        row([0.5, 1.0]),
        (Shape::new(2, 1, 2), vec![1.0, 1.0, -1.0, 0.0]),
        (Shape::new(2, 1, 1), vec![0.75, 0.25]),
    ];
    let found = evaluate(&arrays, |graph, x| {
        let (policy, prior) = (Gaussian { mean: x[0], std: x[1] }, Gaussian { mean: x[2], std: x[3] });
        let fit = mstep::decoupled_nll(x[5], x[4], policy, prior);
        let of = |loss| graph.gradients(loss, x);
        [of(fit.mean), of(fit.std)].concat()
    });
    for (i, gradient) in found.iter().enumerate() {
        let moves = i == 0 || i == 6 + 1;
        assert_eq!(gradient.iter().any(|&g| g != 0.0), moves, "gradient {i} is {gradient:?}");
    }
    // (mu - sum w a) / sigma_bar^2, and (1 - sum w (a - mu_bar)^2 / sigma^2) / sigma.
    assert_eq!(found[0], [0.0, -1.25]);
    assert_eq!(found[7], [0.0, 0.5 - 0.4375 / 8.0]);
}
