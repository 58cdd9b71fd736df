//! LinearBandit-v0: a state, one action, a reward that is largest at a linear function of the state.

use crate::classic::Equations;
use crate::view::{BODY, GOAL, disc};
use crate::{ActionMeaning, ActionSpace, Control, Sketch};

/// K: the best action is K s.
pub const GAINS: [[f64; 2]; 2] = [[0.5, -0.3], [0.2, 0.4]];
/// Twice the square of the distance at which a reward is down to 1 / e^(1/2).
const WIDTH: f64 = 0.5;

/// The bandit; its state is s, and after the step the action that was taken.
#[derive(Debug)]
pub struct Bandit;

impl Bandit {
    /// K s.
    pub fn best([x, y]: [f64; 2]) -> [f64; 2] {
        GAINS.map(|[a, b]| a * x + b * y)
    }
}

impl Equations for Bandit {
    type State = [f64; 4];
    const ID: &'static str = "LinearBandit-v0";
    const OBS_DIM: usize = 2;
    const MAX_EPISODE_STEPS: u32 = 1;
    const SEMANTICS: &'static str = "ours";
    const STEP_SECS: Option<f64> = None;
    const OBSERVATION: &'static [(&'static str, &'static str)] =
        &[("s_0, uniform in [-1, 1]", "-"), ("s_1, the same", "-")];
    const REWARD: &'static str = "exp(-|a - K s|^2 / 0.5), K = [[0.5, -0.3], [0.2, 0.4]]";
    const ENDS: Option<&'static str> = Some("always, after one step");
    const OPTIMUM: Option<&'static str> = Some("1, by a = K s");

    fn action_space() -> ActionSpace {
        ActionSpace::boxed(2, -1.0, 1.0)
    }

    fn action_meaning() -> ActionMeaning {
        let control = |i: usize| Control {
            name: format!("a_{i}, not clipped"),
            unit: "1".to_owned(),
            low: -1.0,
            high: 1.0,
        };
        ActionMeaning::Continuous(vec![control(0), control(1)])
    }

    fn draw(mut uniform: impl FnMut(f64, f64) -> f64) -> [f64; 4] {
        [uniform(-1.0, 1.0), uniform(-1.0, 1.0), 0.0, 0.0]
    }

    fn observe(&[x, y, ..]: &[f64; 4], obs: &mut [f64]) {
        obs.copy_from_slice(&[x, y]);
    }

    fn advance(state: &mut [f64; 4], action: &[f64]) -> (f64, bool) {
        let [x, y, ..] = *state;
        let best = Bandit::best([x, y]);
        let distance: f64 = action.iter().zip(best).map(|(a, b)| (a - b) * (a - b)).sum();
        *state = [x, y, action[0], action[1]];
        ((-distance / WIDTH).exp(), true)
    }

    fn sketch(&[x, y, a, b]: &[f64; 4]) -> Sketch {
        Sketch {
            corners: [[-1.2, -1.2], [1.2, 1.2]],
            shapes: vec![disc(Bandit::best([x, y]), 0.15, GOAL), disc([a, b], 0.08, BODY)],
        }
    }
}
