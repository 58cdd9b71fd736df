//! Humanoid: walk forward on two legs without falling.

use super::Version;
use super::anatomy::{Anatomy, Joint, Motor, free, hinge, motor};
use super::definition::{Definition, Timing, Xml};
use super::locomotion::{Alive, ContactCost, Locomotion, Paid, Place};
use super::observation::Part;
use super::rules::Noise;

const BODIES: [&str; 14] = [
    "world",
    "torso",
    "lwaist",
    "pelvis",
    "right_thigh",
    "right_shin",
    "right_foot",
    "left_thigh",
    "left_shin",
    "left_foot",
    "right_upper_arm",
    "right_lower_arm",
    "left_upper_arm",
    "left_lower_arm",
];
/// The bodies from the torso on leave the world out.
const TORSO: usize = 1;

const JOINTS: [Joint; 18] = [
    free("root"),
    hinge("abdomen_z"),
    hinge("abdomen_y"),
    hinge("abdomen_x"),
    hinge("right_hip_x"),
    hinge("right_hip_z"),
    hinge("right_hip_y"),
    hinge("right_knee"),
    hinge("left_hip_x"),
    hinge("left_hip_z"),
    hinge("left_hip_y"),
    hinge("left_knee"),
    hinge("right_shoulder1"),
    hinge("right_shoulder2"),
    hinge("right_elbow"),
    hinge("left_shoulder1"),
    hinge("left_shoulder2"),
    hinge("left_elbow"),
];

/// The abdomen is not in the order of the joints.
const MOTORS: [Motor; 17] = [
    motor("abdomen_y", 100.0, 0.4),
    motor("abdomen_z", 100.0, 0.4),
    motor("abdomen_x", 100.0, 0.4),
    motor("right_hip_x", 100.0, 0.4),
    motor("right_hip_z", 100.0, 0.4),
    motor("right_hip_y", 300.0, 0.4),
    motor("right_knee", 200.0, 0.4),
    motor("left_hip_x", 100.0, 0.4),
    motor("left_hip_z", 100.0, 0.4),
    motor("left_hip_y", 300.0, 0.4),
    motor("left_knee", 200.0, 0.4),
    motor("right_shoulder1", 25.0, 0.4),
    motor("right_shoulder2", 25.0, 0.4),
    motor("right_elbow", 25.0, 0.4),
    motor("left_shoulder1", 25.0, 0.4),
    motor("left_shoulder2", 25.0, 0.4),
    motor("left_elbow", 25.0, 0.4),
];

/// The versions differ in the contact forces (zero in -v2), in who is paid for being alive, and in -v5 the
/// numbers of the world and of the free joint are left out.
pub(super) fn definition(version: Version) -> Definition {
    let (first_body, first_motor) = if version == Version::V5 { (TORSO, 6) } else { (0, 0) };
    let observation = vec![
        Part::Qpos(2..24),
        Part::Qvel(0..23),
        Part::Inertias(first_body),
        Part::Velocities(first_body),
        Part::MotorForces(first_motor..23),
        match version {
            Version::V2 => Part::NoContactForces(first_body),
            Version::V4 | Version::V5 => Part::ContactForces { from: first_body, clip: None },
        },
    ];
    let contact_cost =
        (version == Version::V5).then_some(ContactCost { weight: 5e-7, clip: f64::INFINITY, most: 10.0 });
    let is_healthy = if version == Version::V2 { is_healthy_v2 } else { is_healthy };
    Definition {
        xml: Xml::of_gymnasium("humanoid.xml"),
        timing: Timing { timestep_secs: 0.003, frame_skip: 5, max_episode_steps: 1000 },
        anatomy: Anatomy { bodies: &BODIES, joints: &JOINTS, motors: &MOTORS },
        observation,
        rules: Box::new(Locomotion {
            place: Place::CentreOfMass,
            forward_weight: 1.25,
            ctrl_cost_weight: 0.1,
            contact_cost,
            alive: Some(Alive { bonus: 5.0, paid: Paid::of(version), is_healthy }),
            qpos_noise: Noise::Uniform(0.01),
            qvel_noise: Noise::Uniform(0.01),
        }),
        reward: match version {
            Version::V2 | Version::V4 => {
                "1.25 speed of the centre of mass along x in m/s + 5 - 0.1 |action|^2"
            }
            Version::V5 => {
                "1.25 speed of the centre of mass along x in m/s + 5 (but not on the fall) - 0.1 |action|^2 \
                 - min(5e-7 |contact forces|^2, 10)"
            }
        },
        ends: Some("a fall: the torso not between 1 m and 2 m high"),
    }
}

/// The torso at a height it has while it stands.
fn is_healthy(qpos: &[f64], _qvel: &[f64]) -> bool {
    qpos[2] > 1.0 && qpos[2] < 2.0
}

/// In -v2 the ends belong to it.
fn is_healthy_v2(qpos: &[f64], _qvel: &[f64]) -> bool {
    !(qpos[2] < 1.0 || qpos[2] > 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_in_v2_do_the_ends_belong_to_the_healthy_heights() {
        let healthy = |z: f64| [is_healthy_v2(&[0.0, 0.0, z], &[]), is_healthy(&[0.0, 0.0, z], &[])];
        assert_eq!(
            [0.9, 1.0, 1.5, 2.0, 2.1].map(healthy),
            [[false, false], [true, false], [true, true], [true, false], [false, false]]
        );
    }
}
