//! Arms that change columns of Table 1: critics, squashing, G, the update of pi_p.

use super::overrides::{
    BOUND_ETA, FIXED_ETA, GAUSSIAN, LAGGED, LINEAR_MEAN, MIXED_REPLAY, MIXED_SAMPLES, NO_REGION, PENALTY,
    PENALTY_OF_MEAN, PLAIN_Q, SINGLE, SOFT_Q, TANH, TANH_UNCLIPPED, TWIN,
};
use super::tasks::LOCOMOTION;
use super::{Arm, Table, arm, base};

pub(super) const TABLE_2: Table = Table {
    id: "table2",
    caption: "clipped double Q-learning: with it (D), without it (S)",
    tasks: &LOCOMOTION,
    steps: None,
    arms: &[
        base("SAC (D)", "sac"),
        arm("SAC (S)", "sac", &[SINGLE]),
        base("AWAC (D)", "awac"),
        arm("AWAC (S)", "awac", &[SINGLE]),
        arm("MPO (D)", "mpo", &[TWIN]),
        base("MPO (S)", "mpo"),
    ],
};

const SAC_WITHOUT_TANH: Arm = arm("SAC (w/o)", "sac", &[GAUSSIAN, PENALTY]);

pub(super) const TABLE_3: Table = Table {
    id: "table3",
    caption: "tanh-squashed policies, in EM rows with actions kept off the edge",
    tasks: &LOCOMOTION,
    steps: None,
    arms: &[
        base("SAC (w/)", "sac"),
        SAC_WITHOUT_TANH,
        arm("AWR (w/)", "awr", &[TANH]),
        base("AWR (w/o)", "awr"),
        arm("MPO (w/)", "mpo", &[TANH]),
        base("MPO (w/o)", "mpo"),
    ],
};

/// Readings of Table 3's "MPO action penalty instead" for SAC without tanh: the paper has no formula for it. Table 3's own
/// arm is the first reading.
pub(super) const SAC_WITHOUT_TANH_READINGS: Table = Table {
    id: "sac-without-tanh",
    caption: "SAC without tanh, under each reading of its penalty",
    tasks: &LOCOMOTION,
    steps: None,
    arms: &[
        base("SAC", "sac"),
        arm("SAC (penalty of samples)", "sac", &[GAUSSIAN, PENALTY]),
        arm("SAC (penalty of the mean)", "sac", &[GAUSSIAN, PENALTY_OF_MEAN]),
        arm("SAC (no penalty)", "sac", &[GAUSSIAN]),
    ],
};

pub(super) const TABLE_11: Table = Table {
    id: "table11",
    caption: "soft Q-function",
    tasks: &LOCOMOTION,
    steps: None,
    arms: &[
        base("SAC", "sac"),
        arm("SAC (w/o Soft Q)", "sac", &[PLAIN_Q]),
        base("MPO", "mpo"),
        arm("MPO (w/ Soft Q)", "mpo", &[SOFT_Q]),
        base("AWAC", "awac"),
        arm("AWAC (w/ Soft Q)", "awac", &[SOFT_Q]),
    ],
};

pub(super) const TABLE_13: Table = Table {
    id: "table13",
    caption: "soft Q-function and clipped double Q-learning together",
    tasks: &LOCOMOTION,
    steps: None,
    arms: &[
        base("MPO (S)", "mpo"),
        arm("MPO (D)", "mpo", &[TWIN]),
        arm("MPO (Soft Q, S)", "mpo", &[SOFT_Q]),
        arm("MPO (Soft Q, D)", "mpo", &[SOFT_Q, TWIN]),
        arm("AWAC (S)", "awac", &[SINGLE]),
        base("AWAC (D)", "awac"),
        arm("AWAC (Soft Q, S)", "awac", &[SOFT_Q, SINGLE]),
        arm("AWAC (Soft Q, D)", "awac", &[SOFT_Q]),
    ],
};

/// MPO's squashed arm ended in numerical errors on every task, as in Table 15 and not as in Table 3: it ran
/// without clipping, as far as one can tell. The arm with clipping is not in the paper. AWAC's had no errors.
pub(super) const TABLE_14: Table = Table {
    id: "table14",
    caption: "soft Q-function and tanh-squashed policies together",
    tasks: &LOCOMOTION,
    steps: None,
    arms: &[
        base("MPO", "mpo"),
        arm("MPO (Soft Q)", "mpo", &[SOFT_Q]),
        arm("MPO (Soft Q, Tanh)", "mpo", &[SOFT_Q, TANH_UNCLIPPED]),
        arm("MPO (Soft Q, Tanh, clipped)", "mpo", &[SOFT_Q, TANH]),
        base("AWAC", "awac"),
        arm("AWAC (Soft Q)", "awac", &[SOFT_Q]),
        // Its mean is squashed already, and is not to be squashed twice.
        arm("AWAC (Soft Q, Tanh)", "awac", &[SOFT_Q, TANH, LINEAR_MEAN]),
    ],
};

pub(super) const TABLE_15: Table = Table {
    id: "table15",
    caption: "tanh-squashed policies, in EM rows with actions as they come",
    tasks: &LOCOMOTION,
    steps: None,
    arms: &[
        base("SAC (w/)", "sac"),
        SAC_WITHOUT_TANH,
        arm("AWR (w/)", "awr", &[TANH_UNCLIPPED]),
        base("AWR (w/o)", "awr"),
        arm("MPO (w/)", "mpo", &[TANH_UNCLIPPED]),
        base("MPO (w/o)", "mpo"),
    ],
};

/// The paper prints no numbers and no labels for these: the labels are ours.
pub(super) const APPENDIX_G: Table = Table {
    id: "appendixg",
    caption: "other updates of pi_p: a uniform share, a lagged copy, no trust region",
    tasks: &LOCOMOTION,
    steps: None,
    arms: &[
        arm("MPO (alpha 0.25)", "mpo", &[MIXED_SAMPLES[0]]),
        arm("MPO (alpha 0.5)", "mpo", &[MIXED_SAMPLES[1]]),
        arm("MPO (alpha 0.75)", "mpo", &[MIXED_SAMPLES[2]]),
        arm("AWAC (alpha 0.25)", "awac", &[MIXED_REPLAY[0]]),
        arm("AWAC (alpha 0.5)", "awac", &[MIXED_REPLAY[1]]),
        arm("AWAC (alpha 0.75)", "awac", &[MIXED_REPLAY[2]]),
        arm("KL-SAC (eta 1.0)", "sac", &[LAGGED, FIXED_ETA[0]]),
        arm("KL-SAC (eta 0.1)", "sac", &[LAGGED, FIXED_ETA[1]]),
        arm("KL-SAC (eta 0.01)", "sac", &[LAGGED, FIXED_ETA[2]]),
        arm("KL-SAC (eps 0.1)", "sac", &[LAGGED, BOUND_ETA[0]]),
        arm("KL-SAC (eps 0.01)", "sac", &[LAGGED, BOUND_ETA[1]]),
        arm("KL-SAC (eps 0.001)", "sac", &[LAGGED, BOUND_ETA[2]]),
        arm("MPO (w/o TR)", "mpo", &[NO_REGION]),
    ],
};
