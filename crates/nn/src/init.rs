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
    /// `gain` times a uniformly random semi-orthogonal matrix (Saxe et al. 2014): columns or rows, whichever are fewer, are
    /// orthonormal.
    Orthogonal {
        /// Length of those columns or rows.
        gain: f32,
    },
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
        let (columns, inputs, outputs) = (outputs, inputs as f32, outputs as f32);
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
            Init::Orthogonal { gain } => fill_orthogonal(rng, gain, columns, values),
        }
    }
}

/// Fills `values`, rows of `columns` numbers, with `gain` times Q of the QR decomposition of a standard normal matrix whose R
/// has a positive diagonal, as `torch.nn.init.orthogonal_` does; of its transpose where it is wider than high.
///
/// With that sign Q is unique, and its columns are what Gram and Schmidt make of the matrix's. A second pass takes off
/// what rounding left of the earlier columns ("twice is enough": Giraud et al. 2005).
fn fill_orthogonal(rng: &mut impl Rng, gain: f32, columns: usize, values: &mut [f32]) {
    let rows = values.len() / columns;
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut vectors = vec![0.0f64; count * length];
    vectors.iter_mut().for_each(|x| *x = StandardNormal.sample(rng));
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    for i in 0..count {
        let (earlier, rest) = vectors.split_at_mut(i * length);
        let own = &mut rest[..length];
        for _ in 0..2 {
            for unit in earlier.chunks_exact(length) {
                let along = dot(unit, own);
                own.iter_mut().zip(unit).for_each(|(x, u)| *x -= along * u);
            }
        }
        let norm = dot(own, own).sqrt();
        own.iter_mut().for_each(|x| *x /= norm);
    }
    // Columns of a matrix that is higher than wide, rows of another: what a step along a row and one down a column skip.
    let (along, down) = if rows >= columns { (length, 1) } else { (1, length) };
    for (i, row) in values.chunks_exact_mut(columns).enumerate() {
        for (j, x) in row.iter_mut().enumerate() {
            *x = (f64::from(gain) * vectors[i * down + j * along]) as f32;
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

    fn orthogonal(stream: u64, gain: f32, inputs: usize, outputs: usize) -> Vec<f32> {
        let mut values = vec![f32::NAN; inputs * outputs];
        Init::Orthogonal { gain }.fill(&mut Pcg64::seed_from_u64(stream), inputs, outputs, &mut values);
        values
    }

    #[test]
    fn orthogonal_weights_keep_lengths_up_to_their_gain() {
        let shapes = [(40, 16), (16, 40), (24, 24), (1, 9), (9, 1), (1, 1), (300, 200)];
        for ((inputs, outputs), gain) in shapes.into_iter().flat_map(|shape| [(shape, 1.0), (shape, 0.01)]) {
            let w = orthogonal(7, gain, inputs, outputs);
            let at = |i: usize, j: usize| f64::from(w[i * outputs + j]);
            let product = |a: usize, b: usize| -> f64 {
                if inputs >= outputs {
                    (0..inputs).map(|i| at(i, a) * at(i, b)).sum()
                } else {
                    (0..outputs).map(|j| at(a, j) * at(b, j)).sum()
                }
            };
            let (few, square) = (inputs.min(outputs), f64::from(gain).powi(2));
            for (a, b) in (0..few).flat_map(|a| (0..few).map(move |b| (a, b))) {
                let expected = if a == b { square } else { 0.0 };
                let error = (product(a, b) - expected).abs();
                assert!(
                    error < 1e-6 * square,
                    "{inputs} x {outputs}, gain {gain}: ({a}, {b}) is {error} off"
                );
            }
        }
    }

    #[test]
    fn orthogonal_weights_are_those_of_the_decomposition_whose_r_has_a_positive_diagonal() {
        // The normal matrix A that Q is of; R = Q' A is upper triangular and positive on its diagonal.
        let (rows, columns) = (7, 4);
        let mut rng = Pcg64::seed_from_u64(3);
        let normal: Vec<f64> = (0..rows * columns).map(|_| StandardNormal.sample(&mut rng)).collect();
        let (tall, wide) = (orthogonal(3, 1.0, rows, columns), orthogonal(3, 1.0, columns, rows));
        for (a, b) in (0..columns).flat_map(|a| (0..columns).map(move |b| (a, b))) {
            let r: f64 = (0..rows).map(|i| f64::from(tall[i * columns + a]) * normal[b * rows + i]).sum();
            match a.cmp(&b) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => assert!(r > 0.1, "({a}, {a}) of R is {r}"),
                std::cmp::Ordering::Greater => assert!(r.abs() < 1e-6, "({a}, {b}) of R is {r}"),
            }
        }
        // The same draws of a matrix that is wider than high are its transpose.
        for (i, j) in (0..columns).flat_map(|i| (0..rows).map(move |j| (i, j))) {
            assert_eq!(wide[i * rows + j], tall[j * columns + i]);
        }
    }

    #[test]
    fn orthogonal_weights_depend_on_their_stream_alone_and_on_either_side_alike() {
        let bits = |stream| orthogonal(stream, 1.0, 12, 5).iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(4), bits(4));
        assert_ne!(bits(4), bits(5));
        // Uniform over orthonormal frames: numbers of mean zero and variance 1 / rows, of either sign in the first row too.
        let corners: Vec<f32> = (0..4_000).map(|stream| orthogonal(stream, 1.0, 4, 2)[0]).collect();
        let mean = corners.iter().map(|&x| f64::from(x)).sum::<f64>() / 4_000.0;
        assert!(mean.abs() < 0.03, "{mean}");
        assert!((variance(&corners) * 4.0 - 1.0).abs() < 0.06, "{}", variance(&corners));
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
