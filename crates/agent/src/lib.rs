//! The paper: one control-as-inference objective, six columns, every algorithm a row.
//!
//! A [`Method`] is a [`row`] of Table 1 (six [`columns`]), the [`code`] details of Table 7 and a [`schedule`];
//! [`method()`] makes one by name from [`paper`], [`Method::set`] changes one component of it, and
//! [`paper::arms`] holds every ablation of the paper as such changes. A [`Trainer`]
//! walks: environment, [`actor`], [`replay`], [`learner`], and hands [`Event`]s to a closure. The learner's
//! update is recorded once: [`critic`] evaluates the policy, [`em`] or [`kl`] improves it, [`nets`] moves the
//! targets; a target that looks further ahead reads a [`window`]. A row that learns from all data at once has
//! [`episodes`] and an iteration over [`data`] instead. An [`Evaluation`] says what the policy earns, and by how
//! much its critics are off ([`Bias`]).
//!
//! This crate opens no file, reads no clock and no environment variable, and draws every random number from
//! named streams of one seed ([`rng`]). A diverged run is a result ([`Status::Diverged`]), not a panic.

pub mod actor;
pub mod batch;
mod bias;
mod checkpoint;
pub mod code;
pub mod columns;
mod component;
pub mod critic;
pub mod data;
mod diagnostics;
pub mod draws;
pub mod em;
pub mod episodes;
mod error;
mod evaluate;
pub mod kl;
pub mod learner;
mod learning;
pub mod math;
pub mod method;
mod metrics;
pub mod minibatch;
pub mod nets;
pub mod normaliser;
pub mod paper;
pub mod replay;
pub mod retrace;
pub mod rng;
pub mod row;
pub mod schedule;
mod set;
pub mod train;
pub mod window;

pub use bias::Bias;
pub use checkpoint::Snapshot;
pub use component::Change;
pub use error::Error;
pub use evaluate::Evaluation;
pub use method::Method;
pub use metrics::Metric;
pub use paper::{ALGORITHMS, algorithm, method};
pub use train::{Divergence, Event, RETURN_DIVERGED, RETURN_LIMIT, Status, Trainer};
