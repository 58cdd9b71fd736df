//! A thread's part of a vector environment: its copies, and what it does with them when told.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Arc, PoisonError};

use super::SPINS;
use super::shared::{Order, Shared};
use crate::{Env, EnvError};

/// A thread's copies, the first of them number `first`.
pub(super) struct Worker {
    first: usize,
    envs: Vec<Box<dyn Env>>,
    obs: Vec<f64>,
    action: Vec<f64>,
    model: Vec<f64>,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("first", &self.first).field("copies", &self.envs.len()).finish()
    }
}

impl Worker {
    /// Divides the copies among as many threads, as evenly as whole copies allow.
    pub(super) fn divide(envs: Vec<Box<dyn Env>>, threads: usize, shared: &Arc<Shared>) -> Vec<Worker> {
        let (n, threads) = (envs.len(), threads.clamp(1, envs.len()));
        let mut envs = envs.into_iter();
        let worker = |k: usize| {
            let (first, end) = (k * n / threads, (k + 1) * n / threads);
            let envs: Vec<_> = envs.by_ref().take(end - first).collect();
            let [obs, action, model] =
                [shared.obs.width(), shared.actions.width(), shared.model.width()].map(|n| vec![0.0; n]);
            Worker { first, envs, obs, action, model, shared: Arc::clone(shared) }
        };
        (0..threads).map(worker).collect()
    }

    /// Waits for orders and carries them out, to the last one.
    pub(super) fn work(mut self) {
        let shared = Arc::clone(&self.shared);
        let _guard = Guard(&shared);
        let mut seen = 0;
        loop {
            let mut looks = 0;
            while shared.orders.load(Acquire) == seen {
                looks += 1;
                // Parking returns at once if the caller called since the last time: no call is missed.
                if looks < SPINS { std::hint::spin_loop() } else { std::thread::park() }
            }
            seen += 1;
            let order = Order::of(shared.order.load(Relaxed));
            if order == Order::Leave {
                return;
            }
            self.carry_out(order);
            shared.finished.fetch_add(1, Release);
        }
    }

    /// Does `order` with every copy of this thread.
    pub(super) fn carry_out(&mut self, order: Order) {
        for k in 0..self.envs.len() {
            let done = match order {
                Order::Step => self.step(k),
                Order::Reset if self.shared.chosen[self.first + k].load(Relaxed) => self.reset(k),
                Order::Restore => self.restore(k),
                Order::Save => {
                    self.save(k);
                    Ok(())
                }
                Order::Seed => {
                    self.envs[k].seed(self.shared.seeds[self.first + k].load(Relaxed));
                    Ok(())
                }
                Order::Reset | Order::Leave => Ok(()),
            };
            if let Err(error) = done {
                let errors = self.shared.errors.lock();
                errors.unwrap_or_else(PoisonError::into_inner).push((self.first + k, error));
                self.shared.failed.store(true, Relaxed);
            }
        }
    }

    fn step(&mut self, k: usize) -> Result<(), EnvError> {
        let i = self.first + k;
        self.shared.actions.read(i, &mut self.action);
        let step = self.envs[k].step(&self.action, &mut self.obs)?;
        self.shared.obs.write(i, &self.obs);
        self.shared.put_step(i, step);
        self.tell_physics(k);
        Ok(())
    }

    fn reset(&mut self, k: usize) -> Result<(), EnvError> {
        self.envs[k].reset(&mut self.obs)?;
        self.shared.obs.write(self.first + k, &self.obs);
        self.tell_physics(k);
        self.tell_model(k);
        Ok(())
    }

    fn save(&self, k: usize) {
        let mut state = Vec::new();
        self.envs[k].save(&mut state);
        self.shared.states.lock().unwrap_or_else(PoisonError::into_inner)[self.first + k] = state;
    }

    fn restore(&mut self, k: usize) -> Result<(), EnvError> {
        let states = self.shared.states.lock();
        let state = std::mem::take(&mut states.unwrap_or_else(PoisonError::into_inner)[self.first + k]);
        self.envs[k].restore(&state)?;
        self.tell_physics(k);
        self.tell_model(k);
        Ok(())
    }

    fn tell_physics(&self, k: usize) {
        if let Some(simulated) = self.envs[k].simulated() {
            self.shared.qpos.write(self.first + k, simulated.qpos());
            self.shared.qvel.write(self.first + k, simulated.qvel());
            self.shared.warm_start.write(self.first + k, simulated.warm_start());
        }
    }

    fn tell_model(&mut self, k: usize) {
        if let Some(simulated) = self.envs[k].simulated() {
            simulated.model(&mut self.model);
            self.shared.model.write(self.first + k, &self.model);
        }
    }
}

/// Lets the caller go on, to a panic of its own, when an environment panics.
struct Guard<'a>(&'a Shared);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lost.store(true, Relaxed);
        }
    }
}
