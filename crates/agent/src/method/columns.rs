//! The ranges of the numbers of the six columns.

use super::Method;
use super::check::Check;
use crate::columns::{
    Actions, Bounds, Eta, Head, Penalty, PiP, PiQ, PiTheta, Smoothing, Solver, Std, Target, TrustRegion,
    Weights,
};

/// Longest window of Retrace: each of its transitions is a critic's evaluation in the update's record.
const MOST_TRANSITIONS: usize = 128;

/// Those of every column.
pub(super) fn checks(method: &Method) -> Vec<Check> {
    let discount = method.estimate.discount;
    let mut checks = vec![Check {
        field: "estimate.discount",
        value: discount,
        ok: discount >= 0.0 && (discount as f32) < 1.0,
        valid: "at least 0 and below 1",
    }];
    checks.extend(method.pi_q.eta().map(eta_checks).unwrap_or_default());
    checks.extend(policy_checks(method.pi));
    checks.extend(posterior_checks(method.pi_q));
    if let Some(lambda) = method.estimate.target.lambda() {
        let ok = (0.0..=1.0).contains(&lambda);
        let valid = "from 0 to 1";
        checks.push(Check { field: "estimate.target.lambda", value: lambda, ok, valid });
    }
    let Smoothing { std, clip } = method.estimate.smoothing;
    checks.push(Check::positive("estimate.smoothing.std", std));
    checks.push(Check::positive("estimate.smoothing.clip", clip));
    match method.estimate.target {
        Target::NStep { n } => checks.push(Check::count("estimate.target.n", n as u64)),
        Target::Retrace { length, .. } => checks.push(Check {
            field: "estimate.target.length",
            value: length as f64,
            ok: (1..=MOST_TRANSITIONS).contains(&length),
            valid: "from 1 to 128",
        }),
        _ => {}
    }
    if let PiQ::Analytic { weights: Weights::Batch { clip } | Weights::Unnormalised { clip }, .. } =
        method.pi_q
    {
        checks.push(Check::positive("pi_q.weights.clip", clip));
    }
    if let PiP::Lagged { period } = method.pi_p {
        checks.push(Check::count("pi_p.period", period));
    }
    if let PiP::Sg { actions, trust_region } = method.pi_p {
        if let Actions::Previous { samples } | Actions::UniformMix { samples, .. } = actions {
            checks.push(Check::count("pi_p.actions.samples", samples as u64));
        }
        if let Actions::UniformMix { alpha, .. } | Actions::MixtureUniform { alpha } = actions {
            let ok = alpha > 0.0 && alpha <= 1.0;
            let valid = "above 0 and at most 1";
            checks.push(Check { field: "pi_p.actions.alpha", value: alpha, ok, valid });
        }
        if let TrustRegion::MeanStd { mean, std, lr, .. } = trust_region {
            checks.push(Check::positive("pi_p.trust_region.mean", mean));
            checks.push(Check::positive("pi_p.trust_region.std", std));
            checks.push(Check::positive("pi_p.trust_region.lr", lr));
        }
        if let TrustRegion::Whole { epsilon, lr, .. } = trust_region {
            checks.push(Check::positive("pi_p.trust_region.epsilon", epsilon));
            checks.push(Check::positive("pi_p.trust_region.lr", lr));
        }
    }
    checks
}

fn eta_checks(eta: Eta) -> Vec<Check> {
    match eta {
        Eta::Fixed { value } => vec![Check::positive("pi_q.eta.value", value)],
        Eta::Entropy { target_per_dim: value, initial, lr } => vec![
            Check {
                field: "pi_q.eta.target_per_dim",
                value,
                ok: value.is_finite(),
                valid: "a finite number",
            },
            Check::positive("pi_q.eta.initial", initial),
            Check::positive("pi_q.eta.lr", lr),
        ],
        Eta::Dual { epsilon, lr, .. } => {
            vec![Check::positive("pi_q.eta.epsilon", epsilon), Check::positive("pi_q.eta.lr", lr)]
        }
        Eta::Adaptive { target, initial } => {
            vec![Check::positive("pi_q.eta.target", target), Check::positive("pi_q.eta.initial", initial)]
        }
        Eta::Zero | Eta::Joint { .. } | Eta::Learned => Vec::new(),
    }
}

/// Numbers of a posterior on rollouts.
fn posterior_checks(pi_q: PiQ) -> Vec<Check> {
    match pi_q {
        PiQ::Clipped { epsilon } => vec![Check {
            field: "pi_q.epsilon",
            value: epsilon,
            ok: epsilon > 0.0 && epsilon < 1.0,
            valid: "above 0 and below 1",
        }],
        PiQ::Constrained { epsilon, solver, .. } => {
            let Solver { iterations, damping, shrink, trials } = solver;
            let shrinks = shrink > 0.0 && shrink < 1.0;
            let valid = "at least 0";
            vec![
                Check::positive("pi_q.epsilon", epsilon),
                Check::count("pi_q.solver.iterations", iterations),
                Check {
                    field: "pi_q.solver.damping",
                    value: damping,
                    ok: (0.0..1e6).contains(&damping),
                    valid,
                },
                Check {
                    field: "pi_q.solver.shrink",
                    value: shrink,
                    ok: shrinks,
                    valid: "above 0 and below 1",
                },
                Check::count("pi_q.solver.trials", trials),
            ]
        }
        PiQ::Analytic { weights: Weights::Top { fraction, .. }, .. } => vec![Check {
            field: "pi_q.weights.fraction",
            value: fraction,
            ok: fraction > 0.0 && fraction <= 1.0,
            valid: "above 0 and at most 1",
        }],
        PiQ::Analytic { .. } | PiQ::Gradient { .. } => Vec::new(),
    }
}

fn policy_checks(pi: PiTheta) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Head::Normal { std, .. } = pi.head {
        match std {
            Std::ExpClamp { min, max } => {
                let valid = "above pi.head.std.min and below 80";
                let low = min > -80.0 && min < 80.0;
                checks.push(Check {
                    field: "pi.head.std.min",
                    value: min,
                    ok: low,
                    valid: "between -80 and 80",
                });
                checks.push(Check {
                    field: "pi.head.std.max",
                    value: max,
                    ok: max > min && max < 80.0,
                    valid,
                });
            }
            Std::Softplus { initial } | Std::Exp { initial } => {
                checks.push(Check::positive("pi.head.std.initial", initial))
            }
            Std::Constant { value } => checks.push(Check::positive("pi.head.std.value", value)),
            Std::Learned | Std::Quadratic => {}
        }
    }
    if let Bounds::Tanh { inset } = pi.bounds {
        let ok = (0.0..1.0).contains(&inset);
        checks.push(Check { field: "pi.bounds.inset", value: inset, ok, valid: "at least 0 and below 1" });
    }
    match pi.penalty {
        Penalty::Off => {}
        Penalty::MeanL2 { coefficient } | Penalty::LogitL2 { coefficient } => {
            checks.push(Check::positive("pi.penalty.coefficient", coefficient));
        }
        Penalty::Samples { epsilon, lr, .. } => checks
            .extend([Check::positive("pi.penalty.epsilon", epsilon), Check::positive("pi.penalty.lr", lr)]),
    }
    checks
}
