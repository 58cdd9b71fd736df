//! The arguments that every subcommand of `coadapt study` has in common: which study, which budget, which store.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::study::file::StudyFile;
use crate::study::plan::Plan;
use crate::study::store::Store;

/// The file of a study and one of its budgets.
#[derive(Debug, Args)]
pub(super) struct Chosen {
    /// The study's file
    pub(super) file: PathBuf,
    /// Which of its budgets [default: its only one, or smoke]
    #[arg(long)]
    pub(super) budget: Option<String>,
}

/// A study and the store of its runs.
#[derive(Debug, Args)]
pub(super) struct Stored {
    #[command(flatten)]
    pub(super) chosen: Chosen,
    /// Where runs are kept, for all studies together
    #[arg(long, value_name = "DIR", default_value = "runs/store")]
    store: PathBuf,
}

impl Chosen {
    /// The plan of the chosen budget.
    pub(super) fn plan(&self) -> Result<Plan> {
        let study = StudyFile::load(&self.file)?;
        let only = study.budgets.keys().next().filter(|_| study.budgets.len() == 1);
        let name = self.budget.clone().or(only.cloned()).unwrap_or_else(|| "smoke".into());
        Plan::new(&study, &name)
    }
}

impl Stored {
    /// The plan, and the store opened.
    pub(super) fn open(&self) -> Result<(Plan, Store)> {
        Ok((self.chosen.plan()?, Store::open(&self.store)?))
    }
}
