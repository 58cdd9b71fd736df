//! Rows of a minibatch of a rollout: what is known of each transition beside observation and action, and the words for the
//! policy's step on them.

use super::super::step_program::StepProgram;
use super::super::table::{ROLLOUT_EPS, Table};
use crate::code::{AdvantageNorm, KlStop};
use crate::columns::{Divergence, Portion, TrustRegion};
use crate::episodes::Episodes;
use crate::math::{statistics, top};
use crate::plan::{Plan, Posterior, Prior, Surrogate, Temperature};

/// What makes the rows of a minibatch, with memory to work in.
#[derive(Debug)]
pub(super) struct RolloutRows {
    /// Numbers that say which distribution the prior is at a state; 1 where it is not kept.
    prior_width: usize,
    /// Whether the prior is kept.
    has_prior: bool,
    /// Whether advantages are standardised over the minibatch.
    standardises: bool,
    /// The part of the minibatch's actions that are marked as its best.
    best: Option<f64>,
    advantages: Vec<f32>,
    scaled: Vec<f32>,
    marks: Vec<f32>,
    order: Vec<f32>,
}

impl RolloutRows {
    pub(super) fn new(plan: &Plan) -> Self {
        let has_prior = plan.prior == Prior::Rollout;
        let best = match plan.posterior {
            Posterior::Top { fraction, of: Portion::Minibatch, .. } => Some(fraction),
            _ => None,
        };
        let zeros = || vec![0.0; plan.batch];
        RolloutRows {
            prior_width: if has_prior { plan.policy.width(plan.dims.action) } else { 1 },
            has_prior,
            standardises: plan.code.advantage_norm == AdvantageNorm::Minibatch,
            best,
            advantages: zeros(),
            scaled: zeros(),
            marks: zeros(),
            order: zeros(),
        }
    }

    /// Numbers of the prior at a state.
    pub(super) fn prior_width(&self) -> usize {
        self.prior_width
    }

    /// Writes the transitions `indices` of the rollout as the rows of a minibatch.
    pub(super) fn write(
        &mut self,
        program: &mut StepProgram,
        (rollout, table): (&Episodes, &Table),
        indices: &[usize],
    ) {
        self.gather(table, indices);
        for (row, &index) in indices.iter().enumerate() {
            let at = table.rows[index];
            let known = [self.scaled[row], table.returns[index], table.values[at], self.marks[row]];
            let prior = if self.has_prior { table.prior_of(at, self.prior_width) } else { &[0.0][..] };
            program.write_row(row, &[rollout.obs_rows(at..at + 1), rollout.action(index), &known, prior]);
        }
    }

    /// Finds advantages and marks of the transitions `indices`.
    fn gather(&mut self, table: &Table, indices: &[usize]) {
        for (row, &index) in indices.iter().enumerate() {
            self.advantages[row] = table.standardised[index];
            self.marks[row] = table.marks[index];
        }
        if self.standardises {
            statistics::standardise(&self.advantages, ROLLOUT_EPS, &mut self.scaled);
        } else {
            self.scaled.copy_from_slice(&self.advantages);
        }
        if let Some(fraction) = self.best {
            top::select(&self.scaled, fraction, &mut self.order, &mut self.marks);
        }
    }
}

/// What a step does with the policy under `plan`, in the order it does it.
pub(super) fn about(plan: &Plan) -> Vec<String> {
    let mut lines = match plan.posterior {
        Posterior::Surrogate(bound) => surrogate(bound),
        Posterior::Top { eta, fraction, of } => best(eta, fraction, of),
        Posterior::Reparameterised { .. }
        | Posterior::PerState { .. }
        | Posterior::AllActions { .. }
        | Posterior::PerBatch { .. }
        | Posterior::OverData { .. } => Vec::new(),
    };
    if plan.code.advantage_norm == AdvantageNorm::Minibatch {
        lines.insert(0, "A standardised over the minibatch".to_owned());
    }
    lines.extend(region(plan.region()));
    lines.extend(super::penalty(plan.policy.penalty));
    if plan.code.entropy_bonus != 0.0 {
        lines.push(format!("less {} times the policy's entropy", plan.code.entropy_bonus));
    }
    if let KlStop::Above { kl } = plan.code.kl_stop {
        lines.push(format!("the iteration ends after a minibatch whose KL(pi_p || pi_q) was above {kl}"));
    }
    lines
}

fn surrogate(bound: Surrogate) -> Vec<String> {
    vec![match bound {
        Surrogate::Clipped { epsilon } => format!(
            "the policy one step up min(ratio A, clip(ratio, 1 - {epsilon}, 1 + {epsilon}) A), ratio = pi_q(a|s) / pi_p(a|s) \
             (Schulman et al. 2017, Eq. 7)"
        ),
        // It is no step on minibatches.
        Surrogate::Constrained(_) => return Vec::new(),
        Surrogate::Penalised { eta: Temperature::Zero, .. } => {
            "the policy one step up ratio A, ratio = pi_q(a|s) / pi_p(a|s) (Sec. 4.1.2)".to_owned()
        }
        Surrogate::Penalised { divergence, .. } => {
            let kl = match divergence {
                Divergence::QToP => "KL(pi_q || pi_p)",
                Divergence::PToQ | Divergence::Mmd => "KL(pi_p || pi_q)",
            };
            format!("the policy one step up ratio A - eta {kl}, ratio = pi_q(a|s) / pi_p(a|s) (Sec. 4.1.2)")
        }
    }]
}

fn best(eta: Temperature, fraction: f64, of: Portion) -> Vec<String> {
    let of = match of {
        Portion::Minibatch => "the minibatch",
        Portion::Rollout => "the rollout",
    };
    let which = if fraction < 1.0 {
        format!("the {} % of {of} with the largest A", 100.0 * fraction)
    } else {
        "all of them".to_owned()
    };
    let mut lines = vec![
        format!("E-step: w = softmax of A / eta over {which} (Eq. 2; Song et al. 2020, Eq. 3)"),
        "M-step: the policy one step down -sum w ln pi(a|s) (Eq. 3)".to_owned(),
    ];
    if let Temperature::Dual { epsilon, .. } = eta {
        lines.push(format!(
            "eta = softplus(x) one step down its dual over the same, bound {epsilon} on the KL"
        ));
    }
    lines
}

fn region(region: TrustRegion) -> Option<String> {
    super::super::batch::region(region)
}
