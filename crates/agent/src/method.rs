//! A method: a row of Table 1, its code details and its schedule; everything that gives a run its meaning.

use crate::code::Code;
use crate::columns::{Estimate, Eta, Family, G, PiP, PiQ, PiTheta};
use crate::error::Error;
use crate::row::Row;
use crate::schedule::Schedule;
use serde::{Deserialize, Serialize};

/// What a run does, resolved: the tree that overrides reach into and that the run directory keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// When things happen.
    pub schedule: Schedule,
}

struct Range {
    field: &'static str,
    value: f64,
    ok: bool,
    valid: &'static str,
}

impl Method {
    /// The six cells.
    pub fn row(&self) -> Row {
        let Method { family, pi_q, pi_p, g, estimate, pi, .. } = *self;
        Row { family, pi_q, pi_p, g, estimate, pi }
    }

    /// Refuses numbers that no run could use, naming the first.
    pub fn validate(&self) -> Result<(), Error> {
        let Method { code, schedule, estimate, pi, .. } = self;
        let positive = |field, value: f64| Range {
            field,
            value,
            ok: value > 0.0 && value.is_finite(),
            valid: "a number above 0",
        };
        let at_least_one =
            |field, value: u64| Range { field, value: value as f64, ok: value >= 1, valid: "at least 1" };
        let mut checks = vec![
            Range {
                field: "estimate.discount",
                value: estimate.discount,
                ok: (0.0..1.0).contains(&estimate.discount),
                valid: "at least 0 and below 1",
            },
            positive("code.policy_lr", code.policy_lr),
            positive("code.critic_lr", code.critic_lr),
            positive("code.policy_output_gain", code.policy_output_gain),
            Range {
                field: "code.target_tau",
                value: code.target_tau,
                ok: code.target_tau > 0.0 && code.target_tau <= 1.0,
                valid: "above 0 and at most 1",
            },
            Range {
                field: "pi.log_std_max",
                value: pi.log_std_max,
                ok: pi.log_std_max > pi.log_std_min && pi.log_std_max < 80.0,
                valid: "above pi.log_std_min and below 80",
            },
            Range {
                field: "pi.log_std_min",
                value: pi.log_std_min,
                ok: pi.log_std_min > -80.0,
                valid: "above -80",
            },
            at_least_one("schedule.batch", schedule.batch as u64),
            Range {
                field: "schedule.replay_capacity",
                value: schedule.replay_capacity as f64,
                ok: schedule.replay_capacity >= schedule.batch && schedule.replay_capacity <= 1 << 31,
                valid: "at least schedule.batch and at most 2147483648",
            },
            at_least_one("schedule.update_every", schedule.update_every),
            at_least_one("schedule.updates", schedule.updates),
            at_least_one("schedule.eval_every", schedule.eval_every),
            at_least_one("schedule.eval_episodes", u64::from(schedule.eval_episodes)),
            at_least_one("schedule.log_every", schedule.log_every),
        ];
        match self.pi_q.eta() {
            Eta::Zero => {}
            Eta::Fixed { value } => checks.push(positive("pi_q.eta.value", value)),
            Eta::Entropy { target_per_dim, initial, lr } => checks.extend([
                Range {
                    field: "pi_q.eta.target_per_dim",
                    value: target_per_dim,
                    ok: target_per_dim.is_finite(),
                    valid: "a finite number",
                },
                positive("pi_q.eta.initial", initial),
                positive("pi_q.eta.lr", lr),
            ]),
        }
        for (field, sizes) in
            [("code.policy_sizes", &code.policy_sizes), ("code.critic_sizes", &code.critic_sizes)]
        {
            if sizes.is_empty() || sizes.iter().any(|&s| s == 0 || s > 1 << 16) {
                let valid = "a list of layer sizes, each from 1 to 65536, such as [256, 256]";
                return Err(Error::OutOfRange { field, value: format!("{sizes:?}"), valid });
            }
        }
        match checks.into_iter().find(|c| !c.ok) {
            Some(Range { field, value, valid, .. }) => {
                Err(Error::OutOfRange { field, value: value.to_string(), valid })
            }
            None => Ok(()),
        }
    }
}
