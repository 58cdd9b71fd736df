//! The command line: one subcommand a file; each parses, calls, prints.

mod arms;
mod bench;
mod collect;
mod evaluate;
mod explain;
mod play;
mod recipe;
mod report;
mod study;
mod study_arguments;
mod table1;
mod task_flags;
mod tasks;
mod train;

use clap::{Parser, Subcommand};

/// Trains continuous-control agents from one objective, and finds out which detail makes them work.
#[derive(Debug, Parser)]
#[command(name = "coadapt", version = concat!(env!("CARGO_PKG_VERSION"), " (", env!("COADAPT_COMMIT"), ")"))]
#[command(after_help = "\
Examples:
  coadapt train                                    SAC on Pendulum-v1, about a minute
  coadapt train --algo sac --env HalfCheetah-v4    a million steps
  coadapt evaluate runs/Pendulum-v1/sac-s0         ten more episodes of what was learned
  coadapt play runs/Pendulum-v1/sac-s0             a film of it
  tensorboard --logdir runs                        the curves of every run

Exit codes: 0 done (a diverged run is a result), 1 an error, 2 bad usage, 75 interrupted and resumable.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train one algorithm on one task, or continue a run
    Train(train::Train),
    /// Evaluate what a run has learned
    Evaluate(evaluate::Evaluate),
    /// Write transitions of a random policy or of a run to a file that NumPy reads
    Collect(collect::Collect),
    /// Film what a run has learned, or random actions
    Play(play::Play),
    /// Print the paper's Table 1 from the code
    Table1(table1::Table1),
    /// List the ablations of the paper, as they would be typed
    Arms(arms::Arms),
    /// Print what a run would do: its row, its deviations, known failures, what an iteration does
    Explain(explain::Explain),
    /// Check, plan, run and compare a study
    Study(study::Study),
    /// List the tasks
    Tasks(tasks::Tasks),
    /// Measure the speed of the learner and of the tasks on this machine
    Bench(bench::Bench),
}
