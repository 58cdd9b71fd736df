//! Swimmer: reach a target with a chain of links in a viscous plane.

use std::fmt::Write;

use super::physics::{NoStart, Physics};
use super::randomise::randomise_joints;
use super::task::{Control, Definition, Pen, Rule};
use super::tolerance::{Fall, tolerance};
use super::vector::{difference, in_frame, norm};
use super::xml::{with_appended, with_cameras_moved_back, with_sections};
use crate::EnvError;
use crate::mujoco::{Body, Geom, Joint, Light, Sim, Slot};
use crate::random::Stream;

/// Joints of the head against the world, which are not seen.
const ROOT_JOINTS: usize = 3;
/// Leading sensor numbers that are no velocities: two positions and two axes.
const OTHER_SENSORS: usize = 12;
/// Of each body's velocity: along x, along y, about z.
const PLANAR: [usize; 3] = [0, 1, 5];
/// The links the file's cameras stand right for.
const CAMERAS_FOR: f64 = 6.0;
const P_CLOSE_TARGET: f64 = 0.2;

/// The observation of a chain: its joints, the target, and the velocities of the head and of each segment.
macro_rules! parts {
    ($count:literal: $joints:literal; $($i:literal)*) => {
        &[
            (concat!("joints.", $joints), $count, "rad"),
            ("to_target.x, y", 2, "m"),
            ("body_velocities.head x, head y", 2, "m/s"),
            ("body_velocities.head turn", 1, "rad/s"),
            $(
                (concat!("body_velocities.segment_", $i, " x, segment_", $i, " y"), 2, "m/s"),
                (concat!("body_velocities.segment_", $i, " turn"), 1, "rad/s"),
            )*
        ]
    };
}

const MOTORS_OF_15: [Control; 14] = [
    ("motor_0", "0.0005 N m"),
    ("motor_1", "0.0005 N m"),
    ("motor_2", "0.0005 N m"),
    ("motor_3", "0.0005 N m"),
    ("motor_4", "0.0005 N m"),
    ("motor_5", "0.0005 N m"),
    ("motor_6", "0.0005 N m"),
    ("motor_7", "0.0005 N m"),
    ("motor_8", "0.0005 N m"),
    ("motor_9", "0.0005 N m"),
    ("motor_10", "0.0005 N m"),
    ("motor_11", "0.0005 N m"),
    ("motor_12", "0.0005 N m"),
    ("motor_13", "0.0005 N m"),
];
const MOTORS_OF_6: [Control; 5] =
    [MOTORS_OF_15[0], MOTORS_OF_15[1], MOTORS_OF_15[2], MOTORS_OF_15[3], MOTORS_OF_15[4]];

pub(super) const SWIMMER6: Definition = Definition {
    id: "dm_control/swimmer-swimmer6-v0",
    summary: "reach a target with a chain of 6 links",
    parts: parts!(5: "joint_0, joint_1, joint_2, joint_3, joint_4"; "0" "1" "2" "3" "4"),
    controls: &MOTORS_OF_6,
    step_secs: 0.03,
    reward: "1 with the nose within 0.1 m of the target, falling off with a long tail",
    substeps: 15,
    xml: "swimmer.xml",
    shape: |xml| chain(xml, 6),
    rule: Swimmer::rule,
};

pub(super) const SWIMMER15: Definition = Definition {
    id: "dm_control/swimmer-swimmer15-v0",
    summary: "reach a target with a chain of 15 links",
    parts: parts!(
        14: "joint_0, joint_1, joint_2, joint_3, joint_4, joint_5, joint_6, joint_7, joint_8, joint_9, \
             joint_10, joint_11, joint_12, joint_13";
        "0" "1" "2" "3" "4" "5" "6" "7" "8" "9" "10" "11" "12" "13"
    ),
    controls: &MOTORS_OF_15,
    shape: |xml| chain(xml, 15),
    ..SWIMMER6
};

/// The model with a chain of `links`, the head the first: each hangs on the one before, with a joint, a motor,
/// and sensors of its velocity.
fn chain(xml: String, links: usize) -> Result<String, String> {
    let limit = 360.0 / links as f64;
    let (mut bodies, mut motors, mut sensors) = (String::new(), String::new(), String::new());
    for i in 0..links - 1 {
        // Writing to a string cannot fail.
        let _ = writeln!(
            bodies,
            "<body name=\"segment_{i}\" pos=\"0 .1 0\"><geom class=\"visual\" name=\"visual_{i}\"/>\
             <geom class=\"inertial\" name=\"inertial_{i}\"/><site name=\"site_{i}\"/>\
             <joint name=\"joint_{i}\" range=\"{} {limit}\"/>",
            -limit
        );
        let _ = writeln!(motors, "<motor name=\"motor_{i}\" joint=\"joint_{i}\"/>");
        let _ = writeln!(
            sensors,
            "<velocimeter name=\"velocimeter_{i}\" site=\"site_{i}\"/><gyro name=\"gyro_{i}\" site=\"site_{i}\"/>"
        );
    }
    bodies += &"</body>".repeat(links - 1);
    let xml = with_cameras_moved_back(&xml, links as f64 / CAMERAS_FOR);
    let xml = with_appended(xml, "head", &bodies)?;
    with_sections(xml, &format!("<actuator>\n{motors}</actuator>\n<sensor>\n{sensors}</sensor>\n"))
}

#[derive(Debug)]
struct Swimmer {
    joints: Vec<Joint>,
    head: Body,
    nose: Geom,
    target: Geom,
    /// Where the target is, and the light over it.
    drawn: [Slot; 2],
}

impl Swimmer {
    fn rule(sim: &mut Sim) -> Result<Box<dyn Rule>, EnvError> {
        let model = sim.model();
        let target = model.geom("target")?;
        let light: Light = model.light("target_light")?;
        Ok(Box::new(Swimmer {
            joints: model.joints(),
            head: model.body("head")?,
            nose: model.geom("nose")?,
            target,
            drawn: [Slot::geom_pos(target), Slot::light_pos(light)],
        }))
    }

    /// From the nose to the target, in the head's frame (m).
    fn nose_to_target(&self, sim: &Sim) -> [f64; 2] {
        let way = difference(self.target.xpos(sim), self.nose.xpos(sim));
        let [x, y, _] = in_frame(way, &self.head.xmat(sim));
        [x, y]
    }
}

impl Rule for Swimmer {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        randomise_joints(&mut physics.sim, &self.joints, stream);
        let bound = if stream.uniform(0.0, 1.0) < P_CLOSE_TARGET { 0.3 } else { 2.0 };
        let place = [stream.uniform(-bound, bound), stream.uniform(-bound, bound)];
        for slot in self.drawn {
            physics.sim.slot_mut(slot)[..2].copy_from_slice(&place);
        }
        Ok(())
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        let sim = &physics.sim;
        obs.put(&sim.qpos()[ROOT_JOINTS..]);
        obs.put(&self.nose_to_target(sim));
        for velocity in sim.sensordata()[OTHER_SENSORS..].chunks_exact(6) {
            obs.put(&PLANAR.map(|i| velocity[i]));
        }
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let radius = physics.sim.slot(Slot::geom_size(self.target))[0];
        let distance = norm(&self.nose_to_target(&physics.sim));
        tolerance(distance, [0.0, radius], Fall::LongTail { margin: 5.0 * radius })
    }

    fn drawn(&self) -> &[Slot] {
        &self.drawn
    }
}
