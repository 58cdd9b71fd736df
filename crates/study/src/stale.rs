//! Why a run would start again: what its arm was when it last ran in a study, and what it is now.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::address::{Address, Difference};
use crate::plan::{Plan, Planned};
use crate::store::Store;
use coadapt_run::directory;

/// The folder of the ledgers.
const FOLDER: &str = "ledgers";

/// The addresses that a study's arms had when they last ran, by arm and task; the seed does not count.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Ledger {
    addresses: BTreeMap<String, Address>,
}

/// A run that would start although its arm has run before.
#[derive(Debug)]
#[non_exhaustive]
pub struct Stale {
    /// Its arm.
    pub arm: String,
    /// Its task.
    pub task: String,
    /// What has changed since.
    pub differences: Vec<Difference>,
}

fn path(plan: &Plan, store: &Store) -> PathBuf {
    let name = directory::file_name(&format!("{}-{}", plan.title, plan.budget));
    store.root().join(FOLDER).join(format!("{name}.json"))
}

fn entry(plan: &Plan, run: &Planned) -> String {
    format!("{} | {}", plan.arms[run.arm].label, plan.tasks[run.task].spec.id)
}

impl Ledger {
    /// The ledger of the study; an unreadable one is as good as none.
    pub fn load(plan: &Plan, store: &Store) -> Ledger {
        let text = std::fs::read_to_string(path(plan, store)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Notes what the arms are now, of those of `runs` that are in the store or about to be.
    pub fn note<'a>(plan: &Plan, store: &Store, runs: impl Iterator<Item = &'a Planned>) -> Result<()> {
        let _alone = store.alone()?;
        // Read under the lock: another worker pool may have written since.
        let mut ledger = Ledger::load(plan, store);
        let before = ledger.addresses.clone();
        for run in runs {
            ledger.addresses.insert(entry(plan, run), Address { seed: 0, ..run.address.clone() });
        }
        if ledger.addresses == before {
            return Ok(());
        }
        let path = path(plan, store);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("could not create {}", folder.display()))?;
        }
        let text = serde_json::to_string_pretty(&ledger).context("the ledger could not be written down")?;
        directory::write_whole(&path, text.as_bytes())
    }

    /// Notes what all arms are now that have a run in the store.
    pub fn note_all(plan: &Plan, store: &Store) -> Result<()> {
        let mut there = Vec::new();
        // One seed of each is enough, and an arm that was noted needs no second look.
        let mut seen = BTreeSet::new();
        for run in &plan.runs {
            if !seen.contains(&(run.arm, run.task)) && store.has(run)? {
                seen.insert((run.arm, run.task));
                there.push(run);
            }
        }
        Ledger::note(plan, store, there.into_iter())
    }

    /// The arms and tasks whose runs would start again, each with what changed.
    pub fn stale(&self, plan: &Plan, store: &Store) -> Result<Vec<Stale>> {
        let mut found: Vec<Stale> = Vec::new();
        for run in &plan.runs {
            let (arm, task) = (&plan.arms[run.arm].label, &plan.tasks[run.task].spec.id);
            if run.seed != plan.seeds[0] && found.iter().any(|stale| &stale.arm == arm && &stale.task == task)
            {
                continue;
            }
            let Some(before) = self.addresses.get(&entry(plan, run)) else { continue };
            let now = Address { seed: 0, ..run.address.clone() };
            if *before != now && !store.has(run)? {
                let differences = now.differences(before);
                found.push(Stale { arm: arm.clone(), task: task.clone(), differences });
            }
        }
        Ok(found)
    }
}
