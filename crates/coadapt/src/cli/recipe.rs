//! The method that a command is about: an algorithm, or an arm of the paper, and overrides.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use coadapt_agent::paper::{self, arms};
use coadapt_nn::Precision;

use crate::run::directory;

const DEFAULT_ALGO: &str = "sac";

/// The choice as it is typed.
#[derive(Debug, Args)]
pub(super) struct Recipe {
    /// Algorithm [default: sac]
    #[arg(long)]
    algo: Option<String>,
    /// An ablation of the paper, such as table2/sac-s, in place of an algorithm; `coadapt arms` lists them
    #[arg(long, conflicts_with = "algo")]
    arm: Option<String>,
    /// Replace one component of the recipe; may be given again
    #[arg(long, value_name = "PATH=VALUE", value_parser = override_of)]
    set: Vec<(String, String)>,
    /// How exactly updates multiply matrices, short for --set code.precision=PRECISION [default: f32]. The others are
    /// bf16 in 3 parts and 6 products (an error like f32's), in 2 and 3, and bf16 alone: made for processors with AMX
    #[arg(long, value_parser = precision_of, value_name = "PRECISION")]
    precision: Option<Precision>,
}

/// The choice resolved.
#[derive(Debug)]
pub(super) struct Chosen {
    /// The algorithm.
    pub(super) algo: &'static str,
    /// The arm's name with its table, if it is one.
    pub(super) arm: Option<String>,
    /// The arm's overrides, then those of the user.
    pub(super) overrides: Vec<(String, String)>,
}

impl Recipe {
    /// Finds the algorithm or the arm.
    pub(super) fn choose(&self) -> Result<Chosen> {
        let Some(name) = &self.arm else {
            let algo = paper::algorithm(self.algo.as_deref().unwrap_or(DEFAULT_ALGO))?;
            return Ok(Chosen { algo, arm: None, overrides: self.overrides().collect() });
        };
        let (table, arm) = arms::find(name)?;
        let overrides = arm.overrides().into_iter().chain(self.overrides()).collect();
        Ok(Chosen { algo: arm.algo, arm: Some(table.name_of(arm)), overrides })
    }
}

impl Recipe {
    /// The user's own overrides. What is the default already is none.
    fn overrides(&self) -> impl Iterator<Item = (String, String)> {
        let precision = self.precision.filter(|&precision| precision != Precision::F32);
        let named = precision.map(|precision| ("code.precision".into(), precision.name().into()));
        named.into_iter().chain(self.set.iter().cloned())
    }
}

impl Chosen {
    /// Where a run goes if nobody says: an arm's apart from its algorithm's.
    pub(super) fn default_path(&self, env: &str, seed: u64) -> PathBuf {
        directory::default_path(env, self.arm.as_deref().unwrap_or(self.algo), seed)
    }
}

/// The precision of that name, or what there is.
pub(super) fn precision_of(name: &str) -> Result<Precision, String> {
    let known = Precision::ALL.map(Precision::name).join(", ");
    Precision::named(name).ok_or_else(|| format!("there is no such precision; there are {known}"))
}

fn override_of(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => Ok((path.trim().into(), value.trim().into())),
        _ => Err("an override is written PATH=VALUE, such as collect.batch=256".into()),
    }
}
