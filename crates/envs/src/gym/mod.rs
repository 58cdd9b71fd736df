//! The MuJoCo tasks of OpenAI Gym and gymnasium, one task a file.
//!
//! A task is a `Definition`: its model and what is in it, its observation as a list
//! of blocks, and its `Rules`. [`GymEnv`] makes an environment of any of them.

mod anatomy;
mod ant;
mod arm;
mod definition;
mod env;
mod half_cheetah;
mod hopper;
mod humanoid;
mod inverted_double_pendulum;
mod inverted_pendulum;
mod listed;
mod locomotion;
mod numpy;
mod observation;
mod pusher;
mod reacher;
mod robots;
mod rules;
mod striker;
mod swimmer;
mod walker2d;

pub use env::GymEnv;
pub(crate) use listed::TASKS;
pub use listed::parts;
pub use robots::Robot;

/// Generation of a Gym task.
///
/// -v2 ran on mujoco-py with MuJoCo 1.50 or 2.0; here it means its observations and rewards, as they were on
/// MuJoCo 2.0 (where contact forces are all zero), on the pinned MuJoCo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// Gym's -v2, the tasks of the published tables (and -v3 with its default arguments).
    V2,
    /// gymnasium's -v4.
    V4,
    /// gymnasium's -v5.
    V5,
}

impl Version {
    /// All of them.
    pub const ALL: [Version; 3] = [Version::V2, Version::V4, Version::V5];

    /// As in an id.
    pub fn suffix(self) -> &'static str {
        match self {
            Version::V2 => "v2",
            Version::V4 => "v4",
            Version::V5 => "v5",
        }
    }

    /// The published tasks whose rules these are.
    fn semantics(self) -> &'static str {
        match self {
            Version::V2 => "gym 0.21 -v2, as on MuJoCo 2.0 (contact forces are zero)",
            Version::V4 => "gymnasium 1.4.0 -v4",
            Version::V5 => "gymnasium 1.4.0 -v5",
        }
    }
}
