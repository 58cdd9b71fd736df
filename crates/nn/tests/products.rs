//! Matrix products whose shapes cross the edges of blocks, panels and tiles.
#![allow(clippy::unwrap_used)]

use coadapt_nn::{Act, Graph, Isa, Params, Pool, Program, Shape};

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

/// d/dA = G B^T and d/dB = A^T G of the sum of (A B) G, number by number.
fn transposed((m, k, n): (usize, usize, usize), isa: Isa, threads: usize) -> [Vec<f32>; 2] {
    let mut params = Params::new();
    let (a, b) = (params.add("a", Shape::new(1, m, k)), params.add("b", Shape::new(1, k, n)));
    params.get_mut(a).copy_from_slice(&numbers(m * k, 0.3));
    params.get_mut(b).copy_from_slice(&numbers(k * n, 0.7));
    let graph = Graph::new();
    let weights = graph.input(Shape::new(1, m, n));
    let (a, b) = (graph.param(a), graph.param(b));
    let loss = (a.matmul(b) * weights).sum_all();
    let grads = graph.gradients(loss, &[a, b]);
    grads.iter().for_each(|grad| graph.output(*grad));
    let mut program = Program::compile_for(&graph, isa);
    program.divide_everything();
    program.write(program.slot(weights)).copy_from_slice(&numbers(m * n, 0.9));
    program.run(&mut params, &mut Pool::new(threads));
    [0, 1].map(|i| program.read(program.slot(grads[i])).to_vec())
}

#[test]
fn transposed_products_are_right_whatever_edges_their_shapes_cross() {
    for shape in [(45, 37, 50), (300, 33, 600), (15, 256, 1), (1, 64, 40), (600, 5, 30), (29, 600, 17)] {
        let (m, k, n) = shape;
        let (a, b, g) = (numbers(m * k, 0.3), numbers(k * n, 0.7), numbers(m * n, 0.9));
        let sum = |count: usize, x: &dyn Fn(usize) -> (f32, f32)| -> f64 {
            (0..count).map(x).map(|(x, y)| f64::from(x) * f64::from(y)).sum()
        };
        let of_a = |at: usize| sum(n, &|j| (g[at / k * n + j], b[at % k * n + j]));
        let of_b = |at: usize| sum(m, &|i| (a[i * k + at / n], g[i * n + at % n]));
        for isa in Isa::available() {
            let found = transposed(shape, isa, 1);
            let check = |name: &str, found: &[f32], exact: &dyn Fn(usize) -> f64, depth: usize| {
                for (at, value) in found.iter().enumerate() {
                    let off = (f64::from(*value) - exact(at)).abs();
                    assert!(off < 1e-6 * (depth as f64 + 1.0), "{shape:?} {isa:?} d{name} at {at}: {value}");
                }
            };
            check("A", &found[0], &of_a, n);
            check("B", &found[1], &of_b, m);
            for threads in [2, 3] {
                assert!(transposed(shape, isa, threads) == found, "{shape:?} {isa:?}, {threads} threads");
            }
            if isa == Isa::Avx512 {
                assert!(transposed(shape, Isa::Avx2, 1) == found, "{shape:?}");
            }
        }
    }
}

#[test]
fn tiles_of_every_height_and_width_are_right() {
    for m in 1..=30 {
        for n in [1, 12, 16, 17, 31, 32, 33, 48] {
            let k = 9;
            let (a, b) = (numbers(m * k, 0.3), numbers(k * n, 0.7));
            for isa in Isa::available() {
                for (at, value) in product((m, k, n), isa, 1).iter().enumerate() {
                    let exact: f64 =
                        (0..k).map(|p| f64::from(a[at / n * k + p]) * f64::from(b[p * n + at % n])).sum();
                    assert!((f64::from(*value) - exact).abs() < 1e-5, "{m} by {n}, {isa:?}, at {at}");
                }
            }
        }
    }
}

/// The gradient that comes back to `a` through two layers, given the gradient of their output.
fn back(act: Act, weights: &[f32], isa: Isa, threads: usize) -> Vec<f32> {
    let (m, inputs, hidden) = (weights.len() / OUTPUTS, 40, 70);
    let mut params = Params::new();
    let shapes = [(m, inputs), (inputs, hidden), (1, hidden), (hidden, OUTPUTS)];
    let spans = [0, 1, 2, 3].map(|i| {
        let (rows, cols) = shapes[i];
        let span = params.add(format!("{i}"), Shape::new(1, rows, cols));
        params.get_mut(span).copy_from_slice(&numbers(rows * cols, 0.1 + i as f64));
        span
    });
    let graph = Graph::new();
    let gradient = graph.input(Shape::new(1, m, OUTPUTS));
    let [a, w, b, v] = spans.map(|span| graph.param(span));
    let loss = (a.linear(w, b, act).matmul(v) * gradient).sum_all();
    let back = graph.gradients(loss, &[a])[0];
    graph.output(back);
    let mut program = Program::compile_for(&graph, isa);
    program.divide_everything();
    program.write(program.slot(gradient)).copy_from_slice(weights);
    program.run(&mut params, &mut Pool::new(threads));
    program.read(program.slot(back)).to_vec()
}

const OUTPUTS: usize = 33;

#[test]
fn rows_of_zeros_come_out_as_zeros_and_leave_the_others_as_they_are() {
    let rows = 600;
    let full = numbers(rows * OUTPUTS, 0.9);
    // All but every fifth, none, all, and halves in no order.
    let patterns: [fn(usize) -> bool; 4] =
        [|row| row % 5 == 0, |_| true, |_| false, |row| (row * 2_654_435_761) >> 7 & 1 == 0];
    for (act, pattern) in
        [Act::Identity, Act::Relu, Act::Elu].into_iter().flat_map(|a| patterns.map(|p| (a, p)))
    {
        let mut some = full.clone();
        for row in (0..rows).filter(|row| !pattern(*row)) {
            // Of either sign.
            some[row * OUTPUTS..][..OUTPUTS].fill([0.0, -0.0][row % 2]);
        }
        for (isa, threads) in Isa::available().into_iter().flat_map(|isa| [1, 2, 3].map(|t| (isa, t))) {
            let (all, found) = (back(act, &full, isa, 1), back(act, &some, isa, threads));
            let width = all.len() / rows;
            for row in 0..rows {
                let (all, found) = (&all[row * width..][..width], &found[row * width..][..width]);
                let same = if pattern(row) { found == all } else { found.iter().all(|x| *x == 0.0) };
                assert!(same, "{act:?}, {isa:?}, {threads} threads, row {row}");
            }
            let mut bad = some.clone();
            bad[7 * OUTPUTS + 3] = f32::NAN;
            assert!(
                back(act, &bad, isa, threads)[7 * width..][..width].iter().any(|x| x.is_nan()),
                "{act:?} {isa:?}"
            );
        }
    }
}

/// A layer's output, and the derivative of its sum with respect to another layer's output before it.
fn layers((m, k, n): (usize, usize, usize), act: Act, isa: Isa) -> [Vec<f32>; 2] {
    let graph = Graph::new();
    let shapes = [[m, k], [k, n], [1, n], [n, n], [1, n]].map(|[rows, cols]| Shape::new(1, rows, cols));
    let [x, v, b, w, c] = shapes.map(|shape| graph.input(shape));
    let hidden = x.linear(v, b, act);
    let loss = hidden.linear(w, c, act).sum_all();
    let slope = graph.gradients(loss, &[b])[0];
    graph.output(hidden);
    graph.output(slope);
    let mut program = Program::compile_for(&graph, isa);
    for (i, node) in [x, v, b, w, c].into_iter().enumerate() {
        let slot = program.slot(node);
        program.write(slot).copy_from_slice(&numbers(slot.shape().len(), i as f64 + 0.3));
    }
    program.run(&mut Params::new(), &mut Pool::new(1));
    [hidden, slope].map(|node| program.read(program.slot(node)).to_vec())
}

#[test]
fn tiles_of_every_height_and_width_end_alike_on_every_vector() {
    let fused: Vec<Isa> = Isa::available().into_iter().filter(|isa| *isa != Isa::Plain).collect();
    for m in 1..=30 {
        for n in [1, 2, 3, 4, 5, 16, 32, 48] {
            for act in [Act::Relu, Act::Elu, Act::Tanh] {
                for isa in &fused {
                    let found = layers((m, 9, n), act, *isa);
                    assert!(found.iter().flatten().all(|x| x.is_finite()));
                    assert!(found == layers((m, 9, n), act, fused[0]), "{m} by {n}, {act:?} on {isa:?}");
                }
            }
        }
    }
}

#[test]
fn products_of_few_columns_are_those_of_the_tiles_to_the_bit() {
    let fused: Vec<Isa> = Isa::available().into_iter().filter(|isa| *isa != Isa::Plain).collect();
    for n in 1..=4 {
        for (m, k) in [(1, 1), (15, 70), (16, 16), (17, 64), (65, 31), (130, 129), (3, 530)] {
            for isa in &fused {
                let shape = (m, k, n);
                assert!(product(shape, *isa, 2) == product(shape, fused[0], 1), "{shape:?} on {isa:?}");
                assert!(transposed(shape, *isa, 2) == transposed(shape, fused[0], 1), "{shape:?} on {isa:?}");
            }
        }
    }
}
