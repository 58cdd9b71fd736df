//! The lowering of a row that learns from rollouts of the policy as it is.

use super::Cells;
use crate::columns::{
    self, Actions, Baseline, Critics, Divergence, Estimate, Family, G, Next, Penalty, PiP, PiQ, Score,
    TrustRegion, Weights,
};
use crate::error::Error;
use crate::plan::{
    Constraint, Critic, Head, PolicyForm, Posterior, Prior, Returns, Surrogate, Temperature, VCritic,
};
use crate::row::Row;

impl Row {
    /// Whether its posterior is one of the actions of a rollout.
    pub(super) fn is_of_rollouts(&self) -> bool {
        match self.pi_q {
            PiQ::Clipped { .. } | PiQ::Constrained { .. } => true,
            PiQ::Gradient { .. } => self.pi_p == PiP::Posterior,
            PiQ::Analytic { weights: Weights::Top { .. }, .. } => true,
            PiQ::Analytic {
                weights:
                    Weights::PerState
                    | Weights::Batch { .. }
                    | Weights::Unnormalised { .. }
                    | Weights::Group
                    | Weights::Linear,
                ..
            } => false,
        }
    }

    /// The cells of a row of rollouts.
    pub(super) fn on_policy(&self) -> Result<Cells, Error> {
        let critic = self.critic_of_states()?;
        let policy = self.policy_of_rollouts()?;
        let (posterior, prior, region) = match (self.family, self.pi_q) {
            (Family::Kl, _) => (self.surrogate()?, Prior::Rollout, TrustRegion::Off),
            (Family::Em, PiQ::Analytic { .. }) => self.top(policy)?,
            (Family::Em, _) => {
                return self.missing("pi_q", "EM control solves for pi_q analytically");
            }
        };
        Ok(Cells { critic, posterior, prior, region, policy })
    }

    /// KL control on a rollout: the prior is the posterior of the iteration before.
    fn surrogate(&self) -> Result<Posterior, Error> {
        let posterior = match self.pi_q {
            PiQ::Clipped { epsilon } => Ok(Posterior::Surrogate(Surrogate::Clipped { epsilon })),
            PiQ::Gradient { divergence: Divergence::Mmd, .. } => {
                self.missing("pi_q", "a surrogate's penalty is a KL, p_to_q or q_to_p")
            }
            PiQ::Gradient { eta, divergence } => match Temperature::of(eta) {
                Some(
                    eta @ (Temperature::Zero | Temperature::Fixed { .. } | Temperature::Adaptive { .. }),
                ) => Ok(Posterior::Surrogate(Surrogate::Penalised { eta, divergence })),
                Some(Temperature::Entropy { .. } | Temperature::Dual { .. }) | None => {
                    self.missing("pi_q", "on rollouts eta is zero, fixed or adaptive")
                }
            },
            PiQ::Constrained { divergence: Divergence::Mmd, .. } => {
                self.missing("pi_q", "a constrained step's bound is on a KL, p_to_q or q_to_p")
            }
            PiQ::Constrained { .. } if self.pi.penalty != Penalty::Off => {
                self.missing("pi", "a constrained step is of ratio A alone: pi.penalty must be off")
            }
            PiQ::Constrained { epsilon, divergence, solver } => {
                let constraint = Constraint { epsilon, divergence, solver };
                Ok(Posterior::Surrogate(Surrogate::Constrained(constraint)))
            }
            PiQ::Analytic { .. } => {
                self.missing("pi_q", "weights of the largest advantages are EM control's")
            }
        }?;
        if self.pi_p != PiP::Posterior {
            return self.missing(
                "pi_p",
                "a surrogate's ratios are to the policy that took the actions: pi_p is the posterior of the step before",
            );
        }
        Ok(posterior)
    }

    /// EM control on a rollout: weights of the largest advantages, fitted within a trust region.
    fn top(&self, policy: PolicyForm) -> Result<(Posterior, Prior, TrustRegion), Error> {
        let PiQ::Analytic { eta, weights: Weights::Top { fraction, of }, baseline: Baseline::None } =
            self.pi_q
        else {
            return self.missing(
                "pi_q",
                "advantages have their baseline already: weights of the largest run without",
            );
        };
        let Some(eta @ (Temperature::Fixed { .. } | Temperature::Dual { .. })) = Temperature::of(eta) else {
            return self.missing("pi_q", "weights of the largest advantages run with eta fixed or a dual");
        };
        let PiP::Sg { actions: Actions::Previous { samples: 1 }, trust_region } = self.pi_p else {
            return self.missing(
                "pi_p",
                "a rollout has one action of the previous policy a state: pi_p runs as sg with actions = { kind = \
                 \"previous\", samples = 1 }",
            );
        };
        if matches!((policy.head, trust_region), (Head::Softmax, TrustRegion::MeanStd { .. })) {
            return self.missing("pi_p", "a softmax policy has no mean: its trust region is whole, or off");
        }
        Ok((Posterior::Top { eta, fraction, of }, Prior::Previous, trust_region))
    }

    /// The critic of states of a rollout.
    fn critic_of_states(&self) -> Result<Critic, Error> {
        if self.g != G::A {
            return self.missing("g", "rollouts are learned from by advantages");
        }
        let Estimate { target, critics: Critics::Single, next: Next::Online, score: Score::Combined, .. } =
            self.estimate
        else {
            return self
                .missing("estimate", "advantages of rollouts run on a single critic with next = \"online\"");
        };
        let returns = match target {
            columns::Target::Gae { lambda } | columns::Target::Lambda { lambda } => {
                Returns::Lambda { lambda }
            }
            columns::Target::NStep { n } => Returns::NStep { n },
            columns::Target::Td => Returns::NStep { n: 1 },
            columns::Target::Reward | columns::Target::Retrace { .. } | columns::Target::Dual => {
                return self.missing(
                    "estimate",
                    "advantages of rollouts run on GAE, TD(lambda), n-step or TD(0) returns",
                );
            }
        };
        Ok(Critic::V(VCritic { returns, scale: 1.0 }))
    }

    /// A policy whose probabilities of a rollout's actions can be asked for.
    fn policy_of_rollouts(&self) -> Result<PolicyForm, Error> {
        match (self.head(), self.pi.penalty) {
            (_, Penalty::Samples { .. }) => {
                self.missing("pi", "the penalty of sampled actions needs samples beside the rollout's")
            }
            (Some(Head::Softmax), Penalty::MeanL2 { .. }) => {
                self.missing("pi", "discrete actions have no box: pi.penalty must be off or logit_l2")
            }
            (Some(Head::Normal { .. }), Penalty::LogitL2 { .. }) => {
                self.missing("pi", "only a softmax policy has logits to penalise")
            }
            (Some(Head::Softmax), _) if self.pi.bounds != columns::Bounds::None => {
                self.missing("pi", "discrete actions have no box: pi.bounds must be none")
            }
            (Some(head @ (Head::Normal { .. } | Head::Softmax)), penalty) => Ok(PolicyForm { head, penalty }),
            (Some(Head::Delta { .. }) | None, _) => self.missing(
                "pi",
                "rollouts are learned from by the probabilities of their actions: a Gaussian policy or a softmax",
            ),
        }
    }
}
