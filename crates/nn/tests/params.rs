//! Named parameters and sets of them.

use coadapt_nn::{Params, Shape};

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
