//! Arms that change code details: activation, layer norm, sizes, whole architectures.

use super::overrides::{
    ARCH_AWR, ARCH_MPO, ARCH_SAC, ELU, LARGE, LAYER_NORM, MEDIUM, NO_LAYER_NORM, RELU, SMALL,
};
use super::tasks::LOCOMOTION;
use super::{Arm, Table, arm, base};

pub(super) const TABLE_4: Table = Table {
    id: "table4",
    caption: "ELU (E) and layer norm (L), added (+) and removed (-)",
    tasks: &LOCOMOTION,
    steps: None,
    arms: &[
        base("SAC", "sac"),
        arm("SAC-E+", "sac", &[ELU]),
        arm("SAC-L+", "sac", &[LAYER_NORM]),
        arm("SAC-E+L+", "sac", &[ELU, LAYER_NORM]),
        base("MPO", "mpo"),
        arm("MPO-E-", "mpo", &[RELU]),
        arm("MPO-L-", "mpo", &[NO_LAYER_NORM]),
        arm("MPO-E-L-", "mpo", &[RELU, NO_LAYER_NORM]),
        base("AWR", "awr"),
        arm("AWR-E+", "awr", &[ELU]),
        arm("AWR-L+", "awr", &[LAYER_NORM]),
        arm("AWR-E+L+", "awr", &[ELU, LAYER_NORM]),
    ],
};

pub(super) const TABLE_5: Table = Table {
    id: "table5",
    caption: "network size: large as MPO's (L), medium as SAC's (M), small as AWR's (S)",
    tasks: &LOCOMOTION,
    steps: None,
    arms: &[
        arm("SAC (L)", "sac", &[LARGE]),
        base("SAC (M)", "sac"),
        arm("SAC (S)", "sac", &[SMALL]),
        base("MPO (L)", "mpo"),
        arm("MPO (M)", "mpo", &[MEDIUM]),
        arm("MPO (S)", "mpo", &[SMALL]),
        arm("AWR (L)", "awr", &[LARGE]),
        arm("AWR (M)", "awr", &[MEDIUM]),
        base("AWR (S)", "awr"),
    ],
};

pub(super) const TABLE_12: Table = Table {
    id: "table12",
    caption: "network size of AWAC",
    tasks: &LOCOMOTION,
    steps: None,
    arms: &[arm("AWAC (L)", "awac", &[LARGE]), base("AWAC (M)", "awac"), arm("AWAC (S)", "awac", &[SMALL])],
};

/// One of Tables 16 to 21: the algorithm, and in brackets the one whose architecture it has.
pub(super) const fn swap(id: &'static str, tasks: &'static [&'static str]) -> Table {
    let caption = "whole architectures exchanged: the algorithm, and whose architecture it has";
    Table { id, caption, tasks, steps: None, arms: &EXCHANGED }
}

const EXCHANGED: [Arm; 9] = [
    base("MPO (MPO)", "mpo"),
    arm("MPO (AWR)", "mpo", &[ARCH_AWR]),
    arm("MPO (SAC)", "mpo", &[ARCH_SAC]),
    arm("AWR (MPO)", "awr", &[ARCH_MPO]),
    base("AWR (AWR)", "awr"),
    arm("AWR (SAC)", "awr", &[ARCH_SAC]),
    arm("SAC (MPO)", "sac", &[ARCH_MPO]),
    arm("SAC (AWR)", "sac", &[ARCH_AWR]),
    base("SAC (SAC)", "sac"),
];
