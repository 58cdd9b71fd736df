//! Windows: consecutive transitions of one episode, and how a target that looks further ahead reads them.
//!
//! A window begins at the transition the critics are trained on and is shorter than asked for where the episode
//! or the data end. A termination inside it needs no care, for its discount is 0; anything else that ends it
//! leaves a last state whose value is bootstrapped.

use crate::transition::{StoredTransition, Transition};
use coadapt_nn::{Graph, Node, Program, Shape, Slot};

/// The rewards of a window and the state it ends in, of which an n-step target is made: y = reward + discount V(next_obs).
#[derive(Debug, Clone, Copy)]
pub(crate) struct NStepReturn<'a> {
    /// r_0 + gamma r_1 + ... up to the end of the window.
    pub reward: f32,
    /// gamma to the power of the window's length, or 0 where it ends in a termination.
    pub discount: f32,
    /// The state the window ends in.
    pub next_obs: &'a [f32],
}

/// Sums `first` and the transitions after it; of one transition it is r, gamma and s', to the bit.
pub(crate) fn n_step<'a>(
    first: Transition<'a>,
    later: impl Iterator<Item = StoredTransition<'a>>,
    gamma: f32,
) -> NStepReturn<'a> {
    let mut reward = f64::from(first.reward);
    let mut discount = f64::from(first.discount(gamma));
    let mut next_obs = first.next_obs;
    for StoredTransition { transition, .. } in later {
        reward += discount * f64::from(transition.reward);
        discount *= f64::from(transition.discount(gamma));
        next_obs = transition.next_obs;
    }
    NStepReturn { reward: reward as f32, discount: discount as f32, next_obs }
}

/// A transition of a window after the first, as nodes: all [1, B, width]. It starts in the state where the one
/// before it ended.
///
/// Beyond the end of a window its `log_mu` is infinite: whatever pi, the ratio pi / mu is 0 there.
#[derive(Debug, Clone, Copy)]
pub struct Later<T> {
    /// a
    pub action: T,
    /// ln mu(a|s)
    pub log_mu: T,
    /// r
    pub reward: T,
    /// gamma, or 0 where s' is terminal
    pub discount: T,
    /// s'
    pub next_obs: T,
}

impl<'g> Later<Node<'g>> {
    /// Records the inputs for windows of `batch` rows.
    pub fn record(graph: &'g Graph, batch: usize, (obs_dim, action_dim): (usize, usize)) -> Self {
        let array = |cols| graph.input(Shape::new(1, batch, cols));
        Later {
            action: array(action_dim),
            log_mu: array(1),
            reward: array(1),
            discount: array(1),
            next_obs: array(obs_dim),
        }
    }

    /// Where a program keeps them.
    pub(crate) fn slots(&self, program: &Program) -> Later<Slot> {
        Later {
            action: program.slot(self.action),
            log_mu: program.slot(self.log_mu),
            reward: program.slot(self.reward),
            discount: program.slot(self.discount),
            next_obs: program.slot(self.next_obs),
        }
    }
}

impl Later<Slot> {
    /// Writes `step` as row `row`.
    pub(crate) fn write(&self, program: &mut Program, row: usize, step: StoredTransition<'_>, gamma: f32) {
        let StoredTransition { transition, log_mu } = step;
        put(program, self.action, row, transition.action);
        put(program, self.log_mu, row, &[log_mu]);
        put(program, self.reward, row, &[transition.reward]);
        put(program, self.discount, row, &[transition.discount(gamma)]);
        put(program, self.next_obs, row, transition.next_obs);
    }

    /// Fills row `row` beyond the end of a window, whose last state is `obs`: finite numbers that no trace reaches.
    pub(crate) fn pad(&self, program: &mut Program, row: usize, obs: &[f32]) {
        let width = self.action.shape().cols;
        program.write(self.action)[row * width..(row + 1) * width].fill(0.0);
        put(program, self.log_mu, row, &[f32::INFINITY]);
        put(program, self.reward, row, &[0.0]);
        put(program, self.discount, row, &[0.0]);
        put(program, self.next_obs, row, obs);
    }
}

/// Writes row `row` of an input.
pub(crate) fn put(program: &mut Program, slot: Slot, row: usize, values: &[f32]) {
    let width = slot.shape().cols;
    program.write(slot)[row * width..(row + 1) * width].copy_from_slice(values);
}
