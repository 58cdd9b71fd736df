//! The paper: one control-as-inference objective, six columns, every algorithm a row.
//!
//! A [`Method`] is a [`row`] of Table 1 (six [`columns`]), the [`code`] details of Table 7, where experience is
//! collected ([`collect`]) and a [`schedule`]; [`method()`] makes one by name from [`paper`], [`Method::set`] changes one
//! component of it, and [`paper::arms`] holds every ablation of the paper as such changes.
//!
//! [`Plan::of`] lowers a method once to what is done for it, or refuses it: the only place where that happens. A
//! [`learner`] is made of the plan, as the [`phase`]s of one iteration, each done in small pieces. A phase on single batches
//! is an update that is recorded once: [`critic`] evaluates the policy, [`em`] or [`kl`] improves it, [`nets`] moves the
//! targets; a target that looks further ahead reads a [`window`] of the [`replay`]. A phase over all data goes through
//! [`episodes`]. A [`Trainer`] walks: environment, [`actor`], experience, learner, and hands [`Event`]s to a closure. An
//! [`Evaluation`] says what the policy earns, and by how much its critics are off ([`Bias`]).
//!
//! ```
//! use coadapt_agent::{Event, Trainer, TrainedPolicy};
//! use coadapt_envs::{Cache, make};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let task = || make("Pendulum-v1", &Cache::from_environment(), &mut |_| ());
//! let method = coadapt_agent::method("sac", task()?.spec())?
//!     .with("estimate.critics", "single")? // one component of Table 1 replaced
//!     .with("schedule.eval_every", 100)?;
//! let mut trainer = Trainer::new(&method, task()?, task()?, 0, 1)?;
//! trainer.run(200, &mut |event| {
//!     if let Event::Evaluation { step, evaluation } = event {
//!         println!("step {step}: return {:.0}", evaluation.mean());
//!     }
//! })?;
//! let mut policy = TrainedPolicy::from_bytes(&trainer.policy()?.to_bytes()?)?;
//! let mut action = [0.0];
//! policy.act(&[1.0, 0.0, 0.0], &mut action);
//! # Ok(())
//! # }
//! ```
//!
//! A method of one's own is six columns: [`Method::compose`]; what it would do, phase by phase, is
//! [`Plan::outline`].
//!
//! This crate opens no file, reads no clock and no environment variable, and draws every random number from
//! named streams of one seed ([`rng`]). A diverged run is a result ([`Status::Diverged`]), not a panic.

pub mod actor;
mod arrays;
pub mod batch;
mod bias;
pub mod canonical;
mod checkpoint;
pub mod code;
pub mod collect;
pub mod columns;
mod component;
pub mod critic;
mod diagnostics;
mod dims;
pub mod em;
mod env_loop;
pub mod episodes;
mod error;
mod evaluate;
pub mod exploration;
pub mod kl;
pub mod learner;
mod learning;
pub mod math;
mod memory;
pub mod method;
mod metrics;
pub mod nets;
pub mod noise;
pub mod normaliser;
pub mod on_policy;
pub mod paper;
pub mod phase;
pub mod plan;
pub mod record;
pub mod replay;
pub mod retrace;
mod reward_scale;
pub mod rng;
mod rollout;
pub mod row;
pub mod schedule;
mod set;
pub mod train;
mod trained;
pub mod transition;
pub mod window;

pub use bias::Bias;
pub use checkpoint::Snapshot;
pub use component::Change;
pub use dims::Dims;
pub use error::Error;
pub use evaluate::Evaluation;
pub use memory::Memory;
pub use method::Method;
pub use metrics::Metric;
pub use paper::{ALGORITHMS, algorithm, method};
pub use plan::Plan;
pub use train::{Divergence, Event, RETURN_DIVERGED, RETURN_LIMIT, Status, Trainer};
pub use trained::TrainedPolicy;
