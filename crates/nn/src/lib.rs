//! The numeric core: the only crate with kernels, and the only one with threads inside an update.
//!
//! It is narrow on purpose: a closed list of operations on `f32` arrays of shape `[group, row, col]`. An
//! update is written once as formulas on [`Node`]s, differentiated by [`Graph::gradients`], compiled into a
//! [`Program`] whose buffers are planned, and then run again and again without allocating.
//!
//! * [`params`]: named arrays in flat storage
//! * [`graph`]: recording; `op`, `ops`: the operations as data and at work; [`grad`]: reverse differentiation
//! * `plan`: pruning and buffer planning; `exec`: execution and the threads of one update
//! * [`optim`]: Adam, SGD, clipping, Polyak averaging as steps of a program
//! * [`init`], [`mlp`], [`dist`]: initialisers, the one network shape, the policies' distributions
//!
//! Results are the same to the bit for any number of threads: every output number is computed by one thread,
//! in one order.

pub mod dist;
mod exec;
pub mod grad;
pub mod graph;
pub mod init;
mod isa;
mod kernels;
pub mod mlp;
mod op;
mod ops;
pub mod optim;
pub mod params;
mod plan;
mod precision;
mod sections;
mod shape;
mod step;

pub use graph::{Graph, Node};
pub use isa::Isa;
pub use kernels::{multiply_adds, prefetch, tile_products};
pub use op::Act;
pub use ops::first_largest;
pub use params::{Params, Span};
pub use precision::{Numerics, Precision, Tiles};

pub use exec::{Pool, Program, Slot};
pub use shape::{Axis, Shape};
