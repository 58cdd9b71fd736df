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

/// A number of the method, and whether a run could use it.
struct Check {
    field: &'static str,
    value: f64,
    ok: bool,
    valid: &'static str,
}

impl Check {
    fn positive(field: &'static str, value: f64) -> Self {
        Check { field, value, ok: value > 0.0 && value.is_finite(), valid: "a number above 0" }
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
        let mut checks =
            self.column_checks().into_iter().chain(self.code_checks()).chain(self.schedule_checks());
        match checks.find(|check| !check.ok) {
            Some(Check { field, value, valid, .. }) => {
                Err(Error::OutOfRange { field, value: value.to_string(), valid })
            }
            None => Ok(()),
        }
    }

    fn column_checks(&self) -> Vec<Check> {
        let Method { estimate, pi, pi_q, .. } = self;
        let (discount, (low, high)) = (estimate.discount, (pi.log_std_min, pi.log_std_max));
        let mut checks = vec![
            Check {
                field: "estimate.discount",
                value: discount,
                ok: (0.0..1.0).contains(&discount),
                valid: "at least 0 and below 1",
            },
            Check {
                field: "pi.log_std_min",
                value: low,
                ok: low > -80.0 && low < 80.0,
                valid: "between -80 and 80",
            },
            Check {
                field: "pi.log_std_max",
                value: high,
                ok: high > low && high < 80.0,
                valid: "above pi.log_std_min and below 80",
            },
        ];
        match pi_q.eta() {
            Eta::Zero => {}
            Eta::Fixed { value } => checks.push(Check::positive("pi_q.eta.value", value)),
            Eta::Entropy { target_per_dim: target, initial, lr } => checks.extend([
                Check {
                    field: "pi_q.eta.target_per_dim",
                    value: target,
                    ok: target.is_finite(),
                    valid: "a finite number",
                },
                Check::positive("pi_q.eta.initial", initial),
                Check::positive("pi_q.eta.lr", lr),
            ]),
        }
        checks
    }

    fn code_checks(&self) -> [Check; 4] {
        let code = &self.code;
        let tau = code.target_tau;
        [
            Check::positive("code.policy_lr", code.policy_lr),
            Check::positive("code.critic_lr", code.critic_lr),
            Check::positive("code.policy_output_gain", code.policy_output_gain),
            Check {
                field: "code.target_tau",
                value: tau,
                ok: tau > 0.0 && tau <= 1.0,
                valid: "above 0 and at most 1",
            },
        ]
    }

    fn schedule_checks(&self) -> [Check; 7] {
        let schedule = &self.schedule;
        let capacity = schedule.replay_capacity;
        let holds = capacity >= schedule.batch && capacity <= 1 << 31;
        let valid = "at least schedule.batch and at most 2147483648";
        [
            Check::count("schedule.batch", schedule.batch as u64),
            Check { field: "schedule.replay_capacity", value: capacity as f64, ok: holds, valid },
            Check::count("schedule.update_every", schedule.update_every),
            Check::count("schedule.updates", schedule.updates),
            Check::count("schedule.eval_every", schedule.eval_every),
            Check::count("schedule.eval_episodes", u64::from(schedule.eval_episodes)),
            Check::count("schedule.log_every", schedule.log_every),
        ]
    }
}
