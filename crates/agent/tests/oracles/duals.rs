//! Dual variables in a whole update: at their floor, with the penalty of samples, in the released code's trap.

use crate::reference::{Case, Change, assert_close, sigmoid};
use coadapt_agent::Dims;
use coadapt_agent::Metric;

const DIMS: Dims = Dims { obs: 3, action: 2 };
const RAW: [&str; 4] = ["temperature", "penalty_temperature", "multiplier_mean", "multiplier_std"];

fn numbers(case: &Case, name: &str) -> Vec<f64> {
    case.state().get(name).to_vec()
}

#[test]
fn duals_that_are_pushed_down_rest_on_their_floor() {
    // Equal scores, nothing outside the box, and a policy that is its own prior: all four slopes are positive.
    let mut case = Case::new("mpo", DIMS, &[("pi_p.actions.samples", "4")]);
    for name in RAW {
        let below = vec![-18.5; numbers(&case, name).len()];
        case.write(name, &below);
    }
    let batch = case.batch();
    let quiet = vec![vec![0.0; 4 * 6 * 2]];
    case.step(&batch, &quiet);
    for name in RAW {
        assert!(numbers(&case, name).iter().all(|&x| x == -18.0), "{name}: {:?}", numbers(&case, name));
        let slope = case.state().get(&format!("adam_{name}.first_moment"))[0];
        assert!(slope > 0.0, "{name}: it was pushed by {slope}");
    }
    // From above too: one more step would take it to -18.003.
    case.write("temperature", &[-17.999]);
    case.step(&batch, &quiet);
    assert_eq!(numbers(&case, "temperature"), [-18.0]);
    case.assert_finite("at the floor");
}

#[test]
fn a_dual_at_its_floor_moves_again_when_it_should() {
    // A clamp inside the formula would have no derivative there, and the dual would stay for ever.
    let mut case = Case::new("mpo", DIMS, &[("pi_p.actions.samples", "4"), ("code.targets.period", "1000")]);
    for name in RAW {
        let floor = vec![-18.0; numbers(&case, name).len()];
        case.write(name, &floor);
    }
    // Samples whose scores differ, some of them outside, and a policy far from its prior.
    case.write("target_policy.2.bias", &[1.0, -1.0, 1.0, 1.0]);
    case.write("policy.2.bias", &[0.0, 0.0, -1.0, -1.0]);
    for _ in 0..20 {
        case.random_step();
    }
    for name in RAW {
        assert!(numbers(&case, name).iter().all(|&x| x > -17.95), "{name}: {:?}", numbers(&case, name));
    }
    // The same with the temperature of a lagged prior.
    let changes: [Change; 2] = [
        ("pi_p", "{ update = \"lagged\", period = 1000 }"),
        ("pi_q.eta", "{ kind = \"dual\", epsilon = 1e-3, initial_raw = -18.0, lr = 1e-2 }"),
    ];
    let mut case = Case::new("sac", DIMS, &changes);
    case.shake("prior_policy.", 0.5);
    for _ in 0..20 {
        case.random_step();
    }
    assert!(numbers(&case, "temperature")[0] > -17.95, "{:?}", numbers(&case, "temperature"));
}

#[test]
fn an_entropy_temperature_has_no_floor() {
    // eta = e^x is positive for every x.
    let mut case = Case::new("sac", DIMS, &[]);
    case.write("temperature", &[-30.0]);
    case.random_step();
    assert!((numbers(&case, "temperature")[0] + 30.0).abs() < 1e-3);
    assert!((case.metric(Metric::Eta).unwrap() / (-30f64).exp() - 1.0).abs() < 1e-5);
}

#[test]
fn one_sample_of_the_penalty_can_only_lower_its_temperature() {
    // With N = 1 the weight is 1 whatever the cost, and the slope is epsilon: the reason for the twenty samples.
    let slope = |samples: &str| {
        let text = format!(
            "{{ kind = \"samples\", samples = {samples}, epsilon = 1e-3, initial_raw = 0.5, lr = 1e-2 }}"
        );
        let mut case = Case::new("sac", DIMS, &[("pi.bounds", "none")]);
        case.method.set("pi.penalty", &text).unwrap();
        case.learner = crate::plans::learner(&case.method, DIMS, 7);
        case.write("policy.2.bias", &[1.5, -2.0, 0.0, 0.0]);
        case.random_step();
        10.0 * case.state().get("adam_penalty_temperature.first_moment")[0]
    };
    assert_close("one", &[slope("1")], &[1e-3 * sigmoid(0.5)], 1e-4);
    assert!(slope("20") < -1e-2, "{}", slope("20"));
}

#[test]
fn the_penalty_weighs_eta_over_its_own_temperature() {
    // A critic that is zero everywhere and noise of zero leave the penalty alone to move the mean: by the unit
    // vector from the box to the action, times eta over the penalty's temperature.
    let changes: [Change; 3] = [
        ("pi.bounds", "none"),
        ("pi_q.eta", "{ kind = \"fixed\", value = 0.4 }"),
        ("pi.penalty", "{ kind = \"samples\", samples = 20, epsilon = 1e-3, initial_raw = 0.5, lr = 1e-2 }"),
    ];
    let mut case = Case::new("sac", DIMS, &changes);
    for name in ["critic.2.weight", "critic.2.bias"] {
        let zeros = vec![0.0; numbers(&case, name).len()];
        case.write(name, &zeros);
    }
    case.write("policy.2.weight", &[0.0; 4 * 4]);
    case.write("policy.2.bias", &[4.0, -5.0, -1.0, -1.0]);
    let mut batch = case.batch();
    // Nothing for the critics to learn, so that the policy climbs a critic of zero after their step too.
    batch.iter_mut().for_each(|sample| (sample.reward, sample.terminated) = (0.0, true));
    let quiet: Vec<Vec<f32>> = case.noise().into_iter().map(|values| vec![0.0; values.len()]).collect();
    case.step(&batch, &quiet);
    let moments = case.state().flat("policy_adam.first_moment");
    let bias: Vec<f64> = moments[moments.len() - 4..].iter().map(|m| 10.0 * m).collect();
    let weight = 0.4 / (crate::reference::softplus(0.5) + 1e-8);
    // The distance is (3, -4), of length 5; the entropy term raises both log deviations at eta a number.
    assert_close("bias", &bias, &[0.6 * weight, -0.8 * weight, -0.4, -0.4], 1e-5);
}
