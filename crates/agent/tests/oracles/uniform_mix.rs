//! A prior mixed with the uniform distribution (App. G): who sees the mixed actions, and how many there are.

use crate::reference::{Case, Change, Sample, assert_close, sigmoid};
use coadapt_agent::Dims;
use coadapt_agent::Metric;
use coadapt_agent::replay::Replay;
use coadapt_nn::Pool;

const DIMS: Dims = Dims { obs: 3, action: 2 };
const MIX: Change = ("pi_p.actions", "{ kind = \"uniform_mix\", samples = 4, alpha = 0.5 }");
const MIXTURE: Change = ("pi_p.actions", "{ kind = \"mixture_uniform\", alpha = 0.5 }");

/// What an update leaves of the optimisers of critics and of policy: gradients, as it is the first.
fn gradients(algo: &str, change: Change, batch: &[Sample], noise: &[Vec<f32>]) -> [Vec<f64>; 2] {
    let mut case = Case::new(algo, DIMS, &[change]);
    case.step(batch, noise);
    ["critic_adam.first_moment", "policy_adam.first_moment"].map(|name| case.state().flat(name))
}

#[test]
fn the_critics_never_see_a_mixed_action() {
    for (algo, change) in [("mpo", MIX), ("awac", MIXTURE)] {
        let mut case = Case::new(algo, DIMS, &[change]);
        let (batch, noise) = (case.batch(), case.noise());
        let [critic, policy] = gradients(algo, change, &batch, &noise);
        // The last two arrays are the uniform actions and the coins.
        let coin = noise.len() - 1;
        let mut others = noise.clone();
        others[coin - 1].iter_mut().for_each(|a| *a = -*a);
        let mut turned = noise.clone();
        turned[coin].iter_mut().for_each(|c| *c = 1.0 - *c);
        for changed in [others, turned] {
            let found = gradients(algo, change, &batch, &changed);
            assert_eq!(found[0], critic, "{algo}: the critics' step");
            assert_ne!(found[1], policy, "{algo}: the policy's step");
        }
        // Where the coin keeps an action, the uniform one beside it counts for nothing.
        let mut kept = noise.clone();
        let (coins, width) = (noise[coin].clone(), DIMS.action);
        for (i, &c) in coins.iter().enumerate() {
            let of = &mut kept[coin - 1][i * width..(i + 1) * width];
            of.iter_mut().for_each(|a| *a += 0.3 * (1.0 - c));
        }
        assert_ne!(kept, noise);
        assert_eq!(gradients(algo, change, &batch, &kept), [critic, policy], "{algo}");
    }
}

#[test]
fn without_heads_the_e_step_has_samples_of_its_own() {
    let mut case = Case::new("mpo", DIMS, &[MIX]);
    let (batch, mut noise) = (case.batch(), case.noise());
    noise[3].fill(0.0);
    // The same actions for both uses: as if there were no mix.
    noise[1] = noise[0].clone();
    let plain = ("pi_p.actions", "{ kind = \"previous\", samples = 4 }");
    let expected = gradients("mpo", plain, &batch, &noise[..1]);
    assert_eq!(gradients("mpo", MIX, &batch, &noise), expected);
    // Another set for the E-step: the critics' target stays.
    noise[1].iter_mut().for_each(|z| *z = -*z);
    let other = gradients("mpo", MIX, &batch, &noise);
    assert_eq!(other[0], expected[0]);
    assert_ne!(other[1], expected[1]);
}

/// A case whose policy stands at `mean` in every dimension, everywhere, with next to no noise.
fn far_away(changes: &[Change], mean: f32) -> Case {
    let mut case = Case::new("mpo", DIMS, changes);
    for name in ["policy", "target_policy"] {
        case.write(&format!("{name}.2.weight"), &[0.0; 4 * 4]);
        case.write(&format!("{name}.2.bias"), &[mean, mean, -10.0, -10.0]);
    }
    case
}

/// A replay of random transitions.
fn replay(case: &mut Case) -> Replay {
    let mut replay = Replay::new(1000, case.dims.obs, case.dims.action).unwrap();
    for _ in 0..4 {
        case.batch().iter().for_each(|sample| replay.push(sample.transition()));
    }
    replay
}

#[test]
fn at_probability_one_every_action_is_uniform() {
    let all: Change = ("pi_p.actions", "{ kind = \"uniform_mix\", samples = 20, alpha = 1 }");
    let few: Change = ("pi_p.actions", "{ kind = \"uniform_mix\", samples = 20, alpha = 0.1 }");
    for (change, inside) in [(all, true), (few, false)] {
        // The policy's own actions are far outside and cost; uniform ones never do, and then the penalty's
        // temperature has the slope epsilon sigmoid(x) exactly.
        let mut case = far_away(&[change], 50.0);
        let replay = replay(&mut case);
        case.learner.update(&replay, &mut Pool::new(1));
        let slope = 10.0 * case.state().get("adam_penalty_temperature.first_moment")[0];
        assert_eq!((slope / (1e-3 * sigmoid(1.0)) - 1.0).abs() < 1e-5, inside, "{change:?}: slope {slope}");
        // The mean is drawn to actions of the box: Q aside, by 50 in units of the deviation squared.
        let found = case.state().flat("policy_adam.first_moment");
        assert!(found.iter().all(|g| g.is_finite()));
    }
}

#[test]
fn the_share_of_uniform_actions_is_alpha() {
    // With one sample a state its weight is 1, and the gradient of the mean's bias is the share of uniform actions
    // times their distance from the mean, over the variance.
    for alpha in [0.25, 0.5, 0.75] {
        let text = format!("{{ kind = \"uniform_mix\", samples = 1, alpha = {alpha} }}");
        let mut case = far_away(&[("code.gradient_clip", "off"), ("collect.batch", "1000")], 50.0);
        case.method.set("pi_p.actions", &text).unwrap();
        case.method.set("pi.penalty", "off").unwrap();
        case.learner = crate::plans::learner(&case.method, DIMS, 7);
        for name in ["policy", "target_policy"] {
            case.write(&format!("{name}.2.weight"), &[0.0; 4 * 4]);
            case.write(&format!("{name}.2.bias"), &[50.0, 50.0, 0.0, 0.0]);
        }
        let replay = replay(&mut case);
        case.learner.update(&replay, &mut Pool::new(1));
        let moments = case.state().flat("policy_adam.first_moment");
        // The biases of the two means, among the last four numbers.
        for g in &moments[moments.len() - 4..moments.len() - 2] {
            let std = 0.5 + 1e-6;
            let share = 10.0 * g * std * std / 50.0;
            assert!((share - alpha).abs() < 0.06, "{alpha}: {share}");
        }
    }
}

#[test]
fn weights_of_mixed_actions_are_not_corrected_for_where_they_came_from() {
    // Two samples with equal Q have equal weights, one uniform and one the policy's own: with a constant critic
    // the weights are all 1 / N.
    for coins in [0.0, 1.0] {
        let mut case = Case::new("mpo", DIMS, &[MIX]);
        for layer in 0..3 {
            for part in ["weight", "bias"] {
                let name = format!("target_critic.{layer}.{part}");
                let zeros = vec![0.0; case.state().get(&name).len()];
                case.write(&name, &zeros);
            }
        }
        let (batch, mut noise) = (case.batch(), case.noise());
        noise[3].iter_mut().step_by(2).for_each(|c| *c = coins);
        case.step(&batch, &noise);
        assert_close("effective samples", &[case.metric(Metric::WeightEss).unwrap()], &[1.0], 1e-6);
    }
}
