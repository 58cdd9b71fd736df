//! The simulator's state behind a task: what a recording keeps, and what a replay starts from.

use crate::EnvError;

/// A task that runs in a simulator, seen as its state.
///
/// Positions, velocities and what a reset put into the model are what another program needs to go through the same
/// motions; see `docs/collect.md` of the repository for what it may expect.
pub trait Simulated {
    /// Positions (nq numbers), in the model's order and units (m, rad, quaternions).
    fn qpos(&self) -> &[f64];

    /// Velocities (nv numbers), in m/s and rad/s.
    fn qvel(&self) -> &[f64];

    /// The accelerations that the constraint solver begins its next search from (nv numbers): with positions and
    /// velocities the whole of what the next step depends on.
    fn warm_start(&self) -> &[f64];

    /// How many numbers of the model a reset draws; often none.
    fn model_len(&self) -> usize;

    /// Writes the numbers of the model that the last reset drew, part by part as
    /// [`model_parts`](Self::model_parts) names them.
    ///
    /// # Panics
    /// When `model` is not [`model_len`](Self::model_len) long.
    fn model(&self, model: &mut [f64]);

    /// The fields of the model that [`model`](Self::model) writes: MuJoCo's name of the array, the number of the
    /// object in it, and how many numbers.
    fn model_parts(&self) -> Vec<(&'static str, usize, usize)>;

    /// Puts back what [`warm_start`](Self::warm_start) gave, after [`start_from`](Self::start_from): the steps that
    /// follow are then the same to the bit.
    ///
    /// # Panics
    /// When `accelerations` has another length.
    fn set_warm_start(&mut self, accelerations: &[f64]);

    /// Starts an episode from given positions and velocities instead of drawn ones, with `model` as
    /// [`model`](Self::model) gives it, and writes the first observation.
    fn start_from(
        &mut self,
        qpos: &[f64],
        qvel: &[f64],
        model: &[f64],
        obs: &mut [f64],
    ) -> Result<(), EnvError>;
}
