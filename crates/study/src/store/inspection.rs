//! How far the run in a directory is, told from its small files: a store of ten thousand is looked through in seconds.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::Deserialize;
use toml::Table;

use super::state::State;
use crate::plan::Planned;
use coadapt_run::config::{self, Config};
use coadapt_run::human_numbers;
use coadapt_run::manifest::{FileDigest, MANIFEST};
use coadapt_run::task::TaskOptions;
use coadapt_run::{checkpoint, directory, lock, logs, metrics, result};

/// The state of the run in `place`.
pub fn state(place: &Path, run: &Planned) -> Result<State> {
    if lock::is_held(place) {
        configured(place, run)?;
        return Ok(running(place));
    }
    at_rest(place, run)
}

/// A run that a process is at.
pub fn running(place: &Path) -> State {
    let (step, steps_per_second) = metrics::last_timing(&place.join(directory::TIMING)).unwrap_or((0, 0.0));
    State::Running { step, steps_per_second }
}

/// The state of the run in `place` that no process is at.
pub fn at_rest(place: &Path, run: &Planned) -> Result<State> {
    let configured = configured(place, run)?;
    let end = result::read(place)?;
    let newest = checkpoint::newest_folder(place)?;
    let between_steps = require_logs(place, newest.as_ref().map(|(_, folder)| folder.as_path()))?;
    let mut reached = newest.map_or(0, |(step, _)| step);
    let mut complete = false;
    if let Some(end) = end {
        if end.outcome == "diverged" {
            if end.steps <= run.steps {
                let what = end.diverged_what.unwrap_or_else(|| "a value is not finite".into());
                return Ok(State::Diverged { step: end.steps, what });
            }
            reached = reached.max(end.steps);
        }
        complete = end.outcome == "finished" && end.steps >= run.steps;
    }
    // A longer run has been here too, and made the same evaluation: steps are a multiple of what lies between two.
    // But for one that was stopped in the middle of that evaluation.
    complete |= configured > run.steps && (reached > run.steps || between_steps && reached == run.steps);
    // Killed between its last checkpoint and its result, a run has still to write that down.
    Ok(if complete { State::Finished } else { State::Partial { step: reached } })
}

/// The beginning of a config.toml.
#[derive(Deserialize)]
struct Head {
    env: String,
    seed: u64,
    steps: u64,
    #[serde(default)]
    task: TaskOptions,
}

/// The steps that the configuration in `place` asks for, which must be that of `run`.
fn configured(place: &Path, run: &Planned) -> Result<u64> {
    let path = place.join(directory::CONFIG);
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
    // Nearly always the recipe is there as this program writes it, and need not be parsed to be known.
    if let Some(head) = text.strip_suffix(&*run.recipe).and_then(|head| toml::from_str::<Head>(head).ok())
        && (head.env == run.address.task && head.seed == run.seed && head.task == run.options)
    {
        return Ok(head.steps);
    }
    let config = Config::parse(&text)
        .with_context(|| format!("{} is not the configuration of a run", directory::CONFIG))?;
    let method: Table = config::table(&run.recipe)?
        .remove("method")
        .and_then(|method| method.as_table().cloned())
        .ok_or_else(|| anyhow!("the recipe is no table"))?;
    let wanted =
        Config { method, seed: run.seed, env: run.address.task.clone(), task: run.options, ..config.clone() };
    if let Some(difference) = wanted.difference(&config) {
        bail!(
            "its {} has {} for `{}`, where its address has {}",
            directory::CONFIG,
            difference.there,
            difference.path,
            difference.here
        );
    }
    Ok(config.steps)
}

/// Of a checkpoint's manifest, what it says of the logs.
#[derive(Deserialize)]
struct ManifestFile {
    manifest: OfLogs,
}

#[derive(Deserialize)]
struct OfLogs {
    between_steps: bool,
    logs: BTreeMap<String, FileDigest>,
}

/// Refuses logs that are shorter than the checkpoint in `folder` saw them, or gone. Says whether everything that the
/// checkpoint's last step made due was done.
fn require_logs(place: &Path, folder: Option<&Path>) -> Result<bool> {
    let length = |name: &str| {
        let found = std::fs::metadata(place.join(name));
        found.map(|found| found.len()).map_err(|_| anyhow!("it has no {name}"))
    };
    let Some(folder) = folder else {
        // Killed before its first checkpoint a run may have come to no log yet.
        return if place.join(directory::RESULT).exists() {
            length(directory::METRICS).map(|_| true)
        } else {
            Ok(true)
        };
    };
    let path = folder.join(MANIFEST);
    let text = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
    let file: ManifestFile =
        serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))?;
    for (name, digest) in &file.manifest.logs {
        let found = length(name)?;
        ensure!(
            found >= digest.bytes,
            "its {name} has {} bytes, but had {} when the last checkpoint was made",
            human_numbers::grouped(found),
            human_numbers::grouped(digest.bytes)
        );
    }
    Ok(file.manifest.between_steps)
}

/// Reads every byte of what the run in `place` would be continued from.
pub fn verify(place: &Path) -> Result<()> {
    if let Some(checkpoint) = checkpoint::newest(place)? {
        logs::SeenLogs::verify(place, &checkpoint.manifest.logs)?;
    }
    Ok(())
}
