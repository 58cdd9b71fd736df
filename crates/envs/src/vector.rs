//! Many copies of a task stepped together, by threads of their own.

mod numbers;
mod shared;
mod worker;

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use crate::{Env, EnvError, Spec, Step};
use shared::{Order, Shared};
use worker::Worker;

/// Looks at a flag this often before the processor is offered to others.
const SPINS: u32 = 2_000;

/// Many copies of a task stepped together.
///
/// The copies are divided among threads, the caller's among them, and stay with theirs: what a copy gives depends
/// on its own seed and actions alone, so every result is that of stepping the copies one by one, for any number of
/// threads. A step or reset takes no lock and allocates nothing. A thread with nothing to do sleeps after some
/// microseconds.
///
/// Arrays of all copies lie row by row: `obs[i * obs_dim..]` is the observation of copy `i`. Nothing is reset
/// behind the caller's back: after a step that ended an episode, `obs` holds its last observation, and
/// [`reset`](Self::reset) begins the next one.
#[derive(Debug)]
pub struct VectorEnv {
    spec: Spec,
    shared: Arc<Shared>,
    /// The caller's part.
    own: Worker,
    others: Vec<JoinHandle<()>>,
}

impl VectorEnv {
    /// Divides `envs` among `threads` threads (at least one, at most one for each copy).
    ///
    /// Refuses copies that differ in their [`Spec`], and none at all.
    pub fn new(envs: Vec<Box<dyn Env>>, threads: usize) -> Result<Self, EnvError> {
        let refuse = |problem: String| EnvError::Vector { problem };
        let spec =
            envs.first().map(|env| env.spec().clone()).ok_or_else(|| refuse("there are none".into()))?;
        if let Some(other) = envs.iter().position(|env| *env.spec() != spec) {
            return Err(refuse(format!(
                "number {other} is {}, and number 0 is another task ({})",
                envs[other].spec().id,
                spec.id
            )));
        }
        let shared = Arc::new(Shared::new(&*envs[0], envs.len()));
        let mut workers = Worker::divide(envs, threads, &shared).into_iter();
        let own = workers.next().ok_or_else(|| refuse("there are none".into()))?;
        let mut vector = VectorEnv { spec, shared, own, others: Vec::new() };
        for worker in workers {
            // Should one not start, dropping `vector` ends those that did.
            let started = std::thread::Builder::new().name("env".into()).spawn(move || worker.work());
            vector.others.push(started.map_err(|cause| refuse(format!("a thread did not start: {cause}")))?);
        }
        Ok(vector)
    }

    /// The specification that all copies share.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// How many copies there are: one or more.
    #[allow(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.shared.len
    }

    /// Threads, the caller's among them.
    pub fn threads(&self) -> usize {
        self.others.len() + 1
    }

    /// Restarts the random stream of each copy, as [`Env::seed`] does.
    ///
    /// # Panics
    /// When `seeds` has not one seed a copy.
    pub fn seed(&mut self, seeds: &[u64]) {
        assert_eq!(seeds.len(), self.len(), "one seed a copy");
        self.shared.seeds.iter().zip(seeds).for_each(|(to, seed)| to.store(*seed, Relaxed));
        self.order(Order::Seed);
    }

    /// Starts an episode in every copy that `chosen` says and writes its first observation; the rows of the others
    /// stay as they are. Of several errors the one of the first copy is given, and the others did start.
    ///
    /// # Panics
    /// When `chosen` has not one element a copy.
    pub fn reset(&mut self, chosen: &[bool], obs: &mut [f64]) -> Result<(), EnvError> {
        assert_eq!(chosen.len(), self.len(), "one choice a copy");
        self.check_obs(obs)?;
        self.shared.chosen.iter().zip(chosen).for_each(|(to, chosen)| to.store(*chosen, Relaxed));
        self.order(Order::Reset);
        self.refuse_failures()?;
        for (i, row) in obs.chunks_exact_mut(self.spec.obs_dim).enumerate().filter(|(i, _)| chosen[*i]) {
            self.shared.obs.read(i, row);
        }
        Ok(())
    }

    /// Takes a step in every copy: `actions` and `obs` row by row, `steps` one a copy. Of several errors the one of
    /// the first copy is given, and the others did step.
    ///
    /// # Panics
    /// When `steps` has not one element a copy.
    pub fn step(&mut self, actions: &[f64], obs: &mut [f64], steps: &mut [Step]) -> Result<(), EnvError> {
        assert_eq!(steps.len(), self.len(), "one step a copy");
        self.check_obs(obs)?;
        let (id, expected) = (&self.spec.id, self.len() * self.spec.action.dim());
        if actions.len() != expected {
            return Err(EnvError::ActionLength { id: id.clone(), expected, found: actions.len() });
        }
        self.shared.actions.write_all(actions);
        self.order(Order::Step);
        self.refuse_failures()?;
        self.shared.obs.read_all(obs);
        steps.iter_mut().enumerate().for_each(|(i, step)| *step = self.shared.step_of(i));
        Ok(())
    }

    /// Copies positions and velocities of copy `i`, as its last step or reset left them; nothing for a task
    /// without a simulator.
    ///
    /// # Panics
    /// When a buffer has another length than [`physics_len`](Self::physics_len) says.
    pub fn physics(&self, i: usize, qpos: &mut [f64], qvel: &mut [f64]) {
        self.shared.qpos.read(i, qpos);
        self.shared.qvel.read(i, qvel);
    }

    /// Copies the constraint solver's warm start of copy `i` (as many numbers as velocities), as its last step or
    /// reset left it.
    ///
    /// # Panics
    /// When the buffer has another length.
    pub fn warm_start(&self, i: usize, accelerations: &mut [f64]) {
        self.shared.warm_start.read(i, accelerations);
    }

    /// Copies what the last reset of copy `i` put into its model.
    ///
    /// # Panics
    /// When the buffer has another length than [`physics_len`](Self::physics_len) says.
    pub fn model(&self, i: usize, model: &mut [f64]) {
        self.shared.model.read(i, model);
    }

    /// Positions, velocities, and numbers a reset puts into the model, of each copy; zeros without a simulator.
    pub fn physics_len(&self) -> [usize; 3] {
        [self.shared.qpos.width(), self.shared.qvel.width(), self.shared.model.width()]
    }

    /// Appends the state of every copy to `out`.
    pub fn save(&mut self, out: &mut Vec<u8>) {
        self.order(Order::Save);
        let states = self.shared.states.lock().unwrap_or_else(PoisonError::into_inner);
        out.extend_from_slice(&(states.len() as u64).to_le_bytes());
        for state in &*states {
            out.extend_from_slice(&(state.len() as u64).to_le_bytes());
            out.extend_from_slice(state);
        }
    }

    /// Puts back what `save` wrote, with any number of threads; after an error every copy is as it was.
    pub fn restore(&mut self, state: &[u8]) -> Result<(), EnvError> {
        let states = divided(state, self.len())
            .map_err(|problem| EnvError::State { id: self.spec.id.clone(), problem })?;
        self.order(Order::Save);
        let before = std::mem::replace(&mut *self.states(), states);
        self.order(Order::Restore);
        let done = self.refuse_failures();
        if done.is_err() {
            *self.states() = before;
            self.order(Order::Restore);
            self.refuse_failures()?;
        }
        done
    }

    fn states(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.shared.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_obs(&self, obs: &[f64]) -> Result<(), EnvError> {
        let expected = self.len() * self.spec.obs_dim;
        if obs.len() == expected {
            return Ok(());
        }
        Err(EnvError::ObsLength { id: self.spec.id.clone(), expected, found: obs.len() })
    }

    /// Has `order` carried out by all threads.
    ///
    /// # Panics
    /// When an environment panicked in one of them.
    fn order(&mut self, order: Order) {
        let shared = &*self.shared;
        shared.finished.store(0, Relaxed);
        shared.order.store(order as u8, Relaxed);
        // What was stored before is seen by whoever sees the new number.
        shared.orders.fetch_add(1, Release);
        self.others.iter().for_each(|thread| thread.thread().unpark());
        self.own.carry_out(order);
        let mut looks = 0;
        while shared.finished.load(Acquire) < self.others.len() {
            assert!(!shared.lost.load(Relaxed), "an environment of {} panicked in its thread", self.spec.id);
            looks += 1;
            if looks < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }

    /// The error of the first copy that had one.
    fn refuse_failures(&self) -> Result<(), EnvError> {
        if !self.shared.failed.swap(false, Relaxed) {
            return Ok(());
        }
        let mut errors =
            std::mem::take(&mut *self.shared.errors.lock().unwrap_or_else(PoisonError::into_inner));
        errors.sort_by_key(|(i, _)| *i);
        errors.into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
    }
}

impl Drop for VectorEnv {
    fn drop(&mut self) {
        self.shared.order.store(Order::Leave as u8, Relaxed);
        self.shared.orders.fetch_add(1, Release);
        for thread in self.others.drain(..) {
            thread.thread().unpark();
            // A thread that panicked was reported when it did.
            let _ = thread.join();
        }
    }
}

/// The states of `n` copies in what `save` wrote, or what does not fit.
fn divided(state: &[u8], n: usize) -> Result<Vec<Vec<u8>>, String> {
    let mut rest = state;
    let short = || "it is cut short".to_owned();
    let found = number(&mut rest).ok_or_else(short)?;
    if found != n {
        return Err(format!("it is one of {found} copies, and there are {n}"));
    }
    let mut states = Vec::with_capacity(n);
    for _ in 0..n {
        let length = number(&mut rest).ok_or_else(short)?;
        let (one, after) = rest.split_at_checked(length).ok_or_else(short)?;
        states.push(one.to_vec());
        rest = after;
    }
    if rest.is_empty() { Ok(states) } else { Err(format!("it has {} bytes too many", rest.len())) }
}

/// Takes a whole number off the front of `rest`.
fn number(rest: &mut &[u8]) -> Option<usize> {
    let (word, after) = rest.split_first_chunk::<8>()?;
    *rest = after;
    usize::try_from(u64::from_le_bytes(*word)).ok()
}
