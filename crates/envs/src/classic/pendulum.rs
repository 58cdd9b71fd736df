//! Pendulum-v1: swing a pendulum up and hold it with a torque too weak to lift it at once.

use std::f64::consts::PI;

use super::{Equations, rounded};
use crate::view::{GOAL, JOINT, LINK, disc, line};
use crate::{ActionMeaning, ActionSpace, Control, Sketch};

const MAX_SPEED: f64 = 8.0;
const MAX_TORQUE: f64 = 2.0;
const STEP_SECS: f64 = 0.05;
const GRAVITY: f64 = 10.0;
const MASS: f64 = 1.0;
const LENGTH: f64 = 1.0;

/// The pendulum; its state is the angle from upright and the angular speed.
#[derive(Debug)]
pub struct Pendulum;

impl Equations for Pendulum {
    type State = [f64; 2];
    const ID: &'static str = "Pendulum-v1";
    const OBS_DIM: usize = 3;
    const MAX_EPISODE_STEPS: u32 = 200;
    const STEP_SECS: Option<f64> = Some(STEP_SECS);
    const OBSERVATION: &'static [(&'static str, &'static str)] =
        &[("cosine of the angle from upright", "-"), ("sine of the angle", "-"), ("angular speed", "rad/s")];
    const REWARD: &'static str = "-(angle^2 + 0.1 speed^2 + 0.001 torque^2), of the state before the step";
    const ENDS: Option<&'static str> = None;

    fn action_space() -> ActionSpace {
        ActionSpace::boxed(1, -MAX_TORQUE, MAX_TORQUE)
    }

    fn action_meaning() -> ActionMeaning {
        ActionMeaning::Continuous(vec![Control {
            name: "torque, clipped".to_owned(),
            unit: "N m".to_owned(),
            low: -MAX_TORQUE,
            high: MAX_TORQUE,
        }])
    }

    fn draw(mut uniform: impl FnMut(f64, f64) -> f64) -> [f64; 2] {
        [uniform(-PI, PI), uniform(-1.0, 1.0)]
    }

    fn observe(&[angle, speed]: &[f64; 2], obs: &mut [f64]) {
        obs.copy_from_slice(&[rounded(angle.cos()), rounded(angle.sin()), rounded(speed)]);
    }

    fn advance(state: &mut [f64; 2], action: &[f64]) -> (f64, bool) {
        let [angle, speed] = *state;
        let torque = action[0].clamp(-MAX_TORQUE, MAX_TORQUE);
        // The cost is that of the state before the step, with the angle wrapped to [-pi, pi).
        let wrapped = (angle + PI).rem_euclid(2.0 * PI) - PI;
        let cost = wrapped * wrapped + 0.1 * (speed * speed) + 0.001 * (torque * torque);
        let acceleration =
            3.0 * GRAVITY / (2.0 * LENGTH) * angle.sin() + 3.0 / (MASS * LENGTH * LENGTH) * torque;
        let speed = (speed + acceleration * STEP_SECS).clamp(-MAX_SPEED, MAX_SPEED);
        *state = [angle + speed * STEP_SECS, speed];
        (-cost, false)
    }

    /// Seen from the side from which a positive angle leans to the left.
    fn sketch(&[angle, _]: &[f64; 2]) -> Sketch {
        let pivot = [0.0, 0.0];
        let end = [-LENGTH * angle.sin(), LENGTH * angle.cos()];
        Sketch {
            corners: [[-1.3, -1.3], [1.3, 1.3]],
            shapes: vec![
                disc([0.0, LENGTH], 0.05, GOAL),
                line(pivot, end, 0.16, LINK),
                disc(pivot, 0.05, JOINT),
            ],
        }
    }
}
