//! A study: arms, tasks and seeds declared in one file, run where a result is missing, compared honestly.

pub mod address;
pub mod core_locks;
pub mod cost;
pub mod file;
pub mod grid;
pub mod load;
pub mod machine;
pub mod memory;
pub mod pace;
pub mod plan;
pub mod resources;
pub mod stale;
pub mod stderr_tail;
pub mod store;
pub mod workers;
