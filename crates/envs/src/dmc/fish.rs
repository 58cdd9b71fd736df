//! Fish: turn upright, or swim to a target.

use super::physics::{NoStart, Physics};
use super::randomise::put_quaternion;
use super::task::{Definition, Part, Pen, Rule};
use super::tolerance::{Fall, tolerance};
use super::vector::{difference, in_frame, norm};
use crate::EnvError;
use crate::mujoco::{Body, Geom, Joint, Sim, Slot};
use crate::random::Stream;

/// The joints, in the order they are seen.
const JOINTS: [&str; 7] =
    ["tail1", "tail_twist", "tail2", "finright_roll", "finright_pitch", "finleft_roll", "finleft_pitch"];

const JOINT_ANGLES: Part = (
    "joint_angles.tail1, tail_twist, tail2, finright_roll, finright_pitch, finleft_roll, finleft_pitch",
    7,
    "rad",
);
const ROOT_VELOCITY: Part = ("velocity.root x, root y, root z", 3, "m/s");
const TURNING: Part = (
    "velocity.root about x, root about y, root about z, \
     tail1, tail_twist, tail2, finright_roll, finright_pitch, finleft_roll, finleft_pitch",
    10,
    "rad/s",
);

pub(super) const UPRIGHT: Definition = Definition {
    id: "dm_control/fish-upright-v0",
    summary: "turn a fish upright",
    parts: &[JOINT_ANGLES, ("upright", 1, "-"), ROOT_VELOCITY, TURNING],
    controls: &[
        ("tail", "a target of 1 rad"),
        ("tail_twist", "a target of 1 rad"),
        ("fins_flap", "a target of 1 rad"),
        ("finleft_pitch", "a target of 1 rad"),
        ("finright_pitch", "a target of 1 rad"),
    ],
    step_secs: 0.04,
    reward: "1 upright, falling off with the cosine",
    substeps: 10,
    xml: "fish.xml",
    shape: Ok,
    rule: Upright::rule,
};

pub(super) const SWIM: Definition = Definition {
    id: "dm_control/fish-swim-v0",
    summary: "swim to a target and stay upright",
    reward: "7/8 for the mouth at the target, falling off over 0.09 m, and 1/8 for being upright",
    parts: &[
        JOINT_ANGLES,
        ("upright", 1, "-"),
        ("target.x from the mouth, y from the mouth, z from the mouth", 3, "m"),
        ROOT_VELOCITY,
        TURNING,
    ],
    rule: Swim::rule,
    ..UPRIGHT
};

/// Start and observation of both tasks.
#[derive(Debug)]
struct Fish {
    torso: Body,
    root: Joint,
    joints: [Joint; 7],
}

impl Fish {
    fn of(sim: &Sim) -> Result<Self, EnvError> {
        let model = sim.model();
        let mut joints = [model.joint(JOINTS[0])?; 7];
        for (joint, name) in joints.iter_mut().zip(JOINTS) {
            *joint = model.joint(name)?;
        }
        Ok(Fish { torso: model.body("torso")?, root: model.joint("root")?, joints })
    }

    fn draw(&self, sim: &mut Sim, stream: &mut Stream) {
        put_quaternion(sim, self.root.qpos + 3, [(); 4].map(|()| stream.normal()));
        for joint in self.joints {
            sim.qpos_mut()[joint.qpos] = stream.uniform(-0.2, 0.2);
        }
    }

    /// How far the back points up, from -1 to 1.
    fn upright(&self, sim: &Sim) -> f64 {
        self.torso.xmat(sim)[8]
    }

    fn observe(&self, sim: &Sim, obs: &mut Pen) {
        obs.put(&self.joints.map(|joint| sim.qpos()[joint.qpos]));
        obs.put(&[self.upright(sim)]);
    }
}

#[derive(Debug)]
struct Upright {
    fish: Fish,
}

impl Upright {
    fn rule(sim: &mut Sim) -> Result<Box<dyn Rule>, EnvError> {
        let target = sim.model().geom("target")?;
        sim.hide_geom(target);
        Ok(Box::new(Upright { fish: Fish::of(sim)? }))
    }
}

impl Rule for Upright {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        self.fish.draw(&mut physics.sim, stream);
        Ok(())
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        self.fish.observe(&physics.sim, obs);
        obs.put(physics.sim.qvel());
    }

    fn reward(&self, physics: &Physics) -> f64 {
        tolerance(self.fish.upright(&physics.sim), [1.0, 1.0], Fall::Gaussian { margin: 1.0 })
    }
}

#[derive(Debug)]
struct Swim {
    fish: Fish,
    mouth: Geom,
    target: Geom,
    drawn: [Slot; 1],
}

impl Swim {
    fn rule(sim: &mut Sim) -> Result<Box<dyn Rule>, EnvError> {
        let (mouth, target) = (sim.model().geom("mouth")?, sim.model().geom("target")?);
        Ok(Box::new(Swim { fish: Fish::of(sim)?, mouth, target, drawn: [Slot::geom_pos(target)] }))
    }

    /// From the mouth to the target, in the mouth's frame (m).
    fn mouth_to_target(&self, sim: &Sim) -> [f64; 3] {
        let way = difference(self.target.xpos(sim), self.mouth.xpos(sim));
        in_frame(way, &self.mouth.xmat(sim))
    }
}

impl Rule for Swim {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        self.fish.draw(&mut physics.sim, stream);
        let place = [stream.uniform(-0.4, 0.4), stream.uniform(-0.4, 0.4), stream.uniform(0.1, 0.3)];
        physics.sim.slot_mut(self.drawn[0]).copy_from_slice(&place);
        Ok(())
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        self.fish.observe(&physics.sim, obs);
        obs.put(&self.mouth_to_target(&physics.sim));
        obs.put(physics.sim.qvel());
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let sim = &physics.sim;
        let [mouth, target] = [self.mouth, self.target].map(|geom| sim.slot(Slot::geom_size(geom))[0]);
        let (radii, distance) = (mouth + target, norm(&self.mouth_to_target(sim)));
        let there = tolerance(distance, [0.0, radii], Fall::Gaussian { margin: 2.0 * radii });
        (7.0 * there + 0.5 * (self.fish.upright(sim) + 1.0)) / 8.0
    }

    fn drawn(&self) -> &[Slot] {
        &self.drawn
    }
}
