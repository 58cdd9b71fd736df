//! A MuJoCo model of one's own with a reward in Rust, and SAC learning it:
//! `cargo run --release -p coadapt --example own_model`.
//!
//! A drone on a rail is to hover at a height of one metre. Its model is `hover.xml` beside this file.

use std::path::Path;

use coadapt_agent::{Event, Status, Trainer};
use coadapt_envs::mujoco::{self, Body, Model, Sim};
use coadapt_envs::{
    ActionSpace, Cache, Env, EnvError, Spec, StateReader, StateWriter, Step, Stream, TimeLimit,
};

const MAX_EPISODE_STEPS: u32 = 100;
/// Simulator steps in a step of the task: 0.05 s.
const FRAME_SKIP: u32 = 5;
const WANTED_METRES: f64 = 1.0;

/// The task.
pub struct Hover {
    spec: Spec,
    sim: Sim,
    drone: Body,
    stream: Stream,
    clock: TimeLimit,
}

impl Hover {
    /// The task with the model in `xml`, MuJoCo fetched if need be; with no episode running.
    pub fn new(xml: &Path) -> Result<Self, EnvError> {
        let library = mujoco::prepare(&Cache::from_environment(), &mut |line| eprintln!("{line}"))?;
        let model = Model::load(library, xml)?;
        let (low, high) = model.ctrl_range().iter().map(|[low, high]| (*low, *high)).unzip();
        let (obs_dim, action) = (model.nq() + model.nv(), ActionSpace::Continuous { low, high });
        let spec = Spec::new("Hover-v0", obs_dim, action, MAX_EPISODE_STEPS).with_mujoco(library.version());
        Ok(Hover {
            drone: model.body("drone")?,
            sim: Sim::new(model)?,
            stream: Stream::new(0),
            clock: TimeLimit::new(MAX_EPISODE_STEPS),
            spec,
        })
    }

    fn observe(&self, obs: &mut [f64]) {
        let (positions, velocities) = obs.split_at_mut(self.sim.qpos().len());
        positions.copy_from_slice(self.sim.qpos());
        velocities.copy_from_slice(self.sim.qvel());
    }

    /// Ends the episode with an error if the simulation went wrong: MuJoCo itself goes on with healthy numbers.
    fn refuse_instability(&mut self) -> Result<(), EnvError> {
        let Some(what) = self.sim.instability() else { return Ok(()) };
        let step = self.clock.elapsed().unwrap_or(0);
        self.clock.stop();
        Err(EnvError::Unstable { id: self.spec.id.clone(), step, what })
    }
}

impl Env for Hover {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn seed(&mut self, seed: u64) {
        self.stream = Stream::new(seed);
    }

    fn reset(&mut self, obs: &mut [f64]) -> Result<(), EnvError> {
        self.spec.check_obs(obs)?;
        self.sim.reset();
        self.sim.qpos_mut()[0] += self.stream.uniform(0.0, 1.0);
        self.sim.forward();
        self.clock.start();
        self.observe(obs);
        Ok(())
    }

    fn step(&mut self, action: &[f64], obs: &mut [f64]) -> Result<Step, EnvError> {
        self.spec.check_obs(obs)?;
        self.spec.check_action(action)?;
        if !self.clock.is_running() {
            return Err(EnvError::NotReset { id: self.spec.id.clone() });
        }
        self.sim.ctrl_mut().copy_from_slice(action);
        self.sim.step(FRAME_SKIP);
        let truncated = self.clock.tick();
        self.refuse_instability()?;
        // Of the last simulator step's beginning, as MuJoCo leaves it; `self.sim.forward()` would bring it up to date.
        let height = self.drone.xpos(&self.sim)[2];
        let reward = (-4.0 * (height - WANTED_METRES).powi(2)).exp();
        self.observe(obs);
        Ok(Step { reward, terminated: false, truncated })
    }

    fn save(&self, out: &mut Vec<u8>) {
        let mut writer = StateWriter::new(out, &self.spec);
        writer.stream(&self.stream);
        writer.clock(&self.clock);
        writer.floats(&self.sim.state());
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError> {
        let mut reader = StateReader::new(state, &self.spec)?;
        let (stream, clock) = (reader.stream()?, reader.clock(&self.clock)?);
        let numbers = reader.floats(self.sim.state_len())?;
        reader.end()?;
        (self.stream, self.clock) = (stream, clock);
        self.sim.set_state(&numbers);
        Ok(())
    }
}

/// Trains SAC on the model in `xml` for `steps` steps and gives the mean return of each evaluation.
pub fn train(xml: &Path, steps: u64) -> Result<Vec<f64>, coadapt_agent::Error> {
    let mut method = coadapt_agent::method("sac", Hover::new(xml)?.spec())?;
    for (path, value) in [
        ("collect.warmup", "500"),
        ("collect.learn_after", "500"),
        ("collect.batch", "64"),
        ("collect.capacity", "20000"),
        ("schedule.eval_every", "1000"),
        ("code.policy_sizes", "[32, 32]"),
        ("code.critic_sizes", "[32, 32]"),
        ("code.policy_lr", "3e-3"),
        ("code.critic_lr", "3e-3"),
    ] {
        method.set(path, value)?;
    }
    let (task, evaluated) = (Hover::new(xml)?, Hover::new(xml)?);
    let mut trainer = Trainer::new(&method, Box::new(task), Box::new(evaluated), 0, 1)?;
    let mut means = Vec::new();
    for _ in 0..steps {
        let status = trainer.advance(&mut |event| {
            if let Event::Evaluation { evaluation, .. } = event {
                means.push(evaluation.mean());
            }
        })?;
        if let Status::Diverged(divergence) = status {
            println!("diverged at step {}: {}", divergence.step, divergence.what);
            break;
        }
    }
    Ok(means)
}

fn main() -> Result<(), coadapt_agent::Error> {
    let xml = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hover.xml"));
    for (i, mean) in train(xml, 6_000)?.iter().enumerate() {
        println!("evaluation at step {}: mean return {mean:.2} of {MAX_EPISODE_STEPS}", 1000 * (i + 1));
    }
    Ok(())
}
