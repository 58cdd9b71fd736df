//! The mathematics against vectors recorded in f64 from rlax, acme, stable-baselines3, tfp and scipy, and
//! against the identities that must hold for any numbers.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod duals;
mod gaussian;
mod mpo;
mod posterior;
mod properties;
mod returns;
#[path = "../slices/mod.rs"]
mod slices;
mod slices_by_hand;
mod surrogate;
mod vectors;
mod weights;
