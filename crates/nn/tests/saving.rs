//! Named parameters written as safetensors and read back; what does not fit is refused and changes nothing.
#![allow(clippy::unwrap_used)]

use coadapt_nn::{Params, Shape};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

fn filled(names: &[(&str, Shape)]) -> Params {
    let mut params = Params::new();
    for (i, (name, shape)) in names.iter().enumerate() {
        let span = params.add(*name, *shape);
        params.get_mut(span).iter_mut().enumerate().for_each(|(j, x)| *x = i as f32 + j as f32 / 7.0);
    }
    params
}

fn numbers(params: &Params) -> Vec<f32> {
    params.iter().flat_map(|(_, span)| params.get(span).to_vec()).collect()
}

const NAMES: [(&str, Shape); 3] = [
    ("policy.0.weight", Shape { groups: 1, rows: 3, cols: 4 }),
    ("policy.0.bias", Shape { groups: 1, rows: 1, cols: 4 }),
    ("critic.0.weight", Shape { groups: 2, rows: 5, cols: 2 }),
];

#[test]
fn what_is_written_is_read_back_to_the_bit() {
    let mut params = filled(&NAMES);
    let span = params.span("policy.0.bias").unwrap();
    params.get_mut(span).copy_from_slice(&[f32::MIN_POSITIVE / 2.0, -0.0, f32::MAX, 0.1]);
    let bytes = params.to_safetensors().unwrap();
    let mut other = filled(&NAMES);
    other.load_safetensors(&bytes).unwrap();
    let bits = |p: &Params| numbers(p).into_iter().map(f32::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(&params), bits(&other));
    let file = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.tensor("critic.0.weight").unwrap().shape(), [2, 5, 2]);
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let bytes = filled(&NAMES).to_safetensors().unwrap();
    let refused = |mut params: Params, bytes: &[u8]| {
        let before = numbers(&params);
        let message = params.load_safetensors(bytes).unwrap_err().to_string();
        assert_eq!(numbers(&params), before);
        message
    };
    let wider = filled(&[("policy.0.weight", Shape::new(1, 3, 5))]);
    assert_eq!(
        refused(wider, &bytes),
        "the array `policy.0.weight` has type F32 and shape [1, 3, 4], expected F32 and shape [1, 3, 5]"
    );
    let more = filled(&[("policy.0.bias", NAMES[1].1), ("policy.1.bias", Shape::SCALAR)]);
    assert_eq!(refused(more, &bytes), "the array `policy.1.bias` is missing");
    assert!(refused(filled(&NAMES), &bytes[..bytes.len() - 3]).starts_with("not a safetensors file"));
    assert!(refused(filled(&NAMES), b"nonsense").starts_with("not a safetensors file"));
    let data = [0u8; 8];
    let wide = TensorView::new(Dtype::F64, vec![1, 1, 1], &data).unwrap();
    let bytes = safetensors::serialize([("x", wide)], None).unwrap();
    assert!(refused(filled(&[("x", Shape::SCALAR)]), &bytes).contains("has type F64"));
}

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
