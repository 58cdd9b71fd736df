//! The tasks: what an environment is, and every task coadapt knows.
//!
//! A task is made by its id, and stepped from one observation to the next:
//!
//! ```
//! use coadapt_envs::{Cache, make};
//!
//! let mut env = make("Pendulum-v1", &Cache::from_environment(), &mut |line| eprintln!("{line}"))?;
//! let mut obs = vec![0.0; env.spec().obs_dim];
//! env.seed(1);
//! env.reset(&mut obs)?;
//! let step = env.step(&[0.5], &mut obs)?;
//! assert!(!step.ended());
//! # Ok::<(), coadapt_envs::EnvError>(())
//! ```
//!
//! This crate knows no tensor and no learner. Observations, actions and rewards are plain `f64`, as the
//! simulator has them; whoever trains narrows them to `f32`. It prints nothing and reads no clock; the one
//! function that reads environment variables says so in its name ([`Cache::from_environment`]).
//!
//! Where to go on:
//!
//! * [`tasks`] lists what there is, [`find`] describes one, [`make_with`] changes one by [`Options`]
//! * [`Env`] is the trait: seeding, resets, steps, saving and restoring; [`Spec`] says what a task expects
//! * [`VectorEnv`] steps many copies by threads of their own
//! * [`classic`], [`known`], [`gym`] and [`dmc`] hold the tasks, suite by suite; [`mujoco`] the simulator, fetched at first use
//! * [`View`] is what there is to see of a task: MuJoCo's renderer, or a [`Sketch`]

mod cache;
pub mod classic;
mod description;
pub mod dmc;
mod env;
mod error;
mod frame;
pub mod gym;
pub mod known;
pub mod mujoco;
mod options;
mod random;
mod simulated;
mod state;
mod task;
mod time_limit;
mod vector;
mod view;

pub use cache::Cache;
pub use description::{ActionMeaning, Block, Control, Description, Entry};
pub use env::{ActionSpace, Env, Spec, Step};
pub use error::EnvError;
pub use frame::Frame;
pub use options::{Options, make_with};
pub use random::Stream;
pub use simulated::Simulated;
pub use state::{StateReader, StateWriter};
pub use task::{Actions, Task, find, make, tasks};
pub use time_limit::TimeLimit;
pub use vector::VectorEnv;
pub use view::{Shape, Sketch, View};
