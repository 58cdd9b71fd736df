//! Runs on a task with a known optimum: learning, divergence, what an update may cost, degenerate input.
#![allow(clippy::unwrap_used)]

mod plans;
mod toy;

use coadapt_agent::Dims;
use coadapt_agent::replay::Replay;
use coadapt_agent::transition::Transition;
use coadapt_agent::{Method, Metric, Status, Trainer};
use coadapt_envs::{Cache, Env};
use coadapt_nn::Pool;
use toy::{Toy, run, small, small_method};

#[test]
fn every_row_that_runs_reaches_the_goal() {
    // From the worst start the distance 1.5 is walked at 0.3 a step; standing still there costs 45.
    for algo in coadapt_agent::ALGORITHMS {
        let mut method = small(algo);
        // A row whose prior is the mixture of all stored policies must be able to forget the first ones.
        let off = method.collect.iteration().is_none();
        if method.collect.capacity().is_some() {
            method.set("collect.capacity", if off { "1e4" } else { "500" }).unwrap();
        }
        method.set("schedule.eval_every", "500").unwrap();
        if *algo == "mpo" {
            method.set("collect.update_every", "1").unwrap();
        }
        for seed in 0..3 {
            let (status, means) = run(&method, Toy::new(), seed, 3_000);
            assert_eq!(status, Status::Running);
            assert!(means[5] > -5.0, "{algo}, seed {seed}: evaluation returns {means:?}");
        }
    }
}

/// Overrides of a row, each a path and a value.
type Change = &'static [(&'static str, &'static str)];

const LAGGED: &str = "{ update = \"lagged\", period = 100 }";
const SAMPLES: &str = "{ kind = \"samples\", samples = 20, epsilon = 1e-3, initial_raw = 1.0, lr = 1e-2 }";

const RETRACE: &str = "{ kind = \"retrace\", lambda = 0.95, length = 4 }";

const SAC_VARIANTS: [Change; 14] = [
    &[("estimate.critics", "single")],
    &[("estimate.critics", "mean")],
    &[("g", "q")],
    &[("g", "q"), ("estimate.target", "{ kind = \"n_step\", n = 5 }")],
    &[("pi.bounds", "none")],
    &[("pi.bounds", "none"), ("pi.penalty", SAMPLES)],
    &[("pi.bounds", "none"), ("pi.penalty", "{ kind = \"mean_l2\", coefficient = 10 }")],
    &[("pi_p", LAGGED), ("pi_q.eta", "{ kind = \"fixed\", value = 0.1 }")],
    &[("pi_p", LAGGED), ("pi_q.eta", "{ kind = \"dual\", epsilon = 0.1, initial_raw = 1.0, lr = 1e-2 }")],
    &[("pi_q.eta", "{ kind = \"fixed\", value = 0.1 }")],
    &[("pi_q.eta", "zero")],
    &[("code.layer_norm", "true"), ("code.activation", "elu")],
    &[("collect.batch", "1")],
    &[("collect.update_every", "4"), ("collect.updates", "2")],
];

const MPO_VARIANTS: [Change; 13] = [
    &[("estimate.target", "{ kind = \"n_step\", n = 5 }")],
    &[("estimate.target", RETRACE), ("estimate.critics", "twin")],
    &[
        ("estimate.target", RETRACE),
        ("pi_p.actions", "{ kind = \"uniform_mix\", samples = 20, alpha = 0.5 }"),
    ],
    &[("estimate.critics", "twin")],
    &[("g", "{ kind = \"soft_q\", bonus = { kind = \"fixed\", value = 0.01 } }")],
    &[("pi_p.trust_region", "off")],
    &[("pi_p.actions", "{ kind = \"uniform_mix\", samples = 20, alpha = 0.5 }")],
    &[("pi.penalty", "off")],
    &[("pi.penalty", "{ kind = \"mean_l2\", coefficient = 10 }")],
    &[("pi.bounds", "{ kind = \"tanh\", inset = 1e-6 }")],
    &[("code.activation", "relu"), ("code.layer_norm", "false")],
    &[("pi_q.eta", "{ kind = \"fixed\", value = 0.1 }")],
    &[("pi_p.actions.samples", "1"), ("collect.batch", "1")],
];

const AWAC_VARIANTS: [Change; 7] = [
    &[("estimate.target", "{ kind = \"n_step\", n = 5 }")],
    &[("estimate.critics", "single")],
    &[("g", "{ kind = \"soft_q\", bonus = { kind = \"fixed\", value = 0.01 } }")],
    &[("pi.bounds", "{ kind = \"tanh\", inset = 1e-6 }"), ("pi.head.mean", "linear")],
    &[("pi.penalty", "{ kind = \"mean_l2\", coefficient = 10 }"), ("pi.head.mean", "linear")],
    &[("pi_p.actions", "{ kind = \"mixture_uniform\", alpha = 0.5 }")],
    &[("collect.batch", "1")],
];

#[test]
fn every_variant_of_a_row_learns_finite_numbers() {
    let rows: [(&str, &[Change]); 3] =
        [("sac", &SAC_VARIANTS), ("mpo", &MPO_VARIANTS), ("awac", &AWAC_VARIANTS)];
    for (algo, variants) in rows {
        for change in variants {
            let mut method = small(algo);
            change.iter().for_each(|(path, value)| method.set(path, value).unwrap());
            let (status, means) = run(&method, Toy::new(), 0, 300);
            assert_eq!(status, Status::Running, "{algo} {change:?}");
            assert!(means.iter().all(|m| m.is_finite()), "{algo} {change:?}");
        }
    }
}

#[test]
fn an_unclipped_tanh_in_an_em_row_diverges_and_says_where() {
    // A policy whose mean is far outside draws actions of exactly 1, whose log probability is infinite.
    let mut method = small("mpo");
    method.set("pi.bounds", "{ kind = \"tanh\", inset = 0 }").unwrap();
    method.set("pi.head.std.initial", "9").unwrap();
    let (status, _) = run(&method, Toy::new(), 0, 400);
    let Status::Diverged(divergence) = status else { panic!("should have diverged as in Table 15") };
    assert_eq!(divergence.what, "policy_loss is not finite");
    method.set("pi.bounds.inset", "1e-6").unwrap();
    assert_eq!(run(&method, Toy::new(), 0, 400).0, Status::Running);
}

#[test]
fn divergence_is_an_outcome_that_names_step_and_quantity() {
    let diverged = |env: Toy, method: &Method| match run(method, env, 0, 400).0 {
        Status::Diverged(divergence) => divergence,
        Status::Running => panic!("the run should have diverged"),
    };
    let broken = diverged(Toy::breaking_at(70), &small_method());
    assert_eq!((broken.step, broken.what.as_str()), (70, "an observation is not finite"));
    let huge = diverged(Toy::paying(-6e7), &small_method());
    assert_eq!(huge.step, 2);
    assert!(huge.what.starts_with("the episode's return is -1.2"), "{}", huge.what);
    let endless = diverged(Toy::paying(f64::INFINITY), &small_method());
    assert_eq!((endless.step, endless.what.as_str()), (1, "the episode's return is inf"));
    let mut wild = small_method();
    wild.set("code.critic_lr", "1e30").unwrap();
    let loss = diverged(Toy::new(), &wild);
    assert!(loss.step > 50 && loss.what.ends_with("is not finite"), "{loss:?}");
}

#[test]
fn rewards_of_a_million_or_zero_stay_finite() {
    for bonus in [4e6, 0.0] {
        let (status, _) = run(&small_method(), Toy::paying(bonus), 0, 200);
        assert_eq!(status, Status::Running, "bonus {bonus}");
    }
}

#[test]
fn discrete_actions_are_refused_with_a_sentence() {
    let cart_pole = || coadapt_envs::make("CartPole-v1", &Cache::at("unused"), &mut |_| {}).unwrap();
    let error = Trainer::new(&small_method(), cart_pole(), cart_pole(), 0, 1).err().unwrap();
    assert_eq!(
        error.to_string(),
        "a Gaussian policy needs continuous actions, but the actions of `CartPole-v1` are one of 2 choices"
    );
    let unknown = coadapt_agent::method("sacc", cart_pole().spec()).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "there is no algorithm `sacc` (did you mean `sac`?); the algorithms are: sac, mpo, awac, awr, awr_xbp, ppo, ppo_clip, vmpo, trpo, ddpg, td3"
    );
}

/// One update on four copies of one transition, with noise zero: mean target, and the critics after it.
fn updated(transition: Transition<'_>) -> (f64, Vec<f32>) {
    let mut method = small_method();
    method.set("collect.batch", "4").unwrap();
    let mut learner = plans::learner(&method, Dims { obs: 2, action: 1 }, 0);
    learner.update_on(&[transition; 4], &[&[0.0; 4], &[0.0; 4]], &mut Pool::new(1));
    let target = learner.metrics().find(|(m, _)| *m == Metric::TargetMean).map(|(_, x)| x).unwrap();
    let set = learner.params.set("critic.");
    let weights = set.spans.iter().flat_map(|s| learner.params.get(*s).to_vec()).collect();
    (target, weights)
}

#[test]
fn only_termination_cuts_the_bootstrap() {
    let (obs, action) = (&[0.1, 0.2], &[0.3]);
    let open =
        Transition { obs, action, reward: 1.0, terminated: false, truncated: true, next_obs: &[0.5, 0.5] };
    let ended = Transition { terminated: true, ..open };
    // A terminal next state has no value, whatever it is; and when both ends meet, termination counts.
    let (target, weights) = updated(ended);
    assert_eq!(target, 1.0);
    assert_eq!(weights, updated(Transition { next_obs: &[-3.0, 9.0], truncated: false, ..ended }).1);
    assert_ne!(updated(open).0, 1.0);
    assert_eq!(updated(open), updated(Transition { truncated: false, ..open }));
    // A time limit stores the true last observation and no termination.
    let mut env = Toy::new();
    let mut obs = [0.0; 2];
    env.seed(1);
    env.reset(&mut obs).unwrap();
    let mut last = None;
    for _ in 0..20 {
        last = Some(env.step(&[0.0], &mut obs).unwrap());
    }
    let last = last.unwrap();
    assert!(last.truncated && !last.terminated);
    let mut replay = Replay::new(5, 2, 1).unwrap();
    let wide = obs.map(|x| x as f32);
    let coadapt_envs::Step { terminated, truncated, .. } = last;
    let (obs, action, next_obs) = (&[9.0; 2], &[0.0], &wide);
    replay.push(Transition { obs, action, reward: 0.0, terminated, truncated, next_obs });
    assert!(!replay.get(0).terminated);
    assert_eq!(replay.get(0).next_obs, &wide);
}

#[test]
fn a_time_limit_ends_the_task_only_where_the_method_says_so() {
    let ends = |algo: &str, time_limits: &str| {
        let mut method = small(algo);
        if time_limits != "bootstrap" {
            method.set("estimate.time_limits", time_limits).unwrap();
        }
        let mut trainer = Trainer::new(&method, Toy::boxed(), Toy::boxed(), 3, 1).unwrap();
        // Episodes of twenty steps, none of which leaves the line under small actions.
        trainer.run(45, &mut |_| ()).unwrap();
        let snapshot = trainer.snapshot().unwrap();
        let column = |name: &str| {
            let of_name = |array: &&(String, Vec<usize>, &[f32])| array.0.ends_with(name);
            snapshot.arrays.iter().find(of_name).unwrap().2.iter().sum::<f32>()
        };
        (column(".terminated"), column(".truncated"))
    };
    for algo in ["sac", "awr"] {
        let (terminated, truncated) = ends(algo, "bootstrap");
        assert!(truncated > 0.0, "{algo}: no episode ran out of time");
        assert_eq!(ends(algo, "terminal"), (terminated + truncated, truncated), "{algo}");
    }
}
