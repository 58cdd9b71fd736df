//! Drawing the joints of a start.

use std::f64::consts::PI;

use super::vector::norm;
use crate::mujoco::{Joint, JointKind, Sim};
use crate::random::Stream;

/// Draws every joint: within its limits where it has some, a hinge without limits from the whole turn, a ball
/// joint or the orientation of a free one from the unit quaternions. Slides without limits stay.
///
/// The quaternion of a free joint is made of four *positive* numbers, so only a sixteenth of the orientations
/// can come out. The suite keeps that to stay comparable, and so does this.
pub(super) fn randomise_joints(sim: &mut Sim, joints: &[Joint], stream: &mut Stream) {
    for joint in joints {
        match (joint.kind, joint.range) {
            (JointKind::Hinge | JointKind::Slide, Some([low, high])) => {
                sim.qpos_mut()[joint.qpos] = stream.uniform(low, high);
            }
            (JointKind::Hinge, None) => sim.qpos_mut()[joint.qpos] = stream.uniform(-PI, PI),
            (JointKind::Slide, None) => {}
            // No task here has a ball joint with limits.
            (JointKind::Ball, _) => put_quaternion(sim, joint.qpos, [(); 4].map(|()| stream.normal())),
            (JointKind::Free, _) => {
                put_quaternion(sim, joint.qpos + 3, [(); 4].map(|()| stream.uniform(0.0, 1.0)));
            }
        }
    }
}

/// Writes four numbers at `place` of the positions, scaled to a unit quaternion.
pub(super) fn put_quaternion(sim: &mut Sim, place: usize, numbers: [f64; 4]) {
    let length = norm(&numbers);
    sim.qpos_mut()[place..place + 4].copy_from_slice(&numbers.map(|x| x / length));
}
