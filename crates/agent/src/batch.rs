//! A batch of transitions: where floats become arrays of the update.

use crate::replay::Replay;
use crate::rng::{Stream, below};
use coadapt_nn::{Graph, Node, Program, Shape, Slot};

/// The inputs of an update, as nodes: all [1, B, width].
#[derive(Clone, Copy)]
pub struct BatchNodes<'g> {
    /// s
    pub obs: Node<'g>,
    /// a, in [-1, 1] where the policy is bounded
    pub action: Node<'g>,
    /// r
    pub reward: Node<'g>,
    /// gamma, or 0 where s' is terminal
    pub discount: Node<'g>,
    /// s'
    pub next_obs: Node<'g>,
}

impl<'g> BatchNodes<'g> {
    /// Records the inputs for batches of `batch` transitions.
    pub fn record(graph: &'g Graph, batch: usize, obs_dim: usize, action_dim: usize) -> Self {
        let array = |cols| graph.input(Shape::new(1, batch, cols));
        BatchNodes {
            obs: array(obs_dim),
            action: array(action_dim),
            reward: array(1),
            discount: array(1),
            next_obs: array(obs_dim),
        }
    }

    /// Where a program keeps them.
    pub(crate) fn slots(&self, program: &Program) -> BatchSlots {
        BatchSlots {
            obs: program.slot(self.obs),
            action: program.slot(self.action),
            reward: program.slot(self.reward),
            discount: program.slot(self.discount),
            next_obs: program.slot(self.next_obs),
        }
    }
}

/// The inputs of an update in its program's memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchSlots {
    obs: Slot,
    action: Slot,
    reward: Slot,
    discount: Slot,
    next_obs: Slot,
}

/// One transition as it goes into a batch.
#[derive(Debug, Clone, Copy)]
pub struct Transition<'a> {
    /// s
    pub obs: &'a [f32],
    /// a
    pub action: &'a [f32],
    /// r
    pub reward: f32,
    /// Whether s' is terminal.
    pub terminated: bool,
    /// Whether the clock ended the episode; s' has a value all the same, unless it is terminal too.
    pub truncated: bool,
    /// s'
    pub next_obs: &'a [f32],
}

impl Transition<'_> {
    /// Whether it is the last of its episode.
    pub fn ended(&self) -> bool {
        self.terminated || self.truncated
    }

    /// `gamma`, or 0 where s' is terminal: the only place where termination enters an update.
    pub fn discount(&self, gamma: f32) -> f32 {
        if self.terminated { 0.0 } else { gamma }
    }
}

impl BatchSlots {
    /// Writes `transition` as row `row`.
    pub(crate) fn write_row(
        &self,
        program: &mut Program,
        row: usize,
        transition: Transition<'_>,
        gamma: f32,
    ) {
        let mut put = |slot: Slot, values: &[f32]| {
            let width = slot.shape().cols;
            program.write(slot)[row * width..(row + 1) * width].copy_from_slice(values);
        };
        put(self.obs, transition.obs);
        put(self.action, transition.action);
        put(self.reward, &[transition.reward]);
        put(self.discount, &[transition.discount(gamma)]);
        put(self.next_obs, transition.next_obs);
    }

    /// Draws every row uniformly from `replay`, with replacement.
    pub(crate) fn sample(&self, program: &mut Program, replay: &Replay, rng: &mut Stream, gamma: f32) {
        for row in 0..self.obs.shape().rows {
            let transition = replay.get(below(rng, replay.len()));
            self.write_row(program, row, transition, gamma);
        }
    }
}
