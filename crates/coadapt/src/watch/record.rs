//! Playing an agent and filming it.

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, Result};
use coadapt_agent::{Trainer, play_at_random};
use coadapt_envs::{Env, Frame, Step};

use super::film::{self, Format, Gif, Png};
use super::{Painter, lettering};
use crate::run::learner;
use crate::run::task::TaskOptions;

/// Frames of a film follow each other after at least so many hundredths of a second: what browsers show.
const SHORTEST_DELAY: f64 = 4.0;
/// Seconds a step of a task without a unit of time is shown for.
const STEP_SECS: f64 = 0.04;
/// Frames in a row of a filmstrip.
const STRIP_COLUMNS: usize = 4;

/// Who acts.
pub enum Agent {
    /// The policy of a run, without noise.
    Learned(Box<Trainer>),
    /// Uniformly random actions.
    Random,
}

/// What to film.
pub struct Scene {
    /// The task.
    pub env: String,
    /// What is changed about it.
    pub task: TaskOptions,
    /// Who acts.
    pub agent: Agent,
    /// Seed of the starts, and of random actions.
    pub seed: u64,
    /// Steps to film, over as many episodes as it takes; `None` for one whole episode.
    pub steps: Option<u64>,
    /// Columns and rows of a frame, in pixels.
    pub size: [usize; 2],
    /// Frames of a filmstrip.
    pub frames: usize,
}

/// What was filmed.
#[derive(Debug, Default)]
pub struct Filmed {
    /// Frames written.
    pub frames: u64,
    /// Steps taken.
    pub steps: u64,
    /// The return of each episode, of the last one as far as it went.
    pub returns: Vec<f64>,
}

/// Films `scene` into the file `out`: a GIF of every moment, or a PNG of a few.
pub fn record(scene: &mut Scene, out: &Path) -> Result<Filmed> {
    match Format::of(out)? {
        Format::Gif => film(scene, out),
        Format::Png => strip(scene, out),
    }
}

/// A film in the task's own time.
fn film(scene: &mut Scene, out: &Path) -> Result<Filmed> {
    let (stride, delay) = pace(coadapt_envs::find(&scene.env)?.describe().step_secs);
    let mut film = Gif::create(out, scene.size, delay)?;
    let mut painter = Painter::new(scene.size);
    let mut filmed = walk(scene, &mut |env, progress, is_end| {
        if progress.steps.is_multiple_of(stride) || is_end {
            film.add(&captioned(&mut painter, env, progress)?)?;
        }
        Ok(())
    })?;
    filmed.frames = film.finish()?;
    Ok(filmed)
}

/// A few moments at equal distances, from the first to the last: found in one walk, drawn in a second.
fn strip(scene: &mut Scene, out: &Path) -> Result<Filmed> {
    let file = Png::create(out)?;
    let length = walk(scene, &mut |_, _, _| Ok(()))?.steps;
    let moments = moments(length, scene.frames as u64);
    let mut painter = Painter::new(scene.size);
    let mut frames: Vec<Frame> = Vec::with_capacity(moments.len());
    let mut filmed = walk(scene, &mut |env, progress, _| {
        if moments.get(frames.len()) == Some(&progress.steps) {
            frames.push(captioned(&mut painter, env, progress)?);
        }
        Ok(())
    })?;
    file.finish(&film::tiled(&frames, STRIP_COLUMNS))?;
    filmed.frames = frames.len() as u64;
    Ok(filmed)
}

/// Every how many steps a frame is made, and how long it is shown in hundredths of a second, so that a film takes
/// the time the task takes.
fn pace(step_secs: Option<f64>) -> (u64, u16) {
    let step = 100.0 * step_secs.unwrap_or(STEP_SECS);
    // A little below, for 5 steps of 0.008 s are four hundredths but for rounding.
    let stride = (SHORTEST_DELAY / step - 1e-9).ceil().max(1.0);
    (stride as u64, (stride * step).round() as u16)
}

/// `count` steps of 0 to `length`, in order, both ends among them.
fn moments(length: u64, count: u64) -> Vec<u64> {
    match count.min(length + 1) {
        0 | 1 => vec![length],
        count => (0..count).map(|i| (i * length + (count - 1) / 2) / (count - 1)).collect(),
    }
}

fn captioned(painter: &mut Painter, env: &mut dyn Env, progress: &Filmed) -> Result<Frame> {
    let mut frame = painter.paint(env)?;
    let value = progress.returns.last().copied().unwrap_or(0.0);
    lettering::caption(&mut frame, &format!("step {}  return {value:.1}", progress.steps), 4, 4);
    Ok(frame)
}

/// What is shown every moment: the task, how far it is, and whether this is the end of an episode or of all.
type Look<'a> = dyn FnMut(&mut dyn Env, &Filmed, bool) -> Result<()> + 'a;

/// Plays the scene, the same each time, and lets `look` see every moment of it.
fn walk(scene: &mut Scene, look: &mut Look<'_>) -> Result<Filmed> {
    let mut progress = Filmed::default();
    let mut fault = None;
    let budget = scene.steps;
    let mut watch = |env: &mut dyn Env, step: Option<Step>| {
        match (step, progress.returns.last_mut()) {
            (Some(step), Some(value)) => {
                *value += step.reward;
                progress.steps += 1;
            }
            _ => progress.returns.push(0.0),
        }
        let has_ended = step.is_some_and(|step| step.ended());
        let is_done = budget.map_or(has_ended, |steps| progress.steps >= steps);
        fault = look(env, &progress, has_ended || is_done).err();
        if is_done || fault.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    match &mut scene.agent {
        Agent::Learned(trainer) => trainer.play(scene.seed, &mut watch),
        Agent::Random => play_at_random(learner::make_task(&scene.env, scene.task)?, scene.seed, &mut watch),
    }
    .with_context(|| format!("filming {} had to stop", scene.env))?;
    match fault {
        Some(error) => Err(error),
        None => Ok(progress),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_runs_in_the_time_of_its_task() {
        assert_eq!(pace(Some(0.05)), (1, 5));
        assert_eq!(pace(Some(0.008)), (5, 4));
        assert_eq!(pace(Some(0.01)), (4, 4));
        assert_eq!(pace(Some(0.2)), (1, 20));
        assert_eq!(pace(None), (1, 4));
    }

    #[test]
    fn moments_run_from_the_first_to_the_last() {
        assert_eq!(moments(100, 5), [0, 25, 50, 75, 100]);
        assert_eq!(moments(3, 8), [0, 1, 2, 3]);
        assert_eq!(moments(7, 1), [7]);
        assert_eq!(moments(0, 3), [0]);
    }

    #[test]
    fn every_built_in_task_is_filmed() {
        let folder = tempfile::tempdir().unwrap();
        for task in coadapt_envs::tasks().iter().filter(|task| !task.needs_mujoco()) {
            let out = folder.path().join("film.gif");
            let mut scene = Scene {
                env: task.id.to_owned(),
                task: TaskOptions::NONE,
                agent: Agent::Random,
                seed: 1,
                steps: Some(30),
                size: [60, 40],
                frames: 4,
            };
            let filmed = record(&mut scene, &out).unwrap();
            assert_eq!((filmed.steps, filmed.frames >= 15), (30, true), "{}: {filmed:?}", task.id);
            let strip = folder.path().join("strip.png");
            assert_eq!(record(&mut scene, &strip).unwrap().frames, 4);
            assert!(strip.exists() && out.exists());
        }
    }
}
