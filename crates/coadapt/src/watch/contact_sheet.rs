//! One picture of every task of the paper, and of those built in.

use std::path::Path;

use anyhow::{Result, bail};
use coadapt_agent::paper::arms::TABLES;
use coadapt_envs::Frame;

use super::film::{self, Format, Png};
use super::play::{Play, Scene};
use super::{Painter, bitmap_font};
use crate::policy::Policy;
use crate::run::task::TaskOptions;
use crate::signal::StopRequest;
use crate::terminal;

const TILE: [usize; 2] = [176, 132];
/// Rows of a tile's name.
const LABEL: usize = bitmap_font::HEIGHT + 8;
/// Columns left of a name.
const LABEL_LEFT: usize = 5;
const LABEL_COLOUR: [u8; 3] = [60; 3];
const COLUMNS: usize = 6;
/// Random steps before a task is drawn.
const STEPS: u64 = 8;

/// The tasks on the sheet: the paper's, suite after suite in the order of its tables, then those built in.
pub fn tasks() -> Vec<&'static str> {
    let mut paper: Vec<_> = TABLES.iter().flat_map(|table| table.tasks).copied().collect();
    paper.sort_by_key(|id| id.rsplit_once('/').map_or("", |(suite, _)| suite));
    let built_in = coadapt_envs::tasks().iter().filter(|task| !task.needs_mujoco()).map(|task| task.id);
    let mut tasks: Vec<&str> = Vec::new();
    for id in paper.into_iter().chain(built_in) {
        // One version of a task looks like the other.
        if !tasks.iter().any(|known| name_of(known) == name_of(id)) {
            tasks.push(id);
        }
    }
    tasks
}

/// A task's name without its version.
fn name_of(id: &str) -> &str {
    id.rsplit_once("-v").map_or(id, |(name, _)| name)
}

/// Draws every task after a few random steps and writes the sheet; the number of tasks on it.
pub fn write(out: &Path, seed: u64) -> Result<usize> {
    if Format::of(out)? != Format::Png {
        bail!("{}: a contact sheet is one picture and written as .png", out.display());
    }
    let (file, stop) = (Png::create(out)?, StopRequest::listen()?);
    let mut tiles = Vec::new();
    for id in tasks() {
        if stop.is_set() {
            bail!("interrupted before {id}: nothing was written");
        }
        terminal::tell(id);
        tiles.push(tile(id, seed)?);
    }
    file.finish(&film::tiled(&tiles, COLUMNS, film::SEAM))?;
    Ok(tiles.len())
}

/// One task with its name under it.
fn tile(id: &str, seed: u64) -> Result<Frame> {
    let (env, task) = (id.to_owned(), TaskOptions::NONE);
    let mut scene = Scene { env, task, policy: Policy::Random, seed, steps: Some(STEPS) };
    let (mut play, mut painter, mut picture) = (Play::new(&mut scene)?, Painter::new(TILE), None);
    while let Some((env, now)) = play.advance()? {
        if now.ends_scene {
            picture = Some(painter.paint(env)?);
        }
    }
    let Some(picture) = picture else { bail!("{id} was not drawn") };
    let mut tile = Frame::filled(TILE[0], TILE[1] + LABEL, LABEL_COLOUR);
    tile.paste(&picture, 0, 0);
    let name = id.rsplit('/').next().unwrap_or(id);
    bitmap_font::write(&mut tile, name, [LABEL_LEFT, TILE[1] + 4], 1);
    Ok(tile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_of_the_paper_is_on_the_sheet_and_its_name_fits() {
        let tasks = tasks();
        let of_suite = |suite: &str| tasks.iter().filter(|id| id.starts_with(suite)).count();
        let built_in = coadapt_envs::tasks().iter().filter(|task| !task.needs_mujoco()).count();
        assert_eq!((of_suite("dm_control/"), of_suite("")), (28, 37 + built_in));
        for id in tasks {
            let name = id.rsplit('/').next().unwrap();
            assert!(LABEL_LEFT + name.len() * bitmap_font::ADVANCE <= TILE[0], "{name} is cut off");
        }
    }
}
