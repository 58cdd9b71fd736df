//! The threads of one update: they wait for a run, do it together, and sleep when there is none.

use std::cell::UnsafeCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

/// Rounds of spinning before a thread gives way to others.
const SPINS: usize = 128;

/// A meeting point of `threads` threads that can be used again and again.
pub(super) struct Barrier {
    threads: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
}

impl Barrier {
    pub(super) fn new(threads: usize) -> Self {
        Barrier { threads, arrived: AtomicUsize::new(0), round: AtomicUsize::new(0) }
    }

    /// Returns once every thread has called it.
    pub(super) fn wait(&self) {
        if self.threads == 1 {
            return;
        }
        let round = self.round.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.threads {
            self.arrived.store(0, Ordering::Relaxed);
            self.round.store(round + 1, Ordering::Release);
        } else {
            spin_until(|| self.round.load(Ordering::Acquire) != round);
        }
    }
}

/// Spins, then yields: on a machine with fewer free cores than threads, spinning would starve the others.
fn spin_until(done: impl Fn() -> bool) {
    let mut spins = 0;
    while !done() {
        if spins < SPINS {
            spins += 1;
            std::hint::spin_loop();
        } else {
            std::thread::yield_now();
        }
    }
}

type Job = *const (dyn Fn(usize) + Sync);

struct Shared {
    /// Counts runs; a worker waits for it to move.
    run: AtomicUsize,
    /// Workers that have finished the current run.
    done: AtomicUsize,
    stop: AtomicBool,
    /// Written by the caller before `run` moves, read by workers after it has.
    job: UnsafeCell<Option<Job>>,
}

// SAFETY: `run` (release, acquire) orders every access to `job`; its pointee is `Sync`, and `Pool::run` keeps
// it alive until every worker is done with it.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

/// A fixed number of threads, the caller's included.
pub struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

impl Pool {
    /// A pool of `threads` threads, at least one: the caller's own and `threads - 1` workers.
    pub fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            run: AtomicUsize::new(0),
            done: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            job: UnsafeCell::new(None),
        });
        let workers = (1..threads.max(1))
            .filter_map(|number| {
                let shared = Arc::clone(&shared);
                let name = format!("update-{number}");
                std::thread::Builder::new().name(name).spawn(move || worker(&shared, number)).ok()
            })
            .collect();
        Pool { shared, workers }
    }

    /// How many threads it has.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `job` with 0, 1, ... on all threads at once, and returns when all are done.
    pub(super) fn run(&mut self, job: &(dyn Fn(usize) + Sync)) {
        if self.workers.is_empty() {
            return job(0);
        }
        let shared = &*self.shared;
        // SAFETY: only the lifetime changes; this call does not return while a worker can still use it.
        let pointer: Job = unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), Job>(job) };
        // SAFETY: every worker is waiting for `run` to move, and `&mut self` keeps other callers out.
        unsafe { *shared.job.get() = Some(pointer) };
        shared.done.store(0, Ordering::Relaxed);
        shared.run.fetch_add(1, Ordering::Release);
        self.workers.iter().for_each(|w| w.thread().unpark());
        guarded(job, 0);
        spin_until(|| shared.done.load(Ordering::Acquire) == self.workers.len());
    }
}

/// Runs a thread's part. A panic ends the process: the other threads stand at a barrier for ever, and may
/// outlive what they borrow.
fn guarded(job: &(dyn Fn(usize) + Sync), number: usize) {
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(number))).is_err() {
        eprintln!("a step of an update panicked on thread {number}; the process ends");
        std::process::abort();
    }
}

fn worker(shared: &Shared, number: usize) {
    let mut seen = 0;
    loop {
        let mut spins = 0;
        while shared.run.load(Ordering::Acquire) == seen {
            if shared.stop.load(Ordering::Acquire) {
                return;
            }
            if spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
            } else {
                std::thread::park_timeout(std::time::Duration::from_millis(100));
            }
        }
        seen += 1;
        // SAFETY: the caller wrote `job` before `run` moved, and will not again before `done` is complete.
        if let Some(job) = unsafe { *shared.job.get() } {
            // SAFETY: `Pool::run` waits for `done` before its borrow of the job ends.
            guarded(unsafe { &*job }, number);
        }
        shared.done.fetch_add(1, Ordering::Release);
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        for worker in self.workers.drain(..) {
            worker.thread().unpark();
            // A worker that panicked has already ended the process.
            let _ = worker.join();
        }
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({} threads)", self.threads())
    }
}
