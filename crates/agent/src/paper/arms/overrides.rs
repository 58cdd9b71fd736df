//! The overrides that arms are made of, each one component, and the numbers the paper does not print.

use super::Override;

/// One critic.
pub(super) const SINGLE: Override = ("estimate.critics", "single");
/// Clipped double Q-learning.
pub(super) const TWIN: Override = ("estimate.critics", "twin");

/// Squashed, with actions kept off the edge (Appendix H.1).
pub(super) const TANH: Override = ("pi.bounds", "{ kind = \"tanh\", inset = 1e-6 }");
/// Squashed, with actions as they come (Table 15).
pub(super) const TANH_UNCLIPPED: Override = ("pi.bounds", "{ kind = \"tanh\", inset = 0.0 }");
/// Not squashed.
pub(super) const GAUSSIAN: Override = ("pi.bounds", "none");
/// MPO's penalty for a row that has no E-step to share samples with (caption of Figure 9).
pub(super) const PENALTY: Override =
    ("pi.penalty", "{ kind = \"samples\", samples = 20, epsilon = 1e-3, initial_raw = 1.0, lr = 1e-2 }");
/// AWR's penalty, of the mean alone (Table 7).
pub(super) const PENALTY_OF_MEAN: Override = ("pi.penalty", "{ kind = \"mean_l2\", coefficient = 10.0 }");
/// A mean that nothing has squashed yet.
pub(super) const LINEAR_MEAN: Override = ("pi.head.mean", "linear");

/// Without the entropy of later actions.
pub(super) const PLAIN_Q: Override = ("g", "q");
/// With it. The paper does not name its price in EM rows; learned as in SAC it would drift without bound, because
/// nothing there answers to it.
pub(super) const SOFT_Q: Override =
    ("g", "{ kind = \"soft_q\", bonus = { kind = \"fixed\", value = 0.01 } }");

pub(super) const ELU: Override = ("code.activation", "elu");
pub(super) const RELU: Override = ("code.activation", "relu");
pub(super) const LAYER_NORM: Override = ("code.layer_norm", "true");
pub(super) const NO_LAYER_NORM: Override = ("code.layer_norm", "false");

pub(super) const SMALL: Override = ("code.sizes", "S");
pub(super) const MEDIUM: Override = ("code.sizes", "M");
pub(super) const LARGE: Override = ("code.sizes", "L");

pub(super) const ARCH_MPO: Override = ("code.arch", "mpo");
pub(super) const ARCH_AWR: Override = ("code.arch", "awr");
pub(super) const ARCH_SAC: Override = ("code.arch", "sac");

/// The E-step's samples, some of them uniform.
pub(super) const MIXED_SAMPLES: [Override; 3] = [
    ("pi_p.actions", "{ kind = \"uniform_mix\", samples = 20, alpha = 0.25 }"),
    ("pi_p.actions", "{ kind = \"uniform_mix\", samples = 20, alpha = 0.5 }"),
    ("pi_p.actions", "{ kind = \"uniform_mix\", samples = 20, alpha = 0.75 }"),
];
/// The replay's actions, some of them uniform.
pub(super) const MIXED_REPLAY: [Override; 3] = [
    ("pi_p.actions", "{ kind = \"mixture_uniform\", alpha = 0.25 }"),
    ("pi_p.actions", "{ kind = \"mixture_uniform\", alpha = 0.5 }"),
    ("pi_p.actions", "{ kind = \"mixture_uniform\", alpha = 0.75 }"),
];
/// The M-step without its trust region.
pub(super) const NO_REGION: Override = ("pi_p.trust_region", "off");

/// The prior a copy of the posterior. The paper does not print the interval: MPO's.
pub(super) const LAGGED: Override = ("pi_p", "{ update = \"lagged\", period = 100 }");
/// The regularisation coefficient against it.
pub(super) const FIXED_ETA: [Override; 3] = [
    ("pi_q.eta", "{ kind = \"fixed\", value = 1.0 }"),
    ("pi_q.eta", "{ kind = \"fixed\", value = 0.1 }"),
    ("pi_q.eta", "{ kind = \"fixed\", value = 0.01 }"),
];
/// The Lagrangian constraint: eta starts at 1, as SAC's does, and is learned at SAC's rate.
pub(super) const BOUND_ETA: [Override; 3] = [
    ("pi_q.eta", "{ kind = \"dual\", epsilon = 0.1, initial_raw = 0.5413248546129181, lr = 3e-4 }"),
    ("pi_q.eta", "{ kind = \"dual\", epsilon = 0.01, initial_raw = 0.5413248546129181, lr = 3e-4 }"),
    ("pi_q.eta", "{ kind = \"dual\", epsilon = 0.001, initial_raw = 0.5413248546129181, lr = 3e-4 }"),
];
