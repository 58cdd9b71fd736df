//! The Rust side of `tools/fidelity_dmc.py`: replays recorded DeepMind Control episodes, or draws resets.
//!
//! `cargo run -p coadapt-envs --example dmc_fidelity -- replay FOLDER` prints a table row a task, in CSV.
//! `cargo run -p coadapt-envs --example dmc_fidelity -- resets FOLDER COUNT SEED` writes `TASK.resets` for each
//! task: COUNT rows of qpos, qvel and what the reset drew of the model, little-endian float64.

#![allow(clippy::unwrap_used, reason = "it fails by panicking, as the tests it shares the reader with")]

#[path = "../tests/suite_recording/mod.rs"]
mod suite_recording;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use coadapt_envs::dmc::{Definition, Suite, TASKS};
use coadapt_envs::{Cache, Env, EnvError};
use suite_recording::{Recording, replay};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["replay", folder] => replay_all(Path::new(folder)),
        ["resets", folder, count, seed] => draw_all(Path::new(folder), count, seed),
        _ => Err("usage: dmc_fidelity replay FOLDER | resets FOLDER COUNT SEED".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn suite(definition: &Definition) -> Result<Suite, EnvError> {
    Suite::new(definition, &Cache::from_environment(), &mut |line| eprintln!("{line}"))
}

fn name(definition: &Definition) -> &'static str {
    definition.id.trim_start_matches("dm_control/").trim_end_matches("-v0")
}

fn replay_all(folder: &Path) -> Result<(), Box<dyn Error>> {
    println!("task,starts,steps,rewarded,qpos,qvel,obs,reward");
    for definition in &TASKS {
        let recording = Recording::read(&folder.join(format!("{}.f64", name(definition))));
        let found = replay(&mut suite(definition)?, &recording);
        println!(
            "{},{},{},{},{:e},{:e},{:e},{:e}",
            name(definition),
            found.episodes,
            found.steps,
            found.rewarded,
            found.qpos,
            found.qvel,
            found.obs,
            found.reward
        );
    }
    Ok(())
}

fn draw_all(folder: &Path, count: &str, seed: &str) -> Result<(), Box<dyn Error>> {
    let (count, seed): (usize, u64) = (count.parse()?, seed.parse()?);
    for definition in &TASKS {
        let mut env = suite(definition)?;
        let mut obs = vec![0.0; env.spec().obs_dim];
        let mut bytes = Vec::new();
        env.seed(seed);
        for _ in 0..count {
            env.reset(&mut obs)?;
            let (qpos, qvel) = env.state();
            let numbers = qpos.iter().chain(qvel).copied().chain(env.drawn_of_model());
            numbers.for_each(|number| bytes.extend(number.to_le_bytes()));
        }
        std::fs::write(folder.join(format!("{}.resets", name(definition))), bytes)?;
    }
    Ok(())
}
