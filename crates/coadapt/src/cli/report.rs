//! `coadapt study report` and `coadapt study watch`: a study as a page.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::study_arguments::Stored;
use crate::report::Report;
use crate::report::serve::Server;
use crate::run::directory;
use crate::terminal::{answer, tell};

/// Where `study watch` listens unless told otherwise.
const PORT: u16 = 8460;

/// Where a report goes.
#[derive(Debug, Args)]
#[command(after_help = "\
Writes report.html, which is one file and needs no network, and beside it report.md, every table as CSV and every picture as
SVG. The same store gives the same bytes. docs/reports.md says what each number means.")]
pub struct Reporting {
    #[command(flatten)]
    stored: Stored,
    /// Folder to write into [default: reports/FILE-BUDGET, FILE without its ending]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Where a report is shown.
#[derive(Debug, Args)]
#[command(after_help = "\
Listens on 127.0.0.1 only, shows and changes nothing. Ctrl-C ends it; runs are not touched.")]
pub struct Watching {
    #[command(flatten)]
    stored: Stored,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = PORT)]
    port: u16,
}

/// Writes the report.
pub fn report(reporting: &Reporting) -> Result<ExitCode> {
    let (plan, store) = reporting.stored.open()?;
    let out = reporting.out.clone().unwrap_or_else(|| {
        let name =
            reporting.stored.chosen.file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        PathBuf::from("reports").join(directory::file_name(&format!("{name}-{}", plan.budget)))
    });
    Report::new(&plan, &store, crate::BUILD)?.write(&out)?;
    answer(out.join("report.html").display())?;
    Ok(ExitCode::SUCCESS)
}

/// Serves the report.
pub fn watch(watching: &Watching) -> Result<ExitCode> {
    let (plan, store) = watching.stored.open()?;
    let server = Server::bind(watching.port)?;
    answer(server.address())?;
    tell("Ctrl-C ends this; runs are not touched");
    server.serve(&mut || Report::new(&plan, &store, crate::BUILD))?;
    Ok(ExitCode::SUCCESS)
}
