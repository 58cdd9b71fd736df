//! One picture of every task of the paper, and of those built in.

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Result, bail};
use coadapt_agent::paper::arms::TABLES;
use coadapt_agent::play_at_random;
use coadapt_envs::{Env, Frame, Step};

use super::film::{self, Format, Png};
use super::{Painter, lettering};
use crate::run::learner;
use crate::run::task::TaskOptions;
use crate::terminal;

const TILE: [usize; 2] = [160, 120];
/// White pixels between two tiles.
const GAP: usize = 2;
const COLUMNS: usize = 7;
/// Random steps before a task is drawn.
const STEPS: u64 = 8;

/// The tasks on the sheet: the paper's in the order of its tables, then those built in.
pub fn tasks() -> Vec<&'static str> {
    let paper = TABLES.iter().flat_map(|table| table.tasks).copied();
    let built_in = coadapt_envs::tasks().iter().filter(|task| !task.needs_mujoco()).map(|task| task.id);
    let mut tasks = Vec::new();
    for id in paper.chain(built_in) {
        if !tasks.contains(&id) {
            tasks.push(id);
        }
    }
    tasks
}

/// Draws every task after a few random steps and writes the sheet; the number of tasks on it.
pub fn write(out: &Path, seed: u64) -> Result<usize> {
    if Format::of(out)? != Format::Png {
        bail!("{}: a contact sheet is one picture and written as .png", out.display());
    }
    let file = Png::create(out)?;
    let mut tiles = Vec::new();
    for id in tasks() {
        terminal::tell(id);
        tiles.push(tile(id, seed)?);
    }
    file.finish(&film::tiled(&tiles, COLUMNS))?;
    Ok(tiles.len())
}

/// One task with its name under it.
fn tile(id: &str, seed: u64) -> Result<Frame> {
    let (mut painter, mut seen, mut steps) = (Painter::new(TILE), None, 0);
    let mut watch = |env: &mut dyn Env, step: Option<Step>| {
        steps += u64::from(step.is_some());
        if steps < STEPS {
            return ControlFlow::Continue(());
        }
        seen = Some(painter.paint(env));
        ControlFlow::Break(())
    };
    play_at_random(learner::make_task(id, TaskOptions::NONE)?, seed, &mut watch)?;
    let Some(picture) = seen.transpose()? else { bail!("{id} was not drawn") };
    let label = lettering::HEIGHT + 6;
    let mut tile = Frame::filled(TILE[0] + GAP, TILE[1] + label + GAP, [255; 3]);
    tile.paste(&picture, 0, 0);
    tile.paste(&Frame::filled(TILE[0], label, [60; 3]), 0, TILE[1]);
    let name = id.rsplit('/').next().unwrap_or(id);
    lettering::caption(&mut tile, name, 4, TILE[1] + 3);
    Ok(tile)
}
