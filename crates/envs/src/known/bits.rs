//! Bits12-v0, Bits20-v0, Bits40-v0: say a row of bits one after the other; the reward comes at the end and counts how many were right from
//! the first on. The longer the row, the rarer a reward that tells anything.

use crate::classic::Equations;
use crate::view::{BODY, GOAL, GROUND, disc};
use crate::{ActionMeaning, ActionSpace, Sketch};

/// The bits, the first in the highest place: those of the golden ratio's fraction.
const SECRET: u64 = 0x9e37_79b9_7f4a_7c15;

/// N bits; its state is how many were said, and how many of them were right from the first on.
#[derive(Debug)]
pub struct Bits<const N: usize>;

impl<const N: usize> Bits<N> {
    /// The bit that is right at a place.
    pub fn right(place: usize) -> u64 {
        SECRET >> (63 - place) & 1
    }

    /// The reward of so many right ones from the first on: (right / N)^3.
    pub fn reward(right: usize) -> f64 {
        (right as f64 / N as f64).powi(3)
    }
}

impl<const N: usize> Equations for Bits<N> {
    type State = [f64; 2];
    const ID: &'static str = match N {
        12 => "Bits12-v0",
        20 => "Bits20-v0",
        40 => "Bits40-v0",
        _ => panic!("a row of another length has no name"),
    };
    const OBS_DIM: usize = N;
    const MAX_EPISODE_STEPS: u32 = N as u32;
    const SEMANTICS: &'static str = "ours";
    const STEP_SECS: Option<f64> = None;
    const OBSERVATION: &'static [(&'static str, &'static str)] =
        &[("1 when the bit of this place is next", "-"); N];
    const REWARD: &'static str = "after the last bit the cube of the part of the row that is right up to the first wrong bit, before it 0";
    const ENDS: Option<&'static str> = Some("always, after the last bit");
    const OPTIMUM: Option<&'static str> = Some("1, by the right row");

    fn action_space() -> ActionSpace {
        ActionSpace::Discrete { n: 2 }
    }

    fn action_meaning() -> ActionMeaning {
        ActionMeaning::Discrete(&["say 0", "say 1"])
    }

    fn draw(_: impl FnMut(f64, f64) -> f64) -> [f64; 2] {
        [0.0, 0.0]
    }

    /// After the last bit none is next.
    fn observe(&[said, _]: &[f64; 2], obs: &mut [f64]) {
        obs.iter_mut().enumerate().for_each(|(i, x)| *x = f64::from(u8::from(i == said as usize)));
    }

    fn advance(state: &mut [f64; 2], action: &[f64]) -> (f64, bool) {
        let [said, right] = *state;
        let all_right = said == right;
        let is_right = (said as usize) < N && action[0] as u64 == Bits::<N>::right(said as usize);
        let right = if all_right && is_right { right + 1.0 } else { right };
        *state = [said + 1.0, right];
        let ends = said as usize + 1 >= N;
        (if ends { Bits::<N>::reward(right as usize) } else { 0.0 }, ends)
    }

    fn sketch(&[said, right]: &[f64; 2]) -> Sketch {
        let colour = |i: f64| {
            if i < right {
                GOAL
            } else if i < said {
                BODY
            } else {
                GROUND
            }
        };
        let shapes = (0..N).map(|i| disc([i as f64, 0.0], 0.35, colour(i as f64))).collect();
        Sketch { corners: [[-1.0, -2.0], [N as f64, 2.0]], shapes }
    }
}
