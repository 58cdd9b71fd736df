//! The workload of `coadapt bench precision`: what products in bf16 parts cost, and how far off they are.

use std::time::Instant;

use anyhow::Result;
use coadapt_nn::{Graph, Params, Pool, Precision, Program, Shape};

use super::update::{self, Workload};
use super::{Spread, spread};

/// Rows, columns and depth of products that updates do: forward and backward, and a gradient of weights.
pub const PRODUCTS: [[usize; 3]; 3] = [[256, 256, 256], [256, 512, 512], [512, 512, 256]];
/// Updates after which parameters are compared.
pub const UPDATES: usize = 5;
/// A round lasts at least so long.
const ROUND_SECS: f64 = 0.05;

/// One product at one precision.
#[derive(Debug)]
pub struct Measured {
    /// Largest error of a number, as a fraction of the sum of its terms' magnitudes, against float64.
    pub largest: f64,
    /// Root of the mean square of the errors, as a fraction of that of the numbers.
    pub typical: f64,
    /// Milliseconds of one product on one thread.
    pub ms: Spread,
}

/// Computes a product of `[rows, columns, depth]` at `precision`, its factors normally distributed as far as matters.
pub fn product([m, n, k]: [usize; 3], precision: Precision, rounds: usize) -> Measured {
    let mut random = update::numbers();
    // A sum of three: neither all of one size nor ever very large.
    let mut draw =
        |count: usize| -> Vec<f32> { (0..count).map(|_| random() + random() + random()).collect() };
    let (a, b) = (draw(m * k), draw(k * n));
    let graph = Graph::new();
    let [left, right] = [graph.input(Shape::new(1, m, k)), graph.input(Shape::new(1, k, n))];
    let result = left.matmul(right);
    graph.output(result);
    let mut program = Program::compile_at(&graph, precision);
    program.write(program.slot(left)).copy_from_slice(&a);
    program.write(program.slot(right)).copy_from_slice(&b);
    let (mut params, mut pool) = (Params::new(), Pool::new(1));
    let mut round = || {
        let (started, mut done) = (Instant::now(), 0);
        while started.elapsed().as_secs_f64() < ROUND_SECS {
            program.run(&mut params, &mut pool);
            done += 1;
        }
        started.elapsed().as_secs_f64() * 1e3 / f64::from(done)
    };
    round();
    let ms = spread((0..rounds).map(|_| round()).collect());
    let (largest, typical) = errors(&a, &b, program.read(program.slot(result)), [n, k]);
    Measured { largest, typical, ms }
}

/// Against the same product in float64.
fn errors(a: &[f32], b: &[f32], c: &[f32], [n, k]: [usize; 2]) -> (f64, f64) {
    let (mut largest, mut squares) = (0.0f64, [0.0f64; 2]);
    for (a, c) in a.chunks_exact(k).zip(c.chunks_exact(n)) {
        let mut sums = vec![(0.0f64, 0.0f64); n];
        for (a, b) in a.iter().zip(b.chunks_exact(n)) {
            for (sum, b) in sums.iter_mut().zip(b) {
                let term = f64::from(*a) * f64::from(*b);
                *sum = (sum.0 + term, sum.1 + term.abs());
            }
        }
        for (c, (exact, size)) in c.iter().zip(sums) {
            let error = f64::from(*c) - exact;
            largest = largest.max(error.abs() / size);
            squares = [squares[0] + error * error, squares[1] + exact * exact];
        }
    }
    (largest, (squares[0] / squares[1]).sqrt())
}

/// How far the parameters of `workload` are from float32's after [`UPDATES`] updates on the same data, as a fraction of
/// the way that those went: both as Euclidean lengths.
pub fn deviation(workload: Workload, precision: Precision) -> Result<f64> {
    let before = update::parameters_after(workload, Precision::F32, 0)?;
    let [ours, theirs] = [
        update::parameters_after(workload, precision, UPDATES)?,
        update::parameters_after(workload, Precision::F32, UPDATES)?,
    ];
    let length = |x: &[f32], y: &[f32]| -> f64 {
        x.iter().zip(y).map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2)).sum::<f64>().sqrt()
    };
    Ok(length(&ours, &theirs) / length(&theirs, &before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_grow_from_precision_to_precision() {
        let found = Precision::ALL.map(|precision| product([64, 48, 96], precision, 1));
        assert!(found[0].typical < 3e-7 && found[1].typical < 3e-7, "{found:?}");
        assert!(found[2].typical > 3.0 * found[1].typical, "{found:?}");
        assert!(found[3].typical > 30.0 * found[2].typical && found[3].typical < 1e-2, "{found:?}");
        assert!(found.iter().all(|each| each.largest > 0.0 && each.ms.min > 0.0));
    }

    #[test]
    fn deviations_are_none_of_float32_and_grow() {
        let found = [Precision::F32, Precision::Bf16x3, Precision::Bf16]
            .map(|precision| deviation(Workload::Sac, precision).unwrap());
        assert_eq!(found[0], 0.0);
        assert!(0.0 < found[1] && found[1] < found[2] && found[2] < 1.0, "{found:?}");
    }
}
