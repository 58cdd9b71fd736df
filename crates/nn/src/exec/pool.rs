//! The threads of one update: they wait for a run, do it together, and sleep when there is none.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Rounds of spinning, some 200 microseconds, before a thread goes to sleep. Steps of an update are shorter than
/// that; whoever still waits then waits for a processor, and spinning on would keep it from the others.
const SPINS: usize = 4_096;

/// A meeting point of threads that can be used again and again.
pub(super) struct Barrier {
    threads: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
    sleepers: AtomicUsize,
    door: Mutex<()>,
    bell: Condvar,
}

impl Barrier {
    fn new(threads: usize) -> Self {
        Barrier {
            threads,
            arrived: AtomicUsize::new(0),
            round: AtomicUsize::new(0),
            sleepers: AtomicUsize::new(0),
            door: Mutex::new(()),
            bell: Condvar::new(),
        }
    }

    /// Returns once every thread has called it. Takes a lock only where somebody sleeps.
    pub(super) fn wait(&self) {
        if self.threads == 1 {
            return;
        }
        let round = self.round.load(Ordering::SeqCst);
        if self.arrived.fetch_add(1, Ordering::SeqCst) + 1 == self.threads {
            self.arrived.store(0, Ordering::SeqCst);
            self.round.store(round + 1, Ordering::SeqCst);
            // A sleeper counts itself before it looks at the round for the last time: one of us sees the other.
            if self.sleepers.load(Ordering::SeqCst) > 0 {
                drop(self.door.lock().unwrap_or_else(PoisonError::into_inner));
                self.bell.notify_all();
            }
            return;
        }
        for _ in 0..SPINS {
            if self.round.load(Ordering::SeqCst) != round {
                return;
            }
            std::hint::spin_loop();
        }
        let mut inside = self.door.lock().unwrap_or_else(PoisonError::into_inner);
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        while self.round.load(Ordering::SeqCst) == round {
            inside = self.bell.wait(inside).unwrap_or_else(PoisonError::into_inner);
        }
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The work of a run, done by all threads, each with its number.
type Work<'a> = dyn Fn(usize, &Barrier) + Sync + 'a;
type Job = *const Work<'static>;

struct Shared {
    /// Counts runs; a worker waits for it to move.
    run: AtomicUsize,
    barrier: Barrier,
    stop: AtomicBool,
    /// Written by the caller before `run` moves, read by workers after it has.
    job: UnsafeCell<Option<Job>>,
}

// SAFETY: `run` orders every access to `job`; its pointee is `Sync`, and `Pool::run` keeps it alive until every
// worker is done with it.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

/// A fixed number of threads, the caller's included.
pub struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

impl Pool {
    /// A pool of `threads` threads, at least one: the caller's own and `threads - 1` workers. Where the system
    /// gives fewer, it has fewer.
    pub fn new(threads: usize) -> Self {
        let mut starts = Vec::new();
        let mut workers = Vec::new();
        for number in 1..threads.max(1) {
            // A worker learns what it shares once it is known how many there are.
            let (start, started) = std::sync::mpsc::channel::<Arc<Shared>>();
            let body = move || {
                if let Ok(shared) = started.recv() {
                    worker(&shared, number);
                }
            };
            let Ok(handle) = std::thread::Builder::new().name(format!("update-{number}")).spawn(body) else {
                break;
            };
            starts.push(start);
            workers.push(handle);
        }
        let shared = Arc::new(Shared {
            run: AtomicUsize::new(0),
            barrier: Barrier::new(workers.len() + 1),
            stop: AtomicBool::new(false),
            job: UnsafeCell::new(None),
        });
        for start in starts {
            // A worker only goes away once it has been told to stop.
            let _ = start.send(Arc::clone(&shared));
        }
        // From here on, no worker has anything left to set up.
        shared.barrier.wait();
        Pool { shared, workers }
    }

    /// How many threads it has.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `job` with 0, 1, ... on all threads at once, and returns when all are done.
    pub(super) fn run(&mut self, job: &Work<'_>) {
        let shared = &*self.shared;
        if self.workers.is_empty() {
            return job(0, &shared.barrier);
        }
        // SAFETY: only the lifetime changes; this call does not return while a worker can still use it.
        let pointer: Job = unsafe { std::mem::transmute::<&Work<'_>, Job>(job) };
        // SAFETY: every worker is waiting for `run` to move, and `&mut self` keeps other callers out.
        unsafe { *shared.job.get() = Some(pointer) };
        shared.run.fetch_add(1, Ordering::SeqCst);
        self.workers.iter().for_each(|w| w.thread().unpark());
        guarded(job, 0, &shared.barrier);
        // Beyond this meeting no worker touches the job.
        shared.barrier.wait();
    }
}

/// Runs a thread's part. A panic ends the process: the other threads stand at a barrier for ever, and may
/// outlive what they borrow.
fn guarded(job: &Work<'_>, number: usize, barrier: &Barrier) {
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(number, barrier))).is_err() {
        eprintln!("a step of an update panicked on thread {number}; the process ends");
        std::process::abort();
    }
}

fn worker(shared: &Shared, number: usize) {
    shared.barrier.wait();
    let mut seen = 0;
    loop {
        let mut spins = 0;
        while shared.run.load(Ordering::SeqCst) == seen {
            if shared.stop.load(Ordering::SeqCst) {
                return;
            }
            if spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
            } else {
                std::thread::park();
            }
        }
        seen += 1;
        // SAFETY: the caller wrote `job` before `run` moved, and will not again before the last meeting.
        if let Some(job) = unsafe { *shared.job.get() } {
            // SAFETY: `Pool::run` waits at the last meeting before its borrow of the job ends.
            guarded(unsafe { &*job }, number, &shared.barrier);
        }
        shared.barrier.wait();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
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
