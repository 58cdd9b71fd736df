//! A task of the suite: its data, and the rule that sets it apart from the others.

use std::fmt::Debug;

use super::physics::{NoStart, Physics};
use crate::EnvError;
use crate::mujoco::{Sim, Slot};
use crate::random::Stream;

/// A part of an observation: its name (dm_control's own; then, after a dot, the name of each number, between
/// commas), how many numbers it has, and their unit ("-" for ratios, cosines and the like).
pub type Part = (&'static str, usize, &'static str);

/// A control: its name, and what a control of one exerts.
pub type Control = (&'static str, &'static str);

/// A task as data.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// The name the user types.
    pub id: &'static str,
    /// One line on what it asks.
    pub summary: &'static str,
    /// The observation, part by part in order.
    pub parts: &'static [Part],
    /// The action, control by control in order, each from -1 to 1.
    pub controls: &'static [Control],
    /// Simulated seconds of a step.
    pub step_secs: f64,
    /// Reward of a step, in words.
    pub reward: &'static str,
    /// Simulator steps in a step of the task.
    pub(super) substeps: u32,
    /// The model, among the files of dm_control.
    pub(super) xml: &'static str,
    /// Makes the model's text of what is in that file, or says why it cannot.
    pub(super) shape: fn(String) -> Result<String, String>,
    /// Looks up what the task reads, and changes of the model what no reset changes.
    pub(super) rule: fn(&mut Sim) -> Result<Box<dyn Rule>, EnvError>,
}

impl Definition {
    /// Numbers in an observation.
    pub const fn obs_dim(&self) -> usize {
        let (mut sum, mut i) = (0, 0);
        while i < self.parts.len() {
            sum += self.parts[i].1;
            i += 1;
        }
        sum
    }

    /// Numbers in an action.
    pub const fn action_dim(&self) -> usize {
        self.controls.len()
    }
}

/// The rule of a task: all that sets one apart from another.
pub(super) trait Rule: Debug + Send {
    /// Puts the simulation, which is in its model's start, into a drawn one.
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart>;

    /// Writes the observation of the state the simulation is in.
    fn observe(&self, physics: &Physics, obs: &mut Pen);

    /// The reward of the state the simulation is in, with the controls that led to it.
    fn reward(&self, physics: &Physics) -> f64;

    /// The parts of the model that [`draw`](Self::draw) draws: they belong to the state of an episode.
    fn drawn(&self) -> &[Slot] {
        &[]
    }
}

/// Writes an observation from its first number to its last.
pub(super) struct Pen<'a> {
    rest: &'a mut [f64],
}

impl<'a> Pen<'a> {
    /// Begins at the start of `obs`.
    pub(super) fn new(obs: &'a mut [f64]) -> Self {
        Pen { rest: obs }
    }

    /// Writes the next numbers.
    pub(super) fn put(&mut self, values: &[f64]) {
        let (here, rest) = std::mem::take(&mut self.rest).split_at_mut(values.len());
        here.copy_from_slice(values);
        self.rest = rest;
    }

    /// How many numbers are still to be written.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }
}
