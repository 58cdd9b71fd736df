//! Tasks so small that the best policy is known: a bandit, a regulator, a chain, a row of bits. Ours.
//!
//! What they are for is to see whether an algorithm reaches its answer, not only whether it gets better.

mod bandit;
mod bits;
mod chain;
mod listed;
mod regulator;

pub use bandit::Bandit;
pub use bits::Bits;
pub use chain::Chain;
pub(crate) use listed::TASKS;
pub use regulator::Regulator;
