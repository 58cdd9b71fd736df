//! Filming a scene: every moment of it, or a few.

use std::path::Path;

use anyhow::Result;
use coadapt_envs::{Env, Frame};

use super::film::{self, Format, Gif, Png};
use super::play::{Moment, Play, Scene};
use super::{Painter, bitmap_font};

/// Frames of a film follow each other after at least so many hundredths of a second: what browsers show.
const SHORTEST_DELAY: f64 = 4.0;
/// Seconds a step of a task without a unit of time is shown for.
const STEP_SECS: f64 = 0.04;
/// Frames in a row of a filmstrip.
const STRIP_COLUMNS: usize = 4;

/// How to film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shot {
    /// Columns and rows of a frame, in pixels.
    pub size: [usize; 2],
    /// Frames of a filmstrip.
    pub frames: usize,
}

/// The film that was made.
#[derive(Debug)]
pub struct Filmed {
    /// Frames written.
    pub frames: u64,
    /// The last moment.
    pub end: Moment,
}

/// Films `scene` into the file `out`: a GIF of every moment, or a PNG of a few.
pub fn record(scene: &mut Scene, shot: Shot, out: &Path) -> Result<Filmed> {
    match Format::of(out)? {
        Format::Gif => film(scene, shot, out),
        Format::Png => strip(scene, shot, out),
    }
}

/// A film in the task's own time.
fn film(scene: &mut Scene, shot: Shot, out: &Path) -> Result<Filmed> {
    let step_secs = coadapt_envs::find(&scene.env)?.describe().step_secs;
    let (stride, delay) = pace(step_secs.map(|secs| secs * f64::from(scene.task.action_repeat)));
    let mut film = Gif::create(out, shot.size, delay)?;
    let mut painter = Painter::new(shot.size);
    let mut play = Play::new(scene)?;
    while let Some((env, now)) = play.advance()? {
        if now.step.is_multiple_of(stride) || now.ends_episode || now.ends_scene {
            film.add(&captioned(&mut painter, env, now)?)?;
        }
    }
    let end = play.now().clone();
    Ok(Filmed { frames: film.finish()?, end })
}

/// A few moments at equal distances, from the first to the last: found in one walk, drawn in a second.
fn strip(scene: &mut Scene, shot: Shot, out: &Path) -> Result<Filmed> {
    let file = Png::create(out)?;
    let mut rehearsal = Play::new(scene)?;
    while rehearsal.advance()?.is_some() {}
    let moments = moments(rehearsal.now().steps, shot.frames as u64);
    let mut painter = Painter::new(shot.size);
    let mut frames: Vec<Frame> = Vec::with_capacity(moments.len());
    let mut play = Play::new(scene)?;
    while let Some((env, now)) = play.advance()? {
        if moments.get(frames.len()) == Some(&now.steps) {
            frames.push(captioned(&mut painter, env, now)?);
        }
    }
    let end = play.now().clone();
    file.finish(&film::tiled(&frames, STRIP_COLUMNS, film::SEAM))?;
    Ok(Filmed { frames: frames.len() as u64, end })
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

/// The task as it is now, and how it does.
fn captioned(painter: &mut Painter, env: &mut dyn Env, now: &Moment) -> Result<Frame> {
    let mut frame = painter.paint(env)?;
    bitmap_font::caption(&mut frame, &words(now));
    Ok(frame)
}

/// The words in a picture of this moment; the episode only where there are several.
fn words(now: &Moment) -> Vec<String> {
    let mut words = Vec::with_capacity(4);
    if now.returns.len() > 1 {
        words.push(format!("episode {}", now.returns.len()));
    }
    words.push(format!("step {}", now.step));
    words.push(now.reward.map_or("reward -".to_owned(), |reward| format!("reward {reward:.2}")));
    words.push(format!("return {:.1}", now.returns.last().copied().unwrap_or(0.0)));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::run::task::TaskOptions;

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
    fn a_picture_tells_step_reward_and_return() {
        let mut now = Moment { steps: 230, step: 30, returns: vec![-7.0, -1.25], ..Moment::default() };
        assert_eq!(words(&now), ["episode 2", "step 30", "reward -", "return -1.2"]);
        now.reward = Some(-0.125);
        now.returns.truncate(1);
        assert_eq!(words(&now), ["step 30", "reward -0.12", "return -7.0"]);
    }

    #[test]
    fn every_built_in_task_is_filmed() {
        let folder = tempfile::tempdir().unwrap();
        let shot = Shot { size: [60, 40], frames: 4 };
        for task in coadapt_envs::tasks().iter().filter(|task| !task.needs_mujoco()) {
            let (env, task) = (task.id.to_owned(), TaskOptions::NONE);
            let mut scene = Scene { env, task, policy: Policy::Random, seed: 1, steps: Some(30) };
            let out = folder.path().join("film.gif");
            let filmed = record(&mut scene, shot, &out).unwrap();
            assert_eq!((filmed.end.steps, filmed.frames >= 15), (30, true), "{}: {filmed:?}", scene.env);
            let strip = folder.path().join("strip.png");
            assert_eq!(record(&mut scene, shot, &strip).unwrap().frames, 4);
            assert!(strip.exists() && out.exists());
        }
    }
}
