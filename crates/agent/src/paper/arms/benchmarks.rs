//! Arms of the benchmarks: the algorithms as they are, on locomotion, manipulation and DeepMind Control.

use super::overrides::{ELU, LAYER_NORM};
use super::tasks::{CONTROL_SUITE, CONTROL_SUITE_ELU_AND_NORM, LOCOMOTION, MANIPULATION};
use super::{Arm, Override, Table, base};

pub(super) const FIGURE_1: Table = Table {
    id: "figure1",
    caption: "locomotion",
    tasks: &LOCOMOTION,
    steps: None,
    arms: &[base("MPO", "mpo"), base("AWR", "awr"), base("AWAC", "awac"), base("SAC", "sac")],
};

/// Figure 2 as well: its curves are of these runs.
pub(super) const TABLE_10: Table = Table {
    id: "table10",
    caption: "DeepMind Control Suite; ELU (E) and layer norm (L) added where SAC fell behind",
    tasks: &CONTROL_SUITE,
    steps: None,
    arms: &[
        base("SAC", "sac"),
        changed_sac("SAC-E+", &[ELU]),
        changed_sac("SAC-L+", &[LAYER_NORM]),
        changed_sac("SAC-E+L+", &[ELU, LAYER_NORM]),
        base("MPO", "mpo"),
        base("AWR", "awr"),
    ],
};

pub(super) const FIGURE_3: Table = Table {
    id: "figure3",
    caption: "manipulation",
    tasks: &MANIPULATION,
    steps: None,
    arms: &[base("SAC", "sac"), base("MPO", "mpo"), base("AWR", "awr")],
};

/// Appendix E: AWR with the schedule and the normaliser of its own authors. The figure prints no numbers.
pub(super) const FIGURE_4: Table = Table {
    id: "figure4",
    caption: "AWR in its original setting",
    tasks: &LOCOMOTION,
    steps: None,
    arms: &[base("AWR", "awr_xbp")],
};

const fn changed_sac(label: &'static str, overrides: &'static [Override]) -> Arm {
    Arm { label, algo: "sac", overrides, only: Some(&CONTROL_SUITE_ELU_AND_NORM) }
}
