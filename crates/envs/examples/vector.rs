//! Many copies of a task stepped together: `cargo run --release -p coadapt-envs --example vector -- Hopper-v4 8 2`
//! (task, copies, threads).

use std::process::ExitCode;

use coadapt_envs::{Cache, Step, VectorEnv, make};

fn main() -> ExitCode {
    match walk() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn walk() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let id = arguments.next().unwrap_or_else(|| "Pendulum-v1".to_owned());
    let copies: usize = arguments.next().map_or(Ok(8), |text| text.parse())?;
    let threads: usize = arguments.next().map_or(Ok(2), |text| text.parse())?;
    let cache = Cache::from_environment();
    let envs: Result<Vec<_>, _> =
        (0..copies).map(|_| make(&id, &cache, &mut |line| eprintln!("{line}"))).collect();
    let mut vector = VectorEnv::new(envs?, threads)?;

    vector.seed(&(0..copies as u64).collect::<Vec<_>>());
    let mut obs = vec![0.0; copies * vector.spec().obs_dim];
    let actions = vec![0.0; copies * vector.spec().action.dim()];
    let mut steps = vec![Step { reward: 0.0, terminated: false, truncated: false }; copies];
    let (mut reset, mut returns) = (vec![true; copies], vec![0.0; copies]);
    for _ in 0..1000 {
        vector.reset(&reset, &mut obs)?;
        vector.step(&actions, &mut obs, &mut steps)?;
        for (copy, step) in steps.iter().enumerate() {
            returns[copy] += step.reward;
            reset[copy] = step.ended();
            if step.ended() {
                println!("copy {copy}: return {:.3}", returns[copy]);
                returns[copy] = 0.0;
            }
        }
    }
    Ok(())
}
