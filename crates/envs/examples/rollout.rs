//! Runs a Gym task from given states with given actions: the one half of `tools/compare_gym.py`.
//!
//! `cargo run -p coadapt-envs --example rollout -- TASK IN OUT`; both files are little-endian float64.
//! IN: starts, steps; then for each start qpos, qvel and an action a step.
//! OUT: for each start the first observation, then a step's observation, reward, ending (1 terminated,
//! 2 truncated, 3 both), qpos and qvel.

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
    let [id, input, output] = arguments.as_slice() else { return Err("usage: rollout TASK IN OUT".into()) };
    let (robot, version) = parts(id).ok_or_else(|| format!("{id} is no Gym task"))?;
    let mut env = GymEnv::new(robot, version, &Cache::from_environment(), &mut |line| eprintln!("{line}"))?;
    let bytes = std::fs::read(input)?;
    let (words, _) = bytes.as_chunks::<8>();
    let mut numbers = words.iter().map(|word| f64::from_le_bytes(*word));
    let mut take = |n: usize| numbers.by_ref().take(n).collect::<Vec<f64>>();
    let (nq, nv, nu) = (env.state().0.len(), env.state().1.len(), env.spec().action.dim());
    let [starts, steps] = take(2)[..] else { return Err("the input is empty".into()) };
    let mut obs = vec![0.0; env.spec().obs_dim];
    let mut out: Vec<f64> = Vec::new();
    for _ in 0..starts as usize {
        env.start_from(&take(nq), &take(nv), &mut obs)?;
        out.extend(&obs);
        for _ in 0..steps as usize {
            let step = env.step(&take(nu), &mut obs)?;
            out.extend(&obs);
            out.extend([step.reward, f64::from(u8::from(step.terminated) + 2 * u8::from(step.truncated))]);
            out.extend(env.state().0.iter().chain(env.state().1));
        }
    }
    std::fs::write(output, out.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>())?;
    Ok(())
}
