//! The rules that the moving robots share: forward speed, control cost, a bonus while healthy, noise at reset.
//!
//! The arithmetic follows gymnasium 1.4.0 operation by operation, so that rewards are equal to the bit.

use super::Version;
use super::numpy::{sum_of, sum_of_squares};
use super::rules::{Measured, Moment, Noise, Rules};
use crate::mujoco::{Object, Sim};
use crate::random::Stream;

/// The rules of a moving robot: all that sets one apart from another.
#[derive(Debug)]
pub(super) struct Locomotion {
    /// The place whose speed along x is paid.
    pub(super) place: Place,
    /// Weight of the speed.
    pub(super) forward_weight: f64,
    /// Weight of the squared action, which is taken as passed, not as clamped.
    pub(super) ctrl_cost_weight: f64,
    /// The price of contact forces, where there is one.
    pub(super) contact_cost: Option<ContactCost>,
    /// The bonus for staying up, or `None` where the task never terminates.
    pub(super) alive: Option<Alive>,
    /// Noise on the positions at reset.
    pub(super) qpos_noise: Noise,
    /// Noise on the velocities at reset.
    pub(super) qvel_noise: Noise,
}

/// A place of the robot that is followed along x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The first position coordinate.
    FirstCoordinate,
    /// The frame of a body.
    Body(usize),
    /// The centre of mass of the whole model.
    CentreOfMass,
}

/// The price of contact forces.
#[derive(Debug, Clone, Copy)]
pub(super) struct ContactCost {
    /// Weight of their squares.
    pub(super) weight: f64,
    /// Each is first clipped to within this of zero.
    pub(super) clip: f64,
    /// The most they cost in a step.
    pub(super) most: f64,
}

/// The bonus for staying up.
#[derive(Debug)]
pub(super) struct Alive {
    pub(super) bonus: f64,
    pub(super) paid: Paid,
    pub(super) is_healthy: fn(&[f64], &[f64]) -> bool,
}

/// When the bonus is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paid {
    /// Each step, that of the fall included.
    Always,
    /// Only if healthy after the step.
    WhileHealthy,
}

impl Paid {
    /// -v2 and -v4 pay the bonus on the step that falls, too; -v5 does not.
    pub(super) fn of(version: Version) -> Self {
        match version {
            Version::V2 | Version::V4 => Paid::Always,
            Version::V5 => Paid::WhileHealthy,
        }
    }
}

impl Rules for Locomotion {
    fn draw(&self, stream: &mut Stream, qpos: &mut [f64], qvel: &mut [f64]) {
        self.qpos_noise.add(stream, qpos);
        self.qvel_noise.add(stream, qvel);
    }

    fn measure(&self, sim: &Sim, measured: &mut Measured) {
        measured[0] = match self.place {
            Place::FirstCoordinate => sim.qpos()[0],
            Place::Body(body) => sim.xpos(body)[0],
            Place::CentreOfMass => centre_of_mass_x(sim),
        };
    }

    fn measures_derived(&self) -> bool {
        self.place != Place::FirstCoordinate
    }

    fn reads_contact_forces(&self) -> bool {
        self.contact_cost.is_some()
    }

    fn judge(&self, moment: &Moment) -> (f64, bool) {
        let forward = self.forward_weight * ((moment.after[0] - moment.before[0]) / moment.step_secs);
        let mut cost = self.ctrl_cost_weight * sum_of_squares(moment.action);
        if let Some(price) = self.contact_cost {
            let squares = sum_of(moment.sim.cfrc_ext(), |f| f.clamp(-price.clip, price.clip).powi(2));
            cost += (price.weight * squares).min(price.most);
        }
        let Some(alive) = &self.alive else { return (forward - cost, false) };
        let healthy = (alive.is_healthy)(moment.sim.qpos(), moment.sim.qvel());
        let bonus = if healthy || alive.paid == Paid::Always { alive.bonus } else { 0.0 };
        (forward + bonus - cost, !healthy)
    }
}

/// Where the mean of the bodies, weighted by their masses, is along x.
fn centre_of_mass_x(sim: &Sim) -> f64 {
    let mass = sim.model().body_mass();
    debug_assert_eq!(mass.len(), sim.model().count(Object::Body));
    let moment = mass.iter().zip(sim.xipos().chunks(3)).map(|(mass, at)| mass * at[0]).sum::<f64>();
    moment / sum_of(mass, |mass| mass)
}
