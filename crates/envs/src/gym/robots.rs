//! The robots of the Gym tasks: each by its name, with the definition of its task.

use super::definition::Definition;
use super::{
    Version, ant, half_cheetah, hopper, humanoid, inverted_double_pendulum, inverted_pendulum, pusher,
    reacher, striker, swimmer, walker2d,
};
use crate::mujoco::Camera;

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
