//! Targets that look further ahead than one step: what they are, what they read, and that runs learn with them.
#![allow(clippy::unwrap_used)]

mod evaluator;
mod n_step;
#[path = "../plans/mod.rs"]
mod plans;
mod retrace;
mod runs;
#[path = "../slices/mod.rs"]
mod slices;
#[path = "../toy/mod.rs"]
mod toy;
