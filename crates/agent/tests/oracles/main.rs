//! The learner against what is known without it: closed forms, a second computation in f64, degenerate input.
#![allow(clippy::unwrap_used)]

mod bandit;
mod data_steps;
mod degenerate;
mod degenerate_data;
mod degenerate_runs;
mod duals;
mod exact;
mod invariance;
mod lagged_prior;
mod lqr;
mod natural;
#[path = "../plans/mod.rs"]
mod plans;
mod reference;
mod rollouts;
#[path = "../toy/mod.rs"]
mod toy;
mod uniform_mix;
mod whole_updates;
