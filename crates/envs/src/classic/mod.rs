//! Classic control: five tasks that are a few equations each, with nothing to download.
//!
//! Each file holds the equations of one task, as gymnasium 1.4.0 has them but for [`CartPoleContinuous`], which
//! is ours; [`Classic`] makes an environment of any of them. States are `f64` and observations are rounded to `f32`, as there.

mod acrobot;
mod cartpole;
mod cartpole_continuous;
mod listed;
mod mountain_car;
mod pendulum;

pub use acrobot::Acrobot;
pub use cartpole::CartPole;
pub use cartpole_continuous::CartPoleContinuous;
pub(crate) use listed::{BuiltIn, TASKS};
pub use mountain_car::MountainCarContinuous;
pub use pendulum::Pendulum;

use crate::random::Stream;
use crate::state::{StateReader, StateWriter};
use crate::time_limit::TimeLimit;
use crate::{ActionMeaning, ActionSpace, Env, EnvError, Sketch, Spec, Step, View};

/// The equations of one task, without memory: the state is handed in.
pub trait Equations: Send {
    /// The numbers the task integrates: a small array.
    type State: AsRef<[f64]> + AsMut<[f64]> + Default + Send;
    /// The task's id.
    const ID: &'static str;
    /// Numbers in an observation.
    const OBS_DIM: usize;
    /// Steps after which an episode is truncated.
    const MAX_EPISODE_STEPS: u32;

    /// The published task whose rules these are.
    const SEMANTICS: &'static str = "gymnasium 1.4.0";
    /// Simulated seconds of a step, or `None` where the equations have no unit of time.
    const STEP_SECS: Option<f64>;
    /// Name and unit of each number of an observation.
    const OBSERVATION: &'static [(&'static str, &'static str)];
    /// Reward of a step, in words.
    const REWARD: &'static str;
    /// Reason for an early end of an episode, or `None` where there is none.
    const ENDS: Option<&'static str>;

    /// What the best policy earns, in words, where that is known.
    const OPTIMUM: Option<&'static str> = None;

    /// The action space.
    fn action_space() -> ActionSpace;
    /// Meaning of an action.
    fn action_meaning() -> ActionMeaning;
    /// A start state; `uniform(low, high)` is a draw.
    fn draw(uniform: impl FnMut(f64, f64) -> f64) -> Self::State;
    /// Writes the observation of a state.
    fn observe(state: &Self::State, obs: &mut [f64]);
    /// Advances the state by one step; the reward, and whether the task ended. Nothing is drawn here: episodes that are played
    /// at once must be those that are played one after the other, so chance is in what [`draw`](Self::draw) gives.
    fn advance(state: &mut Self::State, action: &[f64]) -> (f64, bool);
    /// Drawing of a state.
    fn sketch(state: &Self::State) -> Sketch;
}

/// An environment made of a task's equations.
#[derive(Debug)]
pub struct Classic<E: Equations> {
    spec: Spec,
    state: E::State,
    clock: TimeLimit,
    stream: Stream,
}

impl<E: Equations> Classic<E> {
    /// The task, with the random stream of seed 0 and no episode running.
    pub fn new() -> Self {
        let spec = Spec {
            id: E::ID.to_owned(),
            obs_dim: E::OBS_DIM,
            action: E::action_space(),
            max_episode_steps: E::MAX_EPISODE_STEPS,
            mujoco: None,
        };
        Classic {
            clock: TimeLimit::new(spec.max_episode_steps),
            spec,
            state: E::State::default(),
            stream: Stream::new(0),
        }
    }

    /// The numbers the task integrates.
    pub fn state(&self) -> &[f64] {
        self.state.as_ref()
    }

    /// Starts an episode from a given state instead of a drawn one.
    pub fn start_from(&mut self, state: &[f64], obs: &mut [f64]) -> Result<(), EnvError> {
        self.spec.check_obs(obs)?;
        let expected = self.state.as_ref().len();
        if state.len() != expected || state.iter().any(|value| !value.is_finite()) {
            return Err(EnvError::StartState { id: self.spec.id.clone(), what: "state", expected });
        }
        self.state.as_mut().copy_from_slice(state);
        self.clock.start();
        E::observe(&self.state, obs);
        Ok(())
    }
}

impl<E: Equations> Default for Classic<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Equations> Env for Classic<E> {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn seed(&mut self, seed: u64) {
        self.stream = Stream::new(seed);
    }

    fn reset(&mut self, obs: &mut [f64]) -> Result<(), EnvError> {
        self.spec.check_obs(obs)?;
        self.state = E::draw(|low, high| self.stream.uniform(low, high));
        self.clock.start();
        E::observe(&self.state, obs);
        Ok(())
    }

    fn step(&mut self, action: &[f64], obs: &mut [f64]) -> Result<Step, EnvError> {
        self.spec.check_obs(obs)?;
        match self.spec.action {
            ActionSpace::Discrete { n } => self.spec.choice(action, n).map(|_| ())?,
            ActionSpace::Continuous { .. } => self.spec.check_action(action)?,
        }
        if !self.clock.is_running() {
            return Err(EnvError::NotReset { id: self.spec.id.clone() });
        }
        let (reward, terminated) = E::advance(&mut self.state, action);
        E::observe(&self.state, obs);
        Ok(Step { reward, terminated, truncated: self.clock.tick() })
    }

    fn save(&self, out: &mut Vec<u8>) {
        let mut writer = StateWriter::new(out, &self.spec);
        writer.stream(&self.stream);
        writer.clock(&self.clock);
        writer.floats(self.state.as_ref());
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError> {
        let mut reader = StateReader::new(state, &self.spec)?;
        let stream = reader.stream()?;
        let clock = reader.clock(&self.clock)?;
        let numbers = reader.floats(self.state.as_ref().len())?;
        reader.end()?;
        (self.stream, self.clock) = (stream, clock);
        self.state.as_mut().copy_from_slice(&numbers);
        Ok(())
    }

    fn view(&mut self) -> Option<View<'_>> {
        Some(View::Sketch(E::sketch(&self.state)))
    }
}

/// A number as gymnasium's cast of an observation to float32 leaves it.
fn rounded(value: f64) -> f64 {
    f64::from(value as f32)
}
