//! The program as a library: command line, collections of transitions, films, measurements; and the crates below it under
//! their short names.
//!
//! What learns lives in `coadapt-agent`, what is learned on in `coadapt-envs`; a run and its directory in `coadapt-run`,
//! studies in `coadapt-study`, their reports in `coadapt-report`.

pub mod bench;
pub mod cli;
pub mod collect;
pub mod instructions;
pub mod npz;
pub mod policy;
pub mod watch;

pub use coadapt_report as report;
pub use coadapt_run as run;
pub use coadapt_run::{curve, human_numbers, progress, signal, tensorboard, terminal};
pub use coadapt_study as study;

/// The commit this program was built from: a hash, `-dirty` after it if the sources differed, or `unknown`.
pub const COMMIT: &str = env!("COADAPT_COMMIT");

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The build that runs and reports of this program name.
pub const BUILD: run::Build = run::Build { version: VERSION, commit: COMMIT };
