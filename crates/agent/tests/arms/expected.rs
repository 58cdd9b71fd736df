//! What each arm of the paper changes, typed by hand from its tables and appendices.

use super::rollouts;
use std::collections::BTreeMap;

/// A path and its new value as JSON; an empty one for what is gone.
pub type Leaf = (&'static str, &'static str);

/// An arm as the paper describes it.
pub struct Expected {
    pub table: &'static str,
    pub label: &'static str,
    pub algo: &'static str,
    changes: Vec<&'static [Leaf]>,
    pub seen: bool,
}

const SINGLE: &[Leaf] = &[("estimate.critics.kind", "\"single\"")];
const TWIN: &[Leaf] = &[("estimate.critics.kind", "\"twin\"")];
pub const TANH: &[Leaf] = &[("pi.bounds.kind", "\"tanh\""), ("pi.bounds.inset", "1e-6")];
const EDGE: &[Leaf] = &[("pi.bounds.kind", "\"tanh\""), ("pi.bounds.inset", "0.0")];
const NO_TANH: &[Leaf] = &[
    ("pi.bounds.kind", "\"none\""),
    ("pi.bounds.inset", ""),
    ("pi.penalty.kind", "\"samples\""),
    ("pi.penalty.samples", "20"),
    ("pi.penalty.epsilon", "0.001"),
    ("pi.penalty.initial_raw", "1.0"),
    ("pi.penalty.lr", "0.01"),
];
const LINEAR: &[Leaf] = &[("pi.head.mean", "\"linear\"")];
const SOFT: &[Leaf] = &[("g.kind", "\"soft_q\""), ("g.bonus.kind", "\"fixed\""), ("g.bonus.value", "0.01")];
const HARD: &[Leaf] = &[("g.kind", "\"q\""), ("g.bonus.kind", "")];
const ELU: &[Leaf] = &[("code.activation", "\"elu\"")];
pub const RELU: &[Leaf] = &[("code.activation", "\"relu\"")];
const NORM: &[Leaf] = &[("code.layer_norm", "true")];
const NO_NORM: &[Leaf] = &[("code.layer_norm", "false")];
const S: &[Leaf] = &[("code.policy_sizes", "[128,64]"), ("code.critic_sizes", "[128,64]")];
const M: &[Leaf] = &[("code.policy_sizes", "[256,256]"), ("code.critic_sizes", "[256,256]")];
const L: &[Leaf] = &[("code.policy_sizes", "[256,256,256]"), ("code.critic_sizes", "[512,512,256]")];

// What two architectures have in common is not there: both AWR and SAC have ReLU and Xavier, for example.
const SAC_TO_MPO: &[Leaf] = &[
    ("code.activation", "\"elu\""),
    ("code.layer_norm", "true"),
    ("code.policy_lr", "0.0001"),
    ("code.critic_lr", "0.0001"),
    ("code.weight_init.kind", "\"variance_scaling_uniform\""),
    ("code.weight_init.gain", ""),
    ("code.weight_init.scale", "0.33"),
    ("code.policy_output_init.kind", "\"variance_scaling_normal\""),
    ("code.policy_output_init.gain", ""),
    ("code.policy_output_init.scale", "0.0001"),
    ("code.policy_output_bias_init", "\"zeros\""),
];
const AWR_TO_MPO: &[Leaf] = &[
    ("code.activation", "\"elu\""),
    ("code.layer_norm", "true"),
    ("code.policy_lr", "0.0001"),
    ("code.critic_lr", "0.0001"),
    ("code.optimizer.kind", "\"adam\""),
    ("code.optimizer.momentum", ""),
    ("code.weight_init.kind", "\"variance_scaling_uniform\""),
    ("code.weight_init.gain", ""),
    ("code.weight_init.scale", "0.33"),
    ("code.policy_output_init.kind", "\"variance_scaling_normal\""),
    ("code.policy_output_init.bound", ""),
    ("code.policy_output_init.scale", "0.0001"),
];
const MPO_TO_SAC: &[Leaf] = &[
    ("code.activation", "\"relu\""),
    ("code.layer_norm", "false"),
    ("code.policy_lr", "0.0003"),
    ("code.critic_lr", "0.0003"),
    ("code.weight_init.kind", "\"xavier_uniform\""),
    ("code.weight_init.gain", "1.0"),
    ("code.weight_init.scale", ""),
    ("code.policy_output_init.kind", "\"xavier_uniform\""),
    ("code.policy_output_init.gain", "1.0"),
    ("code.policy_output_init.scale", ""),
    ("code.policy_output_bias_init", "\"fan_in\""),
];
const AWR_TO_SAC: &[Leaf] = &[
    ("code.policy_lr", "0.0003"),
    ("code.critic_lr", "0.0003"),
    ("code.optimizer.kind", "\"adam\""),
    ("code.optimizer.momentum", ""),
    ("code.policy_output_init.kind", "\"xavier_uniform\""),
    ("code.policy_output_init.gain", "1.0"),
    ("code.policy_output_init.bound", ""),
    ("code.policy_output_bias_init", "\"fan_in\""),
];
const SAC_TO_AWR: &[Leaf] = &[
    ("code.policy_lr", "of the task"),
    ("code.critic_lr", "0.01"),
    ("code.optimizer.kind", "\"sgd\""),
    ("code.optimizer.momentum", "0.9"),
    ("code.policy_output_init.kind", "\"uniform\""),
    ("code.policy_output_init.gain", ""),
    ("code.policy_output_init.bound", "0.01"),
    ("code.policy_output_bias_init", "\"zeros\""),
];
const MPO_TO_AWR: &[Leaf] = &[
    ("code.activation", "\"relu\""),
    ("code.layer_norm", "false"),
    ("code.policy_lr", "of the task"),
    ("code.critic_lr", "0.01"),
    ("code.optimizer.kind", "\"sgd\""),
    ("code.optimizer.momentum", "0.9"),
    ("code.weight_init.kind", "\"xavier_uniform\""),
    ("code.weight_init.gain", "1.0"),
    ("code.weight_init.scale", ""),
    ("code.policy_output_init.kind", "\"uniform\""),
    ("code.policy_output_init.scale", ""),
    ("code.policy_output_init.bound", "0.01"),
];
/// Inputs normalised: each observation counts once, because a row that learns from batches has no iterations.
const NORMALISED: &[Leaf] = &[
    ("code.input_norm.kind", "\"running\""),
    ("code.input_norm.ingest", "\"each\""),
    ("code.input_norm.variance_eps", "0.01"),
    ("code.input_norm.std_floor", "0.0"),
    ("code.input_norm.clip", "5.0"),
    ("code.input_norm.until", "300000"),
];
const NOT_NORMALISED: &[Leaf] = &[
    ("code.input_norm.kind", "\"off\""),
    ("code.input_norm.ingest", ""),
    ("code.input_norm.variance_eps", ""),
    ("code.input_norm.std_floor", ""),
    ("code.input_norm.clip", ""),
    ("code.input_norm.until", ""),
];

const UNIFORM_SAMPLES: &[Leaf] = &[("pi_p.actions.kind", "\"uniform_mix\"")];
const UNIFORM_REPLAY: &[Leaf] = &[("pi_p.actions.kind", "\"mixture_uniform\"")];
const QUARTER: &[Leaf] = &[("pi_p.actions.alpha", "0.25")];
const HALF: &[Leaf] = &[("pi_p.actions.alpha", "0.5")];
const THREE_QUARTERS: &[Leaf] = &[("pi_p.actions.alpha", "0.75")];
/// The prior a copy; the entropy's bound and what goes with it are gone, the rate is taken over or gone.
const COPY: &[Leaf] = &[
    ("pi_p.update", "\"lagged\""),
    ("pi_p.to", ""),
    ("pi_p.period", "100"),
    ("pi_q.eta.target_per_dim", ""),
    ("pi_q.eta.initial", ""),
];
const FIXED: &[Leaf] = &[("pi_q.eta.kind", "\"fixed\""), ("pi_q.eta.lr", "")];
const BOUND: &[Leaf] = &[("pi_q.eta.kind", "\"dual\""), ("pi_q.eta.initial_raw", "0.5413248546129181")];
const NO_REGION: &[Leaf] = &[
    ("pi_p.trust_region.kind", "\"off\""),
    ("pi_p.trust_region.mean", ""),
    ("pi_p.trust_region.std", ""),
    ("pi_p.trust_region.mean_raw", ""),
    ("pi_p.trust_region.std_raw", ""),
    ("pi_p.trust_region.lr", ""),
];

/// The leaves that `arm` changes on `task`.
pub fn leaves(arm: &Expected, task: &str) -> BTreeMap<String, String> {
    // Table 9.
    let awr_lr = match task {
        "Hopper-v2" => "0.0001",
        "Walker2d-v2" => "0.000025",
        "Humanoid-v2" => "0.00001",
        _ => "0.00005",
    };
    let mut leaves = BTreeMap::new();
    for (path, value) in arm.changes.iter().flat_map(|change| change.iter()) {
        let value = if *value == "of the task" { awr_lr } else { value };
        // As the tree writes its numbers.
        let value = value
            .parse::<f64>()
            .ok()
            .filter(|_| value.contains(['.', 'e']))
            .map_or((*value).to_owned(), |number| serde_json::Value::from(number).to_string());
        assert_eq!(leaves.insert((*path).to_owned(), value), None, "{path} is typed twice");
    }
    // On Hopper, AWR's rate is MPO's.
    let both_small = task == "Hopper-v2" && matches!(arm.label, "AWR (MPO)" | "MPO (AWR)");
    if both_small {
        leaves.remove("code.policy_lr");
    }
    leaves
}

/// All of them.
pub fn arms() -> Vec<Expected> {
    let mut all = Vec::new();
    for (table, label, algo, changes) in
        [implementation(), code(), appendix_g(), readings(), td3(), rollouts::ppo(), rollouts::vmpo()]
            .concat()
    {
        all.push(Expected { table, label, algo, changes, seen: false });
    }
    for table in ["table16", "table17", "table18", "table19", "table20", "table21"] {
        for (label, algo, changes) in exchanged() {
            all.push(Expected { table, label, algo, changes, seen: false });
        }
    }
    all
}

pub type Line = (&'static str, &'static str, &'static str, Vec<&'static [Leaf]>);

fn implementation() -> Vec<Line> {
    vec![
        ("figure1", "SAC", "sac", vec![]),
        ("figure1", "MPO", "mpo", vec![]),
        ("figure1", "AWR", "awr", vec![]),
        ("figure1", "AWAC", "awac", vec![]),
        ("figure3", "SAC", "sac", vec![]),
        ("figure3", "MPO", "mpo", vec![]),
        ("figure3", "AWR", "awr", vec![]),
        ("figure4", "AWR", "awr_xbp", vec![]),
        ("table2", "SAC (D)", "sac", vec![]),
        ("table2", "SAC (S)", "sac", vec![SINGLE]),
        ("table2", "AWAC (D)", "awac", vec![]),
        ("table2", "AWAC (S)", "awac", vec![SINGLE]),
        ("table2", "MPO (D)", "mpo", vec![TWIN]),
        ("table2", "MPO (S)", "mpo", vec![]),
        ("table3", "SAC (w/)", "sac", vec![]),
        ("table3", "SAC (w/o)", "sac", vec![NO_TANH]),
        ("table3", "AWR (w/)", "awr", vec![TANH]),
        ("table3", "AWR (w/o)", "awr", vec![]),
        ("table3", "MPO (w/)", "mpo", vec![TANH]),
        ("table3", "MPO (w/o)", "mpo", vec![]),
        ("table11", "SAC", "sac", vec![]),
        ("table11", "SAC (w/o Soft Q)", "sac", vec![HARD]),
        ("table11", "MPO", "mpo", vec![]),
        ("table11", "MPO (w/ Soft Q)", "mpo", vec![SOFT]),
        ("table11", "AWAC", "awac", vec![]),
        ("table11", "AWAC (w/ Soft Q)", "awac", vec![SOFT]),
        ("table13", "MPO (S)", "mpo", vec![]),
        ("table13", "MPO (D)", "mpo", vec![TWIN]),
        ("table13", "MPO (Soft Q, S)", "mpo", vec![SOFT]),
        ("table13", "MPO (Soft Q, D)", "mpo", vec![SOFT, TWIN]),
        ("table13", "AWAC (S)", "awac", vec![SINGLE]),
        ("table13", "AWAC (D)", "awac", vec![]),
        ("table13", "AWAC (Soft Q, S)", "awac", vec![SOFT, SINGLE]),
        ("table13", "AWAC (Soft Q, D)", "awac", vec![SOFT]),
        ("table14", "MPO", "mpo", vec![]),
        ("table14", "MPO (Soft Q)", "mpo", vec![SOFT]),
        ("table14", "MPO (Soft Q, Tanh)", "mpo", vec![SOFT, EDGE]),
        ("table14", "MPO (Soft Q, Tanh, clipped)", "mpo", vec![SOFT, TANH]),
        ("table14", "AWAC", "awac", vec![]),
        ("table14", "AWAC (Soft Q)", "awac", vec![SOFT]),
        ("table14", "AWAC (Soft Q, Tanh)", "awac", vec![SOFT, TANH, LINEAR]),
        ("table15", "SAC (w/)", "sac", vec![]),
        ("table15", "SAC (w/o)", "sac", vec![NO_TANH]),
        ("table15", "AWR (w/)", "awr", vec![EDGE]),
        ("table15", "AWR (w/o)", "awr", vec![]),
        ("table15", "MPO (w/)", "mpo", vec![EDGE]),
        ("table15", "MPO (w/o)", "mpo", vec![]),
    ]
}

fn code() -> Vec<Line> {
    vec![
        ("table4", "SAC", "sac", vec![]),
        ("table4", "SAC-E+", "sac", vec![ELU]),
        ("table4", "SAC-L+", "sac", vec![NORM]),
        ("table4", "SAC-E+L+", "sac", vec![ELU, NORM]),
        ("table4", "MPO", "mpo", vec![]),
        ("table4", "MPO-E-", "mpo", vec![RELU]),
        ("table4", "MPO-L-", "mpo", vec![NO_NORM]),
        ("table4", "MPO-E-L-", "mpo", vec![RELU, NO_NORM]),
        ("table4", "AWR", "awr", vec![]),
        ("table4", "AWR-E+", "awr", vec![ELU]),
        ("table4", "AWR-L+", "awr", vec![NORM]),
        ("table4", "AWR-E+L+", "awr", vec![ELU, NORM]),
        ("table5", "SAC (L)", "sac", vec![L]),
        ("table5", "SAC (M)", "sac", vec![]),
        ("table5", "SAC (S)", "sac", vec![S]),
        ("table5", "MPO (L)", "mpo", vec![]),
        ("table5", "MPO (M)", "mpo", vec![M]),
        ("table5", "MPO (S)", "mpo", vec![S]),
        ("table5", "AWR (L)", "awr", vec![L]),
        ("table5", "AWR (M)", "awr", vec![M]),
        ("table5", "AWR (S)", "awr", vec![]),
        ("table10", "SAC", "sac", vec![]),
        ("table10", "SAC-E+", "sac", vec![ELU]),
        ("table10", "SAC-L+", "sac", vec![NORM]),
        ("table10", "SAC-E+L+", "sac", vec![ELU, NORM]),
        ("table10", "MPO", "mpo", vec![]),
        ("table10", "AWR", "awr", vec![]),
        ("table12", "AWAC (L)", "awac", vec![L]),
        ("table12", "AWAC (M)", "awac", vec![]),
        ("table12", "AWAC (S)", "awac", vec![S]),
    ]
}

fn exchanged() -> Vec<(&'static str, &'static str, Vec<&'static [Leaf]>)> {
    vec![
        ("MPO (MPO)", "mpo", vec![]),
        ("MPO (AWR)", "mpo", vec![S, MPO_TO_AWR, NORMALISED]),
        ("MPO (SAC)", "mpo", vec![M, MPO_TO_SAC]),
        ("AWR (MPO)", "awr", vec![L, AWR_TO_MPO, NOT_NORMALISED]),
        ("AWR (AWR)", "awr", vec![]),
        ("AWR (SAC)", "awr", vec![M, AWR_TO_SAC, NOT_NORMALISED]),
        ("SAC (MPO)", "sac", vec![L, SAC_TO_MPO]),
        ("SAC (AWR)", "sac", vec![S, SAC_TO_AWR, NORMALISED]),
        ("SAC (SAC)", "sac", vec![]),
    ]
}

fn appendix_g() -> Vec<Line> {
    let line = |label, algo, changes| ("appendixg", label, algo, changes);
    vec![
        line("MPO (alpha 0.25)", "mpo", vec![UNIFORM_SAMPLES, QUARTER]),
        line("MPO (alpha 0.5)", "mpo", vec![UNIFORM_SAMPLES, HALF]),
        line("MPO (alpha 0.75)", "mpo", vec![UNIFORM_SAMPLES, THREE_QUARTERS]),
        line("AWAC (alpha 0.25)", "awac", vec![UNIFORM_REPLAY, QUARTER]),
        line("AWAC (alpha 0.5)", "awac", vec![UNIFORM_REPLAY, HALF]),
        line("AWAC (alpha 0.75)", "awac", vec![UNIFORM_REPLAY, THREE_QUARTERS]),
        line("KL-SAC (eta 1.0)", "sac", vec![COPY, FIXED, &[("pi_q.eta.value", "1.0")]]),
        line("KL-SAC (eta 0.1)", "sac", vec![COPY, FIXED, &[("pi_q.eta.value", "0.1")]]),
        line("KL-SAC (eta 0.01)", "sac", vec![COPY, FIXED, &[("pi_q.eta.value", "0.01")]]),
        line("KL-SAC (eps 0.1)", "sac", vec![COPY, BOUND, &[("pi_q.eta.epsilon", "0.1")]]),
        line("KL-SAC (eps 0.01)", "sac", vec![COPY, BOUND, &[("pi_q.eta.epsilon", "0.01")]]),
        line("KL-SAC (eps 0.001)", "sac", vec![COPY, BOUND, &[("pi_q.eta.epsilon", "0.001")]]),
        line("MPO (w/o TR)", "mpo", vec![NO_REGION]),
    ]
}

/// SAC without tanh, as its penalty may be read.
fn readings() -> Vec<Line> {
    const PLAIN: &[Leaf] = &[("pi.bounds.kind", "\"none\""), ("pi.bounds.inset", "")];
    const OF_MEAN: &[Leaf] = &[("pi.penalty.kind", "\"mean_l2\""), ("pi.penalty.coefficient", "10.0")];
    let line = |label, changes| ("sac-without-tanh", label, "sac", changes);
    vec![
        line("SAC", vec![]),
        line("SAC (penalty of samples)", vec![NO_TANH]),
        line("SAC (penalty of the mean)", vec![PLAIN, OF_MEAN]),
        line("SAC (no penalty)", vec![PLAIN]),
    ]
}

/// The ablation of TD3's own paper, and what of TD3 another row can have.
fn td3() -> Vec<Line> {
    const ALONE: &[Leaf] = &[("estimate.critics.kind", "\"single\"")];
    const NEXT: &[Leaf] = &[("estimate.next", "\"target\"")];
    const UNDELAYED: &[Leaf] = &[("code.policy_delay", "")];
    const SILENT: &[Leaf] = &[("collect.exploration.kind", ""), ("collect.exploration.std", "")];
    let line = |label, algo, changes| ("td3-details", label, algo, changes);
    vec![
        line("TD3", "td3", vec![]),
        line("TD3 (single critic)", "td3", vec![ALONE]),
        line("TD3 (no smoothing)", "td3", vec![NEXT]),
        line("TD3 (no delay)", "td3", vec![UNDELAYED]),
        line("TD3 (no exploration)", "td3", vec![SILENT]),
        line("TD3 (climbs the smaller Q)", "td3", vec![&[("estimate.score", "")]]),
        line("DDPG", "ddpg", vec![]),
        line("SAC", "sac", vec![]),
        line("SAC (delay)", "sac", vec![&[("code.policy_delay", "2")]]),
        line("SAC (target policy)", "sac", vec![NEXT]),
        line("SAC (smoothing)", "sac", vec![&[("estimate.next", "\"smoothed\"")], HARD]),
    ]
}
