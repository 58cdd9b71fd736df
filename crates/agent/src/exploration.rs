//! Exploration noise: what is added to the policy's actions while experience is collected, and nowhere else.

use crate::rng::Stream;
use coadapt_nn::init::fill_normal;
use serde::{Deserialize, Serialize};

/// Noise added to each number of the policy's action, in units of half the box; the sum is clipped to the box. Actions
/// of the warm-up are random as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Exploration {
    /// None: the policy explores by itself, or not at all.
    #[default]
    Off,
    /// std z, z standard normal, anew at each step (TD3).
    Gaussian {
        /// Its standard deviation.
        std: f64,
    },
    /// A process that returns to 0 (Lillicrap et al. 2016): x' = x - theta x dt + std sqrt(dt) z, from 0 at the start of an
    /// episode.
    OrnsteinUhlenbeck {
        /// How fast it returns.
        theta: f64,
        /// The standard deviation of a unit of its time.
        std: f64,
        /// The unit's part that a step takes.
        dt: f64,
    },
}

impl Exploration {
    /// Its kind, as it is written.
    pub fn kind(&self) -> &'static str {
        match self {
            Exploration::Off => "off",
            Exploration::Gaussian { .. } => "gaussian",
            Exploration::OrnsteinUhlenbeck { .. } => "ornstein_uhlenbeck",
        }
    }

    /// How a sentence on what is collected goes on.
    pub(crate) fn about(&self) -> String {
        match self {
            Exploration::Off => String::new(),
            Exploration::Gaussian { std } => {
                format!(
                    "; normal noise of deviation {std} is added to the policy's actions, which are clipped to the box"
                )
            }
            Exploration::OrnsteinUhlenbeck { theta, std, dt } => format!(
                "; an Ornstein-Uhlenbeck process (theta {theta}, deviation {std}, steps of {dt}) is added to the policy's actions, which are clipped \
                 to the box"
            ),
        }
    }

    /// Whether there is none.
    pub fn is_off(&self) -> bool {
        *self == Exploration::Off
    }
}

/// The noise of a run, with what of it goes on from step to step.
#[derive(Debug)]
pub(crate) struct Explorer {
    exploration: Exploration,
    /// Standard normal numbers of the present step.
    drawn: Vec<f32>,
    /// x of the process, where it is one.
    state: Vec<f32>,
}

impl Explorer {
    /// For actions of `action_dim` numbers.
    pub(crate) fn new(exploration: Exploration, action_dim: usize) -> Self {
        let state = match exploration {
            Exploration::OrnsteinUhlenbeck { .. } => action_dim,
            Exploration::Off | Exploration::Gaussian { .. } => 0,
        };
        Explorer { exploration, drawn: vec![0.0; action_dim], state: vec![0.0; state] }
    }

    /// Adds the noise of one step to `action`. Draws nothing where there is none.
    pub(crate) fn explore(&mut self, action: &mut [f32], rng: &mut Stream) {
        match self.exploration {
            Exploration::Off => {}
            Exploration::Gaussian { std } => {
                fill_normal(rng, &mut self.drawn);
                let noise = self.drawn.iter().map(|z| std as f32 * z);
                action.iter_mut().zip(noise).for_each(|(a, noise)| *a = (*a + noise).clamp(-1.0, 1.0));
            }
            Exploration::OrnsteinUhlenbeck { theta, std, dt } => {
                fill_normal(rng, &mut self.drawn);
                let (keep, spread) = ((1.0 - theta * dt) as f32, (std * dt.sqrt()) as f32);
                for ((a, x), z) in action.iter_mut().zip(&mut self.state).zip(&self.drawn) {
                    *x = keep * *x + spread * z;
                    *a = (*a + *x).clamp(-1.0, 1.0);
                }
            }
        }
    }

    /// Begins an episode.
    pub(crate) fn reset(&mut self) {
        self.state.fill(0.0);
    }

    /// What goes on from step to step, as bits.
    pub(crate) fn bits(&self) -> Vec<u32> {
        self.state.iter().map(|x| x.to_bits()).collect()
    }

    /// Puts back what [`Explorer::bits`] gave.
    pub(crate) fn restore(&mut self, bits: &[u32]) -> Result<(), String> {
        if bits.len() != self.state.len() {
            return Err("its exploration noise has another size".to_owned());
        }
        self.state.iter_mut().zip(bits).for_each(|(x, bits)| *x = f32::from_bits(*bits));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::stream;

    fn moments(values: &[f32]) -> (f32, f32) {
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / values.len() as f32;
        (mean, variance.sqrt())
    }

    #[test]
    fn without_noise_an_action_stays_and_nothing_is_drawn() {
        let (mut rng, mut action) = (stream(1, "actor"), [1.7, -0.2]);
        Explorer::new(Exploration::Off, 2).explore(&mut action, &mut rng);
        assert_eq!((action, rng), ([1.7, -0.2], stream(1, "actor")));
    }

    #[test]
    fn gaussian_noise_has_its_spread_and_stays_in_the_box() {
        let mut rng = stream(2, "actor");
        let mut explorer = Explorer::new(Exploration::Gaussian { std: 0.1 }, 1);
        let mut at = |start: f32| {
            let mut action = [start];
            explorer.explore(&mut action, &mut rng);
            action[0]
        };
        let drawn: Vec<f32> = (0..20_000).map(|_| at(0.3)).collect();
        let (mean, std) = moments(&drawn);
        assert!((mean - 0.3).abs() < 3e-3 && (std - 0.1).abs() < 2e-3, "{mean} {std}");
        assert!((0..1000).all(|_| (0.3..=1.0).contains(&at(0.99))) && at(5.0) == 1.0 && at(-5.0) == -1.0);
    }

    #[test]
    fn the_process_has_its_correlation_and_begins_anew_with_an_episode() {
        let (theta, std, dt) = (0.15, 0.2, 1.0);
        let exploration = Exploration::OrnsteinUhlenbeck { theta, std, dt };
        let (mut rng, mut explorer) = (stream(3, "actor"), Explorer::new(exploration, 1));
        let mut step = |explorer: &mut Explorer| {
            let mut action = [0.0];
            explorer.explore(&mut action, &mut rng);
            action[0]
        };
        let drawn: Vec<f32> = (0..200_000).map(|_| step(&mut explorer)).collect();
        let (_, spread) = moments(&drawn);
        // x' = .85 x + .2 z has variance .04 / (1 - .85^2); clipping at 2.6 of it takes off a little.
        assert!((spread - 0.38).abs() < 0.01, "{spread}");
        let products: f32 = drawn.windows(2).map(|w| w[0] * w[1]).sum::<f32>() / drawn.len() as f32;
        assert!((products / spread.powi(2) - 0.85).abs() < 0.01);
        explorer.reset();
        assert_eq!(explorer.bits(), [0]);
        step(&mut explorer);
        let bits = explorer.bits();
        let mut other = Explorer::new(exploration, 1);
        other.restore(&bits).unwrap();
        assert_eq!(other.bits(), bits);
        assert!(other.restore(&[]).is_err());
    }
}
