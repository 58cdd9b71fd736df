//! The random stream an environment owns: PCG64, saved as its seed and how far it has run.

use rand_core::{Infallible, Rng, SeedableRng, TryRng, utils};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

/// A seeded stream that counts the words it gave, so that two numbers save it to the bit.
#[derive(Debug, Clone)]
pub struct Stream {
    seed: u64,
    words: u64,
    generator: Pcg64,
}

impl Stream {
    /// The stream of this seed, at its start.
    pub fn new(seed: u64) -> Self {
        Stream { seed, words: 0, generator: Pcg64::seed_from_u64(seed) }
    }

    /// The stream of this seed after `words` words.
    pub fn at(seed: u64, words: u64) -> Self {
        let mut stream = Stream::new(seed);
        stream.generator.advance(u128::from(words));
        stream.words = words;
        stream
    }

    /// The position of the stream, for [`at`](Self::at) to rebuild it: seed and words given.
    pub fn position(&self) -> (u64, u64) {
        (self.seed, self.words)
    }

    /// A draw from [low, high), by the 53 high bits of a word.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        let unit = (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        low + (high - low) * unit
    }

    /// A draw from the standard normal distribution.
    pub fn normal(&mut self) -> f64 {
        StandardNormal.sample(self)
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|word| word as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.words += 1;
        self.generator.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(bytes, || self.try_next_u64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_rebuilds_the_stream_to_the_bit() {
        let mut stream = Stream::new(7);
        for _ in 0..1000 {
            stream.normal();
            stream.uniform(-1.0, 1.0);
        }
        let (seed, words) = stream.position();
        assert!(words > 2000, "the ziggurat redraws sometimes");
        let mut rebuilt = Stream::at(seed, words);
        for _ in 0..1000 {
            assert_eq!(stream.normal().to_bits(), rebuilt.normal().to_bits());
            assert_eq!(stream.uniform(0.0, 3.0).to_bits(), rebuilt.uniform(0.0, 3.0).to_bits());
        }
    }

    #[test]
    fn draws_have_the_moments_of_their_distributions() {
        let mut stream = Stream::new(1);
        let n = 200_000;
        let uniform: Vec<f64> = (0..n).map(|_| stream.uniform(-0.1, 0.3)).collect();
        let normal: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let moments = |xs: &[f64]| {
            let mean = xs.iter().sum::<f64>() / n as f64;
            (mean, xs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64)
        };
        assert!(uniform.iter().all(|x| (-0.1..0.3).contains(x)));
        let ((mean, variance), (normal_mean, normal_variance)) = (moments(&uniform), moments(&normal));
        assert!((mean - 0.1).abs() < 1e-3 && (variance - 0.16 / 12.0).abs() < 2e-4);
        assert!(normal_mean.abs() < 0.01 && (normal_variance - 1.0).abs() < 0.02);
    }
}
