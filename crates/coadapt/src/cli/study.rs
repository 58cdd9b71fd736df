//! `coadapt study`: check a study, plan it, run what is missing, see where it stands.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::builder::RangedU64ValueParser;
use clap::{Args, Subcommand};

use super::study_arguments::{Chosen, Stored};
use crate::human_numbers;
use crate::progress::Loudness;
use crate::study::file::StudyFile;
use crate::study::grid::Totals;
use crate::study::load::{Loaded, Standing};
use crate::study::machine::{self, Machine};
use crate::study::plan::Plan;
use crate::study::stale::Ledger;
use crate::study::store::Store;
use crate::study::workers::{Report, Watcher, WorkerPool};
use crate::study::{cost, grid, pace};
use crate::terminal::{answer, tell};

/// Between two pictures of the grid on a terminal.
const REFRESH: Duration = Duration::from_secs(2);
/// Between two lines where nobody watches a terminal.
const REPORT: Duration = Duration::from_secs(60);
/// More failures than these are only counted.
const FAILURES_TOLD: usize = 20;

/// Declare a study in one file, run what is missing, compare honestly.
#[derive(Debug, Args)]
pub struct Study {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Refuse everything that is wrong with a study, before anything runs
    Check(Chosen),
    /// Measure for seconds, then print runs, core-hours, memory, disk and time to finish
    Plan(Planning),
    /// Run what is missing or stale
    Run(Running),
    /// Print where every cell stands
    Status(Asking),
    /// Say why runs would start again
    ExplainStale(Stored),
    /// Write the report: one page, Markdown, CSV, SVG
    Report(super::report::Reporting),
    /// Show the report in a browser while runs go on
    Watch(super::report::Watching),
}

#[derive(Debug, Args)]
struct Asking {
    #[command(flatten)]
    stored: Stored,
    /// Go on telling, until everything is done or Ctrl-C
    #[arg(long)]
    follow: bool,
}

#[derive(Debug, Args)]
struct Planning {
    #[command(flatten)]
    stored: Stored,
    /// Runs at a time, at most one a core [default: one a core]
    #[arg(long, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    jobs: Option<usize>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Ctrl-C lets every run write a checkpoint and ends with exit code 75; the same command goes on from there. Runs lie in the
store under the hash of what their results depend on: studies that share an arm share its runs, a changed recipe is
another run, and a longer budget continues the shorter one.")]
struct Running {
    #[command(flatten)]
    planning: Planning,
    /// Environment steps between checkpoints of a run; the results do not depend on them
    #[arg(long, value_name = "STEPS", default_value_t = 50_000)]
    #[arg(value_parser = RangedU64ValueParser::<u64>::new().range(1..))]
    checkpoint_every: u64,
    /// Say nothing until the end
    #[arg(long)]
    quiet: bool,
}

impl Study {
    /// Does what was asked.
    pub fn run(self) -> Result<ExitCode> {
        match self.what {
            What::Check(chosen) => check(&chosen),
            What::Plan(planning) => plan(&planning),
            What::Run(running) => run(&running),
            What::Status(asking) => status(&asking),
            What::ExplainStale(stored) => explain_stale(&stored),
            What::Report(reporting) => super::report::report(&reporting),
            What::Watch(watching) => super::report::watch(&watching),
        }
    }
}

fn check(chosen: &Chosen) -> Result<ExitCode> {
    let study = StudyFile::load(&chosen.file)?;
    let budgets: Vec<String> = match &chosen.budget {
        Some(name) => vec![name.clone()],
        None => study.budgets.keys().cloned().collect(),
    };
    for name in budgets {
        let plan = Plan::new(&study, &name)?;
        let counted = |count: usize, noun| human_numbers::counted(count as u64, noun);
        answer(format_args!(
            "{} ({name}): {}, {}, {}, {}",
            plan.title,
            counted(plan.arms.len(), "arm"),
            counted(plan.tasks.len(), "task"),
            counted(plan.seeds.len(), "seed"),
            counted(plan.runs.len(), "run"),
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn plan(planning: &Planning) -> Result<ExitCode> {
    let (plan, store) = planning.stored.open()?;
    let machine = Machine::here(planning.jobs);
    let cost =
        cost::estimate(&plan, &store, machine.jobs, &mut |kind| tell(format_args!("measuring {kind}")))?;
    let mib = |bytes: u64| human_numbers::grouped(bytes >> 20);
    answer(format_args!("{} ({})", plan.title, plan.budget))?;
    let done = plan.runs.len() - cost.runs;
    answer(format_args!(
        "runs        {} left, {} done",
        human_numbers::grouped(cost.runs as u64),
        human_numbers::grouped(done as u64)
    ))?;
    answer(format_args!("steps       {} left", human_numbers::grouped(cost.steps)))?;
    answer(format_args!("core-hours  {:.2}", cost.core_seconds / 3600.0))?;
    answer(format_args!(
        "memory      {} MiB, {} at a time",
        mib(cost.memory_bytes),
        human_numbers::counted(machine.jobs as u64, "run")
    ))?;
    answer(format_args!("disk        at most {} MiB", mib(cost.disk_bytes)))?;
    let time = human_numbers::clock(cost.core_seconds / machine.jobs as f64);
    answer(format_args!("time        about {time}, if nothing else runs here"))?;
    Ok(ExitCode::SUCCESS)
}

fn run(running: &Running) -> Result<ExitCode> {
    let Planning { stored, jobs } = &running.planning;
    let (plan, store) = stored.open()?;
    let machine = Machine::here(*jobs);
    let loudness = if running.quiet { Loudness::Quiet } else { Loudness::Normal };
    if jobs.is_some_and(|jobs| jobs > machine.jobs) && loudness == Loudness::Normal {
        let most = human_numbers::counted(machine.jobs as u64, "core");
        tell(format_args!("this program has the time of {most}: that many runs at a time"));
    }
    let mut screen = Screen::new(&plan, &store, loudness);
    let report = WorkerPool::new(&plan, &store, machine, running.checkpoint_every)?.work(&mut screen);
    screen.clear();
    // Also after an error: what has run must not look stale.
    if let Err(error) = Ledger::note_all(&plan, &store) {
        tell(format_args!("{error:#}"));
    }
    conclude(&plan, &store, &report?)
}

fn conclude(plan: &Plan, store: &Store, report: &Report) -> Result<ExitCode> {
    print_grid(plan, store)?;
    for failure in report.failures.iter().take(FAILURES_TOLD) {
        tell(format_args!("failed: {}: {}", plan.name(&plan.runs[failure.run]), failure.error));
    }
    if let more @ 1.. = report.failures.len().saturating_sub(FAILURES_TOLD) {
        tell(format_args!("failed: {} more", human_numbers::counted(more as u64, "run")));
    }
    for (from, to, why) in &report.set_aside {
        tell(format_args!("set aside: {} ({why}) is now {}", from.display(), to.display()));
    }
    Ok(match (report.interrupted, report.failures.is_empty()) {
        (true, _) => ExitCode::from(75),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::FAILURE,
    })
}

fn print_grid(plan: &Plan, store: &Store) -> Result<()> {
    let mut standing = Standing::new(plan);
    let runs = standing.look(store)?;
    grid::lines(plan, runs).iter().try_for_each(answer)?;
    answer(summary(plan, store, runs))
}

fn summary(plan: &Plan, store: &Store, runs: &[Loaded<'_>]) -> String {
    let core_seconds_left = pace::core_seconds_left(plan, store, runs);
    grid::summary(&Totals { core_seconds_left, ..grid::totals(runs) })
}

fn status(asking: &Asking) -> Result<ExitCode> {
    let (plan, store) = asking.stored.open()?;
    answer(format_args!("{} ({})", plan.title, plan.budget))?;
    let mut screen = Screen::new(&plan, &store, Loudness::Normal);
    while asking.follow && !screen.all_done()? {
        screen.look();
        std::thread::sleep(REFRESH);
    }
    screen.clear();
    print_grid(&plan, &store)?;
    Ok(ExitCode::SUCCESS)
}

fn explain_stale(stored: &Stored) -> Result<ExitCode> {
    let (plan, store) = stored.open()?;
    let stale = Ledger::load(&plan, &store).stale(&plan, &store)?;
    for one in &stale {
        answer(format_args!("{} on {} would start again:", one.arm, one.task))?;
        for difference in &one.differences {
            answer(format_args!("  {}: {} is now {}", difference.path, difference.was, difference.is))?;
        }
    }
    if stale.is_empty() {
        answer("nothing is stale: what is missing has not run before")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The grid while a worker pool works: redrawn in place on a terminal, a line a minute elsewhere.
struct Screen<'a> {
    plan: &'a Plan,
    store: &'a Store,
    standing: Standing<'a>,
    loudness: Loudness,
    live: bool,
    drawn: usize,
    last: Option<Instant>,
}

impl<'a> Screen<'a> {
    fn new(plan: &'a Plan, store: &'a Store, loudness: Loudness) -> Self {
        let (standing, live) = (Standing::new(plan), std::io::stderr().is_terminal());
        Screen { plan, store, standing, loudness, live, drawn: 0, last: None }
    }

    /// Takes the last picture off the terminal.
    fn clear(&mut self) {
        if self.drawn > 0 {
            // A terminal that is gone needs no clearing.
            let _ = write!(std::io::stderr(), "\x1b[{}A\x1b[J", self.drawn);
            self.drawn = 0;
        }
    }

    fn all_done(&mut self) -> Result<bool> {
        Ok(self.standing.look(self.store)?.iter().all(|one| one.state.is_done()))
    }

    fn draw(&mut self) {
        let Ok(runs) = self.standing.look(self.store) else { return };
        let summary = summary(self.plan, self.store, runs);
        if !self.live {
            tell(summary);
            return;
        }
        let (columns, rows) = machine::terminal_size().unwrap_or((80, 24));
        // The summary, which may wrap, and the line of the cursor stay below.
        let room = rows.saturating_sub(2 + summary.chars().count().div_ceil(columns));
        let mut lines = grid::fitted(&grid::lines(self.plan, runs), columns, room);
        lines.push(summary);
        self.clear();
        lines.iter().for_each(tell);
        self.drawn = lines.iter().map(|line| line.chars().count().div_ceil(columns).max(1)).sum();
    }
}

impl Watcher for Screen<'_> {
    fn say(&mut self, line: &str) {
        if self.loudness == Loudness::Normal {
            self.clear();
            tell(line);
        }
    }

    fn look(&mut self) {
        let every = if self.live { REFRESH } else { REPORT };
        if self.loudness == Loudness::Quiet || self.last.is_some_and(|last| last.elapsed() < every) {
            return;
        }
        self.draw();
        self.last = Some(Instant::now());
    }
}
