//! Regulator-v0: bring a number to zero within twenty steps, gently. Its rewards are positive, as methods that weigh by returns want
//! them.

use crate::classic::Equations;
use crate::view::{BODY, GOAL, GROUND, disc, line};
use crate::{ActionMeaning, ActionSpace, Control, Sketch};

/// What an action of 1 moves the state by.
pub const GAIN: f64 = 0.3;
/// Price of an action, squared.
pub const PRICE: f64 = 0.1;
/// Steps of an episode.
pub const STEPS: u32 = 20;
const LARGEST: f64 = 3.0;

/// The regulator; its state is s, and the steps so far.
#[derive(Debug)]
pub struct Regulator;

impl Equations for Regulator {
    type State = [f64; 2];
    const ID: &'static str = "Regulator-v0";
    const OBS_DIM: usize = 1;
    const MAX_EPISODE_STEPS: u32 = STEPS;
    const SEMANTICS: &'static str = "ours";
    const STEP_SECS: Option<f64> = None;
    const OBSERVATION: &'static [(&'static str, &'static str)] = &[("s", "-")];
    const REWARD: &'static str = "exp(-s^2 - 0.1 a^2), of the state before the step; then s' = s + 0.3 a";
    const ENDS: Option<&'static str> = Some("always, after 20 steps");
    const OPTIMUM: Option<&'static str> =
        Some("19.62 from s uniform in [-1, 1], by dynamic programming; no action at all earns 14.94");

    fn action_space() -> ActionSpace {
        ActionSpace::boxed(1, -LARGEST, LARGEST)
    }

    fn action_meaning() -> ActionMeaning {
        ActionMeaning::Continuous(vec![Control {
            name: "a, not clipped".to_owned(),
            unit: "0.3 of s".to_owned(),
            low: -LARGEST,
            high: LARGEST,
        }])
    }

    fn draw(mut uniform: impl FnMut(f64, f64) -> f64) -> [f64; 2] {
        [uniform(-1.0, 1.0), 0.0]
    }

    fn observe(&[s, _]: &[f64; 2], obs: &mut [f64]) {
        obs[0] = s;
    }

    fn advance(state: &mut [f64; 2], action: &[f64]) -> (f64, bool) {
        let [s, steps] = *state;
        let a = action[0];
        *state = [s + GAIN * a, steps + 1.0];
        ((-s * s - PRICE * a * a).exp(), steps + 1.0 >= f64::from(STEPS))
    }

    fn sketch(&[s, _]: &[f64; 2]) -> Sketch {
        Sketch {
            corners: [[-1.5, -1.0], [1.5, 1.0]],
            shapes: vec![
                line([-1.5, 0.0], [1.5, 0.0], 0.02, GROUND),
                disc([0.0, 0.0], 0.12, GOAL),
                disc([s, 0.0], 0.08, BODY),
            ],
        }
    }
}
