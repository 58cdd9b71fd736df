//! Ant: run forward on four legs without falling over.

use super::Version;
use super::anatomy::{Anatomy, Joint, Motor, free, hinge, motor};
use super::definition::{Definition, Timing, Xml};
use super::locomotion::{Alive, ContactCost, Locomotion, Paid, Place};
use super::observation::Part;
use super::rules::Noise;

const BODIES: [&str; 14] = [
    "world",
    "torso",
    "front_left_leg",
    "aux_1",
    "(front left foot)",
    "front_right_leg",
    "aux_2",
    "(front right foot)",
    "back_leg",
    "aux_3",
    "(back left foot)",
    "right_back_leg",
    "aux_4",
    "(back right foot)",
];
const TORSO: usize = 1;

const JOINTS: [Joint; 9] = [
    free("root"),
    hinge("hip_1"),
    hinge("ankle_1"),
    hinge("hip_2"),
    hinge("ankle_2"),
    hinge("hip_3"),
    hinge("ankle_3"),
    hinge("hip_4"),
    hinge("ankle_4"),
];

/// Not in the order of the joints.
const MOTORS: [Motor; 8] = [
    motor("hip_4", 150.0, 1.0),
    motor("ankle_4", 150.0, 1.0),
    motor("hip_1", 150.0, 1.0),
    motor("ankle_1", 150.0, 1.0),
    motor("hip_2", 150.0, 1.0),
    motor("ankle_2", 150.0, 1.0),
    motor("hip_3", 150.0, 1.0),
    motor("ankle_3", 150.0, 1.0),
];

/// The bound of a contact force, in the observation and in its price.
const CONTACT_CLIP: f64 = 1.0;

/// The versions differ in the contact forces: zeros in -v2, nothing in -v4, in -v5 all but the world's.
pub(super) fn definition(version: Version) -> Definition {
    let mut observation = vec![Part::Qpos(2..15), Part::Qvel(0..14)];
    match version {
        Version::V2 => observation.push(Part::NoContactForces(0)),
        Version::V4 => {}
        Version::V5 => observation.push(Part::ContactForces { from: TORSO, clip: Some(CONTACT_CLIP) }),
    }
    let contact_cost = (version == Version::V5).then_some(ContactCost {
        weight: 5e-4,
        clip: CONTACT_CLIP,
        most: f64::INFINITY,
    });
    Definition {
        xml: Xml::of_gymnasium("ant.xml"),
        timing: Timing { timestep_secs: 0.01, frame_skip: 5, max_episode_steps: 1000 },
        anatomy: Anatomy { bodies: &BODIES, joints: &JOINTS, motors: &MOTORS },
        observation,
        rules: Box::new(Locomotion {
            place: Place::Body(TORSO),
            forward_weight: 1.0,
            ctrl_cost_weight: 0.5,
            contact_cost,
            alive: Some(Alive { bonus: 1.0, paid: Paid::of(version), is_healthy }),
            qpos_noise: Noise::Uniform(0.1),
            qvel_noise: Noise::Normal(0.1),
        }),
        reward: match version {
            Version::V2 | Version::V4 => "speed of the torso along x in m/s + 1 - 0.5 |action|^2",
            Version::V5 => {
                "speed of the torso along x in m/s + 1 (but not on the fall) - 0.5 |action|^2 - \
                 0.0005 |contact forces, each within +-1|^2"
            }
        },
        ends: Some("a fall: the torso not from 0.2 m to 1 m high"),
    }
}

/// Every number finite, and the torso at a height it has while it stands; the ends belong to it.
fn is_healthy(qpos: &[f64], qvel: &[f64]) -> bool {
    qpos.iter().chain(qvel).all(|value| value.is_finite()) && (0.2..=1.0).contains(&qpos[2])
}
