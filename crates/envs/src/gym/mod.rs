//! The MuJoCo tasks of OpenAI Gym and gymnasium, one task a file.

mod half_cheetah;
mod hopper;
mod locomotion;

pub use locomotion::{Locomotion, Walker};

/// Which generation of a Gym task.
///
/// -v2 ran on mujoco-py with MuJoCo 1.50 or 2.0; here it means its observations and rewards on the pinned
/// MuJoCo.
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
    /// As in an id.
    pub fn suffix(self) -> &'static str {
        match self {
            Version::V2 => "v2",
            Version::V4 => "v4",
            Version::V5 => "v5",
        }
    }
}
