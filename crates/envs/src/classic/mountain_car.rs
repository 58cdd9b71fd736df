//! MountainCarContinuous-v0: rock an underpowered car out of a valley, paying for each push.

use super::{Equations, rounded};
use crate::view::{BODY, GOAL, GROUND, JOINT, disc, line};
use crate::{ActionMeaning, ActionSpace, Control, Sketch};

const MIN_POSITION: f64 = -1.2;
const MAX_POSITION: f64 = 0.6;
const MAX_SPEED: f64 = 0.07;
const GOAL_POSITION: f64 = 0.45;
const POWER: f64 = 0.0015;
const SLOPE: f64 = 0.0025;

/// The car; its state is position and velocity, kept in `f32` from the first step on.
#[derive(Debug)]
pub struct MountainCarContinuous;

/// How wide a number is while a step is computed. gymnasium mixes the two under NumPy's rules, and the car
/// would drift from it in the seventh digit if this did not follow.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Width {
    F32,
    F64,
}

impl Width {
    fn fit(self, value: f64) -> f64 {
        match self {
            Width::F32 => rounded(value),
            Width::F64 => value,
        }
    }
}

/// The point of the hill at `position`. Its slope is in proportion to the pull that the car feels there.
fn hill(position: f64) -> [f64; 2] {
    [position, 0.55 + 0.45 * (3.0 * position).sin()]
}

impl Equations for MountainCarContinuous {
    type State = [f64; 2];
    const ID: &'static str = "MountainCarContinuous-v0";
    const OBS_DIM: usize = 2;
    const MAX_EPISODE_STEPS: u32 = 999;
    const STEP_SECS: Option<f64> = None;
    const OBSERVATION: &'static [(&'static str, &'static str)] =
        &[("position", "-"), ("change of position in a step", "-")];
    const REWARD: &'static str = "-0.1 push^2, unclipped, and 100 at the goal";
    const ENDS: Option<&'static str> = Some("the goal: position at least 0.45, not moving back");

    fn action_space() -> ActionSpace {
        ActionSpace::boxed(1, -1.0, 1.0)
    }

    fn action_meaning() -> ActionMeaning {
        ActionMeaning::Continuous(vec![Control {
            name: "push, clipped".to_owned(),
            unit: "0.0015 a step".to_owned(),
            low: -1.0,
            high: 1.0,
        }])
    }

    fn draw(mut uniform: impl FnMut(f64, f64) -> f64) -> [f64; 2] {
        [uniform(-0.6, -0.4), 0.0]
    }

    fn observe(state: &[f64; 2], obs: &mut [f64]) {
        obs.copy_from_slice(&state.map(rounded));
    }

    fn advance(state: &mut [f64; 2], action: &[f64]) -> (f64, bool) {
        let (action, [position, velocity]) = (action[0], *state);
        // Only the start of an episode is not a float32.
        let kept = if rounded(position) == position { Width::F32 } else { Width::F64 };
        let force = action.clamp(-1.0, 1.0);
        let gain = force * POWER - SLOPE * kept.fit(3.0 * position).cos();
        // A float64 action widens the sum; a clipped one has become a plain number, which does not.
        let width = if force == action { Width::F64 } else { kept };
        let mut velocity = width.fit(velocity + width.fit(gain));
        let mut width = width;
        if velocity.abs() > width.fit(MAX_SPEED) {
            velocity = MAX_SPEED.copysign(velocity);
            width = kept;
        }
        let (low, high) = (width.fit(MIN_POSITION), width.fit(MAX_POSITION));
        let position = width.fit(position + width.fit(velocity)).clamp(low, high);
        if position == low && velocity < 0.0 {
            velocity = 0.0;
        }
        let terminated = position >= width.fit(GOAL_POSITION) && velocity >= 0.0;
        *state = [rounded(position), rounded(velocity)];
        // The push is paid for as asked, not as clipped.
        let reward = if terminated { 100.0 } else { 0.0 } - action * action * 0.1;
        (reward, terminated)
    }

    fn sketch(&[position, _]: &[f64; 2]) -> Sketch {
        let grid = |i: u32| MIN_POSITION + (MAX_POSITION - MIN_POSITION) * f64::from(i) / 60.0;
        let mut shapes: Vec<_> =
            (0..60).map(|i| line(hill(grid(i)), hill(grid(i + 1)), 0.012, GROUND)).collect();
        let [x, y] = hill(GOAL_POSITION);
        shapes.push(line([x, y], [x, y + 0.2], 0.012, JOINT));
        shapes.push(line([x, y + 0.19], [x + 0.07, y + 0.17], 0.04, GOAL));
        let [x, y] = hill(position);
        shapes.push(disc([x, y + 0.05], 0.05, BODY));
        Sketch { corners: [[MIN_POSITION - 0.05, 0.0], [MAX_POSITION + 0.05, 1.3]], shapes }
    }
}
