//! `coadapt play`: see what an agent does.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum};

use super::task_flags::TaskFlags;
use crate::human_numbers;
use crate::policy;
use crate::run::config::Config;
use crate::run::evaluate::newest_policy;
use crate::run::metrics::mean_and_std;
use crate::terminal::answer;
use crate::watch::contact_sheet;
use crate::watch::film::Format;
use crate::watch::play::Scene;
use crate::watch::record::{Filmed, Shot, record};

/// Frames of a filmstrip where nobody says how many.
const FRAMES: usize = 8;
/// So many returns are told one by one.
const FEW: usize = 5;

/// Film what a run has learned, or random actions.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  coadapt play runs/HalfCheetah-v4/sac-s0                      one episode, as film.gif
  coadapt play runs/Hopper-v4/sac-s3 --out hop.png --frames 8  eight moments of it
  coadapt play --env Ant-v4 --policy random --steps 100        an Ant that has learned nothing
  coadapt play --contact-sheet tasks.png                       every task of the paper

A run acts by its newest checkpoint, without noise, and is only read. No display and no GPU are needed; MuJoCo's
tasks need Mesa's EGL (libegl1, libgl1-mesa-dri) or OSMesa (libosmesa6).")]
pub struct Play {
    /// Run directory
    #[arg(required_unless_present_any = ["env", "contact_sheet"], conflicts_with_all = ["env", "clip_action", "action_repeat", "time_limit"])]
    run: Option<PathBuf>,
    /// Task, in place of a run; `coadapt tasks` lists them
    #[arg(long, value_name = "ID")]
    env: Option<String>,
    #[command(flatten)]
    task: TaskFlags,
    /// Who acts [default: learned]
    #[arg(long, value_enum)]
    policy: Option<Policy>,
    /// Seed of the episodes' starts, and of random actions
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Steps to film, over as many episodes as it takes [default: one whole episode]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,
    /// File to write: .gif for a film, .png for a filmstrip
    #[arg(long, value_name = "FILE", default_value = "film.gif")]
    out: PathBuf,
    /// Frames of a filmstrip [default: 8]
    #[arg(long, value_parser = RangedU64ValueParser::<usize>::new().range(1..=100))]
    frames: Option<usize>,
    /// Columns and rows of a frame, in pixels
    #[arg(long, value_name = "WxH", default_value = "320x240", value_parser = size)]
    size: [usize; 2],
    /// Draw every task of the paper on one sheet instead
    #[arg(long, value_name = "FILE.png", conflicts_with_all = ["run", "env", "policy", "steps", "out", "frames", "size", "clip_action", "action_repeat", "time_limit"])]
    contact_sheet: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Policy {
    /// What the run has learned, without noise
    Learned,
    /// Uniformly random actions
    Random,
}

impl Play {
    /// Plays and writes the file.
    pub fn run(self) -> Result<ExitCode> {
        if let Some(out) = &self.contact_sheet {
            let tasks = contact_sheet::write(out, self.seed)?;
            answer(format_args!("{}: {}", out.display(), human_numbers::counted(tasks as u64, "task")))?;
            return Ok(ExitCode::SUCCESS);
        }
        if Format::of(&self.out)? == Format::Gif && self.frames.is_some() {
            bail!(
                "--frames counts the frames of a filmstrip: name one, such as --out strip.png, or leave it out"
            );
        }
        let mut scene = self.scene()?;
        let shot = Shot { size: self.size, frames: self.frames.unwrap_or(FRAMES) };
        let Filmed { frames, end } = record(&mut scene, shot, &self.out)?;
        answer(format_args!(
            "{}: {} of {} on {}, {}",
            self.out.display(),
            human_numbers::counted(frames, "frame"),
            human_numbers::counted(end.steps, "step"),
            scene.env,
            told(&end.returns)
        ))?;
        Ok(ExitCode::SUCCESS)
    }

    fn scene(&self) -> Result<Scene> {
        let (env, task, policy) = match (&self.run, &self.env, self.policy) {
            (Some(run), _, Some(Policy::Random)) => {
                let config = Config::load(run)?;
                (config.env, config.task, policy::Policy::Random)
            }
            (Some(run), _, _) => {
                let (config, trainer) = newest_policy(run)?;
                (config.env, config.task, policy::Policy::Learned(Box::new(trainer), policy::Noise::None))
            }
            (None, Some(env), Some(Policy::Random)) => {
                (coadapt_envs::find(env)?.id.to_owned(), self.task.options(), policy::Policy::Random)
            }
            _ => bail!(
                "a task alone has learned nothing: add --policy random, or name a run in place of --env"
            ),
        };
        Ok(Scene { env, task, policy, seed: self.seed, steps: self.steps })
    }
}

/// The returns themselves, or of many their mean.
fn told(returns: &[f64]) -> String {
    if returns.len() > FEW {
        let (mean, std) = mean_and_std(returns);
        return format!("{} episodes, return {}", returns.len(), human_numbers::score_and_spread(mean, std));
    }
    let shown: Vec<String> = returns.iter().map(|value| format!("{value:.1}")).collect();
    format!("return {}", shown.join(", "))
}

fn size(text: &str) -> Result<[usize; 2], String> {
    let sides = text.split_once('x').and_then(|(w, h)| Some([w.parse().ok()?, h.parse().ok()?]));
    match sides {
        Some(sides) if sides.iter().all(|side| (16..=4096).contains(side)) => Ok(sides),
        _ => Err("a size is written WxH, such as 320x240, with each side from 16 to 4096".into()),
    }
}
