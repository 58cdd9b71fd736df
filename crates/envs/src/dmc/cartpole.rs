//! Cart-pole: balance a pole on a cart, or swing it up first.

use std::f64::consts::PI;

use super::physics::{NoStart, Physics};
use super::task::{Definition, Part, Pen, Rule};
use super::tolerance::{Fall, small_control, tolerance};
use crate::EnvError;
use crate::mujoco::{Body, Sim};
use crate::random::Stream;

const PARTS: &[Part] = &[
    ("position.cart", 1, "m"),
    ("position.pole cosine, pole sine", 2, "-"),
    ("velocity.cart", 1, "m/s"),
    ("velocity.pole", 1, "rad/s"),
];

const SPARSE: &str = "1 with the pole's cosine at 0.995 or more and the cart within 0.25 m of the middle";

pub(super) const BALANCE: Definition = Definition {
    id: "dm_control/cartpole-balance-v0",
    summary: "keep a pole upright on a cart in the middle",
    parts: PARTS,
    controls: &[("slide", "10 N")],
    step_secs: 0.01,
    reward: "1 upright in the middle and still; less by angle, up to half by place or speed, a fifth by control",
    substeps: 1,
    xml: "cartpole.xml",
    shape: Ok,
    rule: |sim| Cartpole::rule(sim, Start::Upright, Paid::Smoothly),
};

pub(super) const BALANCE_SPARSE: Definition = Definition {
    id: "dm_control/cartpole-balance_sparse-v0",
    summary: "keep a pole upright on a cart; rewarded only while it is",
    reward: SPARSE,
    rule: |sim| Cartpole::rule(sim, Start::Upright, Paid::Sparsely),
    ..BALANCE
};

pub(super) const SWINGUP: Definition = Definition {
    id: "dm_control/cartpole-swingup-v0",
    summary: "swing up a pole on a cart and balance it",
    rule: |sim| Cartpole::rule(sim, Start::Hanging, Paid::Smoothly),
    ..BALANCE
};

pub(super) const SWINGUP_SPARSE: Definition = Definition {
    id: "dm_control/cartpole-swingup_sparse-v0",
    summary: "swing up a pole on a cart; rewarded only while it is upright",
    reward: SPARSE,
    rule: |sim| Cartpole::rule(sim, Start::Hanging, Paid::Sparsely),
    ..BALANCE
};

#[derive(Debug, Clone, Copy)]
enum Start {
    Upright,
    Hanging,
}

#[derive(Debug, Clone, Copy)]
enum Paid {
    Smoothly,
    Sparsely,
}

#[derive(Debug)]
struct Cartpole {
    start: Start,
    paid: Paid,
    pole: Body,
}

impl Cartpole {
    fn rule(sim: &mut Sim, start: Start, paid: Paid) -> Result<Box<dyn Rule>, EnvError> {
        Ok(Box::new(Cartpole { start, paid, pole: sim.model().body("pole_1")? }))
    }
}

impl Rule for Cartpole {
    fn draw(&self, physics: &mut Physics, stream: &mut Stream) -> Result<(), NoStart> {
        let qpos = physics.sim.qpos_mut();
        match self.start {
            Start::Upright => {
                qpos[0] = stream.uniform(-0.1, 0.1);
                qpos[1] = stream.uniform(-0.034, 0.034);
            }
            Start::Hanging => {
                qpos[0] = 0.01 * stream.normal();
                qpos[1] = PI + 0.01 * stream.normal();
            }
        }
        physics.sim.qvel_mut().iter_mut().for_each(|v| *v = 0.01 * stream.normal());
        Ok(())
    }

    fn observe(&self, physics: &Physics, obs: &mut Pen) {
        let xmat = self.pole.xmat(&physics.sim);
        obs.put(&[physics.sim.qpos()[0], xmat[8], xmat[2]]);
        obs.put(physics.sim.qvel());
    }

    fn reward(&self, physics: &Physics) -> f64 {
        let (cart, cosine) = (physics.sim.qpos()[0], self.pole.xmat(&physics.sim)[8]);
        match self.paid {
            Paid::Sparsely => {
                tolerance(cart, [-0.25, 0.25], Fall::Sharp) * tolerance(cosine, [0.995, 1.0], Fall::Sharp)
            }
            Paid::Smoothly => {
                let near = |x, margin| (1.0 + tolerance(x, [0.0, 0.0], Fall::Gaussian { margin })) / 2.0;
                let (centred, slow) = (near(cart, 2.0), near(physics.sim.qvel()[1], 5.0));
                (cosine + 1.0) / 2.0 * small_control(physics.sim.ctrl()) * slow * centred
            }
        }
    }
}
