//! The DeepMind Control Suite: the 28 tasks of the paper, one domain a file.
//!
//! All that the tasks share has one file each: [`Suite`] is the environment, `physics` the order of the simulator's
//! phases, `tolerance` the shape of rewards, `randomise` the drawing of joints, `xml` the editing of models.
//! The arithmetic follows dm_control 1.0.50, which `tests/dmc.rs` holds it against.
//!
//! Three rules hold for all of them. An episode lasts 1000 steps and is truncated, never terminated. A reward
//! lies in [0, 1]. Actions lie in [-1, 1] and are clipped to it, where dm_control's own environments refuse
//! others.

mod acrobot;
mod ball_in_cup;
mod cartpole;
mod cheetah;
mod finger;
mod fish;
mod hopper;
mod humanoid;
mod listed;
mod manipulator;
mod pendulum;
mod physics;
mod point_mass;
mod randomise;
mod reacher;
mod suite;
mod swimmer;
mod task;
mod tolerance;
mod vector;
mod walker;
mod xml;

pub(crate) use listed::LISTED;
pub use suite::Suite;
pub use task::{Control, Definition, Part};

/// Every task, in the order to list them.
pub static TASKS: [Definition; 28] = [
    acrobot::SWINGUP,
    acrobot::SWINGUP_SPARSE,
    ball_in_cup::CATCH,
    cartpole::BALANCE,
    cartpole::BALANCE_SPARSE,
    cartpole::SWINGUP,
    cartpole::SWINGUP_SPARSE,
    cheetah::RUN,
    finger::SPIN,
    finger::TURN_EASY,
    finger::TURN_HARD,
    fish::SWIM,
    fish::UPRIGHT,
    hopper::HOP,
    hopper::STAND,
    humanoid::RUN,
    humanoid::STAND,
    humanoid::WALK,
    manipulator::BRING_BALL,
    pendulum::SWINGUP,
    point_mass::EASY,
    reacher::EASY,
    reacher::HARD,
    swimmer::SWIMMER6,
    swimmer::SWIMMER15,
    walker::RUN,
    walker::STAND,
    walker::WALK,
];
