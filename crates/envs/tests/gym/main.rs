//! The MuJoCo tasks of Gym: against recordings of gymnasium, against their stated formulas, and refusals.
//!
//! The simulator is fetched by pip on the first run. Without a network these tests fail; they never skip.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod actions;
mod listed;
mod parity;
mod recorded;
mod refusals;
mod resets;
mod v2;
#[path = "../words/mod.rs"]
mod words;

use coadapt_envs::Cache;
use coadapt_envs::gym::{GymEnv, parts};

/// The task called `id`.
fn task(id: &str) -> GymEnv {
    let (robot, version) = parts(id).expect("a Gym task");
    match GymEnv::new(robot, version, &Cache::from_environment(), &mut |line| eprintln!("{line}")) {
        Ok(env) => env,
        Err(error) => panic!("{error}"),
    }
}
