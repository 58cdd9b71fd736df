//! CartPole-v1: keep a pole upright by pushing its cart left or right.

use std::f64::consts::PI;

use super::{Equations, rounded};
use crate::view::{BODY, GROUND, JOINT, LINK, disc, line};
use crate::{ActionMeaning, ActionSpace, Sketch};

const GRAVITY: f64 = 9.8;
const CART_MASS: f64 = 1.0;
const POLE_MASS: f64 = 0.1;
const TOTAL_MASS: f64 = POLE_MASS + CART_MASS;
const HALF_LENGTH: f64 = 0.5;
const POLE_MOMENT: f64 = POLE_MASS * HALF_LENGTH;
/// Newtons of a full push.
pub(super) const FORCE: f64 = 10.0;
const STEP_SECS: f64 = 0.02;
const MAX_ANGLE: f64 = 12.0 * 2.0 * PI / 360.0;
const MAX_POSITION: f64 = 2.4;

/// The cart and its pole; the state is position, speed, angle, angular speed.
#[derive(Debug)]
pub struct CartPole;

/// Whether the pole leans too far or the cart has left its track.
pub(super) fn has_fallen(&[position, _, angle, _]: &[f64; 4]) -> bool {
    position.abs() > MAX_POSITION || angle.abs() > MAX_ANGLE
}

/// The state one step later, the cart pushed with `force` newtons.
pub(super) fn pushed(&[position, speed, angle, turn]: &[f64; 4], force: f64) -> [f64; 4] {
    let (sin, cos) = (angle.sin(), angle.cos());
    let push = (force + POLE_MOMENT * (turn * turn) * sin) / TOTAL_MASS;
    let turn_rate =
        (GRAVITY * sin - cos * push) / (HALF_LENGTH * (4.0 / 3.0 - POLE_MASS * (cos * cos) / TOTAL_MASS));
    let acceleration = push - POLE_MOMENT * turn_rate * cos / TOTAL_MASS;
    // Explicit Euler: positions move by the old speeds.
    [
        position + STEP_SECS * speed,
        speed + STEP_SECS * acceleration,
        angle + STEP_SECS * turn,
        turn + STEP_SECS * turn_rate,
    ]
}

impl Equations for CartPole {
    type State = [f64; 4];
    const ID: &'static str = "CartPole-v1";
    const OBS_DIM: usize = 4;
    const MAX_EPISODE_STEPS: u32 = 500;
    const STEP_SECS: Option<f64> = Some(STEP_SECS);
    const OBSERVATION: &'static [(&'static str, &'static str)] = &[
        ("position of the cart", "m"),
        ("speed of the cart", "m/s"),
        ("angle of the pole from upright", "rad"),
        ("angular speed of the pole", "rad/s"),
    ];
    const REWARD: &'static str = "1 a step, that of the fall included";
    const ENDS: Option<&'static str> =
        Some("a fall: the cart more than 2.4 m off, or the pole more than 12 degrees");

    fn action_space() -> ActionSpace {
        ActionSpace::Discrete { n: 2 }
    }

    fn action_meaning() -> ActionMeaning {
        ActionMeaning::Discrete(&["push left with 10 N", "push right with 10 N"])
    }

    fn draw(mut uniform: impl FnMut(f64, f64) -> f64) -> [f64; 4] {
        std::array::from_fn(|_| uniform(-0.05, 0.05))
    }

    fn observe(state: &[f64; 4], obs: &mut [f64]) {
        obs.copy_from_slice(&state.map(rounded));
    }

    fn advance(state: &mut [f64; 4], action: &[f64]) -> (f64, bool) {
        // The step that falls still pays; one taken after the fall does not.
        let reward = if has_fallen(state) { 0.0 } else { 1.0 };
        *state = pushed(state, if action[0] == 1.0 { FORCE } else { -FORCE });
        (reward, has_fallen(state))
    }

    fn sketch(&[position, _, angle, _]: &[f64; 4]) -> Sketch {
        let reach = 2.0 * HALF_LENGTH;
        let axle = [position, 0.0];
        let tip = [position + reach * angle.sin(), reach * angle.cos()];
        Sketch {
            corners: [[-MAX_POSITION, -0.6], [MAX_POSITION, 1.4]],
            shapes: vec![
                line([-MAX_POSITION, -0.15], [MAX_POSITION, -0.15], 0.03, GROUND),
                line([position - 0.2, 0.0], [position + 0.2, 0.0], 0.25, BODY),
                line(axle, tip, 0.1, LINK),
                disc(axle, 0.04, JOINT),
            ],
        }
    }
}
