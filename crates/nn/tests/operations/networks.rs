//! Linear layers and layer norm.

use crate::reference::Array;
use crate::{Case, act_of, case};
use coadapt_nn::{Act, Node};

fn linear_by(act: Act, x: &[Array]) -> Array {
    x[0].matmul(&x[1]).zip(&x[2], |a, b| a + b).map(|x| act_of(act, x))
}

/// Layers, alone and joined.
pub(crate) fn cases() -> Vec<Case> {
    let sizes = &[[1, 19, 23], [1, 23, 37], [1, 1, 37]];
    vec![
        case("linear", sizes, |x| x[0].linear(x[1], x[2], Act::Identity), |x| linear_by(Act::Identity, x)),
        case("linear relu", sizes, |x| x[0].linear(x[1], x[2], Act::Relu), |x| linear_by(Act::Relu, x)),
        case("linear elu", sizes, |x| x[0].linear(x[1], x[2], Act::Elu), |x| linear_by(Act::Elu, x)),
        case("linear tanh", sizes, |x| x[0].linear(x[1], x[2], Act::Tanh), |x| linear_by(Act::Tanh, x)),
        case("matmul", &[[2, 5, 3], [2, 3, 4]], |x| x[0].matmul(x[1]), |x| x[0].matmul(&x[1])),
        case(
            "twin linear on one input",
            &[[1, 9, 5], [2, 5, 33], [2, 1, 33]],
            |x| x[0].linear(x[1], x[2], Act::Tanh),
            |x| linear_by(Act::Tanh, x),
        ),
        case(
            "one output",
            &[[1, 17, 40], [1, 40, 1], [1, 1, 1]],
            |x| x[0].linear(x[1], x[2], Act::Identity),
            |x| linear_by(Act::Identity, x),
        ),
        case(
            "two layers on joined inputs",
            &[[1, 7, 3], [1, 7, 2], [2, 5, 16], [2, 1, 16], [2, 16, 1], [2, 1, 1]],
            |x| Node::concat(&[x[0], x[1]]).linear(x[2], x[3], Act::Elu).linear(x[4], x[5], Act::Identity),
            |x| {
                let hidden = linear_by(Act::Elu, &[Array::concat(&x[0], &x[1]), x[2].clone(), x[3].clone()]);
                linear_by(Act::Identity, &[hidden, x[4].clone(), x[5].clone()])
            },
        ),
        case(
            "layer norm tanh",
            &[[2, 6, 35], [2, 1, 35], [2, 1, 35]],
            |x| x[0].layer_norm(x[1], x[2], 1e-5, Act::Tanh),
            |x| x[0].layer_norm(1e-5).zip(&x[1], |a, b| a * b).zip(&x[2], |a, b| (a + b).tanh()),
        ),
        case(
            "layer norm, one gain for all groups",
            &[[2, 6, 16], [1, 1, 16], [1, 1, 16]],
            |x| x[0].layer_norm(x[1], x[2], 1e-5, Act::Identity),
            |x| x[0].layer_norm(1e-5).zip(&x[1], |a, b| a * b).zip(&x[2], |a, b| a + b),
        ),
    ]
}
