//! What each arm on the details of rollouts changes, typed by hand.

use super::expected::{Leaf, Line, RELU, TANH};

const MINIBATCH: &[Leaf] = &[("code.advantage_norm", "\"minibatch\"")];
const VALUE: &[Leaf] = &[("code.value_loss.kind", "\"clipped\""), ("code.value_loss.epsilon", "0.2")];
const STOP: &[Leaf] = &[("code.kl_stop.kind", "\"above\""), ("code.kl_stop.kl", "0.015")];
const FALL: &[Leaf] = &[("code.lr_decay.kind", "\"linear\""), ("code.lr_decay.steps", "1000000")];
const REWARDS: &[Leaf] = &[("code.reward_norm.kind", "\"running\""), ("code.reward_norm.clip", "10.0")];
const FAN_IN: &[Leaf] = &[("code.weight_init.kind", "\"fan_in\""), ("code.weight_init.gain", "")];
const NORM: &[Leaf] = &[("code.gradient_clip.kind", "\"norm\""), ("code.gradient_clip.max", "0.5")];
const OBSERVATIONS: &[Leaf] = &[
    ("code.input_norm.kind", "\"off\""),
    ("code.input_norm.ingest", ""),
    ("code.input_norm.variance_eps", ""),
    ("code.input_norm.std_floor", ""),
    ("code.input_norm.clip", ""),
    ("code.input_norm.until", ""),
];
const N_STEP: &[Leaf] =
    &[("estimate.target.kind", "\"n_step\""), ("estimate.target.n", "128"), ("estimate.target.lambda", "")];
const NO_TARGET: &[Leaf] = &[("pi_q.eta.target", ""), ("pi_q.eta.initial", "")];
const FIXED: &[Leaf] = &[("pi_q.eta.kind", "\"fixed\""), ("pi_q.eta.value", "1.0")];
const NO_DUAL: &[Leaf] = &[("pi_q.eta.epsilon", ""), ("pi_q.eta.initial_raw", ""), ("pi_q.eta.lr", "")];
const NO_REGION: &[Leaf] = &[
    ("pi_p.trust_region.kind", "\"off\""),
    ("pi_p.trust_region.mean", ""),
    ("pi_p.trust_region.std", ""),
    ("pi_p.trust_region.mean_raw", ""),
    ("pi_p.trust_region.std_raw", ""),
    ("pi_p.trust_region.lr", ""),
];
const WHOLE: &[Leaf] = &[
    ("pi_p.trust_region.kind", "\"whole\""),
    ("pi_p.trust_region.epsilon", "0.01"),
    ("pi_p.trust_region.initial_raw", "0.5413"),
    ("pi_p.trust_region.mean", ""),
    ("pi_p.trust_region.std", ""),
    ("pi_p.trust_region.mean_raw", ""),
    ("pi_p.trust_region.std_raw", ""),
];
const SOFT: &[Leaf] =
    &[("code.targets.kind", "\"soft\""), ("code.targets.tau", "0.005"), ("code.targets.period", "")];

pub fn ppo() -> Vec<Line> {
    let line = |label, algo, changes| ("ppo-details", label, algo, changes);
    let clipped = |label, changes: &'static [Leaf]| line(label, "ppo_clip", vec![changes]);
    vec![
        line("PPO", "ppo_clip", vec![]),
        line("PPO (penalty)", "ppo", vec![]),
        line("PPO (fixed penalty)", "ppo", vec![FIXED, NO_TARGET]),
        line("PPO (penalty, the other KL)", "ppo", vec![&[("pi_q.divergence", "\"q_to_p\"")]]),
        line("PPO (neither clip nor penalty)", "ppo", vec![&[("pi_q.eta.kind", "\"zero\"")], NO_TARGET]),
        clipped("PPO (one epoch)", &[("collect.epochs", "1")]),
        clipped("PPO (TD(1))", &[("estimate.target.lambda", "1.0")]),
        clipped("PPO (n-step)", N_STEP),
        clipped("PPO (advantages as they are)", &[("code.advantage_norm", "")]),
        clipped("PPO (advantages by minibatch)", MINIBATCH),
        clipped("PPO (clipped value loss)", VALUE),
        clipped("PPO (entropy bonus)", &[("code.entropy_bonus", "0.01")]),
        clipped("PPO (KL stop)", STOP),
        clipped("PPO (rates that fall)", FALL),
        clipped("PPO (observations as they are)", OBSERVATIONS),
        clipped("PPO (scaled rewards)", REWARDS),
        clipped("PPO (weights by fan-in)", FAN_IN),
        clipped("PPO (large first actions)", &[("code.policy_output_init.gain", "1.0")]),
        clipped("PPO (Adam's eps 1e-8)", &[("code.adam_eps", "")]),
        clipped("PPO (clipped gradients)", NORM),
        clipped("PPO (ReLU)", RELU),
        clipped("PPO (sigma of the state)", &[("pi.head.std.kind", "\"softplus\"")]),
        clipped("PPO (tanh)", TANH),
        clipped("PPO (8 copies)", &[("collect.copies", "8")]),
    ]
}

pub fn vmpo() -> Vec<Line> {
    let line = |label, algo, changes| ("vmpo-details", label, algo, changes);
    let one = |label, changes: &'static [Leaf]| line(label, "vmpo", vec![changes]);
    vec![
        line("V-MPO", "vmpo", vec![]),
        one("V-MPO (all actions)", &[("pi_q.weights.fraction", "1.0")]),
        one("V-MPO (half of the rollout)", &[("pi_q.weights.of", "\"rollout\"")]),
        line("V-MPO (eta fixed)", "vmpo", vec![FIXED, NO_DUAL]),
        one("V-MPO (no trust region)", NO_REGION),
        one("V-MPO (one KL)", WHOLE),
        one("V-MPO (soft copy)", SOFT),
        one("V-MPO (late copy)", &[("code.targets.period", "640")]),
        one("V-MPO (n-step)", N_STEP),
        one("V-MPO (advantages standardised)", &[("code.advantage_norm", "\"rollout\"")]),
        one("V-MPO (observations as they are)", OBSERVATIONS),
        one("V-MPO (sigma of no state)", &[("pi.head.std.kind", "\"exp\"")]),
        line("PPO", "ppo_clip", vec![]),
        line("TRPO", "trpo", vec![]),
    ]
}
