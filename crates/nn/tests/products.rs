//! Matrix products whose shapes cross the edges of blocks, panels and tiles.
#![allow(clippy::unwrap_used)]

use coadapt_nn::{Graph, Isa, Params, Pool, Program, Shape};

/// Numbers between -1 and 1 without a pattern.
fn numbers(count: usize, seed: f64) -> Vec<f32> {
    (0..count).map(|i| ((i as f64 + seed) * 12.9898).sin() as f32).collect()
}

fn product((m, k, n): (usize, usize, usize), isa: Isa, threads: usize) -> Vec<f32> {
    let graph = Graph::new();
    let (a, b) = (graph.input(Shape::new(1, m, k)), graph.input(Shape::new(1, k, n)));
    let c = a.matmul(b);
    graph.output(c);
    let mut program = Program::compile_for(&graph, isa);
    program.divide_everything();
    program.write(program.slot(a)).copy_from_slice(&numbers(m * k, 0.3));
    program.write(program.slot(b)).copy_from_slice(&numbers(k * n, 0.7));
    program.run(&mut Params::new(), &mut Pool::new(threads));
    program.read(program.slot(c)).to_vec()
}

#[test]
fn products_are_right_whatever_edges_their_shapes_cross() {
    for shape in [(517, 600, 70), (300, 513, 5), (257, 1, 33), (1, 1030, 1), (770, 17, 64), (258, 1025, 32)] {
        let (m, k, n) = shape;
        let (a, b) = (numbers(m * k, 0.3), numbers(k * n, 0.7));
        let exact = |row: usize, col: usize| -> f64 {
            (0..k).map(|p| f64::from(a[row * k + p]) * f64::from(b[p * n + col])).sum()
        };
        for isa in Isa::available() {
            let found = product(shape, isa, 1);
            for (at, value) in found.iter().enumerate() {
                let expected = exact(at / n, at % n);
                let off = (f64::from(*value) - expected).abs();
                assert!(off < 1e-6 * (k as f64 + 1.0), "{shape:?} {isa:?} at {at}: {value}, not {expected}");
            }
            for threads in [2, 3] {
                assert!(product(shape, isa, threads) == found, "{shape:?} {isa:?}, {threads} threads");
            }
        }
        // The two with fused multiply-adds agree to the bit.
        let fused: Vec<Isa> = Isa::available().into_iter().filter(|isa| *isa != Isa::Plain).collect();
        for isa in &fused {
            assert!(product(shape, *isa, 1) == product(shape, fused[0], 1), "{shape:?} {isa:?}");
        }
    }
}
