//! The tasks: what an environment is, and every task coadapt knows.
//!
//! This crate knows no tensor and no learner. Observations, actions and rewards are plain `f64`, as the
//! simulator has them; whoever trains narrows them to `f32`.

/// What one step of the environment gave, beside the observation it wrote.
///
/// The two ends of an episode never merge: only `terminated` may cut a bootstrap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Reward of this transition.
    pub reward: f64,
    /// The task itself ended (a fall, a goal): the value of the next state is zero.
    pub terminated: bool,
    /// Only the clock ran out: the next state has a value.
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
    Continuous { low: Vec<f64>, high: Vec<f64> },
    /// `n` choices; the action is one number, the index.
    Discrete { n: usize },
}

/// What a task is, fixed for its whole life.
#[derive(Debug, Clone, PartialEq)]
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

/// A task that can be stepped, saved and restored to the bit.
///
/// Time limits are part of the task: `step` sets `truncated` at the last step. Each environment owns its
/// random stream, set by `seed`.
pub trait Env: Send {
    /// What the task is.
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
}
