//! SAC (Haarnoja et al. 2018), with the numbers of the paper's released code.

use super::small::{self, Small};
use super::{Deviation, EVERY_STEP, FIRST_UPDATE, Recipe, Settings, WITHOUT_REPLACEMENT, medium, method};
use crate::columns::{Bounds, Critics, Eta, Head, PiP, PiQ};
use crate::method::Method;
use crate::paper::table1;
use crate::paper::warnings::{Warning, ends_with_a_fall, without_exploration};

pub(crate) const SAC: Recipe = Recipe {
    name: "sac",
    table_row: "SAC",
    references: &["Haarnoja et al. 2018 (arXiv:1812.05905)", "Furuta et al. 2021, Sec. 4.2.3, Table 7"],
    deviations: &[
        Deviation {
            path: "code.policy_output_init",
            what: "Table 7 prints an output scale of 1e-2; the released code has gain 1",
        },
        FIRST_UPDATE,
        WITHOUT_REPLACEMENT,
    ],
    method: sac,
    per_task,
    discrete: None,
    warnings,
};

pub(crate) fn sac() -> Method {
    method(table1::row(table1::SAC), medium(), EVERY_STEP)
}

fn per_task(method: &mut Method, task: &str) -> Settings {
    let Some(length) = small::find(task) else { return Settings::Same };
    small::everywhere(method);
    if length == Small::Brief {
        small::brief(method);
        if let PiQ::Gradient { eta: Eta::Entropy { lr, .. }, .. } = &mut method.pi_q {
            *lr = 1e-3;
        }
    }
    Settings::Ours
}

fn warnings(method: &Method, task: &str) -> Vec<Warning> {
    let mut found: Vec<Warning> = without_exploration(method).into_iter().collect();
    let mut warn = |path, what| found.push(Warning { path, what });
    if matches!((method.pi.head, method.pi.bounds), (Head::Normal { .. }, Bounds::None)) {
        warn("pi.bounds", "SAC without tanh collapses where the cost sees the raw action (Table 3)");
    }
    if matches!(method.pi_p, PiP::Lagged { .. }) {
        warn("pi_p", "SAC against a copy of itself that lags behind did not learn (Appendix G)");
    }
    if method.estimate.critics == Critics::Single && ends_with_a_fall(task) {
        warn("estimate.critics", "SAC with a single critic fails where episodes end early (Table 2)");
    }
    found
}
