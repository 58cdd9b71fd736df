//! An agent at work before the eyes of a watcher, one moment after another.

use anyhow::{Context, Result, bail};
use coadapt_agent::rng::{Stream, stream};
use coadapt_envs::{ActionSpace, Env};

use crate::policy::Policy;
use crate::run::learner;
use crate::run::task::TaskOptions;
use crate::signal::StopRequest;

/// The episodes to play: the same moments each time it is played.
pub struct Scene {
    /// The task.
    pub env: String,
    /// What is changed about it.
    pub task: TaskOptions,
    /// Who acts.
    pub policy: Policy,
    /// Seed of the starts, and of random actions.
    pub seed: u64,
    /// Steps to play, over as many episodes as it takes; `None` for one whole episode.
    pub steps: Option<u64>,
}

/// A scene as it is played. Its moments are the start of each episode and what follows each step.
pub struct Play<'a> {
    env: Box<dyn Env>,
    space: ActionSpace,
    scene: &'a mut Scene,
    rng: Stream,
    obs: Vec<f64>,
    action: Vec<f64>,
    stop: StopRequest,
    now: Moment,
}

/// How far a scene has come.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Moment {
    /// Steps since the scene began.
    pub steps: u64,
    /// Steps since the episode began.
    pub step: u64,
    /// What the last step gave; `None` at the start of an episode.
    pub reward: Option<f64>,
    /// The return of each episode, of the last one as far as it went.
    pub returns: Vec<f64>,
    /// Whether the episode ends here.
    pub ends_episode: bool,
    /// Whether the scene ends here.
    pub ends_scene: bool,
}

impl<'a> Play<'a> {
    /// The scene before its first moment.
    pub fn new(scene: &'a mut Scene) -> Result<Self> {
        let mut env = learner::make_task(&scene.env, scene.task)?;
        env.seed(scene.seed);
        let space = env.spec().action.clone();
        Ok(Play {
            obs: vec![0.0; env.spec().obs_dim],
            action: vec![0.0; space.dim()],
            rng: stream(scene.seed, "actor"),
            stop: StopRequest::listen()?,
            now: Moment { ends_episode: true, ..Moment::default() },
            env,
            space,
            scene,
        })
    }

    /// Plays on to the next moment: `None` when the scene is over.
    pub fn advance(&mut self) -> Result<Option<(&mut dyn Env, &Moment)>> {
        if self.now.ends_scene {
            return Ok(None);
        }
        if self.stop.is_set() {
            bail!("interrupted after {} steps: nothing was written", self.now.steps);
        }
        let moved = if self.now.ends_episode { self.begin() } else { self.step() };
        moved.with_context(|| format!("{} had to stop after {} steps", self.scene.env, self.now.steps))?;
        Ok(Some((&mut *self.env, &self.now)))
    }

    /// How far it has come.
    pub fn now(&self) -> &Moment {
        &self.now
    }

    fn begin(&mut self) -> Result<()> {
        self.env.reset(&mut self.obs)?;
        self.now.returns.push(0.0);
        self.now = Moment { step: 0, reward: None, ends_episode: false, ..std::mem::take(&mut self.now) };
        Ok(())
    }

    fn step(&mut self) -> Result<()> {
        self.scene.policy.act(&self.space, &self.obs, &mut self.rng, &mut self.action);
        let step = self.env.step(&self.action, &mut self.obs)?;
        let now = &mut self.now;
        now.steps += 1;
        now.step += 1;
        now.reward = Some(step.reward);
        if let Some(value) = now.returns.last_mut() {
            *value += step.reward;
        }
        now.ends_episode = step.ended();
        now.ends_scene = self.scene.steps.map_or(step.ended(), |steps| now.steps >= steps);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(env: &str, seed: u64, steps: Option<u64>) -> Scene {
        Scene { env: env.to_owned(), task: TaskOptions::NONE, policy: Policy::Random, seed, steps }
    }

    fn moments(scene: &mut Scene) -> Vec<Moment> {
        let mut play = Play::new(scene).unwrap();
        let mut moments = Vec::new();
        while let Some((_, now)) = play.advance().unwrap() {
            moments.push(now.clone());
        }
        assert_eq!(moments.last(), Some(play.now()));
        moments
    }

    #[test]
    fn a_scene_is_so_long_as_was_asked_and_the_same_for_the_same_seed() {
        let mut pendulum = scene("Pendulum-v1", 3, Some(450));
        let seen = moments(&mut pendulum);
        assert_eq!(seen.len(), 453, "450 steps, and a start every 200");
        let starts: Vec<u64> = seen.iter().filter(|now| now.reward.is_none()).map(|now| now.steps).collect();
        assert_eq!(starts, [0, 200, 400]);
        assert!(moments(&mut pendulum) == seen);
        assert!(moments(&mut scene("Pendulum-v1", 4, Some(450))) != seen);
        let falls = moments(&mut scene("CartPole-v1", 0, Some(200)));
        let last = falls.last().unwrap();
        assert!(last.steps == 200 && last.returns.len() > 2, "{last:?}");
        assert_eq!(last.returns.iter().sum::<f64>(), 200.0, "each step of CartPole-v1 gives 1");
    }

    #[test]
    fn without_a_length_one_episode_is_played() {
        let seen = moments(&mut scene("CartPole-v1", 1, None));
        let last = seen.last().unwrap();
        assert!(last.ends_episode && last.ends_scene && last.step == last.steps, "{last:?}");
        assert_eq!((seen.len() as u64, last.returns.len()), (last.steps + 1, 1));
        assert!(seen[..seen.len() - 1].iter().all(|now| !now.ends_episode && !now.ends_scene));
    }
}
