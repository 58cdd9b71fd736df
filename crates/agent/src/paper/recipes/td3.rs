//! TD3 (Fujimoto et al. 2018), with the numbers of its authors' code.

use super::ddpg::{AFTER_25000, HALF_OF_THE_ERROR, networks, per_task};
use super::{Deviation, Recipe, method};
use crate::code::Code;
use crate::method::Method;
use crate::paper::table1;
use crate::paper::warnings::{Warning, without_exploration};

pub(crate) const TD3: Recipe = Recipe {
    name: "td3",
    table_row: "TD3*",
    references: &[
        "Fujimoto et al. 2018 (arXiv:1802.09477) and their code",
        "Furuta et al. 2021, Sec. 4.1.2, Table 1",
    ],
    deviations: &[
        Deviation {
            path: "code.policy_sizes",
            what: "Fujimoto et al. print layers of 400 and 300, learning rates of 1e-3, batches of 100 and 10,000 random steps (1,000 \
                   where a task is stable); these are the later numbers of their code",
        },
        HALF_OF_THE_ERROR,
    ],
    method: td3,
    per_task,
    discrete: None,
    warnings,
};

/// DDPG with the smaller of two critics, smoothed next actions and a policy that is stepped in every second update.
pub(crate) fn td3() -> Method {
    method(table1::row(table1::TD3), Code { policy_delay: 2, ..networks() }, AFTER_25000)
}

fn warnings(method: &Method, _task: &str) -> Vec<Warning> {
    without_exploration(method).into_iter().collect()
}
