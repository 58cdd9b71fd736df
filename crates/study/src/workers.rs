//! Running what is missing: one process a run, one run a core, within the memory and the disk there is.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::core_locks::{CoreLock, CoreLocks};
use crate::file::task_flags;
use crate::machine::{self, Machine};
use crate::plan::{Plan, Planned};
use crate::resources::Needs;
use crate::stale::Ledger;
use crate::stderr_tail::StderrTail;
use crate::store::{Look, State, Store};
use coadapt_run::signal::StopRequest;

/// How often a run is begun before it is left to its error.
const ATTEMPTS: u32 = 3;
/// Between two looks at the workers.
const PAUSE: Duration = Duration::from_millis(100);
/// The program's exit code for a run that was stopped and can go on.
const INTERRUPTED: i32 = 75;

/// A run that could not be brought to an end.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Failure {
    /// Place of the run in the plan.
    pub run: usize,
    /// What its last worker said.
    pub error: String,
}

/// How a worker pool's work ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// Runs that could not be brought to an end.
    pub failures: Vec<Failure>,
    /// Directories that were damaged, and where they are now.
    pub set_aside: Vec<(PathBuf, PathBuf, String)>,
    /// Whether a signal ended it.
    pub interrupted: bool,
}

/// The listener to a worker pool at work.
pub trait Watcher {
    /// Something happened, in a sentence.
    fn say(&mut self, line: &str);
    /// A moment has passed.
    fn look(&mut self);
}

struct Worker {
    run: usize,
    child: Child,
    stderr: StderrTail,
}

/// The outcome of an attempt to start a worker.
enum Spawned {
    /// A worker is at it.
    Started,
    /// There is nothing to start it for, now or any more.
    Nothing,
    /// Every core that may be used is taken, or what is left of memory and disk is reserved.
    NoRoom,
}

/// Workers on this machine.
pub struct WorkerPool<'a> {
    plan: &'a Plan,
    store: &'a Store,
    machine: Machine,
    cores: CoreLocks,
    checkpoint_every: u64,
    stop: StopRequest,
    workers: Vec<Worker>,
    attempts: Vec<u32>,
    settled: Vec<bool>,
    report: Report,
}

impl<'a> WorkerPool<'a> {
    /// A worker pool for the runs of `plan`.
    pub fn new(
        plan: &'a Plan,
        store: &'a Store,
        machine: Machine,
        checkpoint_every: u64,
    ) -> Result<WorkerPool<'a>> {
        Ok(WorkerPool {
            plan,
            store,
            cores: CoreLocks::new(store.root(), &machine.cores)?,
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
        for worker in &mut self.workers {
            let _ = worker.child.wait();
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
            let waiting = self.spawn(watcher)?;
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
            let Worker { run, stderr, .. } = self.workers.swap_remove(at);
            let last_words = stderr.last();
            // Of two worker pools that began one run at once, one was turned away: that is no failure.
            let state = self.store.state(&self.plan.runs[run])?;
            if state.is_done() || matches!(state, State::Running { .. }) {
                continue;
            }
            let said = match (status.code(), state) {
                (Some(0), State::Damaged { why }) => format!("it ended, but {why}"),
                (Some(0), _) => "it ended without a result".to_owned(),
                (Some(INTERRUPTED), _) => "it was asked to stop".to_owned(),
                (Some(_), _) => last_words,
                (None, _) => format!("its process ended by {status}"),
            };
            self.failed(run, said, watcher);
            self.clear_away(run, Look::Thorough, watcher)?;
        }
        Ok(())
    }

    /// Counts an attempt that came to nothing.
    fn failed(&mut self, run: usize, error: String, watcher: &mut dyn Watcher) {
        let name = self.plan.name(&self.plan.runs[run]);
        self.attempts[run] += 1;
        if self.attempts[run] < ATTEMPTS {
            watcher.say(&format!("{name}: {error}; trying again"));
        } else {
            watcher.say(&format!("{name}: {error}; given up after {ATTEMPTS} attempts"));
            self.give_up(run, error);
        }
    }

    fn give_up(&mut self, run: usize, error: String) {
        self.settled[run] = true;
        self.report.failures.push(Failure { run, error });
    }

    /// Sets aside what lies in the place of a run, if it is damaged.
    fn clear_away(&mut self, run: usize, look: Look, watcher: &mut dyn Watcher) -> Result<()> {
        let planned = &self.plan.runs[run];
        let from = self.store.place(planned)?;
        if let Some((to, why)) = self.store.set_aside(planned, look)? {
            watcher.say(&format!("{} is damaged ({why}); moved to {}", from.display(), to.display()));
            self.report.set_aside.push((from, to, why));
        }
        Ok(())
    }

    /// Starts what is next while there is room. Gives whether something must be waited for that is not ours.
    fn spawn(&mut self, watcher: &mut dyn Watcher) -> Result<bool> {
        let mut elsewhere = false;
        // What failed before comes last: it may be the machine that must get over something.
        for tier in 0..ATTEMPTS {
            for run in 0..self.plan.runs.len() {
                if self.settled[run] || self.attempts[run] != tier || self.is_at_work(run) {
                    continue;
                }
                if self.workers.len() >= self.machine.jobs || self.stop.is_set() {
                    return Ok(true);
                }
                let mut state = self.store.state(&self.plan.runs[run])?;
                if let State::Damaged { why } = &state {
                    let why = why.clone();
                    self.clear_away(run, Look::Quick, watcher)?;
                    state = self.store.state(&self.plan.runs[run])?;
                    if matches!(state, State::Damaged { .. }) {
                        self.failed(run, why, watcher);
                        continue;
                    }
                }
                match self.begin(run, &state, watcher)? {
                    Spawned::NoRoom => return Ok(true),
                    Spawned::Started => {}
                    Spawned::Nothing => elsewhere |= !self.settled[run],
                }
            }
        }
        Ok(elsewhere)
    }

    fn is_at_work(&self, run: usize) -> bool {
        // Arms may share a run on some tasks.
        let same = |a: &Planned, b: &Planned| a.name == b.name && a.task == b.task;
        self.workers.iter().any(|worker| same(&self.plan.runs[worker.run], &self.plan.runs[run]))
    }

    fn begin(&mut self, run: usize, state: &State, watcher: &mut dyn Watcher) -> Result<Spawned> {
        match state {
            State::Finished | State::Diverged { .. } => self.settled[run] = true,
            State::Running { .. } | State::Damaged { .. } => {}
            State::Missing | State::Partial { .. } => return self.start(run, state, watcher),
        }
        Ok(Spawned::Nothing)
    }

    fn start(&mut self, run: usize, state: &State, watcher: &mut dyn Watcher) -> Result<Spawned> {
        let (plan, planned) = (self.plan, &self.plan.runs[run]);
        let needs = Needs::of(planned, &plan.tasks[planned.task].spec);
        {
            // Worker pools on this store look for a core one at a time, or two would take what is there for one.
            let _alone = self.store.alone()?;
            let (core, reserved) = self.cores.take()?;
            // A quota may leave fewer cores' time than there are cores.
            let Some(core) = core.filter(|_| reserved.workers < self.machine.most) else {
                return Ok(Spawned::NoRoom);
            };
            if let Some(why) = machine::no_room(self.store.root(), needs, &reserved) {
                if reserved.workers > 0 {
                    return Ok(Spawned::NoRoom);
                }
                let error = format!("not started: {why}");
                watcher.say(&format!("{}: {error}", plan.name(planned)));
                self.give_up(run, error);
                return Ok(Spawned::Nothing);
            }
            let mut child =
                self.command(planned, &core, state)?.spawn().context("a worker could not be started")?;
            core.hand_over(child.id(), needs);
            let errors = child.stderr.take().context("a worker has no standard error")?;
            self.workers.push(Worker { run, child, stderr: StderrTail::listen(errors) });
        }
        // A worker is at it, with or without a note for those who ask later why it would start again.
        if let Err(error) = Ledger::note(plan, self.store, std::iter::once(planned)) {
            watcher.say(&format!("{error:#}"));
        }
        Ok(Spawned::Started)
    }

    fn command(&self, run: &Planned, core: &CoreLock, state: &State) -> Result<Command> {
        let place = self.store.place(run)?;
        let mut command = Command::new(machine::this_program()?);
        command.args(arguments(&self.plan.arms[run.arm].algo, run, &place, state));
        command.args(["--quiet", "--checkpoint-every", &self.checkpoint_every.to_string()]);
        command.args(["--with-parent", &std::process::id().to_string(), "--core", &core.number.to_string()]);
        command.stdin(core.for_worker()?).stdout(Stdio::null()).stderr(Stdio::piped());
        Ok(command)
    }
}

/// The command line of a worker.
fn arguments(algo: &str, run: &Planned, place: &Path, state: &State) -> Vec<String> {
    let (place, steps) = (place.display().to_string(), run.steps.to_string());
    let mut all = vec!["train".to_owned()];
    let mut add = |words: &[&str]| all.extend(words.iter().map(|word| (*word).to_owned()));
    if *state == State::Missing {
        add(&["--algo", algo, "--env", &run.address.task]);
        add(&["--seed", &run.seed.to_string(), "--steps", &steps, "--out", &place]);
        for (path, value) in &run.overrides {
            add(&["--set", &format!("{path}={value}")]);
        }
        all.extend(task_flags(run.options));
    } else {
        add(&["--resume", &place, "--steps", &steps]);
    }
    all
}
