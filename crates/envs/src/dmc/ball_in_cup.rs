//! Ball in cup: swing a ball on a string into the cup it hangs from.

use super::physics::{NoStart, Physics};
use super::task::{Definition, Pen, Rule};
use crate::EnvError;
use crate::mujoco::{Body, Geom, Joint, Sim, Site, Slot};
use crate::random::Stream;

pub(super) const CATCH: Definition = Definition {
    id: "dm_control/ball_in_cup-catch-v0",
    summary: "swing a ball on a string into a cup; rewarded while it is in",
    parts: &[
        ("position.cup x, cup z, ball x, ball z", 4, "m"),
        ("velocity.cup x, cup z, ball x, ball z", 4, "m/s"),
    ],
    controls: &[("cup x", "5 N"), ("cup z", "5 N")],
    step_secs: 0.02,
    reward: "1 while the ball is in the cup",
    substeps: 10,
    xml: "ball_in_cup.xml",
    shape: Ok,
    rule: BallInCup::rule,
};

#[derive(Debug)]
struct BallInCup {
    ball: Body,
    ball_geom: Geom,
    target: Site,
    ball_x: Joint,
    ball_z: Joint,
}

impl BallInCup {
    fn rule(sim: &mut Sim) -> Result<Box<dyn Rule>, EnvError> {
        let model = sim.model();
        Ok(Box::new(BallInCup {
            ball: model.body("ball")?,
            ball_geom: model.geom("ball")?,
            target: model.site("target")?,
            ball_x: model.joint("ball_x")?,
            ball_z: model.joint("ball_z")?,
        }))
    }
}

impl Rule for BallInCup {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        physics.draw_without_contact(|sim| {
            sim.qpos_mut()[self.ball_x.qpos] = stream.uniform(-0.2, 0.2);
            sim.qpos_mut()[self.ball_z.qpos] = stream.uniform(0.2, 0.5);
        })
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        obs.put(physics.sim.qpos());
        obs.put(physics.sim.qvel());
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let sim = &physics.sim;
        let (target, ball) = (self.target.xpos(sim), self.ball.xpos(sim));
        let size = sim.slot(Slot::site_size(self.target));
        let radius = sim.slot(Slot::geom_size(self.ball_geom))[0];
        let inside = [0, 2].iter().all(|&i| (target[i] - ball[i]).abs() < size[i] - radius);
        f64::from(u8::from(inside))
    }
}
