//! Distributions over actions.

use crate::reference::Array;
use crate::{Case, Formula, case, within};
use coadapt_nn::dist::{Categorical, Gaussian, TanhGaussian};

fn gaussian_log_prob(x: &[Array]) -> Array {
    let z = x[2].zip(&x[0], |a, m| a - m).zip(&x[1], |d, s| d / s);
    let terms = z.zip(&x[1], |z, s| -0.5 * z * z - s.ln() - 0.5 * std::f64::consts::TAU.ln());
    terms.fold(2, 0.0, |s, x| s + x)
}

/// Logits less the logarithm of the sum of their exponentials.
fn log_softmax(x: &Array) -> Array {
    let total = x.map(f64::exp).fold(2, 0.0, |s, x| s + x).map(f64::ln);
    x.zip(&total, |x, t| x - t)
}

/// Log-probabilities of a softmax.
pub(crate) fn categorical_cases() -> Vec<Case> {
    let (one, two) = (&[[2, 5, 4]], &[[1, 5, 4], [1, 5, 4]]);
    vec![
        case(
            "categorical log prob of every choice",
            &[[1, 5, 4]],
            |x| {
                let pi = Categorical { logits: x[0] };
                pi.log_prob(pi.every_choice())
            },
            |x| {
                let log = log_softmax(&x[0]);
                let data = (0..4).flat_map(|c| (0..5).map(move |r| (r, c))).map(|(r, c)| log.at([0, r, c]));
                Array::new([4, 5, 1], data.collect())
            },
        ),
        case(
            "categorical entropy",
            one,
            |x| Categorical { logits: x[0] }.entropy(),
            |x| log_softmax(&x[0]).map(|l| -l.exp() * l).fold(2, 0.0, |s, x| s + x),
        ),
        case(
            "categorical kl",
            two,
            |x| Categorical { logits: x[0] }.kl(Categorical { logits: x[1] }),
            |x| {
                let (p, q) = (log_softmax(&x[0]), log_softmax(&x[1]));
                p.zip(&q, |p, q| p.exp() * (p - q)).fold(2, 0.0, |s, x| s + x)
            },
        ),
    ]
}

/// Log probabilities and divergences.
pub(crate) fn cases() -> Vec<Case> {
    let three = &[[1, 5, 3], [1, 5, 3], [4, 5, 3]];
    let gaussian: Formula = |x| Gaussian { mean: x[0], std: x[1] }.log_prob(x[2]);
    let kl: Formula = |x| Gaussian { mean: x[0], std: x[1] }.kl(Gaussian { mean: x[2], std: x[3] });
    vec![
        within(case("gaussian log prob", three, gaussian, gaussian_log_prob), 0.3, 2.0),
        within(
            case("gaussian kl", &[[1, 4, 3], [1, 4, 3], [1, 4, 3], [1, 1, 3]], kl, |x| {
                let distance = x[0].zip(&x[2], |a, b| (a - b) * (a - b));
                let first = distance.zip(&x[3], |d, s| d / (2.0 * s * s));
                let ratio = x[1].zip(&x[3], |a, b| a / b).map(|r| 0.5 * r * r - r.ln() - 0.5);
                first.zip(&ratio, |a, b| a + b).fold(2, 0.0, |s, x| s + x)
            }),
            0.3,
            2.0,
        ),
        case(
            "tanh gaussian sample",
            &[[1, 5, 3], [1, 5, 3], [2, 5, 3]],
            |x| TanhGaussian { mean: x[0], log_std: x[1] }.sample_and_log_prob(x[2]).1,
            |x| {
                let u = x[1].map(f64::exp).zip(&x[2], |s, z| s * z).zip(&x[0], |a, m| a + m);
                let normal = x[2].zip(&x[1], |z, l| -0.5 * z * z - l - 0.5 * std::f64::consts::TAU.ln());
                let log_det = u.map(|u| (1.0 - u.tanh().powi(2)).ln());
                normal.zip(&log_det, |n, j| n - j).fold(2, 0.0, |s, x| s + x)
            },
        ),
    ]
}
