//! The workload of `coadapt bench products`: single matrix products of the recipes' shapes, as parts of the peak.

use std::time::Instant;

use coadapt_nn::{Graph, Params, Pool, Program, Shape};

use super::{Spread, peak, spread, update};

/// A round of one product lasts at least so long.
const ROUND_SECS: f64 = 0.02;

/// The product of a layer y = x W that is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// x W
    Forward,
    /// dx = dy Wᵀ
    Back,
    /// dW = xᵀ dy
    Weights,
}

/// A product of a recipe.
#[derive(Debug, Clone, Copy)]
pub struct Product {
    /// What of a layer it is.
    pub form: Form,
    /// Rows of the result.
    pub rows: usize,
    /// Columns of the result.
    pub cols: usize,
    /// Length of the sums.
    pub depth: usize,
}

/// How fast a product is.
#[derive(Debug)]
pub struct Measured {
    /// Floating-point operations a second.
    pub rate: Spread,
    /// The same as a part of the peak beside each round.
    pub part: Spread,
}

impl Form {
    /// How tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Form::Forward => "x W",
            Form::Back => "dy W^T",
            Form::Weights => "x^T dy",
        }
    }
}

/// The layers of the recipes: rows of the batch, inputs, outputs.
const LAYERS: [[usize; 3]; 11] = [
    [256, 17, 256],
    [256, 23, 256],
    [256, 256, 256],
    [256, 512, 256],
    [256, 512, 512],
    [256, 256, 1],
    [256, 256, 6],
    [256, 256, 12],
    [256, 128, 64],
    [5120, 512, 256],
    [5120, 512, 512],
];
/// Rows from which on nothing is sent back: actions sampled for an E-step.
const FORWARD_ALONE: usize = 5120;

/// All products that are measured.
pub fn all() -> Vec<Product> {
    let of = |[rows, inputs, outputs]: [usize; 3]| {
        let each = [
            Product { form: Form::Forward, rows, cols: outputs, depth: inputs },
            Product { form: Form::Back, rows, cols: inputs, depth: outputs },
            Product { form: Form::Weights, rows: inputs, cols: outputs, depth: rows },
        ];
        each.into_iter().take(if rows >= FORWARD_ALONE { 1 } else { 3 })
    };
    LAYERS.into_iter().flat_map(of).collect()
}

impl Product {
    /// Times it on one thread in `rounds` rounds.
    pub fn measured(self, rounds: usize) -> Measured {
        let Product { rows, cols, depth, .. } = self;
        let (mut program, mut params) = self.program();
        let mut pool = Pool::new(1);
        let mut round = || {
            let (started, mut done) = (Instant::now(), 0);
            while started.elapsed().as_secs_f64() < ROUND_SECS {
                // Reading the clock takes as long as a small product.
                (0..8).for_each(|_| program.run(&mut params, &mut pool));
                done += 8;
            }
            2.0 * (rows * cols * depth * done) as f64 / started.elapsed().as_secs_f64()
        };
        round();
        let (mut rates, mut parts) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let before = peak::flops_per_second(1, 1).median;
            rates.push(round());
            let after = peak::flops_per_second(1, 1).median;
            parts.push(2.0 * rates[rates.len() - 1] / (before + after));
        }
        Measured { rate: spread(rates), part: spread(parts) }
    }

    /// The product alone.
    fn program(self) -> (Program, Params) {
        let Product { form, rows, cols, depth } = self;
        let graph = Graph::new();
        let input = |rows, cols| graph.input(Shape::new(1, rows, cols));
        let inputs = match form {
            Form::Forward => [input(rows, depth), input(depth, cols)],
            Form::Back => [input(rows, depth), input(cols, depth)],
            Form::Weights => [input(depth, rows), input(depth, cols)],
        };
        let [left, right] = inputs;
        let result = match form {
            Form::Forward => left.matmul(right),
            Form::Back => left.matmul_transposed(right),
            Form::Weights => left.transposed_matmul(right),
        };
        graph.output(result);
        let mut program = Program::compile(&graph);
        let mut random = update::numbers();
        for node in inputs {
            let slot = program.slot(node);
            program.write(slot).fill_with(&mut random);
        }
        (program, Params::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_timed_alone_and_is_the_product_it_says() {
        for product in [
            Product { form: Form::Forward, rows: 3, cols: 5, depth: 2 },
            Product { form: Form::Back, rows: 3, cols: 5, depth: 2 },
            Product { form: Form::Weights, rows: 3, cols: 5, depth: 2 },
        ] {
            let (program, _) = product.program();
            assert_eq!(program.steps(), 1, "{product:?}");
            assert_eq!(program.product_flops(), 2 * 3 * 5 * 2, "{product:?}");
        }
    }

    #[test]
    fn rates_are_parts_of_the_peak() {
        let Measured { rate, part } =
            Product { form: Form::Forward, rows: 64, cols: 32, depth: 48 }.measured(1);
        assert!(rate.min > 0.0 && 0.0 < part.min && part.max < 1.5, "{rate:?} {part:?}");
    }
}
