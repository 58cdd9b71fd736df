//! The definition of a Gym task: all that sets one apart from another.

use std::path::Path;

use super::anatomy::Anatomy;
use super::observation::Part;
use super::rules::Rules;
use super::{
    Version, ant, half_cheetah, hopper, humanoid, inverted_double_pendulum, inverted_pendulum, pusher,
    reacher, striker, swimmer, walker2d,
};
use crate::mujoco::{Camera, GYMNASIUM, Model, Package};
use crate::{Block, EnvError};

/// The robots of the Gym tasks, each with a task of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Robot {
    /// Two legs in a plane, no balance to keep.
    HalfCheetah,
    /// One leg in a plane.
    Hopper,
    /// Two legs in a plane.
    Walker2d,
    /// Four legs.
    Ant,
    /// Two legs, two arms.
    Humanoid,
    /// Three links in a viscous fluid.
    Swimmer,
    /// Two links in a plane, and a target.
    Reacher,
    /// An arm of seven joints, an object and a goal.
    Pusher,
    /// The same arm, a ball and a goal. Only in -v2.
    Striker,
    /// A pole on a cart.
    InvertedPendulum,
    /// Two poles on a cart.
    InvertedDoublePendulum,
}

impl Robot {
    /// Where it is best looked at from, where its model has no camera or MuJoCo would stand too far away.
    pub(super) fn camera(self) -> Camera {
        match self {
            Robot::Reacher => Camera::Point([0.0; 3], [0.8, 90.0, -90.0]),
            Robot::InvertedPendulum => Camera::Point([0.0, 0.0, 0.2], [2.5, 90.0, -10.0]),
            Robot::InvertedDoublePendulum => Camera::Point([0.0, 0.0, 0.4], [3.2, 90.0, -10.0]),
            Robot::Pusher | Robot::Striker => Camera::Point([0.3, -0.1, -0.2], [2.4, 150.0, -40.0]),
            _ => Camera::Model,
        }
    }

    /// All of them.
    pub const ALL: [Robot; 11] = [
        Robot::HalfCheetah,
        Robot::Hopper,
        Robot::Walker2d,
        Robot::Ant,
        Robot::Humanoid,
        Robot::Swimmer,
        Robot::Reacher,
        Robot::Pusher,
        Robot::Striker,
        Robot::InvertedPendulum,
        Robot::InvertedDoublePendulum,
    ];

    /// The id of this robot's task.
    pub fn id(self, version: Version) -> String {
        // The variants are named as the tasks are.
        format!("{self:?}-{}", version.suffix())
    }

    /// The definition of this robot's task.
    pub(super) fn definition(self, version: Version) -> Definition {
        match self {
            Robot::HalfCheetah => half_cheetah::definition(),
            Robot::Hopper => hopper::definition(version),
            Robot::Walker2d => walker2d::definition(version),
            Robot::Ant => ant::definition(version),
            Robot::Humanoid => humanoid::definition(version),
            Robot::Swimmer => swimmer::definition(),
            Robot::Reacher => reacher::definition(version),
            Robot::Pusher => pusher::definition(version),
            Robot::Striker => striker::definition(),
            Robot::InvertedPendulum => inverted_pendulum::definition(version),
            Robot::InvertedDoublePendulum => inverted_double_pendulum::definition(version),
        }
    }
}

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
    /// What is in the model.
    pub(super) anatomy: Anatomy,
    /// The observation, in order.
    pub(super) observation: Vec<Part>,
    pub(super) rules: Box<dyn Rules>,
    /// What a step pays, in words.
    pub(super) reward: &'static str,
    /// What ends an episode early, in words.
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
