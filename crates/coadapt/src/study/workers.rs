//! Running what is missing: one process a run, one run a core, within the memory there is.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::signal::StopRequest;
use crate::study::machine::{self, Machine};
use crate::study::plan::{Plan, Planned};
use crate::study::store::{State, Store};

/// How often a run is begun again after an error before it is left.
const ATTEMPTS: u32 = 3;
/// Between two looks at the workers.
const PAUSE: Duration = Duration::from_millis(100);
/// The program's exit code for a run that was stopped and can go on.
const INTERRUPTED: i32 = 75;

/// A run that could not be brought to an end.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Place of the run in the plan.
    pub run: usize,
    /// What its last worker said.
    pub error: String,
}

/// How a crew's work ended.
#[derive(Debug)]
pub struct Report {
    /// Runs that could not be brought to an end.
    pub failures: Vec<Failure>,
    /// Directories that were damaged, and where they are now.
    pub set_aside: Vec<(PathBuf, PathBuf, String)>,
    /// Whether a signal ended it.
    pub interrupted: bool,
}

/// What the crew tells while it works.
pub trait Watcher {
    /// Something happened, in a sentence.
    fn say(&mut self, line: &str);
    /// A moment has passed.
    fn look(&mut self);
}

struct Worker {
    run: usize,
    core: usize,
    child: Child,
    words: PathBuf,
    bytes: u64,
}

/// Workers on this machine.
pub struct Crew<'a> {
    plan: &'a Plan,
    store: &'a Store,
    machine: Machine,
    checkpoint_every: u64,
    stop: StopRequest,
    workers: Vec<Worker>,
    attempts: Vec<u32>,
    settled: Vec<bool>,
    report: Report,
}

impl<'a> Crew<'a> {
    /// A crew for the runs of `plan`.
    pub fn new(
        plan: &'a Plan,
        store: &'a Store,
        machine: Machine,
        checkpoint_every: u64,
    ) -> Result<Crew<'a>> {
        Ok(Crew {
            plan,
            store,
            machine,
            checkpoint_every,
            stop: StopRequest::listen()?,
            workers: Vec::new(),
            attempts: vec![0; plan.runs.len()],
            settled: vec![false; plan.runs.len()],
            report: Report { failures: Vec::new(), set_aside: Vec::new(), interrupted: false },
        })
    }

    /// Runs until nothing is missing, or a signal comes.
    pub fn work(mut self, watcher: &mut dyn Watcher) -> Result<Report> {
        let worked = self.until_done(watcher);
        // Whatever happened, no worker is left behind: each writes a checkpoint and ends.
        for worker in &mut self.workers {
            machine::ask_to_stop(&worker.child);
        }
        for mut worker in std::mem::take(&mut self.workers) {
            let _ = worker.child.wait();
            let _ = std::fs::remove_file(&worker.words);
        }
        worked.map(|()| self.report)
    }

    fn until_done(&mut self, watcher: &mut dyn Watcher) -> Result<()> {
        loop {
            if self.stop.is_set() {
                self.report.interrupted = true;
                return Ok(());
            }
            self.reap(watcher)?;
            let waiting = self.hire(watcher)?;
            if self.workers.is_empty() && !waiting {
                return Ok(());
            }
            watcher.look();
            std::thread::sleep(PAUSE);
        }
    }

    /// Lets go of workers that have ended.
    fn reap(&mut self, watcher: &mut dyn Watcher) -> Result<()> {
        let mut at = 0;
        while at < self.workers.len() {
            let ended = self.workers[at].child.try_wait().context("a worker could not be waited for")?;
            let Some(status) = ended else {
                at += 1;
                continue;
            };
            let worker = self.workers.swap_remove(at);
            let words = std::fs::read_to_string(&worker.words).unwrap_or_default();
            let _ = std::fs::remove_file(&worker.words);
            if status.success() {
                continue;
            }
            let name = self.plan.name(&self.plan.runs[worker.run]);
            let said = match status.code() {
                Some(INTERRUPTED) => "it was asked to stop".to_owned(),
                Some(_) => words.trim().trim_start_matches("error: ").to_owned(),
                None => format!("its process ended by {status}"),
            };
            self.attempts[worker.run] += 1;
            if self.attempts[worker.run] < ATTEMPTS {
                watcher.say(&format!("{name}: {said}; trying again"));
            } else {
                watcher.say(&format!("{name}: {said}; given up after {ATTEMPTS} attempts"));
                self.settled[worker.run] = true;
                self.report.failures.push(Failure { run: worker.run, error: said });
            }
        }
        Ok(())
    }

    /// Starts what is next while there is room. Gives whether something must be waited for that is not ours.
    fn hire(&mut self, watcher: &mut dyn Watcher) -> Result<bool> {
        let mut elsewhere = false;
        for run in 0..self.plan.runs.len() {
            if self.settled[run] || self.workers.iter().any(|worker| worker.run == run) {
                continue;
            }
            let Some(core) = self.free_core() else { return Ok(elsewhere) };
            let planned = &self.plan.runs[run];
            match self.store.state(planned)? {
                State::Finished | State::Diverged { .. } => self.settled[run] = true,
                State::Running { .. } => elsewhere = true,
                State::Damaged { why } => {
                    let (from, to) = (self.store.place(planned)?, self.store.set_aside(planned)?);
                    watcher.say(&format!("{} is damaged ({why}); moved to {}", from.display(), to.display()));
                    self.report.set_aside.push((from, to, why));
                    self.start(run, core, State::Missing)?;
                }
                state => {
                    if !self.start(run, core, state)? {
                        return Ok(elsewhere);
                    }
                }
            }
        }
        Ok(elsewhere)
    }

    fn free_core(&self) -> Option<usize> {
        (0..self.machine.jobs).find(|core| self.workers.iter().all(|worker| worker.core != *core))
    }

    /// Starts a run; `false` if there is no memory or disk for it now.
    fn start(&mut self, run: usize, core: usize, state: State) -> Result<bool> {
        let planned = &self.plan.runs[run];
        let needs = machine::needs(planned, &self.plan.tasks[planned.task].spec);
        let taken: u64 = self.workers.iter().map(|worker| worker.bytes).sum();
        if !self.workers.is_empty() && taken + needs.memory_bytes > self.machine.memory_bytes {
            return Ok(false);
        }
        machine::require_disk(self.store.root(), needs.disk_bytes)?;
        let place = self.store.place(planned)?;
        let words = self.words(run)?;
        let errors = File::create(&words).with_context(|| format!("could not create {}", words.display()))?;
        let mut command = Command::new(machine::this_program()?);
        command.args(arguments(self.plan, planned, &place, &state));
        command.args(["--quiet", "--with-parent", "--checkpoint-every", &self.checkpoint_every.to_string()]);
        if let Some(core) = self.machine.pinned(core) {
            command.args(["--core", &core.to_string()]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        let child = command.spawn().context("a worker could not be started")?;
        self.workers.push(Worker { run, core, child, words, bytes: needs.memory_bytes });
        Ok(true)
    }

    /// Where a worker's last words go.
    fn words(&self, run: usize) -> Result<PathBuf> {
        let folder = self.store.root().join("workers");
        std::fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
        Ok(folder.join(format!("{}-{run}.txt", std::process::id())))
    }
}

/// The command line of a worker.
fn arguments(plan: &Plan, run: &Planned, place: &Path, state: &State) -> Vec<String> {
    let (place, steps) = (place.display().to_string(), run.steps.to_string());
    let mut all = vec!["train".to_owned()];
    let mut add = |words: &[&str]| all.extend(words.iter().map(|word| (*word).to_owned()));
    if *state == State::Missing {
        add(&["--algo", &plan.arms[run.arm].algo, "--env", &run.address.task]);
        add(&["--seed", &run.seed.to_string(), "--steps", &steps, "--out", &place]);
        for (path, value) in &run.overrides {
            add(&["--set", &format!("{path}={value}")]);
        }
    } else {
        add(&["--resume", &place, "--steps", &steps]);
    }
    all
}
