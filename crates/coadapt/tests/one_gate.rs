//! One gate: overrides, explanations, studies and training accept the same methods and refuse the same in the same words;
//! and what is accepted trains.
//!
//! With COADAPT_GATE_SEED and COADAPT_GATE_DRAWS set, other overrides are drawn, and as many as are asked for.
#![allow(clippy::unwrap_used)]

use coadapt::run::{config::Config, learner, task::TaskOptions};
use coadapt::study::{file::StudyFile, plan};
use coadapt_agent::collect::Collect;
use coadapt_agent::paper::{self, arms};
use coadapt_agent::rng::derived_seed;
use coadapt_agent::{ALGORITHMS, Status, Trainer};
use coadapt_envs::Spec;
use coadapt_testing::Folder;
use toml::Table;

/// Tasks without a simulator: actions in a box and choices.
const TASKS: [&str; 2] = ["Pendulum-v1", "CartPole-v1"];

/// Places of the method, and what may be written there: every cell of the vocabulary, those without code too, and
/// some values that are wrong.
const CELLS: [(&str, &[&str]); 40] = [
    ("family", &["EM", "KL"]),
    (
        "g",
        &[
            r#"{ kind = "q" }"#,
            r#"{ kind = "a" }"#,
            r#"{ kind = "soft_q", bonus = { kind = "eta" } }"#,
            r#"{ kind = "soft_q", bonus = { kind = "fixed", value = 0.1 } }"#,
            r#"{ kind = "log_q" }"#,
            r#"{ kind = "log_r" }"#,
        ],
    ),
    (
        "pi_q",
        &[
            r#"{ update = "analytic", baseline = "none", eta = { kind = "fixed", value = 1.0 }, weights = { kind = "per_state" } }"#,
            r#"{ update = "analytic", baseline = "none", eta = { kind = "dual", epsilon = 0.1, initial_raw = 1.0, lr = 0.01 }, weights = { kind = "per_state" } }"#,
            r#"{ update = "analytic", baseline = "none", eta = { kind = "fixed", value = 1.0 }, weights = { kind = "top", fraction = 0.5, of = "rollout" } }"#,
            r#"{ update = "gradient", divergence = "q_to_p", eta = { kind = "fixed", value = 0.1 } }"#,
            r#"{ update = "gradient", divergence = "mmd", eta = { kind = "zero" } }"#,
            r#"{ update = "clipped", epsilon = 0.2 }"#,
            r#"{ update = "constrained", epsilon = 0.1, divergence = "p_to_q", solver = { iterations = 3, damping = 0.1, shrink = 0.5, trials = 3 } }"#,
            r#"{ update = "constrained", epsilon = 0.1, divergence = "mmd", solver = { iterations = 3, damping = 0.1, shrink = 0.5, trials = 3 } }"#,
        ],
    ),
    (
        "pi_q.eta",
        &[
            r#"{ kind = "zero" }"#,
            r#"{ kind = "fixed", value = 0.5 }"#,
            r#"{ kind = "entropy", target_per_dim = -1.0, initial = 1.0, lr = 0.001 }"#,
            r#"{ kind = "dual", epsilon = 0.1, initial_raw = 1.0, lr = 0.01 }"#,
            r#"{ kind = "joint", epsilon = 0.1 }"#,
            r#"{ kind = "adaptive", target = 0.1, initial = 1.0 }"#,
            r#"{ kind = "learned" }"#,
        ],
    ),
    (
        "pi_q.weights",
        &[
            r#"{ kind = "per_state" }"#,
            r#"{ kind = "batch", clip = 20.0 }"#,
            r#"{ kind = "unnormalised", clip = 20.0 }"#,
            r#"{ kind = "group" }"#,
            r#"{ kind = "linear" }"#,
            r#"{ kind = "top", fraction = 0.3, of = "minibatch" }"#,
            r#"{ kind = "top", fraction = 0.0, of = "minibatch" }"#,
        ],
    ),
    ("pi_q.baseline", &["none", "sampled"]),
    ("pi_q.divergence", &["q_to_p", "p_to_q", "mmd"]),
    (
        "pi_p",
        &[
            r#"{ update = "sg", actions = { kind = "previous", samples = 3 }, trust_region = { kind = "off" } }"#,
            r#"{ update = "fixed", to = "uniform" }"#,
            r#"{ update = "fixed", to = "behaviour" }"#,
            r#"{ update = "lagged", period = 5 }"#,
            r#"{ update = "analytic" }"#,
            r#"{ update = "posterior" }"#,
        ],
    ),
    (
        "pi_p.actions",
        &[
            r#"{ kind = "previous", samples = 3 }"#,
            r#"{ kind = "mixture" }"#,
            r#"{ kind = "uniform_mix", samples = 4, alpha = 0.5 }"#,
            r#"{ kind = "mixture_uniform", alpha = 0.5 }"#,
            r#"{ kind = "all" }"#,
            r#"{ kind = "groups", size = 4 }"#,
        ],
    ),
    (
        "pi_p.trust_region",
        &[r#"{ kind = "off" }"#, r#"{ kind = "whole", epsilon = 0.01, initial_raw = 1.0, lr = 0.01 }"#],
    ),
    (
        "estimate.target",
        &[
            r#"{ kind = "reward" }"#,
            r#"{ kind = "td" }"#,
            r#"{ kind = "n_step", n = 3 }"#,
            r#"{ kind = "gae", lambda = 0.9 }"#,
            r#"{ kind = "lambda", lambda = 0.9 }"#,
            r#"{ kind = "retrace", lambda = 0.9, length = 4 }"#,
            r#"{ kind = "dual" }"#,
        ],
    ),
    ("estimate.critics", &["single", "twin", "mean", r#"{ kind = "mix", lambda = 0.75 }"#]),
    ("estimate.next", &["online", "target", "smoothed"]),
    ("estimate.smoothing", &["{ std = 0.4, clip = 1.0 }", "{ std = -1.0, clip = 1.0 }"]),
    ("estimate.score", &["combined", "first"]),
    ("estimate.time_limits", &["bootstrap", "terminal"]),
    ("estimate.discount", &["0.9", "1.0", "1.5", "nan"]),
    (
        "pi.head",
        &["softmax", r#"{ kind = "delta", mean = "tanh" }"#, r#"{ kind = "delta", mean = "linear" }"#],
    ),
    ("pi.head.mean", &["linear", "tanh"]),
    (
        "pi.head.std",
        &[
            "learned",
            "quadratic",
            r#"{ kind = "constant", value = 0.3 }"#,
            r#"{ kind = "softplus", initial = 0.5 }"#,
            r#"{ kind = "exp", initial = 0.5 }"#,
        ],
    ),
    ("pi.bounds", &["none", r#"{ kind = "tanh", inset = 0.0 }"#, r#"{ kind = "tanh", inset = 1e-6 }"#]),
    (
        "pi.penalty",
        &[
            "off",
            r#"{ kind = "mean_l2", coefficient = 1.0 }"#,
            r#"{ kind = "logit_l2", coefficient = 0.01 }"#,
        ],
    ),
    ("code.layer_norm", &["true", "false"]),
    ("code.activation_after_tanh", &["true", "false"]),
    ("code.targets", &[r#"{ kind = "soft", tau = 0.01 }"#, r#"{ kind = "hard", period = 3 }"#]),
    (
        "code.input_norm",
        &[
            "off",
            r#"{ kind = "running", ingest = "each", variance_eps = 0.0, std_floor = 0.01, clip = 5.0, until = 100000 }"#,
            r#"{ kind = "running", ingest = "buffer", variance_eps = 0.0, std_floor = 0.01, clip = 5.0, until = 100000 }"#,
        ],
    ),
    ("code.policy_delay", &["0", "1", "2", "3"]),
    ("code.weight_init", &["fan_in", r#"{ kind = "orthogonal", gain = 1.4 }"#]),
    (
        "code.critic_output_init",
        &[
            "as_hidden",
            "fan_in",
            r#"{ kind = "orthogonal", gain = 1.0 }"#,
            r#"{ kind = "orthogonal", gain = -1.0 }"#,
        ],
    ),
    ("code.adam_eps", &["0.00000001", "0.00001", "0"]),
    ("code.lr_decay", &["off", r#"{ kind = "linear", steps = 100 }"#, r#"{ kind = "linear", steps = 0 }"#]),
    ("code.advantage_norm", &["off", "rollout", "minibatch"]),
    ("code.value_loss", &["plain", r#"{ kind = "clipped", epsilon = 0.2 }"#]),
    ("code.entropy_bonus", &["0.0", "0.01", "-1.0"]),
    ("code.kl_stop", &["off", r#"{ kind = "above", kl = 0.01 }"#]),
    ("code.reward_norm", &["off", r#"{ kind = "running", clip = 10.0 }"#]),
    ("collect.copies", &["1", "4", "0"]),
    ("code.gradient_clip", &["off", r#"{ kind = "norm", max = 1.0 }"#]),
    (
        "collect.exploration",
        &[
            "off",
            r#"{ kind = "gaussian", std = 0.2 }"#,
            r#"{ kind = "ornstein_uhlenbeck", theta = 0.15, std = 0.2, dt = 1.0 }"#,
            r#"{ kind = "ornstein_uhlenbeck", theta = 0.15, std = 0.2, dt = 10.0 }"#,
        ],
    ),
    (
        "collect",
        &[
            r#"{ kind = "replay", capacity = 500, batch = 8, warmup = 20, learn_after = 20, update_every = 1, updates = 1 }"#,
            r#"{ kind = "episodes", capacity = 500, batch = 8, warmup = 0, learn_after = 0, iteration = { kind = "fixed", every = 40, critic_steps = 3, policy_steps = 3 } }"#,
            r#"{ kind = "rollout", steps = 64, copies = 1, batch = 8, epochs = 2 }"#,
            r#"{ kind = "dataset", batch = 8 }"#,
        ],
    ),
];

/// What makes any method small and any run short; those that a method has no place for are left out.
const SMALL: [(&str, &str); 5] = [
    ("code.policy_sizes", "[8, 8]"),
    ("code.critic_sizes", "[8, 8]"),
    ("schedule.eval_every", "100"),
    ("schedule.eval_episodes", "1"),
    ("schedule.bias_episodes", "1"),
];

type Overrides = Vec<(String, String)>;

/// Numbers drawn from a seed.
struct Draws {
    seed: u64,
    drawn: u64,
}

impl Draws {
    fn below(&mut self, n: usize) -> usize {
        self.drawn += 1;
        (derived_seed(self.seed, "gate", self.drawn) % n as u64) as usize
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// An algorithm, or an arm of it, with one or two more overrides.
fn drawn(draws: &mut Draws) -> (&'static str, Overrides) {
    let (algo, mut overrides) = if draws.below(2) == 0 {
        (draws.of(ALGORITHMS), Overrides::new())
    } else {
        let arms = draws.of(&arms::TABLES).arms;
        let arm = draws.of(arms);
        (arm.algo, arm.overrides())
    };
    for _ in 0..=draws.below(2) {
        let (path, values) = draws.of(&CELLS);
        overrides.push((path.to_owned(), draws.of(values).to_owned()));
    }
    let mut paths = std::collections::BTreeSet::new();
    // An arm of a study has no path twice.
    overrides.retain(|(path, _)| paths.insert(path.clone()));
    (algo, overrides)
}

fn spec(task: &str) -> Spec {
    learner::make_task(task, TaskOptions::NONE).unwrap().spec().clone()
}

/// What the command line answers to `train`, `explain` and `bench` with these overrides.
fn resolved(algo: &str, spec: &Spec, overrides: &Overrides) -> Result<Table, String> {
    let method = paper::resolve(algo, spec, overrides).map_err(|error| error.to_string())?;
    Ok(Table::try_from(&method).unwrap())
}

/// What a study with these overrides in an arm, or in its budget, answers.
fn studied(algo: &str, task: &str, overrides: &Overrides) -> Result<(), String> {
    let value = |text: &str| {
        let is_toml = format!("x = {text}").parse::<Table>().is_ok();
        if is_toml { text.to_owned() } else { toml::Value::String(text.to_owned()).to_string() }
    };
    let set: Vec<String> =
        overrides.iter().map(|(path, text)| format!("{path:?} = {}", value(text))).collect();
    let text = format!(
        "title = \"t\"\n[[arm]]\nlabel = \"a\"\nalgo = \"{algo}\"\nset = {{ {} }}\n\
         [budget.b]\ntasks = {{ \"{task}\" = 60000 }}\nseeds = 1\nset = {{ \"schedule.eval_every\" = 100 }}\n",
        set.join(", ")
    );
    let study = StudyFile::parse(&text).map_err(|error| format!("{error:#}"))?;
    plan::Plan::new(&study, "b").map(|_| ()).map_err(|error| format!("{error:#}"))
}

/// The method of a configuration, small, trained until it has learned a little: whatever comes of it is a result.
fn trained(algo: &str, task: &str, method: &Table) -> Result<(), String> {
    let config = Config {
        algo: algo.to_owned(),
        env: task.to_owned(),
        seed: 3,
        steps: 400,
        task: TaskOptions::NONE,
        method: method.clone(),
    };
    let mut small = config.method().map_err(|error| format!("{error:#}"))?;
    for (path, value) in SMALL {
        let _ = small.set(path, value);
    }
    let (_, kinds) = CELLS[CELLS.len() - 1];
    if let Collect::Rollout { steps, batch, epochs, .. } = &mut small.collect {
        (*steps, *batch, *epochs) = (64, 8, 2);
    } else {
        let collect = if small.collect.iteration().is_some() { kinds[1] } else { kinds[0] };
        let _ = small.set("collect", collect);
    }
    let make = || learner::make_task(task, TaskOptions::NONE).unwrap();
    let copies = (0..small.collect.copies()).map(|_| make()).collect();
    let mut trainer = Trainer::of_copies(&small, copies, make(), 3, 1).map_err(|error| error.to_string())?;
    while trainer.step() < 260 || trainer.updates() < 20 {
        if trainer.piece(&mut |_| ()).map_err(|error| error.to_string())? != Status::Running {
            break;
        }
    }
    assert!(trainer.updates() > 0, "{algo} on {task} did not learn");
    Ok(())
}

/// Holds the answers of every door beside each other; whether the method was accepted.
fn held(algo: &str, task: &str, overrides: &Overrides) -> bool {
    let spec = spec(task);
    let (first, study) = (resolved(algo, &spec, overrides), studied(algo, task, overrides));
    let what = format!("{algo} on {task} with {overrides:?}");
    match (&first, &study) {
        (Ok(method), Ok(())) => {
            trained(algo, task, method).unwrap_or_else(|error| panic!("{what}: training says {error}"));
            true
        }
        (Err(one), Err(other)) => {
            assert!(other.ends_with(one.as_str()), "{what}: `{one}` and in a study `{other}`");
            false
        }
        _ => panic!("{what}: {first:?} and in a study {study:?}"),
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

#[test]
fn random_overrides_are_accepted_or_refused_by_all_alike() {
    let mut draws = Draws { seed: setting("COADAPT_GATE_SEED", 0), drawn: 0 };
    let count = setting("COADAPT_GATE_DRAWS", 400);
    let mut accepted = 0;
    for _ in 0..count {
        let ((algo, overrides), task) = (drawn(&mut draws), draws.of(&TASKS));
        accepted += u64::from(held(algo, task, &overrides));
    }
    assert!(accepted * 20 > count && accepted * 20 < count * 19, "{accepted} of {count} were accepted");
}

#[test]
fn every_arm_is_accepted_or_refused_by_all_alike() {
    for (table, arm) in arms::TABLES.iter().flat_map(|table| table.arms.iter().map(move |arm| (table, arm))) {
        let overrides = arm.overrides();
        assert!(held(arm.algo, "Pendulum-v1", &overrides), "{} is refused", table.name_of(arm));
        held(arm.algo, "CartPole-v1", &overrides);
    }
}

#[test]
fn the_program_answers_in_the_same_words() {
    let folder = Folder::new();
    let mut draws = Draws { seed: 1, drawn: 0 };
    for _ in 0..12 {
        let ((algo, overrides), task) = (drawn(&mut draws), draws.of(&TASKS));
        let sets: Vec<String> = overrides.iter().map(|(path, value)| format!("{path}={value}")).collect();
        let mut line = vec!["explain", "--algo", algo, "--env", task];
        line.extend(sets.iter().flat_map(|set| ["--set", set.as_str()]));
        match resolved(algo, &spec(task), &overrides) {
            Ok(_) => assert!(folder.run(&line).status.success(), "{line:?}"),
            Err(error) => {
                assert!(folder.refused(&line).contains(&error), "{line:?}");
                line[0] = "train";
                assert!(folder.refused(&line).contains(&error), "{line:?}");
                assert!(!folder.path("runs").exists(), "nothing is written before everything is checked");
            }
        }
    }
}
