//! Tools of the tests: the program in a folder of its own, a small study, an allocator that counts.
//!
//! Only tests depend on this crate, so a panic is the verdict of one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod counting_allocator;
mod folder;
pub mod study;

pub use counting_allocator::CountingAllocator;
pub use folder::{Folder, SMALL, signal, small};
