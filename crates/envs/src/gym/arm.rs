//! The arm of Pusher and Striker: seven joints, and what both tasks see of it.

use super::anatomy::{Joint, hinge};
use super::observation::Part;

/// Joints of the arm, the first of the model.
pub(super) const JOINTS: [Joint; 7] = [
    hinge("r_shoulder_pan_joint"),
    hinge("r_shoulder_lift_joint"),
    hinge("r_upper_arm_roll_joint"),
    hinge("r_elbow_flex_joint"),
    hinge("r_forearm_roll_joint"),
    hinge("r_wrist_flex_joint"),
    hinge("r_wrist_roll_joint"),
];

/// The world, the arm, and what it is to move: the first bodies of both models.
pub(super) const BODIES: [&str; 13] = [
    "world",
    "r_shoulder_pan_link",
    "r_shoulder_lift_link",
    "r_upper_arm_roll_link",
    "r_upper_arm_link",
    "r_elbow_flex_link",
    "r_forearm_roll_link",
    "r_forearm_link",
    "r_wrist_flex_link",
    "r_wrist_roll_link",
    "tips_arm",
    "object",
    "goal",
];
/// The hand.
pub(super) const TIPS: usize = 10;
/// The body that is pushed or struck.
pub(super) const OBJECT: usize = 11;
/// Where it belongs.
pub(super) const GOAL: usize = 12;

/// The observation of both tasks.
pub(super) fn observation() -> Vec<Part> {
    vec![Part::Qpos(0..7), Part::Qvel(0..7), Part::Place(TIPS), Part::Place(OBJECT), Part::Place(GOAL)]
}
