//! DDPG (Lillicrap et al. 2016) as the authors of TD3 tuned it anew: what TD3 is its three details away from.

use super::small::{self, Small};
use super::{Deviation, Recipe, Settings, medium, method};
use crate::code::{Code, Sync, WeightInit};
use crate::collect::Collect;
use crate::exploration::Exploration;
use crate::method::Method;
use crate::paper::table1;
use crate::paper::warnings::{Warning, without_exploration};

pub(crate) const DDPG: Recipe = Recipe {
    name: "ddpg",
    table_row: "DDPG*",
    references: &[
        "Lillicrap et al. 2016 (arXiv:1509.02971)",
        "Fujimoto et al. 2018 (arXiv:1802.09477), \"our DDPG\" of their code",
        "Furuta et al. 2021, Sec. 4.1.2, Table 1",
    ],
    deviations: &[
        Deviation {
            path: "code.policy_sizes",
            what: "Lillicrap et al. have layers of 400 and 300, learning rates 1e-4 and 1e-3, weight decay, tau 1e-3, batches of 64 and \
                   an Ornstein-Uhlenbeck process; these are the numbers of the re-tuned form, which TD3 is compared with",
        },
        HALF_OF_THE_ERROR,
    ],
    method: ddpg,
    per_task,
    discrete: None,
    warnings,
};

/// Of rows whose authors descend the mean squared error itself.
pub(super) const HALF_OF_THE_ERROR: Deviation = Deviation {
    path: "code.optimizer",
    what: "the authors' critics descend the squared error; here half of it, as in every row: of that factor Adam sees nothing but \
           against its eps",
};

pub(crate) fn ddpg() -> Method {
    method(table1::row(table1::DDPG), networks(), AFTER_25000)
}

/// 256-256 with torch's initialisation.
pub(super) fn networks() -> Code {
    let torch = WeightInit::FanIn;
    Code { weight_init: torch, policy_output_init: torch, ..medium() }
}

/// One update a step on 256 transitions, after 25,000 random steps.
pub(super) const AFTER_25000: Collect = Collect::Replay {
    capacity: 1_000_000,
    batch: 256,
    warmup: 25_000,
    learn_after: 25_000,
    update_every: 1,
    updates: 1,
    exploration: Exploration::Gaussian { std: 0.1 },
};

/// Our numbers for the small tasks, the same with and without TD3's details.
pub(super) fn per_task(method: &mut Method, task: &str) -> Settings {
    let Some(length) = small::find(task) else { return Settings::Same };
    small::everywhere(method);
    let mut noise = Exploration::Gaussian { std: 0.1 };
    if length == Small::Brief {
        small::brief(method);
        // As AWAC's there: of 7,000 updates a slower target takes too many to catch up.
        method.code.targets = Sync::Soft { tau: 1e-2 };
        noise = Exploration::Gaussian { std: 0.3 };
    }
    if task == "MountainCarContinuous-v0" {
        // Only noise that pushes one way for a while leaves the valley.
        noise = Exploration::OrnsteinUhlenbeck { theta: 0.15, std: 0.5, dt: 1.0 };
    }
    if let Collect::Replay { exploration, .. } = &mut method.collect {
        *exploration = noise;
    }
    Settings::Ours
}

fn warnings(method: &Method, _task: &str) -> Vec<Warning> {
    without_exploration(method).into_iter().collect()
}
