//! The program as a library: command line, run directories, event files, curves, films.
//!
//! Everything that touches a disk, a terminal or a clock lives in this crate; what learns lives in
//! `coadapt-agent`, what is learned on in `coadapt-envs`.

pub mod bench;
pub mod cli;
pub mod collect;
pub mod curve;
pub mod instructions;
pub mod npz;
pub mod numerals;
pub mod policy;
pub mod progress;
pub mod report;
pub mod run;
pub mod signal;
pub mod study;
pub mod tensorboard;
pub mod terminal;
pub mod watch;

/// The commit this program was built from: a hash, `-dirty` after it if the sources differed, or `unknown`.
pub const COMMIT: &str = env!("COADAPT_COMMIT");

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
