//! Resets a Gym task many times: the one half of `tools/compare_resets.py`.
//!
//! `cargo run -p coadapt-envs --example resets -- TASK COUNT SEED OUT`; OUT gets qpos and qvel of each start as
//! little-endian float64, all of one random stream.

use std::error::Error;
use std::process::ExitCode;

use coadapt_envs::gym::{GymEnv, parts};
use coadapt_envs::{Cache, Env};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [id, count, seed, output] = arguments.as_slice() else {
        return Err("usage: resets TASK COUNT SEED OUT".into());
    };
    let (robot, version) = parts(id).ok_or_else(|| format!("{id} is no Gym task"))?;
    let mut env = GymEnv::new(robot, version, &Cache::from_environment(), &mut |line| eprintln!("{line}"))?;
    let mut obs = vec![0.0; env.spec().obs_dim];
    let mut out: Vec<u8> = Vec::new();
    env.seed(seed.parse()?);
    for _ in 0..count.parse::<usize>()? {
        env.reset(&mut obs)?;
        let (qpos, qvel) = env.state();
        out.extend(qpos.iter().chain(qvel).flat_map(|number| number.to_le_bytes()));
    }
    std::fs::write(output, out)?;
    Ok(())
}
