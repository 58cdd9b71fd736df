//! A task of the suite as an environment.

use std::fs;
use std::path::Path;

use super::physics::{NoStart, Physics};
use super::task::{Definition, Pen, Rule};
use crate::mujoco::{self, DM_CONTROL, Library, Model, Sim, Slot, Warning};
use crate::random::Stream;
use crate::state::{StateReader, StateWriter};
use crate::time_limit::TimeLimit;
use crate::{ActionSpace, Cache, Env, EnvError, Simulated, Spec, Step, View};

/// All tasks are cut off after as many steps.
pub(super) const MAX_EPISODE_STEPS: u32 = 1000;

/// Files that every model includes, by the names it has for them.
const INCLUDED: [(&str, &str); 3] = [
    ("./common/materials.xml", "materials.xml"),
    ("./common/skybox.xml", "skybox.xml"),
    ("./common/visual.xml", "visual.xml"),
];

/// A task of the DeepMind Control Suite.
#[derive(Debug)]
pub struct Suite {
    rule: Box<dyn Rule>,
    spec: Spec,
    physics: Physics,
    clock: TimeLimit,
    stream: Stream,
}

impl Suite {
    /// The task, its simulator and model fetched if need be; with the random stream of seed 0 and no episode
    /// running.
    pub fn new(
        definition: &Definition,
        cache: &Cache,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Self, EnvError> {
        let library = mujoco::prepare(cache, progress)?;
        let mut sim = Sim::new(load(definition, library, cache, progress)?)?;
        let rule = (definition.rule)(&mut sim)?;
        let spec = Spec {
            id: definition.id.to_owned(),
            obs_dim: definition.obs_dim(),
            action: ActionSpace::boxed(sim.model().nu(), -1.0, 1.0),
            max_episode_steps: MAX_EPISODE_STEPS,
            mujoco: Some(library.version().to_owned()),
        };
        let physics = Physics::new(sim, definition.substeps);
        Ok(Suite { rule, spec, physics, clock: TimeLimit::new(MAX_EPISODE_STEPS), stream: Stream::new(0) })
    }

    /// Simulated seconds of a step.
    pub fn step_secs(&self) -> f64 {
        self.physics.step_secs()
    }

    /// Positions and velocities.
    pub fn state(&self) -> (&[f64], &[f64]) {
        (self.physics.sim.qpos(), self.physics.sim.qvel())
    }

    /// The numbers of the model that a reset draws (where a target is), in the order the task lists it; often nothing.
    pub fn drawn_of_model(&self) -> Vec<f64> {
        self.rule.drawn().iter().flat_map(|slot| self.physics.sim.slot(*slot)).copied().collect()
    }

    /// Starts an episode from given positions and velocities instead of drawn ones, with `model` as
    /// [`drawn_of_model`](Self::drawn_of_model) gives it.
    pub fn start_from(
        &mut self,
        qpos: &[f64],
        qvel: &[f64],
        model: &[f64],
        obs: &mut [f64],
    ) -> Result<(), EnvError> {
        self.spec.check_obs(obs)?;
        let sim = &self.physics.sim;
        let drawn: usize = self.rule.drawn().iter().map(|slot| sim.slot(*slot).len()).sum();
        for (what, given, expected) in
            [("qpos", qpos, sim.qpos().len()), ("qvel", qvel, sim.qvel().len()), ("model", model, drawn)]
        {
            if given.len() != expected || given.iter().any(|value| !value.is_finite()) {
                return Err(EnvError::StartState { id: self.spec.id.clone(), what, expected });
            }
        }
        self.physics.reset();
        self.put_drawn(model);
        self.physics.sim.qpos_mut().copy_from_slice(qpos);
        self.physics.sim.qvel_mut().copy_from_slice(qvel);
        self.begin(obs)
    }

    /// Writes the observation of the present state, as the last step or reset gave it.
    pub fn observe(&self, obs: &mut [f64]) -> Result<(), EnvError> {
        self.spec.check_obs(obs)?;
        let mut pen = Pen::new(obs);
        self.rule.observe(&self.physics, &mut pen);
        debug_assert_eq!(pen.left(), 0, "{} observes less than it lists", self.spec.id);
        Ok(())
    }

    /// The reward of the present state with the present controls, as the last step gave it.
    pub fn reward(&self) -> f64 {
        self.rule.reward(&self.physics)
    }

    fn put_drawn(&mut self, mut numbers: &[f64]) {
        for slot in self.rule.drawn() {
            let place = self.physics.sim.slot_mut(*slot);
            let (here, rest) = numbers.split_at(place.len());
            place.copy_from_slice(here);
            numbers = rest;
        }
    }

    /// Begins an episode in the state the simulation has been put in.
    fn begin(&mut self, obs: &mut [f64]) -> Result<(), EnvError> {
        self.physics.sim.forward_without_actuation();
        self.clock.start();
        self.observe(obs)?;
        self.refuse_wrong_physics(obs)
    }

    /// Ends the episode with an error if MuJoCo warned of anything: the numbers it goes on with look healthy.
    fn refuse_wrong_physics(&mut self, obs: &[f64]) -> Result<(), EnvError> {
        let strange = || {
            let finite = obs.iter().all(|x| x.is_finite());
            (!finite).then_some(Warning::Unstable("an observation is not finite"))
        };
        let Some(warning) = self.physics.sim.warning().or_else(strange) else { return Ok(()) };
        let (id, step) = (self.spec.id.clone(), self.clock.elapsed().unwrap_or(0));
        self.clock.stop();
        Err(match warning {
            Warning::Unstable(what) => EnvError::Unstable { id, step, what },
            Warning::Full(what) => EnvError::Full { id, step, what },
        })
    }
}

/// The compiled model of a task.
fn load(
    definition: &Definition,
    library: &'static Library,
    cache: &Cache,
    progress: &mut dyn FnMut(&str),
) -> Result<std::sync::Arc<Model>, EnvError> {
    let path = mujoco::asset(&DM_CONTROL, definition.xml, cache, progress)?;
    let refuse = |problem| EnvError::Model { path: path.clone(), problem };
    let text = (definition.shape)(read(&path)?).map_err(refuse)?;
    let mut included = Vec::new();
    for (as_named, file) in INCLUDED {
        included.push((as_named, read(&mujoco::asset(&DM_CONTROL, file, cache, progress)?)?));
    }
    let others = included.iter().map(|(name, text)| (*name, text.as_str()));
    let texts: Vec<_> = [("model.xml", text.as_str())].into_iter().chain(others).collect();
    Model::from_texts(library, &path, &texts)
}

fn read(path: &Path) -> Result<String, EnvError> {
    fs::read_to_string(path).map_err(|cause| EnvError::io("reading", path, path, cause))
}

impl Env for Suite {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn seed(&mut self, seed: u64) {
        self.stream = Stream::new(seed);
    }

    fn reset(&mut self, obs: &mut [f64]) -> Result<(), EnvError> {
        self.spec.check_obs(obs)?;
        self.physics.reset();
        if let Err(NoStart(draws)) = self.rule.draw(&mut self.physics, &mut self.stream) {
            self.clock.stop();
            return Err(EnvError::NoStart { id: self.spec.id.clone(), draws });
        }
        self.begin(obs)
    }

    /// The action is clipped to [-1, 1], number by number.
    fn step(&mut self, action: &[f64], obs: &mut [f64]) -> Result<Step, EnvError> {
        self.spec.check_obs(obs)?;
        self.spec.check_action(action)?;
        if !self.clock.is_running() {
            return Err(EnvError::NotReset { id: self.spec.id.clone() });
        }
        for (ctrl, action) in self.physics.sim.ctrl_mut().iter_mut().zip(action) {
            *ctrl = action.clamp(-1.0, 1.0);
        }
        self.physics.step();
        let truncated = self.clock.tick();
        self.observe(obs)?;
        self.refuse_wrong_physics(obs)?;
        Ok(Step { reward: self.reward(), terminated: false, truncated })
    }

    fn save(&self, out: &mut Vec<u8>) {
        let mut writer = StateWriter::new(out, &self.spec);
        writer.stream(&self.stream);
        writer.clock(&self.clock);
        writer.floats(&self.physics.sim.state());
        writer.floats(self.physics.sim.sensordata());
        self.rule.drawn().iter().for_each(|slot| writer.floats(self.physics.sim.slot(*slot)));
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError> {
        let mut reader = StateReader::new(state, &self.spec)?;
        let stream = reader.stream()?;
        let clock = reader.clock(&self.clock)?;
        let numbers = reader.floats(self.physics.sim.state_len())?;
        let sensordata = reader.floats(self.physics.sim.sensordata().len())?;
        let mut drawn = Vec::new();
        for slot in self.rule.drawn() {
            drawn.extend(reader.floats(self.physics.sim.slot(*slot).len())?);
        }
        reader.end()?;
        (self.stream, self.clock) = (stream, clock);
        self.put_drawn(&drawn);
        self.physics.sim.set_state(&numbers);
        // As the last step or reset ended: everything that follows from positions and velocities. The next step
        // begins in the middle of a simulator step and needs it.
        self.physics.sim.step_first_half();
        // Touch follows from accelerations, so only its record brings it back.
        self.physics.sim.sensordata_mut().copy_from_slice(&sensordata);
        Ok(())
    }

    fn simulated(&self) -> Option<&dyn Simulated> {
        Some(self)
    }

    fn simulated_mut(&mut self) -> Option<&mut dyn Simulated> {
        Some(self)
    }

    fn view(&mut self) -> Option<View<'_>> {
        Some(View::Simulation(&mut self.physics.sim, mujoco::Camera::Model))
    }
}

impl Simulated for Suite {
    fn qpos(&self) -> &[f64] {
        self.physics.sim.qpos()
    }

    fn qvel(&self) -> &[f64] {
        self.physics.sim.qvel()
    }

    fn warm_start(&self) -> &[f64] {
        self.physics.sim.warm_start()
    }

    fn set_warm_start(&mut self, accelerations: &[f64]) {
        self.physics.sim.warm_start_mut().copy_from_slice(accelerations);
    }

    fn model_len(&self) -> usize {
        self.rule.drawn().iter().map(|slot| self.physics.sim.slot(*slot).len()).sum()
    }

    fn model(&self, model: &mut [f64]) {
        let mut pen = Pen::new(model);
        self.rule.drawn().iter().for_each(|slot| pen.put(self.physics.sim.slot(*slot)));
        assert_eq!(pen.left(), 0, "room for what a reset draws");
    }

    fn model_parts(&self) -> Vec<(&'static str, usize, usize)> {
        let part = |slot: &Slot| (slot.array_name(), slot.index(), self.physics.sim.slot(*slot).len());
        self.rule.drawn().iter().map(part).collect()
    }

    fn start_from(
        &mut self,
        qpos: &[f64],
        qvel: &[f64],
        model: &[f64],
        obs: &mut [f64],
    ) -> Result<(), EnvError> {
        Suite::start_from(self, qpos, qvel, model, obs)
    }
}
