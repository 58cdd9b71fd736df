//! Checkpoints: written aside, synced, renamed; the newest is verified whole before a byte of it is used.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::arrays::{self, Array, ArrayFile};
use crate::directory;
use crate::manifest::{DigestWriter, FileDigest, MANIFEST, Manifest};

/// The folder of a run that holds them.
pub const FOLDER: &str = "checkpoint";
const STATE: &str = "state.json";
const ARRAYS: &str = "arrays.safetensors";
/// Names that begin so are unfinished and may be removed.
const UNFINISHED: &str = ".writing-";

/// A checkpoint on disk, verified.
#[derive(Debug)]
pub struct Checkpoint {
    /// Where it lies.
    pub folder: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
    /// The learner's small state, as the learner wrote it.
    pub state: String,
    /// The learner's arrays.
    pub arrays: ArrayFile,
}

/// Writes a checkpoint into the run directory `run` and then removes the older ones.
///
/// `manifest.files` is filled in here. Whatever fails, the previous checkpoint stays as it is.
pub fn write(run: &Path, manifest: Manifest, state: &str, arrays: &[Array<'_>]) -> Result<PathBuf> {
    let root = run.join(FOLDER);
    let older = existing(&root)?;
    let target = root.join(free_name(&older, manifest.step));
    let attempt = || format!("could not write the checkpoint {}", target.display());
    let unfinished = root.join(format!("{UNFINISHED}{}", file_name(&target)));
    let written = remove_unfinished(&root)
        .and_then(|()| fs::create_dir_all(&unfinished))
        .map_err(anyhow::Error::from)
        .and_then(|()| fill(&unfinished, manifest, state, arrays))
        .and_then(|()| Ok(fs::rename(&unfinished, &target)?))
        .and_then(|()| Ok(directory::sync_parent(&target)?));
    if written.is_err() {
        // Give the space back; the error that counts is the one above.
        let _ = fs::remove_dir_all(&unfinished);
    }
    written.with_context(attempt)?;
    for name in older {
        // A leftover costs space only, and the next checkpoint tries again.
        let _ = fs::remove_dir_all(root.join(name));
    }
    Ok(target)
}

/// The newest checkpoint of the run directory `run`, or `None` if it has none.
pub fn newest(run: &Path) -> Result<Option<Checkpoint>> {
    let root = run.join(FOLDER);
    let Some(name) = existing(&root)?.pop() else { return Ok(None) };
    let folder = root.join(name);
    let manifest = Manifest::load(&folder)?;
    manifest.verify(&folder)?;
    let path = folder.join(STATE);
    let state = fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
    let arrays = ArrayFile::open(&folder.join(ARRAYS))?;
    Ok(Some(Checkpoint { folder, manifest, state, arrays }))
}

/// The step of the newest checkpoint, without reading it.
pub fn newest_step(run: &Path) -> Result<Option<u64>> {
    Ok(newest_folder(run)?.map(|(step, _)| step))
}

/// The step of the newest checkpoint and where it lies, without reading it.
pub fn newest_folder(run: &Path) -> Result<Option<(u64, PathBuf)>> {
    let root = run.join(FOLDER);
    let newest = existing(&root)?.pop();
    Ok(newest.and_then(|name| Some((order(&name)?.0, root.join(name)))))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The names of complete checkpoints, oldest first. A complete one has its final name: it got it last.
fn existing(root: &Path) -> Result<Vec<String>> {
    if !root.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(root).with_context(|| format!("could not read {}", root.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("could not read {}", root.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(order) = order(&name) {
            names.push((order, name));
        }
    }
    names.sort();
    Ok(names.into_iter().map(|(_, name)| name).collect())
}

/// `step-000050000` or, written again at the same step, `step-000050000.1`: step and count.
fn order(name: &str) -> Option<(u64, u64)> {
    let rest = name.strip_prefix("step-")?;
    match rest.split_once('.') {
        Some((step, again)) => Some((step.parse().ok()?, again.parse().ok()?)),
        None => Some((rest.parse().ok()?, 0)),
    }
}

fn free_name(taken: &[String], step: u64) -> String {
    let again = taken
        .iter()
        .filter_map(|name| order(name))
        .filter(|order| order.0 == step)
        .map(|order| order.1)
        .max();
    match again {
        None => format!("step-{step:09}"),
        Some(count) => format!("step-{step:09}.{}", count + 1),
    }
}

fn remove_unfinished(root: &Path) -> std::io::Result<()> {
    fs::create_dir_all(root)?;
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn fill(folder: &Path, mut manifest: Manifest, state: &str, arrays: &[Array<'_>]) -> Result<()> {
    let state = write_file(&folder.join(STATE), |out| out.write_all(state.as_bytes()))?;
    let arrays = write_file(&folder.join(ARRAYS), |out| arrays::write(arrays, out))?;
    manifest.files = [(STATE.to_string(), state), (ARRAYS.to_string(), arrays)].into();
    let text = manifest.to_json()?;
    write_file(&folder.join(MANIFEST), |out| out.write_all(text.as_bytes()))?;
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Writes one file through `contents` and waits until the disk has it.
fn write_file(
    path: &Path,
    contents: impl FnOnce(&mut DigestWriter<File>) -> std::io::Result<()>,
) -> std::io::Result<FileDigest> {
    let mut out = DigestWriter::new(File::create(path)?);
    contents(&mut out)?;
    out.inner().sync_all()?;
    Ok(out.digest())
}

#[cfg(test)]
mod tests;
