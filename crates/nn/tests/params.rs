//! Named parameters and sets of them.

use coadapt_nn::{Graph, Params, Pool, Program, Shape};

fn filled(names: &[(&str, Shape)]) -> Params {
    let mut params = Params::new();
    for (i, (name, shape)) in names.iter().enumerate() {
        let span = params.add(*name, *shape);
        params.get_mut(span).iter_mut().enumerate().for_each(|(j, x)| *x = i as f32 + j as f32 / 7.0);
    }
    params
}

const NAMES: [(&str, Shape); 3] = [
    ("policy.0.weight", Shape { groups: 1, rows: 3, cols: 4 }),
    ("policy.0.bias", Shape { groups: 1, rows: 1, cols: 4 }),
    ("critic.0.weight", Shape { groups: 2, rows: 5, cols: 2 }),
];

#[test]
fn sets_copy_and_find_their_first_number_that_is_not_finite() {
    let mut params = filled(&NAMES);
    let policy = params.set("policy.");
    let copy = params.add_copy(&policy, "policy", "target_policy");
    assert_eq!(params.get(copy.spans[0]), params.get(policy.spans[0]));
    params.get_mut(policy.spans[1])[2] = f32::NAN;
    assert_eq!(params.first_not_finite(), Some("policy.0.bias"));
    params.get_mut(policy.spans[1])[2] = 5.0;
    assert_ne!(params.get(copy.spans[1]), params.get(policy.spans[1]));
    params.copy(&policy, &copy);
    assert_eq!(params.get(copy.spans[1]), params.get(policy.spans[1]));
    assert_eq!(params.first_not_finite(), None);
}

#[test]
fn a_set_is_read_and_assigned_as_one_row_of_numbers() {
    let mut params = filled(&NAMES);
    let (policy, critic) = (params.set("policy."), params.set("critic."));
    let before = params.flat(&policy).to_vec();
    let arrays: Vec<f32> = policy.spans.iter().flat_map(|span| params.get(*span).to_vec()).collect();
    assert_eq!(before, arrays);
    let untouched = params.flat(&critic).to_vec();
    let doubled: Vec<f32> = before.iter().map(|x| 2.0 * x).collect();
    params.assign_flat(&policy, &doubled);
    assert_eq!(params.get(policy.spans[1]), &doubled[12..]);
    assert_eq!(params.flat(&critic), untouched);
}

#[test]
#[should_panic(expected = "3 numbers for a set of 16")]
fn a_row_of_another_length_is_refused() {
    let mut params = filled(&NAMES);
    let policy = params.set("policy.");
    params.assign_flat(&policy, &[0.0; 3]);
}

#[test]
fn a_flat_gradient_lies_as_the_parameters_do() {
    // More arrays than one concatenation takes, of all sizes; the loss does not reach the fourth.
    let shapes = [(1, 2, 3), (2, 1, 2), (1, 1, 1), (1, 2, 2), (1, 4, 1), (3, 1, 1)];
    let names = ["net.a", "net.b", "net.c", "net.d", "net.e", "net.f"];
    let arrays: Vec<_> =
        names.into_iter().zip(shapes.map(|(groups, rows, cols)| Shape::new(groups, rows, cols))).collect();
    let mut params = filled(&arrays);
    let set = params.set("net.");
    let graph = Graph::new();
    let squares = [0, 1, 2, 4, 5].map(|i| graph.param(set.spans[i]).square().sum_all());
    let loss = squares.into_iter().skip(1).fold(squares[0], |sum, square| sum + square);
    let gradient = graph.flat_gradient(loss, &set);
    graph.output(gradient);
    let mut program = Program::compile(&graph);
    program.run(&mut params, &mut Pool::new(1));
    let unreached = set.spans[3].range();
    let expected = set
        .range
        .clone()
        .zip(params.flat(&set))
        .map(|(at, x)| if unreached.contains(&at) { 0.0 } else { 2.0 * x });
    assert_eq!(program.read(program.slot(gradient)), expected.collect::<Vec<f32>>());
}
