//! A Gym task as an environment: the walk of an episode, the same for all of them.

use std::sync::Arc;

use super::definition::Definition;
use super::rules::{Measured, Moment};
use super::{Robot, Version};
use crate::mujoco::{self, Camera, Model, Sim};
use crate::random::Stream;
use crate::state::{StateReader, StateWriter};
use crate::time_limit::TimeLimit;
use crate::{ActionSpace, Cache, Env, EnvError, Simulated, Spec, Step, View};

/// Measurements of the state before an episode.
const NOTHING: Measured = [f64::INFINITY; 2];

/// A Gym task as an environment.
#[derive(Debug)]
pub struct GymEnv {
    definition: Definition,
    contact_forces: bool,
    camera: Camera,
    spec: Spec,
    sim: Sim,
    clock: TimeLimit,
    stream: Stream,
    measured: Measured,
}

impl GymEnv {
    /// The task, its simulator and model fetched if need be; with the random stream of seed 0 and no episode
    /// running.
    pub fn new(
        robot: Robot,
        version: Version,
        cache: &Cache,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, EnvError> {
        let definition = robot.definition(version);
        let library = mujoco::prepare(cache, progress)?;
        let xml = mujoco::asset(definition.xml.package, definition.xml.file, cache, progress)?;
        let model = Model::load(library, &xml)?;
        definition.check(&model, &xml)?;
        let max_episode_steps = definition.timing.max_episode_steps;
        let spec = Spec {
            id: robot.id(version),
            obs_dim: definition.obs_dim(),
            action: action_space(&model),
            max_episode_steps,
            mujoco: Some(library.version().to_owned()),
        };
        Ok(GymEnv {
            contact_forces: definition.reads_contact_forces(),
            camera: robot.camera(),
            sim: Sim::new(Arc::clone(&model))?,
            clock: TimeLimit::new(max_episode_steps),
            stream: Stream::new(0),
            measured: NOTHING,
            spec,
            definition,
        })
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
        self.measured = NOTHING;
        self.definition.rules.measure(&self.sim, &mut self.measured);
        self.observe(obs);
        self.refuse_instability(obs, 0.0)
    }

    fn observe(&self, obs: &mut [f64]) {
        let parts = self.definition.observation.iter();
        let rest = parts.fold(obs, |rest, part| part.write(&self.sim, rest));
        debug_assert!(rest.is_empty());
    }

    /// Ends the episode with an error if the simulation went wrong.
    fn refuse_instability(&mut self, obs: &[f64], reward: f64) -> Result<(), EnvError> {
        let strange_obs = || obs.iter().any(|x| !x.is_finite()).then_some("an observation is not finite");
        let strange_reward = || (!reward.is_finite()).then_some("the reward is not finite");
        let what = self.sim.instability().or_else(strange_obs).or_else(strange_reward);
        let Some(what) = what else { return Ok(()) };
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

impl Env for GymEnv {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn seed(&mut self, seed: u64) {
        self.stream = Stream::new(seed);
    }

    fn reset(&mut self, obs: &mut [f64]) -> Result<(), EnvError> {
        self.spec.check_obs(obs)?;
        self.sim.reset();
        let (qpos, qvel) = self.sim.state_mut();
        self.definition.rules.draw(&mut self.stream, qpos, qvel);
        self.begin(obs)
    }

    fn step(&mut self, action: &[f64], obs: &mut [f64]) -> Result<Step, EnvError> {
        self.spec.check_obs(obs)?;
        self.spec.check_action(action)?;
        if !self.clock.is_running() {
            return Err(EnvError::NotReset { id: self.spec.id.clone() });
        }
        let Definition { timing, rules, .. } = &self.definition;
        self.sim.ctrl_mut().copy_from_slice(action);
        self.sim.step(timing.frame_skip);
        if self.contact_forces {
            self.sim.rne_post_constraint();
        }
        let truncated = self.clock.tick();
        let before = self.measured;
        rules.measure(&self.sim, &mut self.measured);
        let (sim, after, step_secs) = (&self.sim, self.measured, timing.step_secs());
        let (reward, terminated) = rules.judge(&Moment { sim, before, after, action, step_secs });
        self.observe(obs);
        self.refuse_instability(obs, reward)?;
        Ok(Step { reward, terminated, truncated })
    }

    fn save(&self, out: &mut Vec<u8>) {
        let mut writer = StateWriter::new(out, &self.spec);
        writer.stream(&self.stream);
        writer.clock(&self.clock);
        writer.floats(&self.sim.state());
        if self.definition.rules.measures_derived() {
            writer.floats(&self.measured);
        }
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError> {
        let mut reader = StateReader::new(state, &self.spec)?;
        let stream = reader.stream()?;
        let clock = reader.clock(&self.clock)?;
        let numbers = reader.floats(self.sim.state_len())?;
        let rules = &self.definition.rules;
        let mut measured = NOTHING;
        if rules.measures_derived() {
            measured.copy_from_slice(&reader.floats(NOTHING.len())?);
        }
        reader.end()?;
        (self.stream, self.clock) = (stream, clock);
        self.sim.set_state(&numbers);
        if !rules.measures_derived() {
            rules.measure(&self.sim, &mut measured);
        }
        self.measured = measured;
        Ok(())
    }

    fn simulated(&self) -> Option<&dyn Simulated> {
        Some(self)
    }

    fn simulated_mut(&mut self) -> Option<&mut dyn Simulated> {
        Some(self)
    }

    fn view(&mut self) -> Option<View<'_>> {
        Some(View::Simulation(&mut self.sim, self.camera))
    }
}

impl Simulated for GymEnv {
    fn qpos(&self) -> &[f64] {
        self.sim.qpos()
    }

    fn qvel(&self) -> &[f64] {
        self.sim.qvel()
    }

    fn warm_start(&self) -> &[f64] {
        self.sim.warm_start()
    }

    fn set_warm_start(&mut self, accelerations: &[f64]) {
        self.sim.warm_start_mut().copy_from_slice(accelerations);
    }

    fn model_len(&self) -> usize {
        0
    }

    fn model(&self, model: &mut [f64]) {
        assert!(model.is_empty(), "no reset of a Gym task draws a part of the model");
    }

    fn model_parts(&self) -> Vec<(&'static str, usize, usize)> {
        Vec::new()
    }

    fn start_from(
        &mut self,
        qpos: &[f64],
        qvel: &[f64],
        model: &[f64],
        obs: &mut [f64],
    ) -> Result<(), EnvError> {
        if !model.is_empty() {
            return Err(EnvError::StartState { id: self.spec.id.clone(), what: "model", expected: 0 });
        }
        GymEnv::start_from(self, qpos, qvel, obs)
    }
}
