//! The learner against what is known without it: closed forms, a second computation in f64, degenerate input.
#![allow(clippy::unwrap_used)]

mod data_steps;
mod duals;
mod lagged_prior;
mod reference;
mod uniform_mix;
mod whole_updates;
