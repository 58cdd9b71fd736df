//! Rows with a softmax policy: updates against what they must come to, learning, degenerate cases, refusals.
#![allow(clippy::unwrap_used)]

mod plans;
mod toy;

use coadapt_agent::Dims;
use coadapt_agent::episodes::Episodes;
use coadapt_agent::learner::Learner;
use coadapt_agent::phase::Minibatches;
use coadapt_agent::transition::Transition;
use coadapt_agent::{Method, Metric, Status, Trainer, paper};
use coadapt_envs::{ActionSpace, Env, Spec};
use coadapt_nn::{Graph, Node, Params, Pool, Program, Shape};
use toy::{Toy, run, small, small_on};

const ROWS: [&str; 3] = ["mpo", "awr", "awr_xbp"];
const DIMS: Dims = Dims { obs: 2, action: 3 };
const STATES: [[f32; 2]; 2] = [[0.3, 0.09], [-0.8, 0.64]];

fn changed(algo: &str, changes: &[(&str, &str)]) -> Method {
    let mut method = small_on(&Toy::discrete(), algo);
    changes.iter().for_each(|(path, value)| method.set(path, value).unwrap());
    method
}

fn one_hot(choice: usize) -> [f32; 3] {
    std::array::from_fn(|a| f32::from(a == choice))
}

/// What `formula` makes of the networks as they are at one state.
fn at_state<F>(params: &mut Params, obs: [f32; 2], formula: F) -> Vec<f64>
where
    F: for<'g> Fn(&'g Graph, Node<'g>) -> Node<'g>,
{
    let graph = Graph::new();
    let input = graph.input(Shape::new(1, 1, 2));
    let output = formula(&graph, input) + 0.0;
    graph.output(output);
    let mut program = Program::compile(&graph);
    program.write(program.slot(input)).copy_from_slice(&obs);
    program.run(params, &mut Pool::new(1));
    program.read(program.slot(output)).iter().map(|&x| f64::from(x)).collect()
}

/// pi, the previous pi and the target critics' Q at a state, three numbers each.
fn looked_at(learner: &mut Learner, obs: [f32; 2]) -> [Vec<f64>; 3] {
    let Learner { nets, params, .. } = learner;
    [
        at_state(params, obs, |graph, s| nets.policy(graph, s).softmax().probs()),
        at_state(params, obs, |graph, s| nets.previous_policy(graph, s).softmax().probs()),
        at_state(params, obs, |graph, s| {
            nets.target_critics_of_samples(graph, s, graph.every_choice(3)).reshape(Shape::new(1, 1, 3))
        }),
    ]
}

fn metric(learner: &Learner, wanted: Metric) -> f64 {
    learner.metrics().find(|(metric, _)| *metric == wanted).map(|(_, x)| x).unwrap()
}

/// p exp(q / eta) / Z.
fn posterior(p: &[f64], q: &[f64], eta: f64) -> Vec<f64> {
    let raised: Vec<f64> = p.iter().zip(q).map(|(p, q)| p * (q / eta).exp()).collect();
    let total: f64 = raised.iter().sum();
    raised.iter().map(|r| r / total).collect()
}

/// A number made of a state's index, the previous policy's probabilities there and Q.
type OfState<'a> = &'a dyn Fn(usize, &[f64], &[f64]) -> f64;

#[test]
fn the_numbers_of_an_update_are_those_of_the_formulas() {
    // A network that tells actions apart, so that a wrong place in the one-hot vector is a wrong number.
    let method = changed(
        "mpo",
        &[
            ("collect.batch", "2"),
            ("code.policy_output_init", "{ kind = \"xavier_uniform\", gain = 3.0 }"),
            ("code.weight_init", "{ kind = \"xavier_uniform\", gain = 2.0 }"),
        ],
    );
    let mut learner = plans::learner(&method, DIMS, 7);
    let seen = STATES.map(|s| looked_at(&mut learner, s));
    let eta = 1f64.exp().ln_1p() + 1e-8;
    let (rewards, terminated) = ([0.5f32, -2.0], [false, true]);
    let transitions: Vec<_> = (0..2)
        .map(|i| Transition {
            obs: &[0.0, 0.0],
            action: &[0.0, 1.0, 0.0],
            reward: rewards[i],
            terminated: terminated[i],
            truncated: false,
            next_obs: &STATES[i],
        })
        .collect();
    learner.update_on(&transitions, &[], &mut Pool::new(1));
    let mean = |of: OfState<'_>| (0..2).map(|i| of(i, &seen[i][1], &seen[i][2])).sum::<f64>() / 2.0;
    let expectation = |p: &[f64], q: &[f64]| p.iter().zip(q).map(|(p, q)| p * q).sum::<f64>();
    let target =
        mean(&|i, p, q| f64::from(rewards[i]) + if terminated[i] { 0.0 } else { 0.99 * expectation(p, q) });
    let kl = mean(&|_, p, q| posterior(p, q, eta).iter().zip(p).map(|(w, p)| w * (w / p).ln()).sum::<f64>());
    let log_mass = |p: &[f64], q: &[f64]| p.iter().zip(q).map(|(p, q)| p * (q / eta).exp()).sum::<f64>().ln();
    // Policy and previous policy are still one, so the fit is all there is of the loss.
    let fit = mean(&|_, p, q| -posterior(p, q, eta).iter().zip(p).map(|(w, p)| w * p.ln()).sum::<f64>());
    for (metric, expected) in [
        (Metric::TargetMean, target),
        (Metric::ScoreMean, mean(&|_, p, q| expectation(p, q))),
        (Metric::KlQ, kl),
        (Metric::DualLoss, eta * 0.1 + eta * mean(&|_, p, q| log_mass(p, q))),
        (Metric::PolicyLoss, fit),
        (Metric::KlStep, 0.0),
        (Metric::Entropy, mean(&|_, p, _| -p.iter().map(|p| p * p.ln()).sum::<f64>())),
    ] {
        let found = self::metric(&learner, metric);
        assert!((found - expected).abs() < 2e-5 * expected.abs().max(1.0), "{metric:?} {found}, {expected}");
    }
    assert!(kl > 1e-3, "the test would see nothing: {kl}");
    let raw = |learner: &Learner, name: &str| learner.params.get(learner.params.span(name).unwrap())[0];
    // Adam's first step is its rate, against the sign of the slope: epsilon less the KL in both cases.
    let rise = f64::from(raw(&learner, "temperature")) - 1.0;
    assert!((rise - (kl - 0.1).signum() * 1e-2).abs() < 1e-4, "{rise}");
    let fall = f64::from(raw(&learner, "multiplier")) - 3.0;
    assert!((fall + 1e-2).abs() < 1e-4, "no step was taken yet, the bound is not reached: {fall}");
}

#[test]
fn the_policy_of_a_bandit_becomes_its_posterior() {
    // Prior and critic stand still, no trust region: the fit must arrive at p exp(Q / eta) / Z.
    let method = changed(
        "mpo",
        &[
            ("collect.batch", "1"),
            ("pi_q.eta", "{ kind = \"fixed\", value = 0.4 }"),
            ("pi_p.trust_region", "off"),
            ("code.targets.period", "1000000"),
            ("code.weight_init", "{ kind = \"xavier_uniform\", gain = 2.0 }"),
            ("code.policy_output_init", "{ kind = \"xavier_uniform\", gain = 2.0 }"),
        ],
    );
    let mut learner = plans::learner(&method, DIMS, 1);
    let [_, prior, scores] = looked_at(&mut learner, STATES[0]);
    let wanted = posterior(&prior, &scores, 0.4);
    let transition = Transition {
        obs: &STATES[0],
        action: &one_hot(0),
        reward: 0.0,
        terminated: true,
        truncated: false,
        next_obs: &STATES[0],
    };
    let mut pool = Pool::new(1);
    (0..2_000).for_each(|_| learner.update_on(&[transition], &[], &mut pool));
    let [policy, still, _] = looked_at(&mut learner, STATES[0]);
    assert_eq!(still, prior);
    assert!(prior.iter().zip(&wanted).any(|(p, w)| (p - w).abs() > 0.05), "{prior:?} {wanted:?}");
    for (p, w) in policy.iter().zip(&wanted) {
        assert!((p - w).abs() < 2e-3, "{policy:?} instead of {wanted:?}");
    }
}

/// One-step episodes at one state, with `counts[a]` times action a, all with one reward.
fn equally_good(counts: [usize; 3]) -> Episodes {
    let mut store = Episodes::new(1000, 2, 3);
    for (choice, count) in counts.into_iter().enumerate() {
        for _ in 0..count {
            let (obs, action, next_obs) = (&STATES[0], &one_hot(choice), &STATES[1]);
            store.push(Transition { obs, action, reward: 1.0, terminated: true, truncated: false, next_obs });
        }
    }
    store
}

#[test]
fn equal_weights_make_the_policy_the_frequency_of_the_stored_actions() {
    // With a penalty the optimum has p_a - f_a + coefficient l_a = 0, for every action a.
    let frequency = [0.5f64, 0.3, 0.2];
    for (penalty, coefficient) in [("off", 0.0), ("{ kind = \"logit_l2\", coefficient = 0.5 }", 0.5)] {
        let method = changed(
            "awr",
            &[
                ("pi.penalty", penalty),
                ("code.optimizer", "adam"),
                ("code.input_norm", "off"),
                ("collect.batch", "10"),
            ],
        );
        let mut learner = plans::learner(&method, DIMS, 0);
        let store = equally_good([5, 3, 2]);
        for _ in 0..15 {
            learner.iterate(
                &store,
                [Minibatches::Shuffled(1), Minibatches::Shuffled(200)],
                &mut Pool::new(1),
            );
        }
        assert!(learner.weights().iter().all(|&w| w == 1.0));
        let Learner { nets, params, .. } = &mut learner;
        let logits = at_state(params, STATES[0], |graph, s| nets.policy(graph, s).softmax().logits);
        let total: f64 = logits.iter().map(|l| l.exp()).sum();
        for (l, f) in logits.iter().zip(frequency) {
            let slope = l.exp() / total - f + coefficient * l;
            assert!(slope.abs() < 2e-3, "penalty {coefficient}: logits {logits:?} have slope {slope}");
        }
        if coefficient == 0.0 {
            assert!((logits[0].exp() / total - 0.5).abs() < 2e-3, "{logits:?}");
        }
    }
}

#[test]
fn every_row_of_discrete_actions_reaches_the_goal() {
    // Each of 20 steps pays 1. From the worst start the distance 1.5 is walked at 0.3 a step; standing still costs 45.
    for algo in ROWS {
        let mut changes = vec![("schedule.eval_every", "500")];
        changes.extend(match algo {
            "mpo" => [("collect.capacity", "1e4"), ("collect.update_every", "1")],
            _ => [("collect.capacity", "500"), ("code.policy_lr", "1e-2")],
        });
        let method = changed(algo, &changes);
        for seed in 0..3 {
            let (status, means) = run(&method, Toy::discrete(), seed, 3_000);
            assert_eq!(status, Status::Running);
            assert!(means[5] > 15.0, "{algo}, seed {seed}: evaluation returns {means:?}");
        }
    }
}

#[test]
fn every_variant_learns_finite_numbers() {
    const LOGITS: &str = "{ kind = \"logit_l2\", coefficient = 1e-3 }";
    let of_mpo: [&[(&str, &str)]; 7] = [
        &[("estimate.critics", "twin")],
        &[("g", "{ kind = \"soft_q\", bonus = { kind = \"fixed\", value = 0.01 } }")],
        &[("pi_p.trust_region", "off")],
        &[("pi_q.eta", "{ kind = \"fixed\", value = 0.1 }")],
        &[("pi.penalty", LOGITS)],
        &[("code.layer_norm", "false"), ("code.activation", "relu")],
        // One state a batch, and a temperature that stands at its floor.
        &[("collect.batch", "1"), ("pi_q.eta.initial_raw", "-18")],
    ];
    let of_awr: [&[(&str, &str)]; 4] = [
        &[("pi.penalty", "off")],
        &[("code.optimizer", "adam"), ("code.layer_norm", "true")],
        &[("pi_q.eta.value", "0.1")],
        &[("collect.batch", "1")],
    ];
    for (algo, variants) in [("mpo", &of_mpo[..]), ("awr", &of_awr[..])] {
        for change in variants {
            let (status, means) = run(&changed(algo, change), Toy::discrete(), 0, 300);
            assert_eq!(status, Status::Running, "{algo} {change:?}");
            assert!(means.iter().all(|m| m.is_finite()), "{algo} {change:?}");
        }
    }
}

fn spec(n: usize) -> Spec {
    let action = ActionSpace::Discrete { n };
    Spec::new("Choices-v0", 2, action, 20)
}

#[test]
fn the_row_that_runs_is_printed_with_its_softmax() {
    for (algo, line) in [
        ("mpo", "EM | Analytic + TR | SG + TR | Q^π_p | TD(0) | π_p = Softmax"),
        ("awr", "EM | Analytic | Mixture + SG | A^π_p | TD(λ) | π_p = Softmax"),
        ("awr_xbp", "EM | Analytic | Mixture + SG | A^π_p | TD(λ) | π_p = Softmax"),
    ] {
        let method = coadapt_agent::method(algo, &spec(4)).unwrap();
        method.validate().unwrap();
        assert_eq!(method.row().to_string(), line);
        let of = |spec: &Spec| -> Vec<&str> {
            paper::recipe(algo).unwrap().deviations(spec).map(|deviation| deviation.path).collect()
        };
        let (softmax, gaussian) = (of(&spec(4)), of(Toy::new().spec()));
        // The softmax says that its policy is another, and nothing of the samples that it does not draw.
        assert!(softmax.contains(&"pi.head") && softmax.contains(&"pi.penalty"), "{algo}: {softmax:?}");
        assert!(!softmax.iter().any(|path| path.starts_with("pi.penalty.")), "{algo}: {softmax:?}");
        assert!(!gaussian.contains(&"pi.head"), "{algo}: {gaussian:?}");
    }
}

#[test]
fn what_cannot_run_is_refused_with_a_sentence() {
    for algo in ["sac", "awac"] {
        assert_eq!(
            coadapt_agent::method(algo, &spec(4)).unwrap_err().to_string(),
            format!(
                "{algo} does not run on the 4 discrete actions of `Choices-v0`; there, these do: mpo, awr, awr_xbp, ppo, ppo_clip, vmpo, trpo"
            )
        );
    }
    let task = || Box::new(Toy::discrete());
    let refused = |method: &Method| Trainer::new(method, task(), task(), 0, 1).err().unwrap().to_string();
    // A policy over other actions than the task's, either way round.
    assert_eq!(
        refused(&small("mpo")),
        "a Gaussian policy needs continuous actions, but the actions of `Toy-v0-choices` are one of 3 choices"
    );
    let softmax = changed("awr", &[]);
    let error = Trainer::new(&softmax, Toy::boxed(), Toy::boxed(), 0, 1).err().unwrap();
    assert_eq!(
        error.to_string(),
        "a softmax policy needs discrete actions, but the actions of `Toy-v0` are 1 number of a box"
    );
    assert!(
        refused(&changed("mpo", &[("pi.head", "{ kind = \"delta\", mean = \"tanh\" }")]))
            .starts_with("a policy without noise needs")
    );
    // Cells that do not go with a softmax, or only with one.
    const REGION: &str =
        "{ kind = \"mean_std\", mean = 1e-3, std = 1e-6, mean_raw = 1.0, std_raw = 10.0, lr = 1e-2 }";
    for (algo, path, value, sentence) in [
        ("mpo", "pi.bounds", "{ kind = \"tanh\", inset = 0.0 }", "pi.bounds must be none"),
        ("mpo", "pi.penalty", "{ kind = \"mean_l2\", coefficient = 1.0 }", "must be off or logit_l2"),
        ("mpo", "pi_p.actions", "{ kind = \"previous\", samples = 20 }", "runs on all actions"),
        ("mpo", "pi_p.trust_region", REGION, "a softmax policy has no mean"),
        ("mpo", "estimate.next", "online", "next = \"target\""),
        ("awr", "pi_p.actions", "all", "runs on all actions"),
        ("awr", "pi_q.baseline", "sampled", "no baseline"),
    ] {
        let text = refused(&changed(algo, &[(path, value)]));
        assert!(text.contains(sentence) && text.contains("does not run here yet"), "{algo} {path}: {text}");
    }
    for (algo, path, value, sentence) in [
        ("mpo", "pi_p.actions", "all", "with a softmax policy"),
        ("mpo", "pi.penalty", "{ kind = \"logit_l2\", coefficient = 1.0 }", "only a softmax policy"),
        ("sac", "pi.penalty", "{ kind = \"logit_l2\", coefficient = 1.0 }", "only a softmax policy"),
    ] {
        let mut method = small(algo);
        method.set(path, value).unwrap();
        let text = method.row().lower().unwrap_err().to_string();
        assert!(text.contains(sentence), "{algo} {path}: {text}");
    }
}

#[test]
fn numbers_of_the_softmax_form_are_checked() {
    for (path, value, sentence) in [
        ("pi_p.trust_region.epsilon", "0", "`pi_p.trust_region.epsilon` is 0, but must be a number above 0"),
        ("pi_p.trust_region.lr", "-1", "`pi_p.trust_region.lr` is -1"),
        ("pi.penalty", "{ kind = \"logit_l2\", coefficient = 0.0 }", "`pi.penalty.coefficient` is 0"),
    ] {
        let text = small_on(&Toy::discrete(), "mpo").set(path, value).unwrap_err().to_string();
        assert!(text.starts_with(sentence), "{text}");
    }
}
