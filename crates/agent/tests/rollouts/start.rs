//! Runs on copies of the toy, and the rollouts that they have collected.

use crate::kept::Kept;
use crate::toy::{Toy, small_on};
use coadapt_agent::columns::Head;
use coadapt_agent::{Error, Method, Status, Trainer};
use coadapt_envs::Env;

/// The rows that learn from rollouts.
pub const ROWS: [&str; 4] = ["ppo", "ppo_clip", "vmpo", "trpo"];

/// Overrides of a row, each a path and a value.
pub type Change = (&'static str, &'static str);

/// No evaluation, beside which nothing but an iteration comes between two steps.
pub const UNSEEN: Change = ("schedule.eval_every", "1000000");

/// Both kinds of task.
pub fn tasks() -> [Toy; 2] {
    [Toy::new(), Toy::discrete()]
}

/// `algo` as it runs on `task`, small and with `changes`; what is so already may be among them.
pub fn method(algo: &str, task: &Toy, changes: &[Change]) -> Method {
    let mut method = small_on(task, algo);
    for (path, value) in changes {
        match method.set(path, value) {
            Ok(()) | Err(Error::ChangesNothing { .. }) => {}
            Err(error) => panic!("{algo}: {error}"),
        }
    }
    method
}

fn toy(method: &Method) -> Box<dyn Env> {
    if method.pi.head == Head::Softmax { Box::new(Toy::discrete()) } else { Toy::boxed() }
}

/// A run on as many copies as `method` says.
pub fn start(method: &Method, seed: u64, threads: usize) -> Trainer {
    let copies = (0..method.collect.copies()).map(|_| toy(method)).collect();
    Trainer::of_copies(method, copies, toy(method), seed, threads).unwrap()
}

/// Goes on until an iteration is due, in a run that is [`UNSEEN`].
pub fn collect(trainer: &mut Trainer) {
    while trainer.is_between_steps() {
        piece(trainer);
    }
}

/// The next piece, whatever it reports.
pub fn piece(trainer: &mut Trainer) {
    assert_eq!(trainer.piece(&mut |_| {}).unwrap(), Status::Running);
}

/// A transition of a rollout.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    pub obs: Vec<f32>,
    pub action: Vec<f32>,
    pub reward: f32,
    pub terminated: bool,
    /// Whether an episode ends here: of the task, or where the rollout does.
    pub last: bool,
    pub next_obs: Vec<f32>,
}

/// The rollout of a run whose iteration is due, copy after copy.
pub fn rollout(kept: &Kept) -> Vec<Taken> {
    let array = |name: &str| &kept.arrays[&format!("rollout.{name}")];
    let (mut obs, actions) = (array("obs").chunks(2).peekable(), array("action"));
    let count = array("reward").len();
    let of = |(t, action): (usize, &[f32])| {
        let [terminated, truncated] = ["terminated", "truncated"].map(|name| array(name)[t] != 0.0);
        let taken = Taken {
            obs: obs.next().unwrap().to_vec(),
            action: action.to_vec(),
            reward: array("reward")[t],
            terminated,
            last: terminated || truncated,
            next_obs: obs.peek().unwrap().to_vec(),
        };
        if taken.last {
            obs.next();
        }
        taken
    };
    actions.chunks(actions.len() / count).enumerate().map(of).collect()
}
