//! The numeric core: the only crate with kernels, and the only one with threads inside an update.
//!
//! The core is narrow on purpose: a closed list of operations on `f32` arrays of shape `[group, row, col]`. An
//! update is written once as formulas on [`Node`]s, differentiated by [`Graph::gradients`], compiled into a
//! [`Program`] whose buffers are planned, and then run again and again without allocating.
//!
//! A line fitted by gradient descent, from the first parameter to the last run:
//!
//! ```
//! use coadapt_nn::optim::{OptimConfig, Optimizer};
//! use coadapt_nn::{Act, Graph, Params, Pool, Program, Shape};
//!
//! // Parameters are named arrays; an optimiser steps a set of them.
//! let mut params = Params::new();
//! let weight = params.add("line.weight", Shape::new(1, 1, 1));
//! let bias = params.add("line.bias", Shape::SCALAR);
//! let set = params.set("line.");
//! let optimizer = Optimizer::new(&mut params, "adam", &set, OptimConfig::adam(0.1));
//!
//! // The update is recorded: nothing is computed yet.
//! let graph = Graph::new();
//! let x = graph.input(Shape::new(1, 4, 1));
//! let y = graph.input(Shape::new(1, 4, 1));
//! let line = x.linear(graph.param(weight), graph.param(bias), Act::Identity);
//! let loss = (line - y).square().mean_all();
//! graph.minimize(&optimizer, loss);
//! graph.output(loss);
//!
//! // Then it is compiled once, and run as often as wanted.
//! let mut program = Program::compile(&graph);
//! let mut pool = Pool::new(1);
//! program.write(program.slot(x)).copy_from_slice(&[0.0, 1.0, 2.0, 3.0]);
//! program.write(program.slot(y)).copy_from_slice(&[1.0, 3.0, 5.0, 7.0]);
//! for _ in 0..1000 {
//!     program.run(&mut params, &mut pool);
//! }
//! assert!((params.get(weight)[0] - 2.0).abs() < 1e-2 && (params.get(bias)[0] - 1.0).abs() < 1e-2);
//! assert!(program.read(program.slot(loss))[0] < 1e-3);
//! ```
//!
//! Where to go on:
//!
//! * [`params`]: named arrays in flat storage
//! * [`graph`]: recording; `op`, `ops`: the operations as data and at work; [`grad`]: reverse differentiation
//! * [`tangent`]: forward differentiation, what natural gradients need besides
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
pub mod tangent;

pub use graph::{Graph, Node};
pub use isa::Isa;
pub use kernels::{multiply_adds, prefetch, tile_products};
pub use op::Act;
pub use ops::first_largest;
pub use params::{Params, Span};
pub use precision::{Numerics, Precision, Tiles};

pub use exec::{Pool, Program, Slot};
pub use shape::{Axis, Shape};
