//! The decisions of a Gym task: where an episode starts, what a step pays, when it ends.

use std::fmt::Debug;

use super::Version;
use crate::mujoco::Sim;
use crate::random::Stream;

/// Up to two numbers read of a state, which a reward compares before and after a step.
///
/// All are read once, when the state is reached, and kept: MuJoCo's derived numbers do not survive saving
/// and restoring.
pub(super) type Measured = [f64; 2];

/// A step as the rules see it, after the simulator moved.
#[derive(Debug)]
pub(super) struct Moment<'a> {
    /// The simulation after the step.
    pub(super) sim: &'a Sim,
    /// Measurements before it.
    pub(super) before: Measured,
    /// Measurements after it.
    pub(super) after: Measured,
    /// The action as it was passed, not as the simulator clamps it.
    pub(super) action: &'a [f64],
    /// Seconds between the two.
    pub(super) step_secs: f64,
}

/// The rules of a task.
pub(super) trait Rules: Debug + Send {
    /// Moves the model's own state to that of a new episode.
    fn draw(&self, stream: &mut Stream, qpos: &mut [f64], qvel: &mut [f64]);

    /// Measures a state. `measured` comes with what was measured before, infinite where an episode begins.
    fn measure(&self, sim: &Sim, measured: &mut Measured);

    /// Whether measuring reads what MuJoCo derives in a step, so that it has to be saved.
    fn measures_derived(&self) -> bool;

    /// Whether the reward reads contact forces.
    fn reads_contact_forces(&self) -> bool {
        false
    }

    /// The reward of a step, and whether the task ended.
    fn judge(&self, moment: &Moment) -> (f64, bool);
}

/// Noise added to a number at reset.
#[derive(Debug, Clone, Copy)]
pub(super) enum Noise {
    /// Even between minus and plus this.
    Uniform(f64),
    /// Normal with this standard deviation.
    Normal(f64),
}

impl Noise {
    /// Adds a draw to each number.
    pub(super) fn add(self, stream: &mut Stream, numbers: &mut [f64]) {
        for number in numbers {
            *number += match self {
                Noise::Uniform(bound) => stream.uniform(-bound, bound),
                Noise::Normal(std) => std * stream.normal(),
            };
        }
    }
}

/// Side of a step that a reward is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// The state the action was chosen in.
    Before,
    /// The state it led to.
    After,
}

impl Seen {
    /// The reaching tasks looked before the step until -v5.
    pub(super) fn of(version: Version) -> Self {
        match version {
            Version::V2 | Version::V4 => Seen::Before,
            Version::V5 => Seen::After,
        }
    }

    /// Measurements on that side.
    pub(super) fn measured(self, moment: &Moment) -> Measured {
        match self {
            Seen::Before => moment.before,
            Seen::After => moment.after,
        }
    }
}
