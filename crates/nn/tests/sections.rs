//! Steps that run block by block of rows compute what they compute one by one.
#![allow(clippy::unwrap_used)]

use coadapt_nn::{Act, Graph, Isa, Node, Numerics, Params, Pool, Precision, Program, Shape, Span};

/// Numbers between -1 and 1 without a pattern.
fn numbers(count: usize, seed: f64) -> Vec<f32> {
    (0..count).map(|i| ((i as f64 + seed) * 12.9898).sin() as f32).collect()
}

const INPUTS: usize = 23;
const WIDTH: usize = 70;
const GROUPS: usize = 2;

/// The parameters of two layers, of GROUPS networks each.
fn params() -> (Params, [Span; 5]) {
    let mut params = Params::new();
    let shapes = [
        ("w", Shape::new(GROUPS, INPUTS, WIDTH)),
        ("b", Shape::new(GROUPS, 1, WIDTH)),
        ("gain", Shape::new(GROUPS, 1, WIDTH)),
        ("offset", Shape::new(GROUPS, 1, WIDTH)),
        ("v", Shape::new(GROUPS, WIDTH, 3)),
    ];
    let spans = shapes.map(|(name, shape)| params.add(name, shape));
    for (i, span) in spans.iter().enumerate() {
        params.get_mut(*span).copy_from_slice(&numbers(span.shape.len(), i as f64 + 0.1));
    }
    (params, spans)
}

/// The stages of a small network; the last sums its outputs, and broadcasts a row of weights over them.
fn stage<'g>(graph: &'g Graph, spans: &[Span; 5], number: usize, x: Node<'g>) -> Node<'g> {
    let [w, b, gain, offset, v] = spans.map(|span| graph.param(span));
    match number {
        0 => x.linear(w, b, Act::Elu),
        1 => x.layer_norm(gain, offset, 1e-5, Act::Tanh),
        2 => x.matmul(v),
        3 => Node::concat(&[x.columns(1, 2), x.columns(0, 1).tanh()]),
        _ => x.sum(coadapt_nn::Axis::Col).square(),
    }
}

const STAGES: usize = 5;

/// Every precision with everything that computes it here.
fn all_numerics() -> impl Iterator<Item = Numerics> {
    let with = |precision| move |isa| Numerics { isa, ..Numerics::best(precision) };
    let vectors = Precision::ALL.into_iter().flat_map(move |precision| {
        Isa::available()
            .into_iter()
            .map(with(precision))
            .map(|n| Numerics { tiles: coadapt_nn::Tiles::Vectors, ..n })
    });
    vectors.chain(Precision::ALL.map(Numerics::best))
}

fn run(program: &mut Program, params: &mut Params, threads: usize) {
    program.divide_everything();
    program.run(params, &mut Pool::new(threads));
}

#[test]
fn blocks_of_rows_give_the_same_bits_as_whole_steps() {
    let (mut params, spans) = params();
    // Below a block, one, one and a bit, several; the input is one group's, the networks are two.
    for rows in [5, 128, 129, 300, 1024] {
        let input = numbers(rows * INPUTS, 0.7);
        for numerics in all_numerics() {
            let mut expected = input.clone();
            let mut shape = Shape::new(1, rows, INPUTS);
            for number in 0..STAGES {
                let graph = Graph::new();
                let x = graph.input(shape);
                let y = stage(&graph, &spans, number, x);
                graph.output(y);
                let mut program = Program::compile_for(&graph, numerics);
                program.write(program.slot(x)).copy_from_slice(&expected);
                run(&mut program, &mut params, 1);
                expected = program.read(program.slot(y)).to_vec();
                shape = y.shape();
            }
            for threads in [1, 2, 3] {
                let graph = Graph::new();
                let x = graph.input(Shape::new(1, rows, INPUTS));
                let y = (0..STAGES).fold(x, |x, number| stage(&graph, &spans, number, x));
                graph.output(y);
                let mut program = Program::compile_for(&graph, numerics);
                program.write(program.slot(x)).copy_from_slice(&input);
                run(&mut program, &mut params, threads);
                let found = program.read(program.slot(y));
                assert!(found == expected, "{rows} rows, {numerics:?}, {threads} threads");
            }
        }
    }
}

#[test]
fn a_step_read_outside_its_section_keeps_all_its_rows() {
    let (mut params, spans) = params();
    let graph = Graph::new();
    let rows = 700;
    let x = graph.input(Shape::new(1, rows, INPUTS));
    let hidden = stage(&graph, &spans, 0, x);
    let normed = stage(&graph, &spans, 1, hidden);
    let out = stage(&graph, &spans, 2, normed);
    // A sum over rows is no row's business, and reads what the section made long before.
    let sum = normed.sum(coadapt_nn::Axis::Row);
    graph.output(out);
    graph.output(sum);
    let mut program = Program::compile(&graph);
    program.write(program.slot(x)).copy_from_slice(&numbers(rows * INPUTS, 0.7));
    run(&mut program, &mut params, 2);
    let found = program.read(program.slot(sum)).to_vec();

    let graph = Graph::new();
    let x = graph.input(Shape::new(1, rows, INPUTS));
    let normed = stage(&graph, &spans, 1, stage(&graph, &spans, 0, x));
    graph.output(normed);
    let mut program = Program::compile(&graph);
    program.write(program.slot(x)).copy_from_slice(&numbers(rows * INPUTS, 0.7));
    run(&mut program, &mut params, 1);
    let normed = program.read(program.slot(normed));
    for (at, sum) in found.iter().enumerate() {
        let (group, column) = (at / WIDTH, at % WIDTH);
        let exact: f64 = (0..rows).map(|row| f64::from(normed[(group * rows + row) * WIDTH + column])).sum();
        assert!((f64::from(*sum) - exact).abs() < 1e-3, "group {group}, column {column}");
    }
}

#[test]
fn what_nobody_else_reads_takes_the_memory_of_a_block() {
    let (_, spans) = params();
    let work = |rows: usize| {
        let graph = Graph::new();
        let x = graph.input(Shape::new(1, rows, INPUTS));
        let y = (0..STAGES).fold(x, |x, number| stage(&graph, &spans, number, x));
        graph.output(y);
        let program = Program::compile(&graph);
        program.work_len() - program.persistent_len()
    };
    assert_eq!(work(1024), work(8192));
    assert!(work(8192) < 4 * 128 * WIDTH);
}

/// The tangents of a network's outputs at the rows of `input`, in a direction of all its parameters and of its input:
/// among their steps are products with a slope whose factors lie as stored, which no gradient has.
fn tangents(numerics: Numerics, threads: usize, input: &[f32]) -> Vec<f32> {
    let (mut params, spans) = params();
    let graph = Graph::new();
    let rows = input.len() / INPUTS;
    let x = graph.input(Shape::new(1, rows, INPUTS));
    let hidden = stage(&graph, &spans, 1, stage(&graph, &spans, 0, x));
    let y = stage(&graph, &spans, 2, hidden).tanh();
    // Everything moves by what differs from place to place; then the input alone.
    let all: Vec<_> = spans.iter().map(|&span| graph.param(span)).map(|p| (p, p.elu().square())).collect();
    let found = Node::concat(&[
        graph.tangents(&[y], &[&all[..], &[(x, x)]].concat())[0],
        graph.tangents(&[y], &[(x, x.square())])[0],
    ]);
    graph.output(found);
    let mut program = Program::compile_for(&graph, numerics);
    program.write(program.slot(x)).copy_from_slice(input);
    run(&mut program, &mut params, threads);
    program.read(program.slot(found)).to_vec()
}

#[test]
fn tangents_by_blocks_of_rows_are_those_of_fewer_rows_at_a_time() {
    let (rows, piece) = (300, 100);
    let input = numbers(rows * INPUTS, 0.3);
    for numerics in all_numerics() {
        // Each piece has the rows of all groups: they are put in order.
        let pieces: Vec<_> = input.chunks(piece * INPUTS).map(|input| tangents(numerics, 1, input)).collect();
        let expected: Vec<f32> = (0..GROUPS)
            .flat_map(|group| {
                pieces.iter().flat_map(move |p| &p[p.len() / GROUPS * group..][..p.len() / GROUPS])
            })
            .copied()
            .collect();
        assert!(expected.iter().all(|x| x.is_finite()) && expected.iter().any(|x| x.abs() > 0.01));
        for threads in [1, 2, 3] {
            assert!(tangents(numerics, threads, &input) == expected, "{numerics:?}, {threads} threads");
        }
    }
}
