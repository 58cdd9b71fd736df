//! Whole iterations over rollouts, PPO's and V-MPO's, against the formulas in f64: values, returns, advantages, every minibatch's
//! step of critic, policy and duals, and what an iteration logs.
//!
//! [`iteration`] and the files below it are the second computation; they share nothing with the learner but the names of its
//! arrays.

mod case;
mod descent;
mod dist;
mod iteration;
mod known;
mod ppo;
mod runs;
mod stops;
mod surrogate;
mod top;
mod vmpo;

use iteration::Iteration;
