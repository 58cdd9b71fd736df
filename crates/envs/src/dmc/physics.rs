//! The order in which the suite runs the simulator's phases, at a step and at a reset.

use crate::mujoco::Sim;

/// Draws of a start before it is given up: a thousand rejected ones mean another model.
const MAX_DRAWS: u32 = 1000;

/// Failure to draw a start without contacts: how many draws were tried.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoStart(pub(super) u32);

/// A simulation stepped in the suite's order.
///
/// After a step all that follows from positions and velocities is that of the new state. What follows from
/// accelerations (touch, contact forces) is that of the beginning of the last simulator step: it lags by one.
#[derive(Debug)]
pub(super) struct Physics {
    pub(super) sim: Sim,
    substeps: u32,
    is_runge_kutta: bool,
}

impl Physics {
    /// A simulation with so many simulator steps in a step of the task.
    pub(super) fn new(sim: Sim, substeps: u32) -> Self {
        Physics { is_runge_kutta: sim.model().is_runge_kutta(), sim, substeps }
    }

    /// Simulated seconds of a step of the task.
    pub(super) fn step_secs(&self) -> f64 {
        self.sim.model().timestep_secs() * f64::from(self.substeps)
    }

    /// Back to the model's start.
    pub(super) fn reset(&mut self) {
        self.sim.reset();
        self.sim.forward_without_actuation();
    }

    /// A step of the task.
    pub(super) fn step(&mut self) {
        self.advance(self.substeps);
    }

    /// `n` steps of the simulator. Runge and Kutta's rule cannot begin in the middle of one.
    pub(super) fn advance(&mut self, n: u32) {
        if self.is_runge_kutta {
            self.sim.step(n);
        } else {
            self.sim.step_second_half();
            self.sim.step(n - 1);
        }
        self.sim.step_first_half();
    }

    /// Calls `draw` until nothing touches anything.
    pub(super) fn draw_without_contact(&mut self, mut draw: impl FnMut(&mut Sim)) -> Result<(), NoStart> {
        for _ in 0..MAX_DRAWS {
            draw(&mut self.sim);
            self.sim.forward_without_actuation();
            if self.sim.contacts() == 0 {
                return Ok(());
            }
        }
        Err(NoStart(MAX_DRAWS))
    }
}
