//! A run directory and its contract: what lies in it, how it is written, how a run survives its end.

pub mod append_log;
pub mod arrays;
pub mod budget;
pub mod build;
pub mod checkpoint;
pub mod config;
pub mod curve;
pub mod directory;
pub mod drive;
pub mod ending;
pub mod episodes;
pub mod evaluate;
#[cfg_attr(not(target_os = "linux"), path = "forked_writer_elsewhere.rs")]
pub mod forked_writer;
pub mod human_numbers;
pub mod learner;
pub mod lock;
pub mod logs;
pub mod manifest;
pub mod metrics;
pub mod open;
pub mod progress;
pub mod recorder;
pub mod request;
pub mod result;
pub mod signal;
pub mod task;
pub mod tensorboard;
pub mod terminal;

pub use build::Build;
