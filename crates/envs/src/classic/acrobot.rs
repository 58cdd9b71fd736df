//! Acrobot-v1: swing the free end of a two-link pendulum above a line with a torque at the elbow.

use std::f64::consts::PI;

use super::{Equations, rounded};
use crate::view::{BODY, GOAL, JOINT, LINK, disc, line};
use crate::{ActionMeaning, ActionSpace, Sketch};

const STEP_SECS: f64 = 0.2;
const LENGTH_1: f64 = 1.0;
const MASS_1: f64 = 1.0;
const MASS_2: f64 = 1.0;
const CENTRE_1: f64 = 0.5;
const CENTRE_2: f64 = 0.5;
const INERTIA: f64 = 1.0;
const GRAVITY: f64 = 9.8;
const MAX_SPEED_1: f64 = 4.0 * PI;
const MAX_SPEED_2: f64 = 9.0 * PI;

/// The two links; the state is both angles (0 hangs down, the second relative) and both angular speeds.
#[derive(Debug)]
pub struct Acrobot;

/// The time derivative of the state, by the equations of Sutton and Barto's book.
fn derivative(&[angle_1, angle_2, speed_1, speed_2]: &[f64; 4], torque: f64) -> [f64; 4] {
    let (sin_2, cos_2) = (angle_2.sin(), angle_2.cos());
    let reach = CENTRE_2 * CENTRE_2;
    let d1 = MASS_1 * CENTRE_1 * CENTRE_1
        + MASS_2 * (LENGTH_1 * LENGTH_1 + reach + 2.0 * LENGTH_1 * CENTRE_2 * cos_2)
        + INERTIA
        + INERTIA;
    let d2 = MASS_2 * (reach + LENGTH_1 * CENTRE_2 * cos_2) + INERTIA;
    let phi2 = MASS_2 * CENTRE_2 * GRAVITY * (angle_1 + angle_2 - PI / 2.0).cos();
    let phi1 = -MASS_2 * LENGTH_1 * CENTRE_2 * (speed_2 * speed_2) * sin_2
        - 2.0 * MASS_2 * LENGTH_1 * CENTRE_2 * speed_2 * speed_1 * sin_2
        + (MASS_1 * CENTRE_1 + MASS_2 * LENGTH_1) * GRAVITY * (angle_1 - PI / 2.0).cos()
        + phi2;
    let pull = MASS_2 * LENGTH_1 * CENTRE_2 * (speed_1 * speed_1) * sin_2;
    let turn_2 = (torque + d2 / d1 * phi1 - pull - phi2) / (MASS_2 * reach + INERTIA - d2 * d2 / d1);
    let turn_1 = -(d2 * turn_2 + phi1) / d1;
    [speed_1, speed_2, turn_1, turn_2]
}

/// One step of the classical fourth-order Runge-Kutta method.
fn runge_kutta(state: &[f64; 4], torque: f64) -> [f64; 4] {
    let half = STEP_SECS / 2.0;
    let towards =
        |slope: &[f64; 4], secs: f64| -> [f64; 4] { std::array::from_fn(|i| state[i] + secs * slope[i]) };
    let k1 = derivative(state, torque);
    let k2 = derivative(&towards(&k1, half), torque);
    let k3 = derivative(&towards(&k2, half), torque);
    let k4 = derivative(&towards(&k3, STEP_SECS), torque);
    std::array::from_fn(|i| state[i] + STEP_SECS / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]))
}

/// The angle moved into [-pi, pi] by whole turns.
fn wrapped(angle: f64) -> f64 {
    let turns = ((angle.abs() - PI) / (2.0 * PI)).ceil().max(0.0);
    angle - (2.0 * PI * turns).copysign(angle)
}

impl Equations for Acrobot {
    type State = [f64; 4];
    const ID: &'static str = "Acrobot-v1";
    const OBS_DIM: usize = 6;
    const MAX_EPISODE_STEPS: u32 = 500;
    const STEP_SECS: Option<f64> = Some(STEP_SECS);
    const OBSERVATION: &'static [(&'static str, &'static str)] = &[
        ("cosine of the first angle, 0 hangs down", "-"),
        ("sine of the first angle", "-"),
        ("cosine of the second angle, relative", "-"),
        ("sine of the second angle", "-"),
        ("angular speed of the first link", "rad/s"),
        ("angular speed of the second link", "rad/s"),
    ];
    const REWARD: &'static str = "-1 a step, 0 on the last";
    const ENDS: Option<&'static str> = Some("the goal: the free end more than 1 m above the pivot");

    fn action_space() -> ActionSpace {
        ActionSpace::Discrete { n: 3 }
    }

    fn action_meaning() -> ActionMeaning {
        ActionMeaning::Discrete(&[
            "torque of -1 N m at the elbow",
            "no torque",
            "torque of 1 N m at the elbow",
        ])
    }

    fn draw(mut uniform: impl FnMut(f64, f64) -> f64) -> [f64; 4] {
        std::array::from_fn(|_| rounded(uniform(-0.1, 0.1)))
    }

    fn observe(&[angle_1, angle_2, speed_1, speed_2]: &[f64; 4], obs: &mut [f64]) {
        let full = [angle_1.cos(), angle_1.sin(), angle_2.cos(), angle_2.sin(), speed_1, speed_2];
        obs.copy_from_slice(&full.map(rounded));
    }

    fn advance(state: &mut [f64; 4], action: &[f64]) -> (f64, bool) {
        let [angle_1, angle_2, speed_1, speed_2] = runge_kutta(state, action[0] - 1.0);
        let (angle_1, angle_2) = (wrapped(angle_1), wrapped(angle_2));
        *state = [
            angle_1,
            angle_2,
            speed_1.clamp(-MAX_SPEED_1, MAX_SPEED_1),
            speed_2.clamp(-MAX_SPEED_2, MAX_SPEED_2),
        ];
        let terminated = -angle_1.cos() - (angle_2 + angle_1).cos() > 1.0;
        (if terminated { 0.0 } else { -1.0 }, terminated)
    }

    fn sketch(&[angle_1, angle_2, _, _]: &[f64; 4]) -> Sketch {
        let pivot = [0.0, 0.0];
        let elbow = [LENGTH_1 * angle_1.sin(), -LENGTH_1 * angle_1.cos()];
        let turned = angle_1 + angle_2;
        let end = [elbow[0] + turned.sin(), elbow[1] - turned.cos()];
        Sketch {
            corners: [[-2.2, -2.2], [2.2, 2.2]],
            shapes: vec![
                line([-2.2, 1.0], [2.2, 1.0], 0.03, GOAL),
                line(pivot, elbow, 0.2, BODY),
                line(elbow, end, 0.2, LINK),
                disc(pivot, 0.07, JOINT),
                disc(elbow, 0.07, JOINT),
            ],
        }
    }
}
