//! The ranges of the numbers that are no column's: code details, experience, schedule.

use super::Method;
use super::check::Check;
use crate::code::{
    Code, GradientClip, InputNorm, KlStop, LrDecay, OptimizerKind, RewardNorm, Sync, ValueLoss, WeightInit,
};
use crate::collect::{Collect, Iteration};
use crate::exploration::Exploration;

/// Those of the code details.
pub(super) fn of_code(method: &Method) -> Vec<Check> {
    let code = &method.code;
    let decay = code.weight_decay;
    let mut checks = vec![
        Check::positive("code.policy_lr", code.policy_lr),
        Check::positive("code.critic_lr", code.critic_lr),
        Check::positive("code.adam_eps", code.adam_eps),
        Check {
            field: "code.weight_decay",
            value: decay,
            ok: (0.0..1e6).contains(&decay),
            valid: "at least 0",
        },
    ];
    if let LrDecay::Linear { steps } = code.lr_decay {
        checks.push(Check::count("code.lr_decay.steps", steps));
    }
    match code.targets {
        Sync::Soft { tau } => checks.push(Check {
            field: "code.targets.tau",
            value: tau,
            ok: tau > 0.0 && tau <= 1.0,
            valid: "above 0 and at most 1",
        }),
        Sync::Hard { period } => checks.push(Check::count("code.targets.period", period)),
    }
    checks.push(Check::count("code.policy_delay", code.policy_delay));
    if let GradientClip::Norm { max } = code.gradient_clip {
        checks.push(Check::positive("code.gradient_clip.max", max));
    }
    if let OptimizerKind::Sgd { momentum } = code.optimizer {
        let ok = (0.0..1.0).contains(&momentum);
        let valid = "at least 0 and below 1";
        checks.push(Check { field: "code.optimizer.momentum", value: momentum, ok, valid });
    }
    checks.extend(input_norm_checks(code.input_norm));
    checks.extend(rollout_checks(code));
    checks.extend(init_checks("code.weight_init.gain", code.weight_init));
    checks.extend(init_checks("code.policy_output_init.gain", code.policy_output_init));
    let of_critics = code.critic_output_init.or(code.weight_init);
    checks.extend(init_checks("code.critic_output_init.gain", of_critics));
    checks
}

/// Those of the schedule.
pub(super) fn of_schedule(method: &Method) -> Vec<Check> {
    let schedule = &method.schedule;
    vec![
        Check::count("schedule.eval_every", schedule.eval_every),
        Check::count("schedule.eval_episodes", u64::from(schedule.eval_episodes)),
        Check::count("schedule.log_every", schedule.log_every),
    ]
}

/// Those of how experience is collected.
pub(super) fn of_collect(collect: &Collect) -> Vec<Check> {
    let mut checks = vec![Check::count("collect.batch", collect.batch() as u64)];
    if let Some(capacity) = collect.capacity() {
        let ok = capacity >= collect.batch() && capacity <= 1 << 31;
        let valid = "at least collect.batch and at most 2147483648";
        checks.push(Check { field: "collect.capacity", value: capacity as f64, ok, valid });
    }
    match *collect {
        Collect::Replay { update_every, updates, .. } => checks.extend([
            Check::count("collect.update_every", update_every),
            Check::count("collect.updates", updates),
        ]),
        Collect::Episodes { iteration, .. } => checks.extend(iteration_checks(iteration)),
        Collect::Rollout { steps, copies, batch, epochs } => checks.extend([
            Check::count("collect.copies", copies),
            Check {
                field: "collect.steps",
                value: steps as f64,
                ok: (1..=1 << 31).contains(&steps) && steps.is_multiple_of(copies.max(1)),
                valid: "a multiple of collect.copies and at most 2147483648",
            },
            Check {
                field: "collect.batch",
                value: batch as f64,
                ok: batch as u64 <= steps,
                valid: "at most collect.steps",
            },
            Check::count("collect.epochs", epochs),
        ]),
        Collect::Dataset { .. } => {}
    }
    checks.extend(exploration_checks(collect.exploration()));
    checks
}

fn rollout_checks(code: &Code) -> Vec<Check> {
    let mut checks = vec![Check {
        field: "code.entropy_bonus",
        value: code.entropy_bonus,
        ok: (0.0..1e6).contains(&code.entropy_bonus),
        valid: "at least 0",
    }];
    if let ValueLoss::Clipped { epsilon } = code.value_loss {
        checks.push(Check::positive("code.value_loss.epsilon", epsilon));
    }
    if let KlStop::Above { kl } = code.kl_stop {
        checks.push(Check::positive("code.kl_stop.kl", kl));
    }
    if let RewardNorm::Running { clip } = code.reward_norm {
        checks.push(Check::positive("code.reward_norm.clip", clip));
    }
    checks
}

fn exploration_checks(exploration: Exploration) -> Vec<Check> {
    match exploration {
        Exploration::Off => Vec::new(),
        Exploration::Gaussian { std } => vec![Check::positive("collect.exploration.std", std)],
        Exploration::OrnsteinUhlenbeck { theta, std, dt } => {
            let step = theta * dt;
            let valid = "at least 0, and at most 1 when it is multiplied by collect.exploration.dt";
            let ok = theta >= 0.0 && step <= 1.0;
            vec![
                Check::positive("collect.exploration.std", std),
                Check::positive("collect.exploration.dt", dt),
                Check { field: "collect.exploration.theta", value: theta, ok, valid },
            ]
        }
    }
}

fn iteration_checks(iteration: Iteration) -> [Check; 3] {
    match iteration {
        Iteration::ByEpisodes { samples, critic_steps, policy_steps } => [
            Check::count("collect.iteration.samples", samples),
            Check::count("collect.iteration.critic_steps", critic_steps),
            Check::count("collect.iteration.policy_steps", policy_steps),
        ],
        Iteration::Fixed { every, critic_steps, policy_steps } => [
            Check::count("collect.iteration.every", every),
            Check::count("collect.iteration.critic_steps", critic_steps),
            Check::count("collect.iteration.policy_steps", policy_steps),
        ],
    }
}

fn input_norm_checks(norm: InputNorm) -> Vec<Check> {
    let InputNorm::Running { variance_eps, std_floor, clip, .. } = norm else { return Vec::new() };
    let positive = variance_eps + std_floor > 0.0;
    let ok = variance_eps >= 0.0 && variance_eps.is_finite() && positive;
    let valid = "a number of at least 0, and above 0 where code.input_norm.std_floor is 0";
    let floor_ok = std_floor >= 0.0 && std_floor.is_finite();
    vec![
        Check { field: "code.input_norm.variance_eps", value: variance_eps, ok, valid },
        Check { field: "code.input_norm.std_floor", value: std_floor, ok: floor_ok, valid: "at least 0" },
        Check::positive("code.input_norm.clip", clip),
    ]
}

/// The check of an orthogonal initialiser's gain, whose path is `gain_field`.
fn init_checks(gain_field: &'static str, init: WeightInit) -> Option<Check> {
    match init {
        WeightInit::Orthogonal { gain } => Some(Check::positive(gain_field, gain)),
        WeightInit::XavierUniform { .. }
        | WeightInit::VarianceScalingUniform { .. }
        | WeightInit::VarianceScalingNormal { .. }
        | WeightInit::Uniform { .. }
        | WeightInit::FanIn => None,
    }
}
