//! Reductions, what is built of them, and operations on places only.

use crate::reference::Array;
use crate::{Case, case};
use coadapt_nn::{Axis, Node, Shape};

/// Along axes.
pub(crate) fn cases() -> Vec<Case> {
    let one = &[[3, 5, 37]];
    vec![
        case("sum of columns", one, |x| x[0].sum(Axis::Col), |x| x[0].fold(2, 0.0, |s, x| s + x)),
        case("sum of rows", one, |x| x[0].sum(Axis::Row), |x| x[0].fold(1, 0.0, |s, x| s + x)),
        case("sum of groups", one, |x| x[0].sum(Axis::Group), |x| x[0].fold(0, 0.0, |s, x| s + x)),
        case("mean of rows", one, |x| x[0].mean(Axis::Row), |x| x[0].fold(1, 0.0, |s, x| s + x / 5.0)),
        case(
            "mean of all",
            one,
            |x| x[0].square().mean_all(),
            |x| {
                let n = x[0].data.len() as f64;
                Array::new([1, 1, 1], vec![x[0].data.iter().map(|x| x * x).sum::<f64>() / n])
            },
        ),
        case(
            "largest of columns",
            one,
            |x| x[0].maximum(Axis::Col),
            |x| x[0].fold(2, f64::NEG_INFINITY, f64::max),
        ),
        case(
            "smallest of groups",
            one,
            |x| x[0].minimum(Axis::Group),
            |x| x[0].fold(0, f64::INFINITY, f64::min),
        ),
    ]
}

/// Formulas built of reductions, and operations on places.
pub(crate) fn built_cases() -> Vec<Case> {
    let one = &[[3, 5, 37]];
    vec![
        case(
            "log-sum-exp of groups",
            one,
            |x| x[0].log_sum_exp(Axis::Group),
            |x| x[0].map(f64::exp).fold(0, 0.0, |s, x| s + x).map(f64::ln),
        ),
        case(
            "softmax of columns",
            one,
            |x| x[0].softmax(Axis::Col),
            |x| {
                let e = x[0].map(f64::exp);
                e.zip(&e.fold(2, 0.0, |s, x| s + x), |a, b| a / b)
            },
        ),
        case(
            "softmax of groups",
            one,
            |x| x[0].softmax(Axis::Group),
            |x| {
                let e = x[0].map(f64::exp);
                e.zip(&e.fold(0, 0.0, |s, x| s + x), |a, b| a / b)
            },
        ),
        case(
            "reshape",
            &[[2, 3, 4]],
            |x| x[0].reshape(Shape::new(1, 8, 3)).square().sum(Axis::Row),
            |x| Array::new([1, 8, 3], x[0].data.clone()).map(|x| x * x).fold(1, 0.0, |s, x| s + x),
        ),
        case("columns", &[[2, 3, 7]], |x| x[0].exp().columns(2, 3), |x| x[0].map(f64::exp).columns(2, 3)),
        case(
            "concat",
            &[[1, 4, 3], [2, 4, 2]],
            |x| Node::concat(&[x[0], x[1]]).square(),
            |x| Array::concat(&x[0], &x[1]).map(|x| x * x),
        ),
    ]
}
