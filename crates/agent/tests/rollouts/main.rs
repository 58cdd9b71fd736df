//! Rows that learn from rollouts, as runs: left and taken up anywhere.
#![allow(clippy::unwrap_used)]

#[path = "../kept/mod.rs"]
mod kept;
mod resume;
mod start;
#[path = "../toy/mod.rs"]
mod toy;
