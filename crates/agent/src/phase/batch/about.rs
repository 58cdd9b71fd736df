//! What an update on a batch does, in the order it does it, each line with its equation or source.

use super::super::minibatches::penalty;
use crate::code::Sync;
use crate::columns::{Critics, Penalty, Score, Smoothing, TimeLimits, TrustRegion};
use crate::plan::{
    Critic, EntropyBonus, Head, NextActions, Plan, Posterior, Prior, QCritic, Target, Temperature,
};

/// The lines for `plan`.
pub(crate) fn about(plan: &Plan) -> Vec<String> {
    let Critic::Q(critic) = plan.critic else { return Vec::new() };
    let mut lines =
        vec![format!("{} transitions of the replay, drawn uniformly with replacement", plan.batch)];
    let policy = improvement(plan, critic);
    let evaluation = evaluation(plan, critic);
    match plan.posterior {
        // Weights are those of the critics before their step.
        Posterior::PerBatch { .. } => {
            let (weights, fit) = policy.split_at(1);
            lines.extend(weights.iter().cloned());
            lines.extend(evaluation);
            lines.extend(fit.iter().cloned());
        }
        Posterior::Reparameterised { .. }
        | Posterior::PerState { .. }
        | Posterior::AllActions { .. }
        | Posterior::OverData { .. }
        | Posterior::Top { .. }
        | Posterior::Surrogate(_) => {
            lines.extend(evaluation);
            lines.extend(delay(plan));
            lines.extend(policy);
        }
    }
    lines.extend(region(plan.region()));
    lines.extend(penalty(plan.policy.penalty));
    lines.extend(penalty_of_samples(plan));
    lines.extend(temperature(plan));
    lines.push(targets(plan));
    if let Prior::Copy { period } = plan.prior {
        lines.push(format!("the prior is copied from the policy every {period} {} (App. G)", counted(plan)));
    }
    lines
}

/// That most updates end with the critics, where they do.
fn delay(plan: &Plan) -> Option<String> {
    let delay = plan.code.policy_delay;
    (delay > 1).then(|| {
        format!("one update of {delay} goes on from here, the others end: the policy is delayed (TD3)")
    })
}

/// What copies are counted in.
fn counted(plan: &Plan) -> &'static str {
    if plan.code.policy_delay > 1 { "steps of the policy" } else { "updates" }
}

fn combined(critics: Critics) -> String {
    match critics {
        Critics::Single => "Q".to_owned(),
        Critics::Twin => "min of two Q".to_owned(),
        Critics::Mean => "mean of two Q".to_owned(),
        Critics::Mix { lambda } => format!("{lambda} min + {} max of two Q", 1.0 - lambda),
    }
}

/// What an entropy takes off a value; `ratio` stands for it.
fn bonus(bonus: EntropyBonus, ratio: &str) -> String {
    match bonus {
        EntropyBonus::None => String::new(),
        EntropyBonus::Eta => format!(" - eta {ratio}"),
        EntropyBonus::Fixed { value } => format!(" - {value} {ratio}"),
    }
}

fn evaluation(plan: &Plan, critic: QCritic) -> [String; 2] {
    let q = combined(critic.critics);
    let ratio = if matches!(plan.prior, Prior::Copy { .. }) { "KL(pi_q || pi_p)" } else { "ln pi(a'|s')" };
    let less = bonus(critic.bonus, ratio);
    let source = if critic.bonus == EntropyBonus::None { "" } else { " (Sec. 4.2.3)" };
    let value = match (critic.next, plan.posterior) {
        (NextActions::Previous, Posterior::AllActions { .. }) => {
            format!("V(s') = sum over every action of pi_prev(a'|s') (target {q}(s', a'){less}){source}")
        }
        (NextActions::Previous, Posterior::PerState { samples, .. }) => {
            format!(
                "V(s') = mean over {samples} actions of the previous policy of target {q}(s', a'){less}{source}"
            )
        }
        (NextActions::Smoothed(Smoothing { std, clip }), _) => format!(
            "V(s') = target {q}(s', a'), a' = clip(a_target + clip({std} z, -{clip}, {clip}), -1, 1), a_target the target \
             policy's action at s' (TD3)"
        ),
        (NextActions::Previous, _) => {
            let drawn = if is_drawn(plan) { "drawn by" } else { "the action of" };
            format!("V(s') = target {q}(s', a'){less}, a' {drawn} the target policy{source}")
        }
        (NextActions::Online, _) => {
            let drawn = if is_drawn(plan) { "drawn by" } else { "the action of" };
            format!("V(s') = target {q}(s', a'){less}, a' {drawn} the policy as it is{source}")
        }
    };
    let gamma = plan.discount;
    let ended = match plan.time_limits {
        TimeLimits::Bootstrap => "terminated",
        TimeLimits::Terminal => "terminated or out of time",
    };
    let y = match critic.target {
        Target::OneStep => format!("y = r + {gamma} (1 - {ended}) V(s')"),
        Target::NStep { n } => format!("y = the sum of {n} discounted rewards + {gamma}^{n} V(s_{n})"),
        Target::Retrace { lambda, length } => {
            format!("y = Retrace({lambda}) along windows of {length} transitions (Munos et al. 2016)")
        }
    };
    [value, format!("{y}; every critic one step down 1/2 (Q(s, a) - y)^2")]
}

/// Whether the policy's actions are drawn.
fn is_drawn(plan: &Plan) -> bool {
    match plan.policy.head {
        Head::Normal { .. } | Head::Softmax => true,
        Head::Delta { .. } => false,
    }
}

/// What the policy climbs.
fn climbed(critic: QCritic) -> String {
    match (critic.score, critic.critics) {
        (Score::Combined, _) | (Score::First, Critics::Single) => combined(critic.critics),
        (Score::First, Critics::Twin | Critics::Mean | Critics::Mix { .. }) => "the first Q".to_owned(),
    }
}

/// How the policy is improved, up to what is added to its loss.
fn improvement(plan: &Plan, critic: QCritic) -> Vec<String> {
    let q = combined(critic.critics);
    match plan.posterior {
        Posterior::Reparameterised { eta } => {
            let ratio = match plan.prior {
                Prior::Copy { .. } => "KL(pi_q || pi_p)",
                Prior::Fixed | Prior::Previous | Prior::Mixture | Prior::Rollout => "ln pi(a|s)",
            };
            let cost = if eta == Temperature::Zero { String::new() } else { format!("eta {ratio} ") };
            let through = if is_drawn(plan) { "f(s, noise)" } else { "mu(s)" };
            let q = climbed(critic);
            vec![format!("the policy one step down {cost}- {q}(s, a) through a = {through} (Sec. 4.1.2)")]
        }
        Posterior::PerState { samples, uniform, .. } => {
            let actions = match critic.next {
                NextActions::Previous => "those actions".to_owned(),
                NextActions::Online | NextActions::Smoothed(_) => {
                    format!("{samples} actions of the previous policy")
                }
            };
            let mixed = uniform.map_or(String::new(), |alpha| {
                format!(
                    ", each of another {samples} replaced by a uniform one with probability {alpha} (App. G)"
                )
            });
            vec![
                format!(
                    "E-step at s': w = softmax over {actions} of target {q} / eta (Eq. 2, Sec. 4.2.1){mixed}"
                ),
                "M-step: the policy one step down -sum w ln pi(a|s'), mean and deviation apart, the other as it was (Eq. 3)".to_owned(),
            ]
        }
        Posterior::AllActions { .. } => vec![
            format!("E-step at s': pi_q(a) = pi_prev(a) exp(target {q} / eta) / Z over every action (Eq. 2)"),
            "M-step: the policy one step down -sum pi_q ln pi(a|s') (Eq. 3)".to_owned(),
        ],
        Posterior::PerBatch { eta, clip, uniform } => {
            let mixed = uniform.map_or(String::new(), |alpha| {
                format!(", a replaced by a uniform one with probability {alpha} (App. G)")
            });
            vec![
                format!(
                    "E-step: A = {q}(s, a) - {q}(s, a_pi), w = min(B softmax over the batch of A / {eta}, {clip}) (Eq. 2, Sec. 4.2.2){mixed}"
                ),
                "M-step: the policy one step down -w ln pi(a|s) (Eq. 3)".to_owned(),
            ]
        }
        Posterior::OverData { .. } | Posterior::Top { .. } | Posterior::Surrogate(_) => Vec::new(),
    }
}

pub(crate) fn region(region: TrustRegion) -> Option<String> {
    match region {
        TrustRegion::Off => None,
        TrustRegion::MeanStd { mean, std, .. } => Some(format!(
            "plus a multiplier for each dimension times KL(previous || policy), bound {mean} of means and {std} of deviations; \
             the multipliers one step (Sec. 4.2.1)"
        )),
        TrustRegion::Whole { epsilon, .. } => Some(format!(
            "plus a multiplier times KL(previous || policy), bound {epsilon}; the multiplier one step (Sec. 4.2.1)"
        )),
    }
}

fn penalty_of_samples(plan: &Plan) -> Option<String> {
    let Penalty::Samples { samples, epsilon, .. } = plan.policy.penalty else { return None };
    let of = if samples == 0 {
        "the E-step's actions, added to w, from their distance to the box".to_owned()
    } else {
        format!("{samples} actions of the policy from the box")
    };
    Some(format!(
        "plus a second objective, the distance of {of}, with a temperature of its own, bound {epsilon} (Sec. 4.2.1)"
    ))
}

fn temperature(plan: &Plan) -> Option<String> {
    match plan.posterior.eta() {
        Temperature::Zero | Temperature::Fixed { .. } | Temperature::Adaptive { .. } => None,
        Temperature::Entropy { target_per_dim, .. } => Some(format!(
            "eta = e^x one step down -eta (ln pi(a|s) + {}), the bound on the entropy (Sec. 4.2.3)",
            target_per_dim * plan.dims.action as f64
        )),
        Temperature::Dual { epsilon, .. } => Some(match plan.posterior {
            Posterior::Reparameterised { .. } => {
                format!("eta = softplus(x) one step down eta ({epsilon} - KL(pi_q || pi_p)) (App. G)")
            }
            Posterior::PerState { .. }
            | Posterior::AllActions { .. }
            | Posterior::PerBatch { .. }
            | Posterior::OverData { .. }
            | Posterior::Top { .. }
            | Posterior::Surrogate(_) => {
                format!("eta = softplus(x) one step down its dual, bound {epsilon} on the KL (Sec. 4.2.1)")
            }
        }),
    }
}

fn targets(plan: &Plan) -> String {
    let which = match (plan.prior, plan.has_target_policy()) {
        (Prior::Previous, _) => "target critics and the previous policy",
        (Prior::Fixed | Prior::Copy { .. } | Prior::Mixture | Prior::Rollout, true) => {
            "target critics and the target policy"
        }
        (Prior::Fixed | Prior::Copy { .. } | Prior::Mixture | Prior::Rollout, false) => "target critics",
    };
    match plan.code.targets {
        Sync::Soft { tau } => format!("{which} move {tau} of the way to their networks"),
        Sync::Hard { period } => {
            format!("{which} are copied from their networks every {period} {}", counted(plan))
        }
    }
}
