//! The details that come with implementations of PPO (Engstrom et al. 2020, Andrychowicz et al. 2021, Huang et al. 2022), each taken from
//! the recipe or put into it; and V-MPO without each of its parts.

use super::{Override, Table, arm, base};

/// On which such details are mostly compared.
const TASKS: [&str; 3] = ["Hopper-v4", "HalfCheetah-v4", "Walker2d-v4"];

/// What a rollout's rows are compared at, on every task; the rates of the arm whose rates fall are 0 from there on.
const MILLION: u64 = 1_000_000;

const TD_1: Override = ("estimate.target.lambda", "1.0");
const N_STEP: Override = ("estimate.target", "{ kind = \"n_step\", n = 128 }");
const RAW_ADVANTAGES: Override = ("code.advantage_norm", "off");
const BY_ROLLOUT: Override = ("code.advantage_norm", "rollout");
const BY_MINIBATCH: Override = ("code.advantage_norm", "minibatch");
const VALUE_CLIP: Override = ("code.value_loss", "{ kind = \"clipped\", epsilon = 0.2 }");
const ENTROPY: Override = ("code.entropy_bonus", "0.01");
const KL_STOP: Override = ("code.kl_stop", "{ kind = \"above\", kl = 0.015 }");
const DECAY: Override = ("code.lr_decay", "{ kind = \"linear\", steps = 1000000 }");
const RAW_OBSERVATIONS: Override = ("code.input_norm", "off");
const SCALED_REWARDS: Override = ("code.reward_norm", "{ kind = \"running\", clip = 10.0 }");
const FAN_IN: Override = ("code.weight_init", "{ kind = \"fan_in\" }");
const LARGE_OUTPUT: Override = ("code.policy_output_init", "{ kind = \"orthogonal\", gain = 1.0 }");
const USUAL_EPS: Override = ("code.adam_eps", "1e-8");
const GRADIENT_CLIP: Override = ("code.gradient_clip", "{ kind = \"norm\", max = 0.5 }");
const RELU: Override = ("code.activation", "relu");
const SIGMA_OF_STATE: Override = ("pi.head.std", "{ kind = \"softplus\", initial = 1.0 }");
const SIGMA_OF_NO_STATE: Override = ("pi.head.std", "{ kind = \"exp\", initial = 0.5 }");
const TANH: Override = ("pi.bounds", "{ kind = \"tanh\", inset = 1e-6 }");
const COPIES: Override = ("collect.copies", "8");
const ONE_EPOCH: Override = ("collect.epochs", "1");
const NO_PENALTY: Override = ("pi_q.eta", "zero");
const FIXED: Override = ("pi_q.eta", "{ kind = \"fixed\", value = 1.0 }");
const OTHER_WAY: Override = ("pi_q.divergence", "q_to_p");
const ALL_ACTIONS: Override = ("pi_q.weights.fraction", "1.0");
const OF_ROLLOUT: Override = ("pi_q.weights.of", "rollout");
const NO_REGION: Override = ("pi_p.trust_region", "{ kind = \"off\" }");
const WHOLE_REGION: Override =
    ("pi_p.trust_region", "{ kind = \"whole\", epsilon = 0.01, initial_raw = 0.5413, lr = 0.01 }");
const SOFT_COPY: Override = ("code.targets", "{ kind = \"soft\", tau = 0.005 }");
const LATE_COPY: Override = ("code.targets.period", "640");

pub(super) const PPO_DETAILS: Table = Table {
    id: "ppo-details",
    caption: "PPO, clipped, without one of its details at a time, and with each that it has not",
    tasks: &TASKS,
    steps: Some(MILLION),
    arms: &[
        base("PPO", "ppo_clip"),
        base("PPO (penalty)", "ppo"),
        arm("PPO (fixed penalty)", "ppo", &[FIXED]),
        arm("PPO (penalty, the other KL)", "ppo", &[OTHER_WAY]),
        arm("PPO (neither clip nor penalty)", "ppo", &[NO_PENALTY]),
        arm("PPO (one epoch)", "ppo_clip", &[ONE_EPOCH]),
        arm("PPO (TD(1))", "ppo_clip", &[TD_1]),
        arm("PPO (n-step)", "ppo_clip", &[N_STEP]),
        arm("PPO (advantages as they are)", "ppo_clip", &[RAW_ADVANTAGES]),
        arm("PPO (advantages by minibatch)", "ppo_clip", &[BY_MINIBATCH]),
        arm("PPO (clipped value loss)", "ppo_clip", &[VALUE_CLIP]),
        arm("PPO (entropy bonus)", "ppo_clip", &[ENTROPY]),
        arm("PPO (KL stop)", "ppo_clip", &[KL_STOP]),
        arm("PPO (rates that fall)", "ppo_clip", &[DECAY]),
        arm("PPO (observations as they are)", "ppo_clip", &[RAW_OBSERVATIONS]),
        arm("PPO (scaled rewards)", "ppo_clip", &[SCALED_REWARDS]),
        arm("PPO (weights by fan-in)", "ppo_clip", &[FAN_IN]),
        arm("PPO (large first actions)", "ppo_clip", &[LARGE_OUTPUT]),
        arm("PPO (Adam's eps 1e-8)", "ppo_clip", &[USUAL_EPS]),
        arm("PPO (clipped gradients)", "ppo_clip", &[GRADIENT_CLIP]),
        arm("PPO (ReLU)", "ppo_clip", &[RELU]),
        arm("PPO (sigma of the state)", "ppo_clip", &[SIGMA_OF_STATE]),
        arm("PPO (tanh)", "ppo_clip", &[TANH]),
        arm("PPO (8 copies)", "ppo_clip", &[COPIES]),
    ],
};

pub(super) const VMPO_DETAILS: Table = Table {
    id: "vmpo-details",
    caption: "V-MPO without one of its parts at a time, and with some of other rows",
    tasks: &TASKS,
    steps: Some(MILLION),
    arms: &[
        base("V-MPO", "vmpo"),
        arm("V-MPO (all actions)", "vmpo", &[ALL_ACTIONS]),
        arm("V-MPO (half of the rollout)", "vmpo", &[OF_ROLLOUT]),
        arm("V-MPO (eta fixed)", "vmpo", &[FIXED]),
        arm("V-MPO (no trust region)", "vmpo", &[NO_REGION]),
        arm("V-MPO (one KL)", "vmpo", &[WHOLE_REGION]),
        arm("V-MPO (soft copy)", "vmpo", &[SOFT_COPY]),
        arm("V-MPO (late copy)", "vmpo", &[LATE_COPY]),
        arm("V-MPO (n-step)", "vmpo", &[N_STEP]),
        arm("V-MPO (advantages standardised)", "vmpo", &[BY_ROLLOUT]),
        arm("V-MPO (observations as they are)", "vmpo", &[RAW_OBSERVATIONS]),
        arm("V-MPO (sigma of no state)", "vmpo", &[SIGMA_OF_NO_STATE]),
        base("PPO", "ppo_clip"),
        base("TRPO", "trpo"),
    ],
};
