//! CartPoleContinuous-v0: keep a pole upright by pushing its cart as hard as need be, paying for each push.

use super::cartpole::{FORCE, has_fallen, pushed};
use super::{CartPole, Equations};
use crate::{ActionMeaning, ActionSpace, Control, Sketch};

const PUSH_COST: f64 = 0.1;

/// The cart and pole of [`CartPole`] with one continuous action, the push in units of 10 N.
///
/// gymnasium has no such task. It is here for two properties that decide between algorithms: episodes end with
/// a fall, and the cost sees the action as given while the cart feels it clipped to [-1, 1].
#[derive(Debug)]
pub struct CartPoleContinuous;

impl Equations for CartPoleContinuous {
    type State = [f64; 4];
    const ID: &'static str = "CartPoleContinuous-v0";
    const OBS_DIM: usize = CartPole::OBS_DIM;
    const MAX_EPISODE_STEPS: u32 = 200;
    const SEMANTICS: &'static str = "coadapt's own, with the equations of gymnasium 1.4.0's CartPole-v1";
    const STEP_SECS: Option<f64> = CartPole::STEP_SECS;
    const OBSERVATION: &'static [(&'static str, &'static str)] = CartPole::OBSERVATION;
    const REWARD: &'static str = "1 - 0.1 push^2, unclipped, a step, that of the fall included";
    const ENDS: Option<&'static str> = CartPole::ENDS;

    fn action_space() -> ActionSpace {
        ActionSpace::boxed(1, -1.0, 1.0)
    }

    fn action_meaning() -> ActionMeaning {
        ActionMeaning::Continuous(vec![Control {
            name: "push, clipped".to_owned(),
            unit: "10 N".to_owned(),
            low: -1.0,
            high: 1.0,
        }])
    }

    fn draw(uniform: impl FnMut(f64, f64) -> f64) -> [f64; 4] {
        CartPole::draw(uniform)
    }

    fn observe(state: &[f64; 4], obs: &mut [f64]) {
        CartPole::observe(state, obs);
    }

    fn advance(state: &mut [f64; 4], action: &[f64]) -> (f64, bool) {
        let action = action[0];
        *state = pushed(state, FORCE * action.clamp(-1.0, 1.0));
        (1.0 - PUSH_COST * (action * action), has_fallen(state))
    }

    fn sketch(state: &[f64; 4]) -> Sketch {
        CartPole::sketch(state)
    }
}
