//! Rewards in units of the spread of their own discounted sums (OpenAI baselines' VecNormalize).

use crate::code::RewardNorm;
use serde::{Deserialize, Serialize};

/// Added to the variance.
const VARIANCE_EPS: f64 = 1e-8;

/// The scale of a run's rewards, or none.
#[derive(Debug)]
pub(crate) struct RewardScale {
    clip: Option<f64>,
    discount: f64,
    moments: Moments,
    /// The discounted sum of rewards of each copy's episode so far.
    sums: Vec<f64>,
}

/// Count, mean and sum of squared deviations of the sums that were seen.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
}

/// [`RewardScale`] to the bit, for a checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RewardScaleBits {
    count: u64,
    mean: u64,
    squares: u64,
    sums: Vec<u64>,
}

impl RewardScale {
    pub(crate) fn new(norm: RewardNorm, discount: f64, copies: usize) -> Self {
        let (clip, sums) = match norm {
            RewardNorm::Off => (None, Vec::new()),
            RewardNorm::Running { clip } => (Some(clip), vec![0.0; copies]),
        };
        RewardScale { clip, discount, moments: Moments::default(), sums }
    }

    /// `reward` of a step of copy number `copy`, as it is learned from.
    pub(crate) fn scale(&mut self, copy: usize, reward: f64) -> f64 {
        let Some(clip) = self.clip else { return reward };
        let sum = &mut self.sums[copy];
        *sum = *sum * self.discount + reward;
        self.moments.add(*sum);
        (reward / (self.moments.variance() + VARIANCE_EPS).sqrt()).clamp(-clip, clip)
    }

    /// The episode of copy number `copy` is over: its sum begins anew.
    pub(crate) fn end(&mut self, copy: usize) {
        if self.clip.is_some() {
            self.sums[copy] = 0.0;
        }
    }

    /// Everything of it, where it is not nothing.
    pub(crate) fn bits(&self) -> Option<RewardScaleBits> {
        let Moments { count, mean, squares } = self.moments;
        self.clip.map(|_| RewardScaleBits {
            count,
            mean: mean.to_bits(),
            squares: squares.to_bits(),
            sums: self.sums.iter().map(|x| x.to_bits()).collect(),
        })
    }

    /// Puts back what [`RewardScale::bits`] gave.
    pub(crate) fn restore(&mut self, bits: Option<RewardScaleBits>) -> Result<(), String> {
        let bits = bits.unwrap_or_default();
        if bits.sums.len() != self.sums.len() {
            return Err("its rewards are scaled for another number of copies".to_owned());
        }
        let [mean, squares] = [bits.mean, bits.squares].map(f64::from_bits);
        self.moments = Moments { count: bits.count, mean, squares };
        self.sums.iter_mut().zip(bits.sums).for_each(|(sum, bits)| *sum = f64::from_bits(bits));
        Ok(())
    }
}

impl Moments {
    /// Takes in one number (Welford 1962).
    fn add(&mut self, x: f64) {
        self.count += 1;
        let apart = x - self.mean;
        self.mean += apart / self.count as f64;
        self.squares += apart * (x - self.mean);
    }

    /// The population variance, 1 until there are two numbers.
    fn variance(&self) -> f64 {
        if self.count < 2 { 1.0 } else { self.squares / self.count as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewards_are_divided_by_the_spread_of_their_sums_so_far() {
        let mut scale = RewardScale::new(RewardNorm::Running { clip: 10.0 }, 0.5, 2);
        assert!((scale.scale(0, 2.0) - 2.0).abs() < 1e-7);
        // Sums 2, 4 (of the other copy), then 0.5 * 2 + 5 = 6: variance 8 / 3.
        assert!((scale.scale(1, 4.0) - 4.0).abs() < 1e-7);
        assert!((scale.scale(0, 5.0) - 5.0 / (8.0f64 / 3.0).sqrt()).abs() < 1e-6);
        (0..2).for_each(|copy| scale.end(copy));
        // Both episodes ended: the sum begins anew, 2, 4, 6, -4 have mean 2 and variance 14.
        assert!((scale.scale(0, -4.0) + 4.0 / 14f64.sqrt()).abs() < 1e-6);
        let mut tight = RewardScale::new(RewardNorm::Running { clip: 2.0 }, 0.5, 1);
        assert_eq!(tight.scale(0, 3.0), 2.0);
        tight.end(0);
        assert!((tight.scale(0, -3.0) + 1.0).abs() < 1e-8);
        let bits = scale.bits();
        let mut other = RewardScale::new(RewardNorm::Running { clip: 10.0 }, 0.5, 2);
        other.restore(bits.clone()).unwrap();
        assert_eq!((other.bits(), other.scale(0, 1.0)), (bits, scale.scale(0, 1.0)));
        assert!(RewardScale::new(RewardNorm::Running { clip: 1.0 }, 0.5, 1).restore(other.bits()).is_err());
    }

    #[test]
    fn without_a_scale_a_reward_is_what_it_is() {
        let mut scale = RewardScale::new(RewardNorm::Off, 0.99, 3);
        assert_eq!(scale.scale(2, -1e300), -1e300);
        scale.end(2);
        assert_eq!(scale.bits(), None);
        scale.restore(None).unwrap();
    }
}
