//! Environments: the trait, what it says of itself, and what a step gives.

use crate::{EnvError, Simulated, View};

/// The result of one step, beside the observation it wrote.
///
/// The two ends of an episode never merge: only `terminated` may cut a bootstrap. Both are set when the task
/// ends on the very step the clock runs out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Reward of this transition.
    pub reward: f64,
    /// The task itself ended (a fall, a goal): the value of the next state is zero.
    pub terminated: bool,
    /// The clock ran out: unless the task ended too, the next state has a value.
    pub truncated: bool,
}

impl Step {
    /// Whether the episode is over, for either reason.
    pub fn ended(&self) -> bool {
        self.terminated || self.truncated
    }
}

/// The actions a task takes.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionSpace {
    /// A box, one `(low, high)` a dimension; the values are given unclipped.
    Continuous {
        /// Lower end of each dimension.
        low: Vec<f64>,
        /// Upper end of each dimension.
        high: Vec<f64>,
    },
    /// `n` choices; the action is one number, the index.
    Discrete {
        /// Number of choices.
        n: usize,
    },
}

impl ActionSpace {
    /// A box with the same ends in each of `dim` dimensions.
    pub fn boxed(dim: usize, low: f64, high: f64) -> Self {
        ActionSpace::Continuous { low: vec![low; dim], high: vec![high; dim] }
    }

    /// Numbers in an action.
    pub fn dim(&self) -> usize {
        match self {
            ActionSpace::Continuous { low, .. } => low.len(),
            ActionSpace::Discrete { .. } => 1,
        }
    }

    /// Maps a policy's `unit` action to the task's: the affine map that takes [-1, 1] to the box, without
    /// clipping, and the identity where the box is [-1, 1]. The index of a discrete action passes through.
    ///
    /// # Panics
    /// When `unit` or `out` is not [`dim`](Self::dim) long.
    pub fn from_unit(&self, unit: &[f32], out: &mut [f64]) {
        assert_eq!((unit.len(), out.len()), (self.dim(), self.dim()), "an action has {} numbers", self.dim());
        match self {
            ActionSpace::Continuous { low, high } => {
                for (i, out) in out.iter_mut().enumerate() {
                    // Centre and half width, not `low + (u + 1) / 2 * width`, which would round a small u.
                    let (centre, half) = (0.5 * (low[i] + high[i]), 0.5 * (high[i] - low[i]));
                    *out = centre + half * f64::from(unit[i]);
                }
            }
            ActionSpace::Discrete { .. } => out[0] = f64::from(unit[0]),
        }
    }
}

/// The specification of a task, fixed for its whole life.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Spec {
    /// The id the user typed, such as `HalfCheetah-v4`.
    pub id: String,
    /// Numbers in an observation.
    pub obs_dim: usize,
    /// The action space.
    pub action: ActionSpace,
    /// Steps after which an episode is truncated.
    pub max_episode_steps: u32,
    /// The MuJoCo version behind the task, or `None` for a built-in one.
    pub mujoco: Option<String>,
}

impl Spec {
    /// A task `id` with `obs_dim` numbers in an observation, actions of the space `action`, and episodes of at most
    /// `max_episode_steps` steps; built in, without MuJoCo.
    pub fn new(id: impl Into<String>, obs_dim: usize, action: ActionSpace, max_episode_steps: u32) -> Self {
        Spec { id: id.into(), obs_dim, action, max_episode_steps, mujoco: None }
    }

    /// The same, simulated by this version of MuJoCo: results of unlike versions are told apart by it.
    pub fn with_mujoco(self, version: impl Into<String>) -> Self {
        Spec { mujoco: Some(version.into()), ..self }
    }

    /// Refuses an observation buffer of the wrong length.
    pub fn check_obs(&self, obs: &[f64]) -> Result<(), EnvError> {
        if obs.len() == self.obs_dim {
            return Ok(());
        }
        Err(EnvError::ObsLength { id: self.id.clone(), expected: self.obs_dim, found: obs.len() })
    }

    /// Refuses an action of the wrong length or with a number that is not finite.
    pub fn check_action(&self, action: &[f64]) -> Result<(), EnvError> {
        let expected = self.action.dim();
        if action.len() != expected {
            return Err(EnvError::ActionLength { id: self.id.clone(), expected, found: action.len() });
        }
        match action.iter().position(|value| !value.is_finite()) {
            Some(index) => {
                Err(EnvError::ActionNotFinite { id: self.id.clone(), index, value: action[index] })
            }
            None => Ok(()),
        }
    }

    /// The choice a discrete action names, or why there is no such choice.
    pub fn choice(&self, action: &[f64], n: usize) -> Result<usize, EnvError> {
        self.check_action(action)?;
        let value = action[0];
        if value >= 0.0 && value < n as f64 && value.fract() == 0.0 {
            return Ok(value as usize);
        }
        Err(EnvError::ActionChoice { id: self.id.clone(), value, last: n - 1 })
    }
}

/// A task that can be stepped, saved and restored to the bit.
///
/// Time limits are part of the task: `step` sets `truncated` at the last step. Each environment owns its
/// random stream, set by `seed`; until then it is the stream of seed 0. As in gymnasium, stepping on after
/// the end of an episode is not refused: past its time limit a task goes on as before, each step `truncated`,
/// and past its termination a step means nothing. Stepping before the first `reset` is refused.
pub trait Env: Send {
    /// The specification of the task.
    fn spec(&self) -> &Spec;

    /// Restarts the task's random stream. The next `reset` is a function of this seed alone.
    fn seed(&mut self, seed: u64);

    /// Starts an episode and writes the first observation (`obs_dim` numbers).
    fn reset(&mut self, obs: &mut [f64]) -> Result<(), EnvError>;

    /// Takes `action` (as many numbers as the space has, or one index), writes the next observation.
    fn step(&mut self, action: &[f64], obs: &mut [f64]) -> Result<Step, EnvError>;

    /// Appends the whole state (simulator, random stream, elapsed steps) to `out`.
    fn save(&self, out: &mut Vec<u8>);

    /// Puts back a state that `save` wrote; the future is then the same to the bit.
    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError>;

    /// The simulator's state behind the task; `None` where there is no simulator.
    fn simulated(&self) -> Option<&dyn Simulated> {
        None
    }

    /// The same, to start an episode from a given state.
    fn simulated_mut(&mut self) -> Option<&mut dyn Simulated> {
        None
    }

    /// The looks of the present state, or `None` for a task that has no looks. To look changes
    /// nothing: the steps that follow are the same to the bit.
    fn view(&mut self) -> Option<View<'_>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_box_is_the_identity_to_the_bit() {
        let unit = [-1.0, -0.3, 1e-30, 0.1, 1.0, 17.5, f32::MIN_POSITIVE];
        let mut out = [0.0; 7];
        ActionSpace::boxed(7, -1.0, 1.0).from_unit(&unit, &mut out);
        assert_eq!(out.map(f64::to_bits), unit.map(|u| f64::from(u).to_bits()));
    }

    #[test]
    fn a_box_gets_the_affine_map_without_clipping() {
        let space = ActionSpace::Continuous { low: vec![-2.0, 0.0], high: vec![2.0, 10.0] };
        for (unit, expected) in [
            ([-1.0, -1.0], [-2.0, 0.0]),
            ([0.0, 0.0], [0.0, 5.0]),
            ([1.0, 1.0], [2.0, 10.0]),
            ([2.0, -3.0], [4.0, -10.0]),
        ] {
            let mut out = [0.0; 2];
            space.from_unit(&unit, &mut out);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn a_discrete_index_passes_through() {
        let mut out = [0.0];
        ActionSpace::Discrete { n: 3 }.from_unit(&[2.0], &mut out);
        assert_eq!(out, [2.0]);
    }
}
