//! The steps an update makes along its losses: gradients, clipping, decay, Adam, targets, projection.

use super::losses::{Loss, Losses, Update};
use super::{Case, State, assert_close};
use coadapt_agent::Metric;
use coadapt_agent::code::{GradientClip, Sync};
use coadapt_agent::columns::{Eta, Penalty, PiP, TrustRegion};
use coadapt_agent::plan::Posterior;

/// Agreement of a gradient, relative to its largest number.
const GRADIENT: f64 = 3e-5;

/// The numbers of one optimiser.
#[derive(Debug, Clone, Copy)]
struct Rates {
    lr: f64,
    eps: f64,
    weight_decay: f64,
    clip: f64,
    /// What a number is brought back to that has fallen below it.
    floor: f64,
}

/// Demands that one update of `case`, on a random batch, is what the formulas make of it.
pub fn assert_update(case: &mut Case, what: &str) {
    let (batch, noise, before) = (case.batch(), case.noise(), case.state());
    let is_whole = case.is_whole_next();
    case.step(&batch, &noise);
    let after = case.state();
    let update = Update { method: &case.method, batch: &batch, noise: &noise, before: &before };
    let losses = match case.learner.plan().posterior {
        Posterior::Reparameterised { .. } => update.kl(&after),
        Posterior::PerState { samples, .. } => update.em_samples(samples),
        Posterior::PerBatch { .. } => update.em_replay(),
        Posterior::AllActions { .. }
        | Posterior::OverData { .. }
        | Posterior::Top { .. }
        | Posterior::Surrogate(_) => panic!("not a Gaussian row of batches"),
    };
    assert_logged(case, what, (&losses, is_whole), &before);
    let code = &case.method.code;
    let clip = match code.gradient_clip {
        GradientClip::Norm { max } => max,
        GradientClip::Off => f64::INFINITY,
    };
    let (eps, weight_decay) = (code.adam_eps, code.weight_decay);
    let network = |lr| Rates { lr, eps, weight_decay, clip, floor: f64::NEG_INFINITY };
    let states = [&before, &after];
    assert_step(what, states, ["critic.", "critic_adam"], &losses.critic, network(code.critic_lr));
    if !is_whole {
        // Between two steps of the policy nothing but the critics moves.
        for prefix in ["policy", "target_", "prior_policy", "temperature", "penalty_", "adam_"] {
            assert_eq!(before.flat(prefix), after.flat(prefix), "{what}: {prefix}");
        }
        assert_eq!(case.metric(Metric::PolicyLoss), None, "{what}");
        return;
    }
    assert_step(what, states, ["policy.", "policy_adam"], &losses.policy, network(code.policy_lr));
    for (name, loss) in &losses.duals {
        let floored = *name != "temperature" || matches!(case.method.pi_q.eta(), Some(Eta::Dual { .. }));
        let floor = if floored { -18.0 } else { f64::NEG_INFINITY };
        let (lr, clip) = (dual_lr(case, name), f64::INFINITY);
        let rates = Rates { lr, eps: 1e-8, weight_decay: 0.0, clip, floor };
        assert_step(what, states, [name, &format!("adam_{name}")], loss, rates);
    }
    assert_targets(case, what, states);
}

fn assert_logged(case: &Case, what: &str, (losses, is_whole): (&Losses<'_>, bool), before: &State) {
    let mut expected = vec![(Metric::CriticLoss, (losses.critic)(before))];
    expected.extend(is_whole.then(|| (Metric::PolicyLoss, (losses.policy)(before))));
    let temperature = losses.duals.iter().find(|(name, _)| is_whole && *name == "temperature");
    expected.extend(temperature.map(|(_, loss)| (Metric::DualLoss, loss(before))));
    for (metric, loss) in expected {
        let found = case.metric(metric).unwrap();
        let error = (found - loss).abs();
        assert!(error < 2e-5 * loss.abs().max(1.0), "{what}: {metric:?} is {found}, expected {loss}");
    }
}

fn dual_lr(case: &Case, name: &str) -> f64 {
    let region = match case.method.pi_p {
        PiP::Sg { trust_region: TrustRegion::MeanStd { lr, .. }, .. } => Some(lr),
        _ => None,
    };
    match (name, case.method.pi.penalty) {
        ("temperature", _) => case.learner.plan().posterior.eta().raw().unwrap().1,
        ("penalty_temperature", Penalty::Samples { lr, .. }) => lr,
        _ => region.unwrap(),
    }
}

/// One step of Adam on the arrays `prefix`, whose moments are `optimizer`'s.
fn assert_step(
    what: &str,
    [before, after]: [&State; 2],
    [prefix, optimizer]: [&str; 2],
    loss: &Loss<'_>,
    rates: Rates,
) {
    let what = format!("{what}: {prefix}");
    let start = before.flat(prefix);
    let mut gradient = before.gradient(prefix, loss.as_ref());
    // Each network by its own norm.
    let network = before.networks_of(prefix);
    let mut squares = vec![0.0; network.iter().max().map_or(0, |last| last + 1)];
    gradient.iter().zip(&network).for_each(|(g, group)| squares[*group] += g * g);
    let scales: Vec<f64> = squares.iter().map(|sum| (rates.clip / (sum.sqrt() + 1e-6)).min(1.0)).collect();
    for ((g, p), group) in gradient.iter_mut().zip(&start).zip(&network) {
        *g = *g * scales[*group] + rates.weight_decay * p;
    }
    let moment = |state: &State, which: &str| state.get(&format!("{optimizer}.{which}")).to_vec();
    let blend = |old: &[f64], new: &[f64], keep: f64| -> Vec<f64> {
        old.iter().zip(new).map(|(o, n)| keep * o + (1.0 - keep) * n).collect()
    };
    let first = moment(after, "first_moment");
    assert_close(
        &format!("{what} first moment"),
        &first,
        &blend(&moment(before, "first_moment"), &gradient, 0.9),
        GRADIENT,
    );
    let squares: Vec<f64> = gradient.iter().map(|g| g * g).collect();
    let second = moment(after, "second_moment");
    assert_close(
        &format!("{what} second moment"),
        &second,
        &blend(&moment(before, "second_moment"), &squares, 0.999),
        2.0 * GRADIENT,
    );
    // The step itself from the moments as they are: where a gradient is nothing but rounding, so is its sign.
    let t = after.get(&format!("{optimizer}.steps"))[0];
    assert_eq!(t, before.get(&format!("{optimizer}.steps"))[0] + 1.0, "{what}");
    for (i, found) in after.flat(prefix).iter().enumerate() {
        let (m, v) = (first[i] / (1.0 - 0.9f64.powf(t)), second[i] / (1.0 - 0.999f64.powf(t)));
        let stepped = start[i] - rates.lr * m / (v.sqrt() + rates.eps);
        let error = (found - stepped.max(rates.floor)).abs();
        let tolerance = 2e-7 * start[i].abs() + 1e-5 * rates.lr;
        assert!(error < tolerance, "{what}[{i}] went from {} to {found}, expected {stepped}", start[i]);
    }
}

/// Targets follow, or are copied where a copy is due; a lagged prior is.
fn assert_targets(case: &Case, what: &str, [before, after]: [&State; 2]) {
    let steps = case.learner.updates / case.method.code.policy_delay;
    let due = |period: u64| steps.is_multiple_of(period);
    for (name, target) in [("critic.", "target_critic."), ("policy.", "target_policy.")] {
        let (online, old, new) = (after.flat(name), before.flat(target), after.flat(target));
        match case.method.code.targets {
            Sync::Soft { tau } => {
                for ((online, old), new) in online.iter().zip(&old).zip(&new) {
                    let expected = old + tau * (online - old);
                    assert!((new - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{what}: {target}");
                }
            }
            Sync::Hard { period } if due(period) && !new.is_empty() => {
                assert_eq!(new, online, "{what}: {target}")
            }
            Sync::Hard { .. } => assert_eq!(new, old, "{what}: {target}"),
        }
    }
    let (old, new) = (before.flat("prior_policy."), after.flat("prior_policy."));
    match case.method.pi_p {
        PiP::Lagged { period } if due(period) => assert_eq!(new, after.flat("policy."), "{what}: the prior"),
        _ => assert_eq!(new, old, "{what}: the prior"),
    }
}
