//! State that the threads of a vector environment share: an order, the numbers it is about, who has finished.

use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize};

use super::numbers::Numbers;
use crate::{Env, EnvError, Step};

/// An order to all threads: what to do with their copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Order {
    Step,
    Reset,
    Seed,
    Save,
    Restore,
    Leave,
}

impl Order {
    /// The order stored as `code`.
    pub(super) fn of(code: u8) -> Order {
        [Order::Step, Order::Reset, Order::Seed, Order::Save, Order::Restore]
            .into_iter()
            .find(|order| *order as u8 == code)
            .unwrap_or(Order::Leave)
    }
}

const TERMINATED: u8 = 1;
const TRUNCATED: u8 = 2;

/// The state that threads share. Between two orders only the caller touches it; from an order until a thread has
/// counted itself finished, that thread alone touches the rows of its copies.
#[derive(Debug)]
pub(super) struct Shared {
    /// Copies.
    pub(super) len: usize,
    /// The order, valid once `orders` has grown.
    pub(super) order: AtomicU8,
    /// How many orders were given.
    pub(super) orders: AtomicU64,
    /// Threads, the caller's aside, that have carried out the last one.
    pub(super) finished: AtomicUsize,
    /// An environment panicked.
    pub(super) lost: AtomicBool,
    /// There is something in `errors`.
    pub(super) failed: AtomicBool,
    pub(super) errors: Mutex<Vec<(usize, EnvError)>>,
    pub(super) actions: Numbers,
    pub(super) obs: Numbers,
    rewards: Numbers,
    ends: Box<[AtomicU8]>,
    /// Whether a reset is for a copy.
    pub(super) chosen: Box<[AtomicBool]>,
    pub(super) seeds: Box<[AtomicU64]>,
    pub(super) qpos: Numbers,
    pub(super) qvel: Numbers,
    pub(super) warm_start: Numbers,
    pub(super) model: Numbers,
    /// The states a save gave or a restore takes.
    pub(super) states: Mutex<Vec<Vec<u8>>>,
}

impl Shared {
    /// Room for `len` copies of `env`.
    pub(super) fn new(env: &dyn Env, len: usize) -> Self {
        let [qpos, qvel, model] = env.simulated().map_or([0; 3], |simulated| {
            [simulated.qpos().len(), simulated.qvel().len(), simulated.model_len()]
        });
        Shared {
            len,
            order: AtomicU8::new(Order::Leave as u8),
            orders: AtomicU64::new(0),
            finished: AtomicUsize::new(0),
            lost: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            errors: Mutex::new(Vec::new()),
            actions: Numbers::new(len, env.spec().action.dim()),
            obs: Numbers::new(len, env.spec().obs_dim),
            rewards: Numbers::new(len, 1),
            ends: (0..len).map(|_| AtomicU8::new(0)).collect(),
            chosen: (0..len).map(|_| AtomicBool::new(false)).collect(),
            seeds: (0..len).map(|_| AtomicU64::new(0)).collect(),
            qpos: Numbers::new(len, qpos),
            qvel: Numbers::new(len, qvel),
            warm_start: Numbers::new(len, qvel),
            model: Numbers::new(len, model),
            states: Mutex::new(vec![Vec::new(); len]),
        }
    }

    /// Writes down the step of copy `i`.
    pub(super) fn put_step(&self, i: usize, step: Step) {
        self.rewards.write(i, &[step.reward]);
        let ends = if step.terminated { TERMINATED } else { 0 } | if step.truncated { TRUNCATED } else { 0 };
        self.ends[i].store(ends, Relaxed);
    }

    /// The step of copy `i`.
    pub(super) fn step_of(&self, i: usize) -> Step {
        let mut reward = [0.0];
        self.rewards.read(i, &mut reward);
        let ends = self.ends[i].load(Relaxed);
        Step { reward: reward[0], terminated: ends & TERMINATED != 0, truncated: ends & TRUNCATED != 0 }
    }
}
