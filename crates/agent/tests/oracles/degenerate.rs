//! Input at its worst, for every row that learns from batches: what comes out is finite, and where it is known,
//! it is that.

use crate::reference::{Case, Change, Sample, assert_close, sigmoid, softplus};
use coadapt_agent::Dims;
use coadapt_agent::Metric;

const DIMS: Dims = Dims { obs: 3, action: 2 };
const ONE: Dims = Dims { obs: 1, action: 1 };
const LAGGED: Change = ("pi_p", "{ update = \"lagged\", period = 3 }");
const KL_DUAL: Change = ("pi_q.eta", "{ kind = \"dual\", epsilon = 0.01, initial_raw = 0.5, lr = 1e-2 }");
const NO_TANH: Change = ("pi.bounds", "none");
const SAMPLES: Change =
    ("pi.penalty", "{ kind = \"samples\", samples = 20, epsilon = 1e-3, initial_raw = 0.5, lr = 1e-2 }");
const SOFT: Change = ("g", "{ kind = \"soft_q\", bonus = { kind = \"fixed\", value = 0.01 } }");
const TANH: Change = ("pi.bounds", "{ kind = \"tanh\", inset = 1e-6 }");

/// Every row, with its variants: name, overrides.
const ROWS: [(&str, &[Change]); 12] = [
    ("sac", &[]),
    ("sac", &[NO_TANH]),
    ("sac", &[NO_TANH, SAMPLES]),
    ("sac", &[LAGGED, KL_DUAL]),
    ("sac", &[LAGGED, KL_DUAL, NO_TANH]),
    ("mpo", &[]),
    ("mpo", &[TANH, SOFT, ("estimate.critics", "twin")]),
    ("mpo", &[("pi_p.actions", "{ kind = \"uniform_mix\", samples = 20, alpha = 0.5 }")]),
    ("awac", &[]),
    ("awac", &[SOFT, ("pi.head.mean", "linear")]),
    ("awac", &[TANH, ("pi.head.mean", "linear")]),
    ("awac", &[("pi_p.actions", "{ kind = \"mixture_uniform\", alpha = 0.5 }")]),
];

fn with(changes: &[Change], more: &[Change]) -> Vec<Change> {
    [changes, more].concat()
}

fn numbers(case: &Case, name: &str) -> Vec<f64> {
    case.state().get(name).to_vec()
}

fn zero(case: &mut Case, prefix: &str) {
    let names: Vec<String> =
        case.learner.params.iter().map(|(n, _)| n.to_owned()).filter(|n| n.starts_with(prefix)).collect();
    for name in names {
        let zeros = vec![0.0; case.state().get(&name).len()];
        case.write(&name, &zeros);
    }
}

#[test]
fn one_transition_of_one_number_each() {
    let one: [Change; 1] = [("collect.batch", "1")];
    for (algo, changes) in ROWS {
        let mut case = Case::new(algo, ONE, &with(changes, &one));
        for _ in 0..50 {
            case.random_step();
        }
        case.assert_finite(&format!("{algo} {changes:?}"));
        if algo == "awac" {
            // A batch of one has one weight, 1.
            assert_eq!(case.metric(Metric::WeightEss), Some(1.0));
            assert_eq!(case.metric(Metric::ClippedFraction), Some(0.0));
        }
    }
}

#[test]
fn one_sample_a_state_weighs_one_and_pushes_the_temperature_by_its_bound() {
    let changes = [("pi_p.actions.samples", "1"), ("collect.batch", "1")];
    let mut case = Case::new("mpo", ONE, &changes);
    case.random_step();
    // eta epsilon + mean q - ln 1
    let loss = (softplus(1.0) + 1e-8) * 0.1 + case.metric(Metric::ScoreMean).unwrap();
    assert_close("dual loss", &[case.metric(Metric::DualLoss).unwrap()], &[loss], 1e-6);
    for (name, epsilon) in [("temperature", 0.1), ("penalty_temperature", 1e-3)] {
        let slope = 10.0 * numbers(&case, &format!("adam_{name}.first_moment"))[0];
        assert_close(name, &[slope], &[epsilon * sigmoid(1.0)], 1e-5);
    }
    assert_eq!(case.metric(Metric::WeightEss), Some(1.0));
    assert_eq!(case.metric(Metric::KlQ), Some(0.0));
}

#[test]
fn equal_actions_and_equal_states_weigh_alike() {
    for (algo, changes) in ROWS {
        let what = format!("{algo} {changes:?}");
        let mut case = Case::new(algo, DIMS, changes);
        // The same transition everywhere, and the same noise: every sample of every state is one action.
        let one = case.batch()[0].clone();
        let batch = vec![one; 6];
        let mut noise = case.noise();
        noise.iter_mut().for_each(|values| values.fill(0.25));
        if changes.iter().any(|(_, value)| value.contains("uniform")) {
            // The last array is the coins.
            noise.last_mut().unwrap().fill(1.0);
        }
        for _ in 0..100 {
            case.step(&batch, &noise);
        }
        case.assert_finite(&what);
        if let Some(ess) = case.metric(Metric::WeightEss) {
            assert_close(&what, &[ess], &[1.0], 1e-6);
        }
        if algo == "mpo" {
            assert!(case.metric(Metric::KlQ).unwrap().abs() < 1e-6, "{what}");
        }
    }
}

#[test]
fn a_constant_q_tells_nothing_apart() {
    for (algo, changes) in ROWS {
        let what = format!("{algo} {changes:?}");
        let mut case = Case::new(algo, DIMS, changes);
        zero(&mut case, "critic.");
        zero(&mut case, "target_critic.");
        case.random_step();
        case.assert_finite(&what);
        match algo {
            "mpo" => {
                assert_close(&what, &[case.metric(Metric::WeightEss).unwrap()], &[1.0], 1e-6);
                let slope = 10.0 * numbers(&case, "adam_temperature.first_moment")[0];
                assert_close(&what, &[slope], &[0.1 * sigmoid(1.0)], 1e-5);
            }
            "awac" => {
                assert_eq!(case.metric(Metric::WeightEss), Some(1.0), "{what}");
                assert_eq!(case.metric(Metric::ScoreMean), Some(0.0), "{what}");
            }
            _ => {}
        }
    }
}

#[test]
fn a_constant_q_leaves_the_entropy_alone_to_move_the_posterior() {
    // Without squashing the entropy has the slope eta in each log deviation and none in the mean.
    let mut case = Case::new("sac", DIMS, &[NO_TANH, ("pi_q.eta", "{ kind = \"fixed\", value = 0.4 }")]);
    zero(&mut case, "critic.");
    let (mut batch, noise) = (case.batch(), case.noise());
    batch.iter_mut().for_each(|sample| (sample.reward, sample.terminated) = (0.0, true));
    case.step(&batch, &noise);
    let moments = case.state().flat("policy_adam.first_moment");
    let bias: Vec<f64> = moments[moments.len() - 4..].iter().map(|m| 10.0 * m).collect();
    assert_close("biases of mean and log deviation", &bias, &[0.0, 0.0, -0.4, -0.4], 1e-5);
    // And with eta = 0 nothing moves it at all.
    let mut still = Case::new("sac", DIMS, &[NO_TANH, ("pi_q.eta", "zero")]);
    zero(&mut still, "critic.");
    let before = still.state().flat("policy.");
    still.step(&batch, &noise);
    assert_eq!(still.state().flat("policy."), before);
}

#[test]
fn one_step_episodes_return_their_reward() {
    for (algo, changes) in ROWS {
        let what = format!("{algo} {changes:?}");
        let mut case = Case::new(algo, DIMS, changes);
        let (mut batch, noise) = (case.batch(), case.noise());
        for sample in &mut batch {
            (sample.terminated, sample.reward) = (true, 2.5);
        }
        case.step(&batch, &noise);
        assert_eq!(case.metric(Metric::TargetMean), Some(2.5), "{what}");
        case.assert_finite(&what);
    }
}

#[test]
fn where_both_ends_meet_termination_counts() {
    let critic_after = |algo: &str, changes: &[Change], edit: &dyn Fn(&mut Sample)| {
        let mut case = Case::new(algo, DIMS, changes);
        let (mut batch, noise) = (case.batch(), case.noise());
        batch.iter_mut().for_each(edit);
        case.step(&batch, &noise);
        case.state().flat("critic.")
    };
    for (algo, changes) in ROWS {
        let what = format!("{algo} {changes:?}");
        let after = |terminated: bool, truncated: bool, shift: f32| {
            critic_after(algo, changes, &|sample: &mut Sample| {
                (sample.terminated, sample.truncated) = (terminated, truncated);
                sample.next_obs.iter_mut().for_each(|x| *x += shift);
            })
        };
        let both = after(true, true, 0.0);
        assert_eq!(both, after(true, false, 0.0), "{what}");
        assert_eq!(both, after(true, true, 3.0), "{what}: a terminal state has no value");
        let limit = after(false, true, 0.0);
        assert_eq!(limit, after(false, false, 0.0), "{what}: a time limit does not cut");
        assert_ne!(limit, both, "{what}");
        assert_ne!(limit, after(false, true, 3.0), "{what}");
    }
}

#[test]
fn rewards_of_a_million_or_of_nothing() {
    for (algo, changes) in ROWS {
        for size in [1e6, -1e6, 0.0] {
            let what = format!("{algo} {changes:?}, rewards of {size}");
            let mut case = Case::new(algo, DIMS, changes);
            for number in 0..30 {
                let (mut batch, noise) = (case.batch(), case.noise());
                // Either the same for all, or with both signs.
                let sign = |i: usize| if number % 2 == 0 { 1.0 } else { 1.0 - 2.0 * (i % 2) as f32 };
                batch.iter_mut().enumerate().for_each(|(i, sample)| sample.reward = size * sign(i));
                case.step(&batch, &noise);
                case.assert_finite(&what);
            }
            if size == 0.0 {
                assert!(case.metric(Metric::TargetMean).unwrap().abs() < 10.0, "{what}");
            }
        }
    }
}

#[test]
fn observations_far_from_anything_or_all_alike() {
    for (algo, changes) in ROWS {
        // At 1e4 deviations sit at the clamp of e^-20, and a KL in their units is 1e25, whose square no f32 holds:
        // against a lagged prior that is a divergence, and it has a name.
        let lagged = changes.contains(&LAGGED);
        for size in if lagged { [10.0, 0.0] } else { [1e4, 0.0] } {
            let what = format!("{algo} {changes:?}, observations of {size}");
            let mut case = Case::new(algo, DIMS, changes);
            for _ in 0..10 {
                let (mut batch, noise) = (case.batch(), case.noise());
                for sample in &mut batch {
                    sample.obs.iter_mut().chain(&mut sample.next_obs).for_each(|x| *x *= size);
                }
                case.step(&batch, &noise);
                case.assert_finite(&what);
            }
        }
    }
}

#[test]
fn a_log_deviation_outside_its_clamp_has_no_slope() {
    // The last four biases: two means, two log deviations.
    let slopes = |spread: f32| {
        let mut case = Case::new("sac", DIMS, &[]);
        case.write("policy.2.weight", &[0.0; 4 * 4]);
        case.write("policy.2.bias", &[0.1, -0.1, spread, spread]);
        case.random_step();
        case.assert_finite(&format!("{spread}"));
        let std = case.metric(Metric::PolicyStd).unwrap();
        let moments = case.state().flat("policy_adam.first_moment");
        (std, moments[moments.len() - 2..].to_vec())
    };
    for (spread, log_std) in [(2.5, 2.0), (30.0, 2.0), (-20.5, -20.0), (-1e4, -20.0)] {
        let (std, slopes) = slopes(spread);
        assert!((std / f64::exp(log_std) - 1.0).abs() < 1e-5, "{spread}: {std}");
        assert_eq!(slopes, [0.0, 0.0], "{spread}");
    }
    for spread in [1.99, 2.0, -19.9, -20.0, 0.0] {
        let (std, slopes) = slopes(spread);
        assert!((std / f64::from(spread).exp() - 1.0).abs() < 1e-5, "{spread}: {std}");
        assert!(slopes.iter().all(|&s| s != 0.0), "{spread}: {slopes:?}");
    }
}

#[test]
fn an_action_at_the_edge_is_fatal_to_a_squashed_em_row_unless_kept_inside() {
    // Table 15, for the row on the replay: ln pi of an action of exactly one is infinite.
    for (inset, expected) in [("0", Some(Metric::PolicyLoss)), ("1e-6", None)] {
        let bounds = format!("{{ kind = \"tanh\", inset = {inset} }}");
        let mut case = Case::new("awac", DIMS, &[("pi.head.mean", "linear")]);
        case.method.set("pi.bounds", &bounds).unwrap();
        case.learner = crate::plans::learner(&case.method, DIMS, 7);
        let (mut batch, noise) = (case.batch(), case.noise());
        batch[2].action = vec![1.0, -1.0];
        case.step(&batch, &noise);
        assert_eq!(case.learner.first_not_finite(), expected, "{inset}");
        if expected.is_none() {
            case.assert_finite(inset);
        }
    }
}
