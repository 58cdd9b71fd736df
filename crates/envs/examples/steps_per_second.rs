//! How many steps a second a task makes with random actions, resets included.
//!
//! `cargo run --release -p coadapt-envs --example steps_per_second -- HalfCheetah-v4 200000`

#![allow(clippy::disallowed_methods, reason = "a measurement needs a clock")]

use std::process::ExitCode;
use std::time::Instant;

use coadapt_envs::{ActionSpace, Cache, make};
use rand_core::{Rng, SeedableRng};

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let id = arguments.next().unwrap_or_else(|| "HalfCheetah-v4".to_owned());
    let steps: usize = arguments.next().map_or(Ok(200_000), |text| text.parse())?;
    let mut env = make(&id, &Cache::from_environment(), &mut |line| eprintln!("{line}"))?;
    let mut random = rand_pcg::Pcg64::seed_from_u64(0);
    let mut obs = vec![0.0; env.spec().obs_dim];
    let space = env.spec().action.clone();
    let mut unit = vec![0.0; space.dim()];
    let mut action = vec![0.0; space.dim()];
    env.reset(&mut obs)?;
    let mut total = 0.0;
    let start = Instant::now();
    for _ in 0..steps {
        for unit in &mut unit {
            *unit = (f64::from(random.next_u32()) / f64::from(u32::MAX) * 2.0 - 1.0) as f32;
        }
        match space {
            ActionSpace::Discrete { n } => action[0] = (random.next_u32() as usize % n) as f64,
            ActionSpace::Continuous { .. } => space.from_unit(&unit, &mut action),
        }
        let step = env.step(&action, &mut obs)?;
        total += step.reward;
        if step.ended() {
            env.reset(&mut obs)?;
        }
    }
    let secs = start.elapsed().as_secs_f64();
    println!(
        "{id}: {steps} steps in {secs:.2} s, {:.0} steps/s, mean reward {:.3}",
        steps as f64 / secs,
        total / steps as f64
    );
    Ok(())
}
