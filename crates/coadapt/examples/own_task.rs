//! A task of one's own, written in Rust, and SAC learning it: `cargo run --release -p coadapt --example own_task`.
//!
//! A point on a line is pushed to a goal that every episode draws anew.

use coadapt_agent::{Event, Status, Trainer};
use coadapt_envs::{ActionSpace, Env, EnvError, Spec, StateReader, StateWriter, Step, Stream, TimeLimit};

const MAX_EPISODE_STEPS: u32 = 40;
/// How far the point moves under an action of one.
const STRIDE: f64 = 0.3;

/// The task: where the point is, where it should be, and what every task keeps (a random stream, a clock).
pub struct Point {
    spec: Spec,
    stream: Stream,
    clock: TimeLimit,
    position: f64,
    goal: f64,
}

impl Point {
    /// The task with no episode running.
    pub fn idle() -> Self {
        // The policy acts in [-1, 1]; the library stretches that to this box, whatever it is.
        let space = ActionSpace::boxed(1, -2.0, 2.0);
        let spec = Spec::new("Point-v0", 2, space, MAX_EPISODE_STEPS);
        let clock = TimeLimit::new(MAX_EPISODE_STEPS);
        Point { spec, stream: Stream::new(0), clock, position: 0.0, goal: 0.0 }
    }

    fn observe(&self, obs: &mut [f64]) {
        obs.copy_from_slice(&[self.position, self.goal]);
    }
}

impl Env for Point {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn seed(&mut self, seed: u64) {
        self.stream = Stream::new(seed);
    }

    fn reset(&mut self, obs: &mut [f64]) -> Result<(), EnvError> {
        self.spec.check_obs(obs)?;
        (self.position, self.goal) = (self.stream.uniform(-1.0, 1.0), self.stream.uniform(-1.0, 1.0));
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
        self.position += STRIDE * action[0].clamp(-2.0, 2.0);
        let reward = -(self.position - self.goal).powi(2);
        // Far out the task is lost: the value of that state is zero, which `terminated` says. The end of the clock
        // is `truncated`: the state it comes in has a value.
        let terminated = self.position.abs() > 5.0;
        let truncated = self.clock.tick();
        self.observe(obs);
        Ok(Step { reward, terminated, truncated })
    }

    fn save(&self, out: &mut Vec<u8>) {
        let mut writer = StateWriter::new(out, &self.spec);
        writer.stream(&self.stream);
        writer.clock(&self.clock);
        writer.floats(&[self.position, self.goal]);
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError> {
        let mut reader = StateReader::new(state, &self.spec)?;
        let (stream, clock) = (reader.stream()?, reader.clock(&self.clock)?);
        let numbers = reader.floats(2)?;
        reader.end()?;
        (self.stream, self.clock) = (stream, clock);
        (self.position, self.goal) = (numbers[0], numbers[1]);
        Ok(())
    }
}

/// Trains SAC on the task for `steps` steps and gives the mean return of each evaluation.
pub fn train(steps: u64) -> Result<Vec<f64>, coadapt_agent::Error> {
    let mut method = coadapt_agent::method("sac", Point::idle().spec())?;
    for (path, value) in [
        ("collect.warmup", "300"),
        ("collect.learn_after", "300"),
        ("collect.batch", "64"),
        ("collect.capacity", "10000"),
        ("schedule.eval_every", "500"),
        ("code.policy_sizes", "[32, 32]"),
        ("code.critic_sizes", "[32, 32]"),
        ("code.policy_lr", "3e-3"),
        ("code.critic_lr", "3e-3"),
    ] {
        method.set(path, value)?;
    }
    let mut trainer = Trainer::new(&method, Box::new(Point::idle()), Box::new(Point::idle()), 0, 1)?;
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
    for (i, mean) in train(3_000)?.iter().enumerate() {
        println!("evaluation at step {}: mean return {mean:.2}", 500 * (i + 1));
    }
    Ok(())
}
