//! Initialisers of weights and biases.

use rand_core::Rng;
use rand_distr::{Distribution, StandardNormal};

/// How the numbers of a layer are drawn; `in` and `out` are the layer's sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Init {
    /// All zero.
    Zeros,
    /// U(-bound, bound).
    Uniform {
        /// Half the width.
        bound: f32,
    },
    /// U(-g, g) with g = gain sqrt(6 / (in + out)).
    XavierUniform {
        /// Factor on the bound.
        gain: f32,
    },
    /// U(-b, b) with b = sqrt(3 scale / out).
    VarianceScalingUniform {
        /// Variance times `out`.
        scale: f32,
    },
    /// N(0, scale / in).
    VarianceScalingNormal {
        /// Variance times `in`.
        scale: f32,
    },
    /// U(-b, b) with b = 1 / sqrt(in): the default of torch's linear layer.
    FanIn,
}

/// A uniform number of [0, 1) with 24 bits.
pub fn unit_uniform(rng: &mut impl Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// Fills `out` with independent standard normal numbers.
pub fn fill_normal(rng: &mut impl Rng, out: &mut [f32]) {
    for x in out {
        *x = StandardNormal.sample(rng);
    }
}

/// Fills `out` with independent standard Gumbel numbers, -ln(-ln u): the largest of logits with such noise added
/// is drawn with the logits' softmax probabilities.
pub fn fill_gumbel(rng: &mut impl Rng, out: &mut [f32]) {
    for x in out {
        // In the middle of its cell of 2^-32, so that u is neither 0 nor 1.
        let u = (f64::from(rng.next_u32()) + 0.5) / 4_294_967_296.0;
        *x = -(-u.ln()).ln() as f32;
    }
}

impl Init {
    /// Draws the numbers of one layer with `inputs` inputs and `outputs` outputs into `values`.
    pub fn fill(self, rng: &mut impl Rng, inputs: usize, outputs: usize, values: &mut [f32]) {
        let (inputs, outputs) = (inputs as f32, outputs as f32);
        let mut uniform =
            |bound: f32| values.iter_mut().for_each(|x| *x = (2.0 * unit_uniform(rng) - 1.0) * bound);
        match self {
            Init::Zeros => values.fill(0.0),
            Init::Uniform { bound } => uniform(bound),
            Init::XavierUniform { gain } => uniform(gain * (6.0 / (inputs + outputs)).sqrt()),
            Init::VarianceScalingUniform { scale } => uniform((3.0 * scale / outputs).sqrt()),
            Init::FanIn => uniform(1.0 / inputs.sqrt()),
            Init::VarianceScalingNormal { scale } => {
                fill_normal(rng, values);
                let std = (scale / inputs).sqrt();
                values.iter_mut().for_each(|x| *x *= std);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng;
    use rand_pcg::Pcg64;

    fn drawn(init: Init) -> Vec<f32> {
        let mut values = vec![f32::NAN; 200 * 300];
        init.fill(&mut Pcg64::seed_from_u64(7), 200, 300, &mut values);
        values
    }

    fn variance(values: &[f32]) -> f64 {
        let n = values.len() as f64;
        let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n
    }

    #[test]
    fn draws_have_the_variance_of_their_formula() {
        let cases = [
            (Init::Uniform { bound: 0.01 }, 0.01f64.powi(2) / 3.0),
            (Init::XavierUniform { gain: 2.0 }, 4.0 * 6.0 / 500.0 / 3.0),
            (Init::VarianceScalingUniform { scale: 0.33 }, 0.33 / 300.0),
            (Init::VarianceScalingNormal { scale: 1e-4 }, 1e-4 / 200.0),
            (Init::FanIn, 1.0 / 200.0 / 3.0),
        ];
        for (init, expected) in cases {
            let found = variance(&drawn(init));
            assert!((found / expected - 1.0).abs() < 0.03, "{init:?}: {found} instead of {expected}");
        }
        assert!(drawn(Init::Zeros).iter().all(|&x| x == 0.0));
    }

    #[test]
    fn gumbel_numbers_have_their_mean_and_variance() {
        let mut values = vec![f32::NAN; 60_000];
        fill_gumbel(&mut Pcg64::seed_from_u64(7), &mut values);
        let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / values.len() as f64;
        assert!((mean - 0.577_215_66).abs() < 0.02, "{mean}");
        assert!((variance(&values) / (std::f64::consts::PI.powi(2) / 6.0) - 1.0).abs() < 0.03);
    }

    #[test]
    fn uniform_draws_stay_inside_their_bound() {
        let bound = (6.0f32 / 500.0).sqrt();
        let values = drawn(Init::XavierUniform { gain: 1.0 });
        assert!(values.iter().all(|x| x.abs() <= bound));
        assert!(values.iter().any(|x| x.abs() > 0.99 * bound));
    }
}
