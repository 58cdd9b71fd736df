//! Reading recorded vectors, evaluating formulas on them, comparing what comes out.

use coadapt_nn::{Graph, Node, Params, Pool, Program, Shape};
use serde_json::Value;

/// The cases of a file of vectors.
pub fn cases(text: &str) -> Vec<Value> {
    serde_json::from_str::<Value>(text).unwrap()["cases"].as_array().unwrap().clone()
}

/// All numbers in `value`, row by row.
pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

/// The same in f32, as the code under test sees them.
pub fn narrow(value: &Value) -> Vec<f32> {
    numbers(value).into_iter().map(|x| x as f32).collect()
}

/// The one number `value` is.
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// Demands agreement to `tolerance`, relative to each number, or to a hundredth of the largest where that is
/// more: what is a thousand times smaller than its neighbours is a rounding error of theirs.
pub fn assert_close(what: &str, found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0, |largest: f64, e| largest.max(e.abs()));
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*f) - e).abs();
        let scale = e.abs().max(0.01 * largest);
        assert!(error <= tolerance * scale, "{what}[{i}] is {f}, expected {e}, off by {:.1e}", error / scale);
    }
}

/// Demands that `found` is within `tolerance` of `expected`, in absolute terms.
pub fn assert_within(what: &str, found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*f) - e).abs();
        assert!(error <= tolerance, "{what}[{i}] is {f}, expected {e}, off by {error:.1e}");
    }
}

/// What a formula makes of `arrays`, each given as a parameter so that it can be differentiated: the numbers of
/// every node it returns.
pub fn evaluate<F>(arrays: &[(Shape, Vec<f32>)], formula: F) -> Vec<Vec<f32>>
where
    F: for<'g> Fn(&'g Graph, &[Node<'g>]) -> Vec<Node<'g>>,
{
    let mut params = Params::new();
    let graph = Graph::new();
    let mut nodes = Vec::new();
    for (i, (shape, values)) in arrays.iter().enumerate() {
        let span = params.add(i.to_string(), *shape);
        params.get_mut(span).copy_from_slice(values);
        nodes.push(graph.param(span));
    }
    let outputs = formula(&graph, &nodes);
    outputs.iter().for_each(|&node| graph.output(node));
    let mut program = Program::compile(&graph);
    program.run(&mut params, &mut Pool::new(1));
    outputs.iter().map(|&node| program.read(program.slot(node)).to_vec()).collect()
}

/// `[groups, rows, cols]` numbers of `value`.
pub fn array(shape: [usize; 3], value: &Value) -> (Shape, Vec<f32>) {
    (Shape::new(shape[0], shape[1], shape[2]), narrow(value))
}
