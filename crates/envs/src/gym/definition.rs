//! The definition of a Gym task: all that sets one apart from another.

use std::path::Path;

use super::anatomy::Anatomy;
use super::observation::Part;
use super::rules::Rules;
use crate::mujoco::{GYMNASIUM, Model, Package};
use crate::{Block, EnvError};

/// Where a model file comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Xml {
    pub(super) package: &'static Package,
    pub(super) file: &'static str,
}

impl Xml {
    /// A model among those of gymnasium.
    pub(super) fn of_gymnasium(file: &'static str) -> Self {
        Xml { package: &GYMNASIUM, file }
    }
}

/// How long things take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    /// Seconds of one step of the simulator, as the model states it.
    pub(super) timestep_secs: f64,
    /// Simulator steps in a step of the task.
    pub(super) frame_skip: u32,
    /// Steps after which an episode is truncated.
    pub(super) max_episode_steps: u32,
}

impl Timing {
    /// Seconds of one step of the task.
    pub(super) fn step_secs(&self) -> f64 {
        self.timestep_secs * f64::from(self.frame_skip)
    }
}

/// All that sets one task apart from another.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) xml: Xml,
    pub(super) timing: Timing,
    /// Bodies, joints and motors of the model.
    pub(super) anatomy: Anatomy,
    /// The observation, in order.
    pub(super) observation: Vec<Part>,
    pub(super) rules: Box<dyn Rules>,
    /// Reward of a step, in words.
    pub(super) reward: &'static str,
    /// Reason for an early end of an episode, in words.
    pub(super) ends: Option<&'static str>,
}

impl Definition {
    /// Numbers in an observation.
    pub(super) fn obs_dim(&self) -> usize {
        self.blocks().iter().map(|block| block.entries.len()).sum()
    }

    /// The observation, each number named.
    pub(super) fn blocks(&self) -> Vec<Block> {
        self.observation.iter().map(|part| part.describe(&self.anatomy)).collect()
    }

    /// Whether contact forces are looked at, and so have to be computed.
    pub(super) fn reads_contact_forces(&self) -> bool {
        self.rules.reads_contact_forces()
            || self.observation.iter().any(|part| matches!(part, Part::ContactForces { .. }))
    }

    /// Refuses a model that is not the one defined here.
    pub(super) fn check(&self, model: &Model, path: &Path) -> Result<(), EnvError> {
        let secs = model.timestep_secs();
        let timing = || format!("its time step is {secs} s where {} s belong", self.timing.timestep_secs);
        let problem = self.anatomy.mismatch(model);
        let problem = problem.or_else(|| (secs != self.timing.timestep_secs).then(timing));
        match problem {
            Some(problem) => Err(EnvError::Model { path: path.to_owned(), problem }),
            None => Ok(()),
        }
    }
}
