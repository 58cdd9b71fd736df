//! What the planar walkers share: forward speed, control cost, a bonus while healthy, noise at reset.
//!
//! A task is a [`Rule`]: constants and one predicate. The arithmetic follows gymnasium 1.4.0 operation by
//! operation, so that rewards are equal to the bit.

use std::sync::Arc;

use super::{Version, half_cheetah, hopper};
use crate::mujoco::{self, GYMNASIUM, Model, Sim};
use crate::random::Stream;
use crate::state::{StateReader, StateWriter};
use crate::time_limit::TimeLimit;
use crate::{ActionSpace, Cache, Env, EnvError, Spec, Step};

/// All these tasks are cut off after as many steps.
const MAX_EPISODE_STEPS: u32 = 1000;

/// The walkers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walker {
    /// Two legs, no balance to keep.
    HalfCheetah,
    /// One leg.
    Hopper,
}

impl Walker {
    fn rule(self, version: Version) -> Rule {
        match self {
            Walker::HalfCheetah => half_cheetah::rule(),
            Walker::Hopper => hopper::rule(version),
        }
    }
}

/// What sets one walker apart from another.
#[derive(Debug)]
pub(super) struct Rule {
    /// The id without the version.
    pub(super) name: &'static str,
    /// The model, among the files of gymnasium.
    pub(super) xml: &'static str,
    /// Simulator steps in a step of the task.
    pub(super) frame_skip: u32,
    /// Leading positions left out of the observation (where the body is along the way).
    pub(super) skipped_qpos: usize,
    /// Bound of the velocities in the observation.
    pub(super) speed_clip: Option<f64>,
    /// Weight of the squared action, which is taken as passed, not as clamped.
    pub(super) ctrl_cost_weight: f64,
    /// The bonus for staying up, or `None` where the task never terminates.
    pub(super) alive: Option<Alive>,
    /// Noise on the positions at reset.
    pub(super) qpos_noise: Noise,
    /// Noise on the velocities at reset.
    pub(super) qvel_noise: Noise,
}

/// The bonus for staying up.
#[derive(Debug)]
pub(super) struct Alive {
    pub(super) bonus: f64,
    pub(super) paid: Paid,
    pub(super) is_healthy: fn(&[f64], &[f64]) -> bool,
}

/// When the bonus is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paid {
    /// Each step, that of the fall included.
    Always,
    /// Only if healthy after the step.
    WhileHealthy,
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
    fn draw(self, stream: &mut Stream) -> f64 {
        match self {
            Noise::Uniform(bound) => stream.uniform(-bound, bound),
            Noise::Normal(std) => std * stream.normal(),
        }
    }
}

/// A walker as an environment.
#[derive(Debug)]
pub struct Locomotion {
    rule: Rule,
    spec: Spec,
    sim: Sim,
    clock: TimeLimit,
    stream: Stream,
}

impl Locomotion {
    /// The task, its simulator and model fetched if need be; with the random stream of seed 0 and no episode
    /// running.
    pub fn new(
        walker: Walker,
        version: Version,
        cache: &Cache,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, EnvError> {
        let rule = walker.rule(version);
        let library = mujoco::prepare(cache, progress)?;
        let xml = mujoco::asset(&GYMNASIUM, rule.xml, cache, progress)?;
        let model = Model::load(library, &xml)?;
        let spec = Spec {
            id: format!("{}-{}", rule.name, version.suffix()),
            obs_dim: model.nq() - rule.skipped_qpos + model.nv(),
            action: action_space(&model),
            max_episode_steps: MAX_EPISODE_STEPS,
            mujoco: Some(library.version().to_owned()),
        };
        let sim = Sim::new(Arc::clone(&model))?;
        Ok(Locomotion { rule, spec, sim, clock: TimeLimit::new(MAX_EPISODE_STEPS), stream: Stream::new(0) })
    }

    /// Positions and velocities.
    pub fn state(&self) -> (&[f64], &[f64]) {
        (self.sim.qpos(), self.sim.qvel())
    }

    /// Starts an episode from given positions and velocities instead of drawn ones.
    pub fn start_from(&mut self, qpos: &[f64], qvel: &[f64], obs: &mut [f64]) -> Result<(), EnvError> {
        self.spec.check_obs(obs)?;
        for (what, given, expected) in
            [("qpos", qpos, self.sim.qpos().len()), ("qvel", qvel, self.sim.qvel().len())]
        {
            if given.len() != expected || given.iter().any(|value| !value.is_finite()) {
                return Err(EnvError::StartState { id: self.spec.id.clone(), what, expected });
            }
        }
        self.sim.reset();
        self.sim.qpos_mut().copy_from_slice(qpos);
        self.sim.qvel_mut().copy_from_slice(qvel);
        self.begin(obs)
    }

    /// Begins an episode in the state the simulation has been put in.
    fn begin(&mut self, obs: &mut [f64]) -> Result<(), EnvError> {
        self.sim.forward();
        self.clock.start();
        self.observe(obs);
        self.refuse_instability(obs)
    }

    fn observe(&self, obs: &mut [f64]) {
        let (positions, velocities) = obs.split_at_mut(self.sim.qpos().len() - self.rule.skipped_qpos);
        positions.copy_from_slice(&self.sim.qpos()[self.rule.skipped_qpos..]);
        velocities.copy_from_slice(self.sim.qvel());
        if let Some(bound) = self.rule.speed_clip {
            velocities.iter_mut().for_each(|v| *v = v.clamp(-bound, bound));
        }
    }

    /// Ends the episode with an error if the simulation blew up.
    fn refuse_instability(&mut self, obs: &[f64]) -> Result<(), EnvError> {
        let strange = || obs.iter().any(|x| !x.is_finite()).then_some("an observation is not finite");
        let Some(what) = self.sim.instability().or_else(strange) else { return Ok(()) };
        let step = self.clock.elapsed().unwrap_or(0);
        self.clock.stop();
        Err(EnvError::Unstable { id: self.spec.id.clone(), step, what })
    }
}

/// The box of the model's controls, rounded to float32 as gymnasium's is.
fn action_space(model: &Model) -> ActionSpace {
    let end = |side: usize| model.ctrl_range().iter().map(|range| f64::from(range[side] as f32)).collect();
    ActionSpace::Continuous { low: end(0), high: end(1) }
}

impl Env for Locomotion {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn seed(&mut self, seed: u64) {
        self.stream = Stream::new(seed);
    }

    fn reset(&mut self, obs: &mut [f64]) -> Result<(), EnvError> {
        self.spec.check_obs(obs)?;
        self.sim.reset();
        let (rule, stream) = (&self.rule, &mut self.stream);
        self.sim.qpos_mut().iter_mut().for_each(|q| *q += rule.qpos_noise.draw(stream));
        self.sim.qvel_mut().iter_mut().for_each(|v| *v += rule.qvel_noise.draw(stream));
        self.begin(obs)
    }

    fn step(&mut self, action: &[f64], obs: &mut [f64]) -> Result<Step, EnvError> {
        self.spec.check_obs(obs)?;
        self.spec.check_action(action)?;
        if !self.clock.is_running() {
            return Err(EnvError::NotReset { id: self.spec.id.clone() });
        }
        let before = self.sim.qpos()[0];
        self.sim.ctrl_mut().copy_from_slice(action);
        self.sim.step(self.rule.frame_skip);
        let truncated = self.clock.tick();
        self.observe(obs);
        self.refuse_instability(obs)?;

        let step_secs = self.sim.model().timestep_secs() * f64::from(self.rule.frame_skip);
        let forward = (self.sim.qpos()[0] - before) / step_secs;
        let cost = self.rule.ctrl_cost_weight * action.iter().map(|a| a * a).sum::<f64>();
        let Some(alive) = &self.rule.alive else {
            return Ok(Step { reward: forward - cost, terminated: false, truncated });
        };
        let healthy = (alive.is_healthy)(self.sim.qpos(), self.sim.qvel());
        let bonus = if healthy || alive.paid == Paid::Always { alive.bonus } else { 0.0 };
        Ok(Step { reward: forward + bonus - cost, terminated: !healthy, truncated })
    }

    fn save(&self, out: &mut Vec<u8>) {
        let mut writer = StateWriter::new(out, &self.spec);
        writer.stream(&self.stream);
        writer.clock(&self.clock);
        writer.floats(&self.sim.state());
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError> {
        let mut reader = StateReader::new(state, &self.spec)?;
        let stream = reader.stream()?;
        let clock = reader.clock(&self.clock)?;
        let numbers = reader.floats(self.sim.state_len())?;
        reader.end()?;
        (self.stream, self.clock) = (stream, clock);
        self.sim.set_state(&numbers);
        Ok(())
    }
}
