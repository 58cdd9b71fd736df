//! Functions of one or two arrays, number by number.

use crate::{Case, act_of, case, within};
use coadapt_nn::Act;

const ODD: [[usize; 3]; 2] = [[2, 3, 5], [2, 3, 5]];

/// Of one array.
pub(crate) fn cases() -> Vec<Case> {
    let one = &[[2, 3, 37]];
    vec![
        case("exp", one, |x| x[0].exp(), |x| x[0].map(f64::exp)),
        within(case("log", one, |x| x[0].log(), |x| x[0].map(f64::ln)), 0.1, 9.0),
        within(case("log1p", one, |x| x[0].log_1p(), |x| x[0].map(f64::ln_1p)), -0.5, 2.0),
        case("tanh", one, |x| x[0].tanh(), |x| x[0].map(f64::tanh)),
        within(case("atanh", one, |x| x[0].atanh(), |x| x[0].map(f64::atanh)), -0.9, 0.9),
        case("softplus", one, |x| x[0].softplus(), |x| x[0].map(|x| x.exp().ln_1p())),
        case("sigmoid", one, |x| x[0].sigmoid(), |x| x[0].map(|x| 1.0 / (1.0 + (-x).exp()))),
        case("square", one, |x| x[0].square(), |x| x[0].map(|x| x * x)),
        within(case("sqrt", one, |x| x[0].sqrt(), |x| x[0].map(f64::sqrt)), 0.2, 5.0),
        within(case("recip", one, |x| x[0].recip(), |x| x[0].map(|x| 1.0 / x)), 0.3, 5.0),
        case("abs", one, |x| x[0].abs(), |x| x[0].map(f64::abs)),
        case("relu", one, |x| x[0].relu(), |x| x[0].map(|x| x.max(0.0))),
        case("elu", one, |x| x[0].elu(), |x| x[0].map(|x| act_of(Act::Elu, x))),
        case("clamp", one, |x| x[0].clamp(-0.5, 0.7), |x| x[0].map(|x| x.clamp(-0.5, 0.7))),
        case(
            "affine",
            one,
            |x| 2.0 * (1.0 - x[0] * 0.25) / 4.0,
            |x| x[0].map(|x| 2.0 * (1.0 - x * 0.25) / 4.0),
        ),
    ]
}

/// Of two arrays.
pub(crate) fn pair_cases() -> Vec<Case> {
    vec![
        case("add", &ODD, |x| x[0] + x[1], |x| x[0].zip(&x[1], |a, b| a + b)),
        case("sub", &ODD, |x| x[0] - x[1], |x| x[0].zip(&x[1], |a, b| a - b)),
        case("mul", &ODD, |x| x[0] * x[1], |x| x[0].zip(&x[1], |a, b| a * b)),
        case("min", &ODD, |x| x[0].min(x[1]), |x| x[0].zip(&x[1], f64::min)),
        case("max", &ODD, |x| x[0].max(x[1]), |x| x[0].zip(&x[1], f64::max)),
        within(case("div", &ODD, |x| x[0] / x[1], |x| x[0].zip(&x[1], |a, b| a / b)), 0.4, 2.0),
        case(
            "mul, rows broadcast",
            &[[2, 1, 5], [1, 3, 5]],
            |x| x[0] * x[1],
            |x| x[0].zip(&x[1], |a, b| a * b),
        ),
        case(
            "sub, columns broadcast",
            &[[1, 4, 1], [3, 4, 7]],
            |x| x[0] - x[1],
            |x| x[0].zip(&x[1], |a, b| a - b),
        ),
        case(
            "max, groups broadcast",
            &[[3, 4, 1], [1, 4, 1]],
            |x| x[0].max(x[1]),
            |x| x[0].zip(&x[1], f64::max),
        ),
        within(
            case(
                "div, one number",
                &[[3, 4, 6], [1, 1, 1]],
                |x| x[0] / x[1],
                |x| x[0].zip(&x[1], |a, b| a / b),
            ),
            0.4,
            2.0,
        ),
        case("a value used three times", &[[1, 3, 4]], |x| x[0] * x[0] + x[0], |x| x[0].map(|x| x * x + x)),
        case(
            "stop",
            &[[1, 3, 4]],
            |x| x[0] + (x[0] * 3.0).stop_gradient() - 3.0 * x[0].stop_gradient(),
            |x| x[0].clone(),
        ),
    ]
}
