//! Rows that learn from rollouts, as runs: decided by their seed, left and taken up anywhere, on copies of a task, and what they
//! refuse.
#![allow(clippy::unwrap_used)]

mod copies;
mod ends;
#[path = "../kept/mod.rs"]
mod kept;
mod learning;
#[path = "../plans/mod.rs"]
mod plans;
mod refusals;
mod resume;
mod start;
mod threads;
#[path = "../toy/mod.rs"]
mod toy;
