//! Words for standard error and standard output: a reader that went away, or a full disk behind it, ends no run.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use anyhow::{Context, Result};

/// Says `line` on standard error. Nobody may be listening, and then there is nobody to tell that either.
pub fn tell(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints `line` on standard output. A reader that has seen enough (`| head`) is no error.
pub fn answer(line: impl Display) -> Result<()> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("could not write to standard output"),
    }
}
