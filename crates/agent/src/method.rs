//! A method: a row of Table 1, its code details, its experience and its schedule; everything that gives a run its
//! meaning.

use crate::code::{Code, GradientClip, InputNorm, LrDecay, OptimizerKind, Sync, WeightInit};
use crate::collect::{Collect, Iteration};
use crate::columns::{
    Actions, Bounds, Estimate, Eta, Family, G, Head, Penalty, PiP, PiQ, PiTheta, Smoothing, Std, Target,
    TrustRegion, Weights,
};
use crate::error::Error;
use crate::exploration::Exploration;
use crate::row::Row;
use crate::schedule::Schedule;
use serde::{Deserialize, Serialize};

/// A method, every default resolved: the tree that overrides reach into and that the run directory keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Method {
    /// Column 1: EM or KL.
    pub family: Family,
    /// Column 4: G.
    pub g: G,
    /// Column 2: the update of pi_q.
    pub pi_q: PiQ,
    /// Column 3: the update of pi_p.
    pub pi_p: PiP,
    /// Column 5: the estimate of G.
    pub estimate: Estimate,
    /// Column 6: the parametric policy.
    pub pi: PiTheta,
    /// Networks and optimisers.
    pub code: Code,
    /// How experience is collected and learned from.
    pub collect: Collect,
    /// Evaluations and logs.
    pub schedule: Schedule,
}

/// Longest window of Retrace: each of its transitions is a critic's evaluation in the update's record.
const MOST_TRANSITIONS: usize = 128;

/// The most weights that hidden layers may have between them: 400 MB, and five times that with gradients, moments
/// and targets.
const MOST_WEIGHTS: u128 = 100_000_000;

/// A number of the method, and whether a run could use it.
struct Check {
    field: &'static str,
    value: f64,
    ok: bool,
    valid: &'static str,
}

impl Check {
    fn positive(field: &'static str, value: f64) -> Self {
        // The update computes in f32, where the number must still be one.
        let ok = value as f32 > 0.0 && (value as f32).is_finite();
        Check { field, value, ok, valid: "a number above 0 that f32 can hold" }
    }

    fn count(field: &'static str, value: u64) -> Self {
        Check { field, value: value as f64, ok: value >= 1, valid: "at least 1" }
    }
}

impl Method {
    /// The six cells.
    pub fn row(&self) -> Row {
        let Method { family, pi_q, pi_p, g, estimate, pi, .. } = *self;
        Row { family, pi_q, pi_p, g, estimate, pi }
    }

    /// Refuses numbers that no run could use, naming the first.
    pub fn validate(&self) -> Result<(), Error> {
        let sizes =
            [("code.policy_sizes", &self.code.policy_sizes), ("code.critic_sizes", &self.code.critic_sizes)];
        for (field, sizes) in sizes {
            if sizes.is_empty() || sizes.iter().any(|&s| s == 0 || s > 1 << 16) {
                let valid = "a list of layer sizes, each from 1 to 65536, such as [256, 256]";
                return Err(Error::OutOfRange { field, value: format!("{sizes:?}"), valid });
            }
        }
        self.check_weights()?;
        let checks = self.column_checks().into_iter().chain(self.code_checks());
        let mut checks = checks.chain(collect_checks(&self.collect)).chain(self.schedule_checks());
        match checks.find(|check| !check.ok) {
            Some(Check { field, value, valid, .. }) => {
                Err(Error::OutOfRange { field, value: value.to_string(), valid })
            }
            None => Ok(()),
        }
    }

    /// Refuses layers whose weights no machine here would hold, before anything is allocated for them.
    fn check_weights(&self) -> Result<(), Error> {
        let between = |sizes: &[usize]| sizes.windows(2).map(|w| w[0] as u128 * w[1] as u128).sum::<u128>();
        let (critics, code) = (self.estimate.critics.count() as u128, &self.code);
        for (field, sizes, copies) in
            [("code.policy_sizes", &code.policy_sizes, 1), ("code.critic_sizes", &code.critic_sizes, critics)]
        {
            let weights = copies * between(sizes);
            if weights > MOST_WEIGHTS {
                let of = if copies == 1 { "" } else { " in two critics" };
                let value = format!("{sizes:?}, {weights} weights between layers{of}");
                let valid = "a list of layer sizes with at most 100000000 weights between layers";
                return Err(Error::OutOfRange { field, value, valid });
            }
        }
        Ok(())
    }

    fn column_checks(&self) -> Vec<Check> {
        let discount = self.estimate.discount;
        let mut checks = vec![Check {
            field: "estimate.discount",
            value: discount,
            ok: discount >= 0.0 && (discount as f32) < 1.0,
            valid: "at least 0 and below 1",
        }];
        checks.extend(self.pi_q.eta().map(eta_checks).unwrap_or_default());
        checks.extend(policy_checks(self.pi));
        if let Some(lambda) = self.estimate.target.lambda() {
            let ok = (0.0..=1.0).contains(&lambda);
            let valid = "from 0 to 1";
            checks.push(Check { field: "estimate.target.lambda", value: lambda, ok, valid });
        }
        let Smoothing { std, clip } = self.estimate.smoothing;
        checks.push(Check::positive("estimate.smoothing.std", std));
        checks.push(Check::positive("estimate.smoothing.clip", clip));
        match self.estimate.target {
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
            self.pi_q
        {
            checks.push(Check::positive("pi_q.weights.clip", clip));
        }
        if let PiP::Lagged { period } = self.pi_p {
            checks.push(Check::count("pi_p.period", period));
        }
        if let PiP::Sg { actions, trust_region } = self.pi_p {
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

    fn code_checks(&self) -> Vec<Check> {
        let code = &self.code;
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
        checks.extend(init_checks("code.weight_init.gain", code.weight_init));
        checks.extend(init_checks("code.policy_output_init.gain", code.policy_output_init));
        let of_critics = code.critic_output_init.or(code.weight_init);
        checks.extend(init_checks("code.critic_output_init.gain", of_critics));
        checks
    }

    fn schedule_checks(&self) -> Vec<Check> {
        let schedule = &self.schedule;
        vec![
            Check::count("schedule.eval_every", schedule.eval_every),
            Check::count("schedule.eval_episodes", u64::from(schedule.eval_episodes)),
            Check::count("schedule.log_every", schedule.log_every),
        ]
    }
}

fn collect_checks(collect: &Collect) -> Vec<Check> {
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
        Collect::Rollout { steps, epochs, .. } => {
            checks.extend([Check::count("collect.steps", steps), Check::count("collect.epochs", epochs)])
        }
        Collect::Dataset { .. } => {}
    }
    checks.extend(exploration_checks(collect.exploration()));
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
        Eta::Zero | Eta::Joint { .. } | Eta::Adaptive { .. } | Eta::Learned => Vec::new(),
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
            Std::Softplus { initial } => checks.push(Check::positive("pi.head.std.initial", initial)),
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
