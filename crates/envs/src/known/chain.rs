//! SlipperyChain-v0: five states in a row, a little reward at the near end and much at the far one, and a step that slips.

use crate::classic::Equations;
use crate::view::{BODY, GOAL, GROUND, disc, line};
use crate::{ActionMeaning, ActionSpace, Sketch};

/// States.
pub const STATES: usize = 5;
/// Probability of the other move.
pub const SLIP: f64 = 0.1;
/// What moving left in the first state pays, and right in the last.
pub const PAYS: [f64; 2] = [0.1, 1.0];

/// The chain; its state is the place in it, what the episode's slips follow from, and the steps so far.
#[derive(Debug)]
pub struct Chain;

impl Chain {
    /// Reward and next state of a move that is made: 0 to the left, 1 to the right.
    pub fn moved(at: usize, way: usize) -> (f64, usize) {
        match (way, at) {
            (0, 0) => (PAYS[0], 0),
            (0, at) => (0.0, at - 1),
            (_, at) if at + 1 == STATES => (PAYS[1], at),
            (_, at) => (0.0, at + 1),
        }
    }
}

impl Equations for Chain {
    type State = [f64; 3];
    const ID: &'static str = "SlipperyChain-v0";
    const OBS_DIM: usize = STATES;
    const MAX_EPISODE_STEPS: u32 = 100;
    const SEMANTICS: &'static str = "ours";
    const STEP_SECS: Option<f64> = None;
    const OBSERVATION: &'static [(&'static str, &'static str)] = &[
        ("1 in the first state", "-"),
        ("1 in the second", "-"),
        ("1 in the third", "-"),
        ("1 in the fourth", "-"),
        ("1 in the last", "-"),
    ];
    const REWARD: &'static str = "0.1 for a move to the left in the first state, 1 for one to the right in the last; one move in ten is the other one";
    const ENDS: Option<&'static str> = None;
    const OPTIMUM: Option<&'static str> =
        Some("12.62 with discount 0.95, always to the right; both moves alike earn 1.66");

    fn action_space() -> ActionSpace {
        ActionSpace::Discrete { n: 2 }
    }

    fn action_meaning() -> ActionMeaning {
        ActionMeaning::Discrete(&["move left", "move right"])
    }

    /// What slips in an episode is drawn at its start, so that episodes can be played in any order.
    fn draw(mut uniform: impl FnMut(f64, f64) -> f64) -> [f64; 3] {
        [0.0, uniform(0.0, 1.0), 0.0]
    }

    fn observe(&[at, ..]: &[f64; 3], obs: &mut [f64]) {
        obs.iter_mut().enumerate().for_each(|(i, x)| *x = f64::from(u8::from(i == at as usize)));
    }

    fn advance(state: &mut [f64; 3], action: &[f64]) -> (f64, bool) {
        let [at, drawn, steps] = *state;
        let way = action[0] as usize;
        let slips = mixed(drawn.to_bits() ^ steps.to_bits()) < SLIP;
        let (reward, next) = Chain::moved(at as usize, if slips { 1 - way } else { way });
        *state = [next as f64, drawn, steps + 1.0];
        (reward, false)
    }

    fn sketch(&[at, ..]: &[f64; 3]) -> Sketch {
        let place = |i: usize| [i as f64, 0.0];
        let mut shapes = vec![line(place(0), place(STATES - 1), 0.05, GROUND)];
        shapes.extend((0..STATES - 1).map(|i| disc(place(i), 0.2, GROUND)));
        shapes.extend([disc(place(STATES - 1), 0.2, GOAL), disc([at, 0.0], 0.12, BODY)]);
        Sketch { corners: [[-0.5, -1.0], [4.5, 1.0]], shapes }
    }
}

/// A number in [0, 1) that follows from `bits` as if it were drawn (SplitMix64).
fn mixed(bits: u64) -> f64 {
    let mut x = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ x >> 31) >> 11) as f64 / (1_u64 << 53) as f64
}
