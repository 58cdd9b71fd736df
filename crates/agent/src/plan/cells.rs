//! The lowering of a row: six cells of Table 1 become what is computed, or one of them is named that has no code yet.

mod kl;
mod on_policy;

use crate::columns::{
    self, Actions, Baseline, Bounds, Critics, Estimate, Family, G, Next, Penalty, PiP, PiQ, Score, Std,
    TrustRegion, Weights,
};
use crate::error::Error;
use crate::plan::{
    Critic, EntropyBonus, Head, NextActions, PolicyForm, Posterior, Prior, QCritic, Returns, Spread, Target,
    Temperature, VCritic,
};
use crate::row::Row;

/// A row as it is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cells {
    /// The estimator of G.
    pub critic: Critic,
    /// How the posterior follows from prior and G.
    pub posterior: Posterior,
    /// The prior of the objective.
    pub prior: Prior,
    /// The trust region of a step of the policy.
    pub region: TrustRegion,
    /// The policy.
    pub policy: PolicyForm,
}

impl Row {
    /// The plan's cells for this row, or the cell that keeps it from running.
    pub fn lower(&self) -> Result<Cells, Error> {
        match (self.family, self.pi.head) {
            _ if self.is_of_rollouts() => self.on_policy(),
            (Family::Kl, _) => self.kl(),
            (Family::Em, columns::Head::Softmax) => self.em_softmax(),
            (Family::Em, columns::Head::Normal { .. } | columns::Head::Delta { .. }) => self.em(),
        }
    }

    /// Refuses the row because of one cell.
    fn missing<T>(&self, column: &'static str, reason: &'static str) -> Result<T, Error> {
        let [family, pi_q, pi_p, g, estimate, pi] = self.cells();
        let cell = match column {
            "family" => family,
            "pi_q" => pi_q,
            "pi_p" => pi_p,
            "g" => g,
            "estimate" => estimate,
            _ => pi,
        };
        Err(Error::NotBuilt { column, cell, reason })
    }

    /// The distribution of the policy, if it runs.
    fn head(&self) -> Option<Head> {
        let bounds = self.pi.bounds;
        let spread = match self.pi.head {
            columns::Head::Softmax => return Some(Head::Softmax),
            columns::Head::Delta { mean } => return Some(Head::Delta { mean }),
            columns::Head::Normal { std, .. } => match std {
                Std::ExpClamp { min, max } => Spread::ExpClamp { min, max },
                Std::Softplus { initial } => Spread::Softplus { initial },
                Std::Learned => Spread::Learned,
                Std::Exp { initial } => Spread::Exp { initial },
                Std::Constant { value } => Spread::Constant { value },
                Std::Quadratic => return None,
            },
        };
        let columns::Head::Normal { mean, .. } = self.pi.head else { return None };
        Some(Head::Normal { mean, std: spread, bounds })
    }

    fn em(&self) -> Result<Cells, Error> {
        let PiQ::Analytic { eta, weights, baseline } = self.pi_q else {
            return self.missing("pi_q", "EM control solves for pi_q analytically");
        };
        let PiP::Sg { actions, trust_region } = self.pi_p else {
            return self.missing("pi_p", "EM control runs with pi_p updated by stochastic gradient");
        };
        if matches!(trust_region, TrustRegion::Whole { .. }) {
            return self.missing("pi_p", "the trust region runs on means and standard deviations, or is off");
        }
        if let Weights::Unnormalised { clip } = weights {
            let policy = self.gaussian()?;
            return match (actions, baseline, Temperature::of(eta)) {
                (Actions::Mixture, Baseline::None, Some(Temperature::Fixed { value })) => {
                    self.over_data(trust_region, policy, (value, clip))
                }
                _ => self.no_pairing(actions),
            };
        }
        let critic = self.q_critic()?;
        let policy = self.gaussian()?;
        match (weights, actions, baseline, Temperature::of(eta)) {
            (
                Weights::PerState,
                Actions::Previous { .. } | Actions::UniformMix { .. },
                Baseline::None,
                Some(eta @ (Temperature::Dual { .. } | Temperature::Fixed { .. })),
            ) => self.per_state(critic, policy, (eta, actions), trust_region),
            (
                Weights::Batch { clip },
                Actions::Mixture | Actions::MixtureUniform { .. },
                Baseline::Sampled,
                Some(Temperature::Fixed { value }),
            ) => self.per_batch(critic, policy, (value, clip), trust_region),
            _ => self.no_pairing(actions),
        }
    }

    /// Refuses weights that do not go with the actions they are of.
    fn no_pairing(&self, actions: Actions) -> Result<Cells, Error> {
        match actions {
            Actions::All => self.missing(
                "pi_p",
                "all actions can be weighed where there are finitely many: with a softmax policy",
            ),
            Actions::Groups { .. } => self.missing(
                "pi_p",
                "EM control runs on samples of the previous policy or on replay actions",
            ),
            Actions::Previous { .. }
            | Actions::Mixture
            | Actions::UniformMix { .. }
            | Actions::MixtureUniform { .. } => self.missing(
                "pi_q",
                "weights by state go with samples of the previous policy, weights by batch with replay actions and a \
                 sampled baseline, unnormalised ones with replay actions and none; eta is fixed or, by state, a dual",
            ),
        }
    }

    fn per_state(
        &self,
        critic: QCritic,
        policy: PolicyForm,
        (eta, actions): (Temperature, Actions),
        region: TrustRegion,
    ) -> Result<Cells, Error> {
        if matches!(policy.penalty, Penalty::Samples { samples: 1.., .. }) {
            return self
                .missing("pi", "the penalty shares the E-step's samples: pi.penalty.samples must be 0");
        }
        if matches!(critic.next, NextActions::Smoothed(_)) {
            return self.missing(
                "estimate",
                "samples of the previous policy run with next = \"target\" or \"online\"",
            );
        }
        if critic.next == NextActions::Online && matches!(critic.target, Target::Retrace { .. }) {
            return self.missing(
                "estimate",
                "Retrace evaluates the previous policy: it runs with next = \"target\"",
            );
        }
        let (samples, uniform) = match actions {
            Actions::Previous { samples } => (samples, None),
            Actions::UniformMix { samples, alpha } => (samples, Some(alpha)),
            Actions::Mixture | Actions::MixtureUniform { .. } | Actions::All | Actions::Groups { .. } => {
                return self.no_pairing(actions);
            }
        };
        let posterior = Posterior::PerState { eta, samples, uniform };
        Ok(Cells { critic: Critic::Q(critic), posterior, prior: Prior::Previous, region, policy })
    }

    fn per_batch(
        &self,
        critic: QCritic,
        policy: PolicyForm,
        (eta, clip): (f64, f64),
        region: TrustRegion,
    ) -> Result<Cells, Error> {
        if critic.next != NextActions::Online {
            return self.missing("estimate", "replay actions run with next = \"online\"");
        }
        if region != TrustRegion::Off {
            return self.missing("pi_p", "replay actions run without a trust region");
        }
        if matches!(policy.penalty, Penalty::Samples { .. }) {
            return self.missing("pi", "the penalty of sampled actions needs samples of the previous policy");
        }
        let uniform = match self.pi_p {
            PiP::Sg { actions: Actions::MixtureUniform { alpha }, .. } => Some(alpha),
            _ => None,
        };
        let posterior = Posterior::PerBatch { eta, clip, uniform };
        Ok(Cells { critic: Critic::Q(critic), posterior, prior: Prior::Mixture, region, policy })
    }

    /// A policy that EM control with Gaussians can have.
    fn gaussian(&self) -> Result<PolicyForm, Error> {
        match (self.head(), self.pi.penalty) {
            (_, Penalty::LogitL2 { .. }) => {
                self.missing("pi", "only a softmax policy has logits to penalise")
            }
            (
                Some(head @ Head::Normal { .. }),
                penalty @ (Penalty::Off | Penalty::MeanL2 { .. } | Penalty::Samples { .. }),
            ) => Ok(PolicyForm { head, penalty }),
            (Some(Head::Softmax | Head::Delta { .. }) | None, _) => {
                self.missing("pi", "EM control runs with a Gaussian policy, or a softmax on discrete actions")
            }
        }
    }

    /// EM control with a softmax policy: over every action there is, or over stored ones.
    fn em_softmax(&self) -> Result<Cells, Error> {
        let PiQ::Analytic { eta, weights, baseline: Baseline::None } = self.pi_q else {
            return self.missing(
                "pi_q",
                "EM control solves for pi_q analytically, with a softmax policy and no baseline",
            );
        };
        let PiP::Sg { actions, trust_region } = self.pi_p else {
            return self.missing("pi_p", "EM control runs with pi_p updated by stochastic gradient");
        };
        if self.pi.bounds != Bounds::None {
            return self.missing("pi", "discrete actions have no box: pi.bounds must be none");
        }
        let penalty = match self.pi.penalty {
            penalty @ (Penalty::Off | Penalty::LogitL2 { .. }) => penalty,
            Penalty::MeanL2 { .. } | Penalty::Samples { .. } => {
                return self
                    .missing("pi", "discrete actions have no box: pi.penalty must be off or logit_l2");
            }
        };
        let policy = PolicyForm { head: Head::Softmax, penalty };
        match (weights, actions, Temperature::of(eta)) {
            (
                Weights::PerState,
                Actions::All,
                Some(eta @ (Temperature::Dual { .. } | Temperature::Fixed { .. })),
            ) => self.all_actions(policy, eta, trust_region),
            (Weights::Unnormalised { clip }, Actions::Mixture, Some(Temperature::Fixed { value })) => {
                self.over_data(trust_region, policy, (value, clip))
            }
            _ => self.missing(
                "pi_p",
                "a softmax policy runs on all actions weighed by state, eta fixed or a dual, or on replay actions with \
                 unnormalised weights, eta fixed",
            ),
        }
    }

    fn all_actions(&self, policy: PolicyForm, eta: Temperature, region: TrustRegion) -> Result<Cells, Error> {
        let critic = self.q_critic()?;
        if matches!(critic.target, Target::Retrace { .. }) {
            return self.missing("estimate", "all actions run on TD(0) or n-step targets");
        }
        if matches!(region, TrustRegion::MeanStd { .. }) {
            return self.missing("pi_p", "a softmax policy has no mean: its trust region is whole, or off");
        }
        if critic.next != NextActions::Previous {
            return self.missing(
                "estimate",
                "all actions of the previous policy are shared with a target of next = \"target\"",
            );
        }
        let posterior = Posterior::AllActions { eta };
        Ok(Cells { critic: Critic::Q(critic), posterior, prior: Prior::Previous, region, policy })
    }

    /// The cells of an iteration over data that are left: advantages of TD(lambda) returns over a state value.
    fn over_data(
        &self,
        region: TrustRegion,
        policy: PolicyForm,
        (eta, clip): (f64, f64),
    ) -> Result<Cells, Error> {
        if self.g != G::A {
            return self.missing("g", "unnormalised weights run on advantages");
        }
        if region != TrustRegion::Off {
            return self.missing("pi_p", "replay actions run without a trust region");
        }
        let Estimate {
            target: columns::Target::Lambda { lambda },
            critics: Critics::Single,
            next: Next::Online,
            discount,
            time_limits: _,
            smoothing: _,
            score: Score::Combined,
        } = self.estimate
        else {
            return self.missing(
                "estimate",
                "advantages run on TD(lambda) returns of a single critic with next = \"online\"",
            );
        };
        if matches!(policy.penalty, Penalty::Samples { .. }) {
            return self.missing("pi", "the penalty of sampled actions needs samples of the previous policy");
        }
        Ok(Cells {
            critic: Critic::V(VCritic { returns: Returns::Lambda { lambda }, scale: 1.0 - discount }),
            posterior: Posterior::OverData { eta, clip },
            prior: Prior::Mixture,
            region,
            policy,
        })
    }

    /// Critics of state and action that learn from batches.
    fn q_critic(&self) -> Result<QCritic, Error> {
        let bonus = match self.g {
            G::Q => EntropyBonus::None,
            G::SoftQ { bonus: columns::Bonus::Eta } => EntropyBonus::Eta,
            G::SoftQ { bonus: columns::Bonus::Fixed { value } } => EntropyBonus::Fixed { value },
            G::A | G::LogQ | G::LogR => return self.missing("g", "G runs as Q or soft Q"),
        };
        let by_samples = matches!(self.pi_q, PiQ::Analytic { weights: Weights::PerState, .. });
        let target = match self.estimate.target {
            columns::Target::Td => Target::OneStep,
            columns::Target::NStep { n: 2.. } if bonus != EntropyBonus::None => return self.missing(
                "estimate",
                "the n rewards of a soft Q would need the entropies between them: n-step targets run with g = \"q\"",
            ),
            columns::Target::NStep { n } => Target::NStep { n },
            columns::Target::Retrace { lambda, length } if by_samples => Target::Retrace { lambda, length },
            columns::Target::Retrace { .. } => return self.missing(
                "estimate",
                "Retrace runs where samples of the previous policy give the values of states; TD(0) and n-step targets run here",
            ),
            columns::Target::Reward
            | columns::Target::Gae { .. }
            | columns::Target::Lambda { .. }
            | columns::Target::Dual => {
                return self
                    .missing("estimate", "critics of state and action run on TD(0), n-step or Retrace targets");
            }
        };
        let next = match self.estimate.next {
            Next::Online => NextActions::Online,
            Next::Target => NextActions::Previous,
            Next::Smoothed => NextActions::Smoothed(self.estimate.smoothing),
        };
        let Estimate { critics, score, .. } = self.estimate;
        if score == Score::First && self.family == Family::Em {
            return self.missing(
                "estimate",
                "the first critic alone is what a policy climbs in KL control: else score = \"combined\"",
            );
        }
        Ok(QCritic { critics, bonus, target, next, score })
    }
}
