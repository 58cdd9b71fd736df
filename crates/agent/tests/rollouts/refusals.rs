//! What cannot be learned from a rollout is refused before anything runs: the cell or the field by its name, and why.

use crate::plans;
use crate::start::{Change, method};
use crate::toy::Toy;
use coadapt_agent::{Dims, Method};

const RETRACE: &str = "{ kind = \"retrace\", lambda = 0.95, length = 4 }";
const DUAL: &str = "{ kind = \"dual\", epsilon = 0.1, initial_raw = 1.0, lr = 1e-2 }";
const ENTROPY: &str = "{ kind = \"entropy\", target_per_dim = -1.0, initial = 1.0, lr = 1e-3 }";
const ADAPTIVE: &str = "{ kind = \"adaptive\", target = 0.01, initial = 1.0 }";
const REGION: &str =
    "{ kind = \"mean_std\", mean = 1e-3, std = 1e-6, mean_raw = 1.0, std_raw = 1.0, lr = 1e-2 }";
const SAMPLES: &str = "{ kind = \"samples\", samples = 20, epsilon = 1e-3, initial_raw = 1.0, lr = 1e-2 }";
const MEAN_L2: &str = "{ kind = \"mean_l2\", coefficient = 1.0 }";
const LOGIT_L2: &str = "{ kind = \"logit_l2\", coefficient = 1.0 }";
const TANH: &str = "{ kind = \"tanh\", inset = 1e-6 }";
const DELTA: &str = "{ kind = \"delta\", mean = \"linear\" }";
const UNIFORM: &str = "{ update = \"fixed\", to = \"uniform\" }";
const LAGGED: &str = "{ update = \"lagged\", period = 10 }";

const BOX: fn() -> Toy = Toy::new;
const CHOICES: fn() -> Toy = Toy::discrete;

fn refusal(method: &Method, task: &Toy) -> String {
    let width = if task.is_discrete() { 3 } else { 1 };
    plans::refusal(method, Dims { obs: 2, action: width })
}

/// A row on a task, an override of it, the cell that is then refused, and why.
type Cell = (&'static str, fn() -> Toy, Change, &'static str, &'static str);

/// Demands of each that the cell is named, and the reason given whole.
fn assert_cells(cells: &[Cell]) {
    for (algo, task, change, column, reason) in cells {
        let told = refusal(&method(algo, &task(), &[*change]), &task());
        let (begin, end) = (format!("`{column}` = "), format!(" does not run here yet: {reason}"));
        assert!(told.starts_with(&begin) && told.ends_with(&end), "{algo} with {change:?}: {told}");
    }
}

#[test]
fn a_surrogate_s_cells() {
    const ITS_PRIOR: &str = "a surrogate's ratios are to the policy that took the actions: pi_p is the posterior of the step before";
    assert_cells(&[
        ("ppo", BOX, ("family", "EM"), "pi_q", "EM control solves for pi_q analytically"),
        ("ppo_clip", BOX, ("pi_p", UNIFORM), "pi_p", ITS_PRIOR),
        ("trpo", CHOICES, ("pi_p", LAGGED), "pi_p", ITS_PRIOR),
        ("ppo", BOX, ("pi_q.divergence", "mmd"), "pi_q", "a surrogate's penalty is a KL, p_to_q or q_to_p"),
        ("ppo", CHOICES, ("pi_q.eta", DUAL), "pi_q", "on rollouts eta is zero, fixed or adaptive"),
        ("ppo", BOX, ("pi_q.eta", ENTROPY), "pi_q", "on rollouts eta is zero, fixed or adaptive"),
        (
            "trpo",
            BOX,
            ("pi_q.divergence", "mmd"),
            "pi_q",
            "a constrained step's bound is on a KL, p_to_q or q_to_p",
        ),
        (
            "trpo",
            BOX,
            ("pi.penalty", MEAN_L2),
            "pi",
            "a constrained step is of ratio A alone: pi.penalty must be off",
        ),
    ]);
}

#[test]
fn the_cells_of_weights_of_the_best() {
    const OF_PI_P: &str = "a rollout has one action of the previous policy a state: pi_p runs as sg with actions = { kind = \
                           \"previous\", samples = 1 }";
    const OF_ETA: &str = "weights of the largest advantages run with eta fixed or a dual";
    assert_cells(&[
        ("vmpo", BOX, ("family", "KL"), "pi_q", "weights of the largest advantages are EM control's"),
        (
            "vmpo",
            BOX,
            ("pi_q.baseline", "sampled"),
            "pi_q",
            "advantages have their baseline already: weights of the largest run without",
        ),
        ("vmpo", BOX, ("pi_q.eta", "zero"), "pi_q", OF_ETA),
        ("vmpo", CHOICES, ("pi_q.eta", ADAPTIVE), "pi_q", OF_ETA),
        ("vmpo", BOX, ("pi_p.actions.samples", "20"), "pi_p", OF_PI_P),
        ("vmpo", CHOICES, ("pi_p.actions", "all"), "pi_p", OF_PI_P),
        ("vmpo", BOX, ("pi_p", LAGGED), "pi_p", OF_PI_P),
        (
            "vmpo",
            CHOICES,
            ("pi_p.trust_region", REGION),
            "pi_p",
            "a softmax policy has no mean: its trust region is whole, or off",
        ),
    ]);
}

#[test]
fn the_critic_s_cells() {
    const CRITIC: &str = "advantages of rollouts run on a single critic with next = \"online\"";
    const TARGET: &str = "advantages of rollouts run on GAE, TD(lambda), n-step or TD(0) returns";
    for algo in ["ppo", "ppo_clip", "vmpo", "trpo"] {
        assert_cells(&[
            (algo, BOX, ("g", "q"), "g", "rollouts are learned from by advantages"),
            (algo, BOX, ("estimate.critics", "twin"), "estimate", CRITIC),
            (algo, CHOICES, ("estimate.next", "target"), "estimate", CRITIC),
            (algo, BOX, ("estimate.score", "first"), "estimate", CRITIC),
            (algo, CHOICES, ("estimate.target", RETRACE), "estimate", TARGET),
            (algo, BOX, ("estimate.target", "reward"), "estimate", TARGET),
        ]);
    }
}

#[test]
fn the_policy_s_cells() {
    const DENSITY: &str =
        "rollouts are learned from by the probabilities of their actions: a Gaussian policy or a softmax";
    for algo in ["ppo", "ppo_clip", "vmpo", "trpo"] {
        assert_cells(&[
            (
                algo,
                BOX,
                ("pi.penalty", SAMPLES),
                "pi",
                "the penalty of sampled actions needs samples beside the rollout's",
            ),
            (
                algo,
                CHOICES,
                ("pi.penalty", MEAN_L2),
                "pi",
                "discrete actions have no box: pi.penalty must be off or logit_l2",
            ),
            (algo, BOX, ("pi.penalty", LOGIT_L2), "pi", "only a softmax policy has logits to penalise"),
            (
                algo,
                CHOICES,
                ("pi.bounds", TANH),
                "pi",
                "discrete actions have no box: pi.bounds must be none",
            ),
            (algo, BOX, ("pi.head", DELTA), "pi", DENSITY),
            (algo, BOX, ("pi.head.std", "quadratic"), "pi", DENSITY),
        ]);
    }
}

/// A row on a task, overrides of it, and the whole sentence with which they are refused.
type Detail = (&'static str, fn() -> Toy, &'static [Change], &'static str);

fn assert_details(details: &[Detail]) {
    for (algo, task, changes, sentence) in details {
        assert_eq!(refusal(&method(algo, &task(), changes), &task()), *sentence, "{algo} with {changes:?}");
    }
}

#[test]
fn details_of_rollouts_where_there_is_none() {
    for algo in ["sac", "awr"] {
        assert_details(&[
            (
                algo,
                BOX,
                &[("code.advantage_norm", "rollout")],
                "`code.advantage_norm` is rollout, but must be off for a row that learns from no rollout",
            ),
            (
                algo,
                BOX,
                &[("code.value_loss", "{ kind = \"clipped\", epsilon = 0.2 }")],
                "`code.value_loss` is clipped, but must be plain for a row that learns from no rollout",
            ),
            (
                algo,
                BOX,
                &[("code.reward_norm", "{ kind = \"running\", clip = 10 }")],
                "`code.reward_norm` is running, but must be off for a row that learns from no rollout",
            ),
            (
                algo,
                BOX,
                &[("code.entropy_bonus", "0.01")],
                "`code.entropy_bonus` is 0.01, but must be 0 for a row that learns from no rollout",
            ),
        ]);
    }
}

#[test]
fn details_that_a_row_of_rollouts_has_no_use_for() {
    const STOP: &[Change] = &[("code.kl_stop", "{ kind = \"above\", kl = 0.01 }")];
    const NO_STOP: &str = "`code.kl_stop` is above, but must be off for a row whose policy is not stepped on a surrogate minibatch by \
                           minibatch";
    const NEW: &[Change] = &[("code.input_norm.ingest", "new_episodes")];
    const NO_NEW: &str = "`code.input_norm.ingest` is new_episodes, but must be each, or buffer for all of a rollout at once: its \
                          episodes go on in the next";
    const DELAY: &[Change] = &[("code.policy_delay", "2")];
    assert_details(&[
        ("vmpo", BOX, STOP, NO_STOP),
        ("trpo", CHOICES, STOP, NO_STOP),
        ("sac", BOX, STOP, NO_STOP),
        (
            "trpo",
            BOX,
            &[("code.advantage_norm", "minibatch")],
            "`code.advantage_norm` is minibatch, but must be off or rollout for a constrained step, which is one of the whole rollout",
        ),
        ("ppo", BOX, NEW, NO_NEW),
        ("vmpo", CHOICES, NEW, NO_NEW),
        (
            "ppo_clip",
            BOX,
            DELAY,
            "`code.policy_delay` is 2, but must be 1 on rollouts: the policy is delayed where a critic learns from a replay",
        ),
        (
            "vmpo",
            BOX,
            DELAY,
            "`code.policy_delay` is 2, but must be 1 in EM control: the policy is delayed in KL control alone",
        ),
    ]);
}

#[test]
fn details_that_no_row_can_use_as_they_are() {
    const SGD: Change = ("code.optimizer", "{ kind = \"sgd\", momentum = 0.9 }");
    const NORM: Change = (
        "code.input_norm",
        "{ kind = \"running\", ingest = \"buffer\", variance_eps = 0.01, std_floor = 0, clip = 5, until = 100 }",
    );
    const NOISE: Change = ("collect.exploration", "{ kind = \"gaussian\", std = 0.1 }");
    assert_details(&[
        (
            "ppo",
            BOX,
            &[("code.activation_after_tanh", "true")],
            "`code.activation_after_tanh` is true, but must be false where code.layer_norm is: without layer norm the first layer \
             has no tanh",
        ),
        (
            "ppo",
            BOX,
            &[SGD],
            "`code.adam_eps` is 1e-5, but must be 1e-8, which is not used, where code.optimizer is not adam",
        ),
        (
            "ppo",
            CHOICES,
            &[("estimate.smoothing.std", "0.1")],
            "`estimate.smoothing` is { std = 0.1, clip = 0.5 }, but must be { std = 0.2, clip = 0.5 }, which is not used, where \
             estimate.next is not smoothed",
        ),
        (
            "sac",
            BOX,
            &[NORM],
            "`code.input_norm.ingest` is over stored episodes, but must be each for a row that learns from single batches",
        ),
        (
            "mpo",
            CHOICES,
            &[NOISE],
            "`collect.exploration` is gaussian, but must be off for a softmax policy: noise is added to continuous actions",
        ),
        (
            "mpo",
            BOX,
            &[NOISE, ("estimate.target", RETRACE)],
            "`collect.exploration` is gaussian, but must be off with Retrace, which asks how likely the stored actions were",
        ),
    ]);
}

#[test]
fn numbers_out_of_their_range() {
    let told = |algo: &str, path: &str, value: &str| {
        method(algo, &Toy::new(), &[]).set(path, value).unwrap_err().to_string()
    };
    for (algo, path, value, sentence) in [
        (
            "ppo",
            "collect.copies",
            "5",
            "`collect.steps` is 96, but must be a multiple of collect.copies and at most 2147483648",
        ),
        ("ppo", "collect.copies", "0", "`collect.copies` is 0, but must be at least 1"),
        ("ppo", "collect.batch", "97", "`collect.batch` is 97, but must be at most collect.steps"),
        ("vmpo", "collect.epochs", "0", "`collect.epochs` is 0, but must be at least 1"),
        ("ppo_clip", "pi_q.epsilon", "1", "`pi_q.epsilon` is 1, but must be above 0 and below 1"),
        (
            "ppo",
            "pi_q.eta.target",
            "0",
            "`pi_q.eta.target` is 0, but must be a number above 0 that f32 can hold",
        ),
        (
            "vmpo",
            "pi_q.weights.fraction",
            "1.5",
            "`pi_q.weights.fraction` is 1.5, but must be above 0 and at most 1",
        ),
        ("ppo", "code.entropy_bonus", "-0.1", "`code.entropy_bonus` is -0.1, but must be at least 0"),
        (
            "ppo",
            "code.value_loss",
            "{ kind = \"clipped\", epsilon = 0 }",
            "`code.value_loss.epsilon` is 0, but must be a number above 0 that f32 can hold",
        ),
        (
            "ppo",
            "code.kl_stop",
            "{ kind = \"above\", kl = 0 }",
            "`code.kl_stop.kl` is 0, but must be a number above 0 that f32 can hold",
        ),
        (
            "ppo",
            "code.reward_norm",
            "{ kind = \"running\", clip = 0 }",
            "`code.reward_norm.clip` is 0, but must be a number above 0 that f32 can hold",
        ),
    ] {
        assert_eq!(told(algo, path, value), sentence);
    }
}
