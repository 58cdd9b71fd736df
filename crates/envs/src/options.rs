//! Options of any task: clipped actions, repeated actions, another time limit.

use crate::task::make;
use crate::time_limit::TimeLimit;
use crate::{ActionSpace, Cache, Env, EnvError, Simulated, Spec, Step, View};

/// Changes that a user may make to any task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether a continuous action is clamped to its box before the task sees it. Off, the task decides: the
    /// simulator clamps what it exerts, and most rewards count what was asked for.
    pub clip_action: bool,
    /// Steps of the task that one action lasts, 1 or more: their rewards are summed, the last observation is
    /// given, and an end among them ends it.
    pub action_repeat: u32,
    /// Steps of the task (not of the agent, where actions repeat) after which an episode is truncated, 1 or
    /// more; `None` for the task's own limit.
    pub time_limit: Option<u32>,
}

impl Options {
    /// Every task as it is.
    pub const NONE: Options = Options { clip_action: false, action_repeat: 1, time_limit: None };

    /// Refuses numbers no task can have.
    fn check(&self) -> Result<(), EnvError> {
        let zero = [("action_repeat", Some(self.action_repeat)), ("time_limit", self.time_limit)]
            .into_iter()
            .find(|(_, value)| *value == Some(0));
        zero.map_or(Ok(()), |(option, _)| Err(EnvError::ZeroOption { option }))
    }
}

/// As [`make`](crate::make), with some things changed. With [`Options::NONE`] it is the same task, saved
/// states included.
pub fn make_with(
    id: &str,
    options: &Options,
    cache: &Cache,
    progress: &mut dyn FnMut(&str),
) -> Result<Box<dyn Env>, EnvError> {
    options.check()?;
    let env = make(id, cache, progress)?;
    Ok(if *options == Options::NONE { env } else { Box::new(Changed::new(env, *options)) })
}

/// A task with some things changed.
struct Changed {
    env: Box<dyn Env>,
    options: Options,
    spec: Spec,
    /// The clock in place of the task's own, where there is another limit.
    clock: Option<TimeLimit>,
    clipped: Vec<f64>,
}

/// Ends the saved state of a task with options, after the state of the task without.
const TAG: &[u8; 11] = b"coadapt-opt";
/// Numbers between the two: clip, repeat, limit, elapsed.
const NUMBERS: usize = 4;
const TRAILER: usize = NUMBERS * size_of::<u64>() + TAG.len();
/// No limit, or no episode.
const NONE: u64 = u64::MAX;

impl Changed {
    fn new(env: Box<dyn Env>, options: Options) -> Self {
        let mut spec = env.spec().clone();
        let limit = options.time_limit.unwrap_or(spec.max_episode_steps);
        spec.max_episode_steps = limit.div_ceil(options.action_repeat);
        let clipped = vec![0.0; spec.action.dim()];
        Changed { env, options, spec, clock: options.time_limit.map(TimeLimit::new), clipped }
    }

    /// The options as they stand in a saved state.
    fn numbers(options: &Options) -> [u64; NUMBERS - 1] {
        let limit = options.time_limit.map_or(NONE, u64::from);
        [u64::from(options.clip_action), u64::from(options.action_repeat), limit]
    }

    fn refuse(&self, problem: String) -> EnvError {
        EnvError::State { id: self.spec.id.clone(), problem }
    }
}

/// Numbers of a saved state in words a user would type.
fn words([clip, repeat, limit]: [u64; NUMBERS - 1]) -> String {
    let limit = if limit == NONE { "none".to_owned() } else { limit.to_string() };
    format!("clip_action={}, action_repeat={repeat}, time_limit={limit}", clip == 1)
}

impl Env for Changed {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn seed(&mut self, seed: u64) {
        self.env.seed(seed);
    }

    fn reset(&mut self, obs: &mut [f64]) -> Result<(), EnvError> {
        self.env.reset(obs)?;
        if let Some(clock) = &mut self.clock {
            clock.start();
        }
        Ok(())
    }

    fn step(&mut self, action: &[f64], obs: &mut [f64]) -> Result<Step, EnvError> {
        self.spec.check_action(action)?;
        self.clipped.copy_from_slice(action);
        if let (true, ActionSpace::Continuous { low, high }) = (self.options.clip_action, &self.spec.action) {
            let ends = low.iter().zip(high);
            self.clipped
                .iter_mut()
                .zip(ends)
                .for_each(|(value, (low, high))| *value = value.clamp(*low, *high));
        }
        let mut whole = Step { reward: 0.0, terminated: false, truncated: false };
        for _ in 0..self.options.action_repeat {
            let step = self.env.step(&self.clipped, obs)?;
            whole.reward += step.reward;
            whole.terminated = step.terminated;
            whole.truncated = self.clock.as_mut().map_or(step.truncated, TimeLimit::tick);
            if whole.ended() {
                break;
            }
        }
        Ok(whole)
    }

    fn save(&self, out: &mut Vec<u8>) {
        self.env.save(out);
        let elapsed = self.clock.and_then(|clock| clock.elapsed()).map_or(NONE, u64::from);
        let numbers = Changed::numbers(&self.options).into_iter().chain([elapsed]);
        numbers.for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        out.extend_from_slice(TAG);
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError> {
        let split = state.len().checked_sub(TRAILER).map(|at| state.split_at(at));
        let Some((inner, trailer)) = split.filter(|(_, trailer)| trailer.ends_with(TAG)) else {
            let own = words(Changed::numbers(&self.options));
            return Err(self.refuse(format!("it was saved without options, and this has {own}")));
        };
        let (chunks, _) = trailer.as_chunks::<8>();
        let [clip, repeat, limit, elapsed] = std::array::from_fn(|i| u64::from_le_bytes(chunks[i]));
        let (found, own) = ([clip, repeat, limit], Changed::numbers(&self.options));
        if found != own {
            return Err(self.refuse(format!(
                "it was saved with {}, and this has {}",
                words(found),
                words(own)
            )));
        }
        let elapsed = match elapsed {
            NONE => None,
            steps => {
                let steps = u32::try_from(steps);
                Some(steps.map_err(|_| self.refuse(format!("it claims {elapsed} elapsed steps")))?)
            }
        };
        self.env.restore(inner)?;
        self.clock = self.clock.map(|clock| clock.with_elapsed(elapsed));
        Ok(())
    }

    fn simulated(&self) -> Option<&dyn Simulated> {
        self.env.simulated().map(|_| self as &dyn Simulated)
    }

    fn simulated_mut(&mut self) -> Option<&mut dyn Simulated> {
        if self.env.simulated().is_some() { Some(self) } else { None }
    }

    fn view(&mut self) -> Option<View<'_>> {
        self.env.view()
    }
}

/// The simulation of the task within, which [`Env::simulated`] has found there.
impl Simulated for Changed {
    fn qpos(&self) -> &[f64] {
        self.env.simulated().map_or(&[], Simulated::qpos)
    }

    fn qvel(&self) -> &[f64] {
        self.env.simulated().map_or(&[], Simulated::qvel)
    }

    fn warm_start(&self) -> &[f64] {
        self.env.simulated().map_or(&[], Simulated::warm_start)
    }

    fn set_warm_start(&mut self, accelerations: &[f64]) {
        self.env.simulated_mut().into_iter().for_each(|simulated| simulated.set_warm_start(accelerations));
    }

    fn model_len(&self) -> usize {
        self.env.simulated().map_or(0, Simulated::model_len)
    }

    fn model(&self, model: &mut [f64]) {
        self.env.simulated().into_iter().for_each(|simulated| simulated.model(model));
    }

    fn model_parts(&self) -> Vec<(&'static str, usize, usize)> {
        self.env.simulated().map_or(Vec::new(), Simulated::model_parts)
    }

    fn start_from(
        &mut self,
        qpos: &[f64],
        qvel: &[f64],
        model: &[f64],
        obs: &mut [f64],
    ) -> Result<(), EnvError> {
        if let Some(simulated) = self.env.simulated_mut() {
            simulated.start_from(qpos, qvel, model, obs)?;
        }
        if let Some(clock) = &mut self.clock {
            clock.start();
        }
        Ok(())
    }
}
