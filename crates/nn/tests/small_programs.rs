//! Programs with every kind of step, small enough for Miri: `just miri` runs them under it, to find what only an
//! interpreter sees of the memory that threads share.

use coadapt_nn::optim::{OptimConfig, Optimizer};
use coadapt_nn::{Act, Axis, Graph, Node, Params, Pool, Precision, Program, Shape};

/// Two blocks of rows, the second of two rows alone.
const ROWS: usize = 130;
/// Wide and deep enough for products in parts.
const WIDTH: usize = 17;
const INPUTS: usize = 2;
/// Independent networks side by side.
const GROUPS: usize = 2;

/// Numbers between -1 and 1 without a pattern.
fn numbers(count: usize, seed: f32) -> impl Iterator<Item = f32> {
    (0..count).map(move |i| ((i as f32 + seed) * 12.9898).sin())
}

/// A parameter array with numbers in it, and its place.
fn filled(params: &mut Params, name: &str, shape: Shape) {
    let span = params.add(name, shape);
    params
        .get_mut(span)
        .iter_mut()
        .zip(numbers(shape.len(), name.len() as f32))
        .for_each(|(x, new)| *x = new);
}

/// Each network's outputs, from inputs that all of them share.
fn network<'g>(graph: &'g Graph, params: &Params, x: Node<'g>) -> Option<Node<'g>> {
    let array = |name: &str| params.span(name).map(|span| graph.param(span));
    let hidden = x.linear(array("net.w")?, array("net.b")?, Act::Elu);
    let normed = hidden.layer_norm(array("net.gain")?, array("net.offset")?, 1e-5, Act::Tanh);
    let wide = normed.linear(array("net.v")?, array("net.c")?, Act::Relu);
    let both = Node::concat(&[wide.columns(0, 1), wide.softmax(Axis::Col).columns(1, 2)]);
    Some(both.matmul(array("net.u")?))
}

/// The bits of all parameters, and of the loss, after two updates on `threads` threads.
fn updated(precision: Precision, config: OptimConfig, threads: usize) -> Option<Vec<u32>> {
    let mut params = Params::new();
    for (name, rows, cols) in [
        ("net.w", INPUTS, WIDTH),
        ("net.b", 1, WIDTH),
        ("net.gain", 1, WIDTH),
        ("net.offset", 1, WIDTH),
        ("net.v", WIDTH, WIDTH),
        ("net.c", 1, WIDTH),
        ("net.u", 3, 1),
    ] {
        filled(&mut params, name, Shape::new(GROUPS, rows, cols));
    }
    let set = params.set("net.");
    let target = params.add_copy(&set, "net.", "target.");
    let optimizer = Optimizer::new(&mut params, "optimizer", &set, config);
    let graph = Graph::new();
    let x = graph.input(Shape::new(1, ROWS, INPUTS));
    let outputs = network(&graph, &params, x)?;
    let smaller = outputs.minimum(Axis::Group);
    let loss = (smaller - x.sum(Axis::Col)).square().mean_all() + outputs.log_sum_exp(Axis::Row).sum_all();
    graph.minimize(&optimizer, loss);
    graph.polyak(&set, &target, 0.25);
    let choice = x.largest_choice();
    [loss, choice].into_iter().for_each(|node| graph.output(node));
    let mut program = Program::compile_at(&graph, precision);
    program.divide_everything();
    let mut pool = Pool::new(threads);
    for run in 0..2 {
        let input = program.write(program.slot(x));
        input.iter_mut().zip(numbers(ROWS * INPUTS, run as f32)).for_each(|(x, new)| *x = new);
        program.run(&mut params, &mut pool);
    }
    let arrays = params.iter().flat_map(|(_, span)| params.get(span));
    let outputs = [loss, choice].into_iter().flat_map(|node| program.read(program.slot(node)));
    Some(arrays.chain(outputs).map(|x| x.to_bits()).collect())
}

#[test]
fn threads_that_share_a_program_give_the_bits_of_one() {
    let clipped = OptimConfig { clip_norm: 0.5, ..OptimConfig::adam(0.01) };
    for (precision, config) in [(Precision::F32, clipped), (Precision::Bf16, OptimConfig::sgd(0.01, 0.9))] {
        let alone = updated(precision, config, 1);
        assert!(alone.as_ref().is_some_and(|bits| bits.iter().all(|&bits| f32::from_bits(bits).is_finite())));
        assert!(updated(precision, config, 3) == alone, "{precision:?}");
    }
}
