//! The program: one match from subcommand to what it does, and errors to exit codes.

use std::process::ExitCode;

use clap::Parser;
use coadapt::cli::{Cli, Command};
use coadapt::{instructions, terminal};

fn main() -> ExitCode {
    let command = Cli::parse().command;
    instructions::hold_from_environment().and_then(|()| run(command)).unwrap_or_else(|error| {
        terminal::tell(format_args!("error: {error:#}"));
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Train(arguments) => arguments.run(),
        Command::Evaluate(arguments) => arguments.run(),
        Command::Collect(arguments) => arguments.run(),
        Command::Play(arguments) => arguments.run(),
        Command::Table1(arguments) => arguments.run(),
        Command::Arms(arguments) => arguments.run(),
        Command::Explain(arguments) => arguments.run(),
        Command::Study(arguments) => arguments.run(),
        Command::Tasks(arguments) => arguments.run(),
        Command::Bench(arguments) => arguments.run(),
    }
}
