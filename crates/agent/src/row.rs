//! A row of Table 1: six cells, printed as the paper prints them, and parsed into what exists.

use crate::columns::{
    Actions, Baseline, Bounds, Critics, Divergence, Estimate, Eta, Family, G, Head, Next, Penalty, PiP, PiQ,
    PiTheta, Prior, Std, Target, TrustRegion, Weights,
};
use crate::error::Error;

/// The six columns of Table 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Algorithm: EM or KL.
    pub family: Family,
    /// pi_q update.
    pub pi_q: PiQ,
    /// pi_p update.
    pub pi_p: PiP,
    /// G.
    pub g: G,
    /// G estimate.
    pub estimate: Estimate,
    /// pi_theta.
    pub pi: PiTheta,
}

/// What a row's update is made of; every value has code behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Algorithm {
    /// KL control against a fixed prior, by the reparameterised gradient.
    Kl,
    /// EM control on fresh samples of the previous policy at the next states.
    EmSamples {
        /// Samples a state.
        samples: usize,
    },
    /// EM control on every action of a discrete task at the next states.
    EmAllActions,
    /// EM control on the replay's own actions, weighed within a batch.
    EmReplay,
    /// EM control on all stored actions, weighed over all data, in iterations of many minibatches.
    EmData,
}

impl Algorithm {
    /// The version of the code behind results of this kind: raised by whatever can move one of them. Runs of unlike
    /// versions are never averaged together.
    pub fn results_version(self) -> u32 {
        match self {
            Algorithm::Kl
            | Algorithm::EmSamples { .. }
            | Algorithm::EmAllActions
            | Algorithm::EmReplay
            | Algorithm::EmData => 2,
        }
    }
}

impl Row {
    /// The paper's six cells.
    pub fn cells(&self) -> [String; 6] {
        let parametric = self.family.parametric();
        [
            self.family.to_string(),
            self.pi_q.to_string(),
            self.pi_p.to_string(),
            self.g.cell(parametric),
            self.estimate.to_string(),
            self.pi.cell(parametric),
        ]
    }

    /// The update this row stands for, or the cell that keeps it from running.
    pub fn algorithm(&self) -> Result<Algorithm, Error> {
        match (self.family, self.pi.head) {
            (Family::Kl, _) => self.kl(),
            (Family::Em, Head::Softmax) => self.em_softmax(),
            (Family::Em, _) => self.em(),
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

    fn kl(&self) -> Result<Algorithm, Error> {
        let PiQ::Gradient { eta, divergence: Divergence::QToP } = self.pi_q else {
            return self.missing("pi_q", "KL control steps pi_q by gradient, with the divergence q_to_p");
        };
        match (self.pi_p, eta) {
            (
                PiP::Fixed { to: Prior::Uniform | Prior::Any },
                Eta::Zero | Eta::Fixed { .. } | Eta::Entropy { .. },
            )
            | (PiP::Lagged { .. }, Eta::Fixed { .. } | Eta::Dual { .. }) => {}
            (PiP::Fixed { to: Prior::Uniform | Prior::Any }, _) => {
                return self.missing(
                    "pi_q",
                    "against a fixed uniform prior eta is zero, fixed or learned against an entropy",
                );
            }
            (PiP::Lagged { .. }, _) => {
                return self.missing("pi_q", "against a lagged prior eta is fixed or a dual of the KL");
            }
            _ => {
                return self
                    .missing("pi_p", "KL control runs against a fixed uniform prior or a lagged copy");
            }
        }
        self.target_of_q()?;
        if self.estimate.next != Next::Online {
            return self.missing("estimate", "KL control runs with next actions of the online policy");
        }
        match self.pi {
            PiTheta {
                head: Head::Normal { std: Std::Quadratic, .. } | Head::Softmax | Head::Delta, ..
            } => self.missing("pi", "KL control runs with a Gaussian policy"),
            PiTheta { penalty: Penalty::Samples { samples: 0, .. }, .. } => self.missing(
                "pi",
                "KL control draws the penalty's samples for it alone: pi.penalty.samples must be at least 1",
            ),
            PiTheta { penalty: Penalty::LogitL2 { .. }, .. } => {
                self.missing("pi", "only a softmax policy has logits to penalise")
            }
            PiTheta { penalty: Penalty::Samples { .. }, .. } if eta == Eta::Zero => {
                self.missing("pi", "the penalty of samples is weighed by eta, which is zero")
            }
            _ => Ok(Algorithm::Kl),
        }
    }

    fn em(&self) -> Result<Algorithm, Error> {
        let PiQ::Analytic { eta, weights, baseline } = self.pi_q else {
            return self.missing("pi_q", "EM control solves for pi_q analytically");
        };
        let PiP::Sg { actions, trust_region } = self.pi_p else {
            return self.missing("pi_p", "EM control runs with pi_p updated by stochastic gradient");
        };
        if matches!(trust_region, TrustRegion::Whole { .. }) {
            return self.missing("pi_p", "the trust region runs on means and standard deviations, or is off");
        }
        let over_data = matches!(weights, Weights::Unnormalised { .. });
        if !over_data {
            self.target_of_q()?;
        }
        self.gaussian()?;
        match (weights, actions, baseline, eta) {
            (
                Weights::PerState,
                Actions::Previous { samples } | Actions::UniformMix { samples, .. },
                Baseline::None,
                Eta::Dual { .. } | Eta::Fixed { .. },
            ) => {
                if matches!(self.pi.penalty, Penalty::Samples { samples: 1.., .. }) {
                    return self.missing("pi", "the penalty shares the E-step's samples: pi.penalty.samples must be 0");
                }
                if self.estimate.next != Next::Target {
                    return self.missing("estimate", "samples of the previous policy are shared with a target of next = \"target\"");
                }
                Ok(Algorithm::EmSamples { samples })
            }
            (Weights::Batch { .. }, Actions::Mixture | Actions::MixtureUniform { .. }, Baseline::Sampled, Eta::Fixed { .. }) => {
                if self.estimate.next != Next::Online {
                    return self.missing("estimate", "replay actions run with next = \"online\"");
                }
                if trust_region != TrustRegion::Off {
                    return self.missing("pi_p", "replay actions run without a trust region");
                }
                if matches!(self.pi.penalty, Penalty::Samples { .. }) {
                    return self.missing("pi", "the penalty of sampled actions needs samples of the previous policy");
                }
                Ok(Algorithm::EmReplay)
            }
            (Weights::Unnormalised { .. }, Actions::Mixture, Baseline::None, Eta::Fixed { .. }) => {
                self.lambda_of_v(trust_region)
            }
            (_, Actions::All, ..) => {
                self.missing("pi_p", "all actions can be weighed where there are finitely many: with a softmax policy")
            }
            (_, Actions::Groups { .. }, ..) => {
                self.missing("pi_p", "EM control runs on samples of the previous policy or on replay actions")
            }
            _ => self.missing("pi_q", "weights by state go with samples of the previous policy, weights by batch with replay actions and a sampled baseline, unnormalised ones with replay actions and none; eta is fixed or, by state, a dual"),
        }
    }

    /// Refuses a policy that EM control with Gaussians cannot have.
    fn gaussian(&self) -> Result<(), Error> {
        match (self.pi.head, self.pi.penalty) {
            (_, Penalty::LogitL2 { .. }) => {
                self.missing("pi", "only a softmax policy has logits to penalise")
            }
            (Head::Normal { std, .. }, _) if std != Std::Quadratic => Ok(()),
            _ => {
                self.missing("pi", "EM control runs with a Gaussian policy, or a softmax on discrete actions")
            }
        }
    }

    /// EM control with a softmax policy: over every action there is, or over stored ones.
    fn em_softmax(&self) -> Result<Algorithm, Error> {
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
        if !matches!(self.pi.penalty, Penalty::Off | Penalty::LogitL2 { .. }) {
            return self.missing("pi", "discrete actions have no box: pi.penalty must be off or logit_l2");
        }
        match (weights, actions, eta) {
            (Weights::PerState, Actions::All, Eta::Dual { .. } | Eta::Fixed { .. }) => {
                self.target_of_q()?;
                if matches!(self.estimate.target, Target::Retrace { .. }) {
                    return self.missing("estimate", "all actions run on TD(0) or n-step targets");
                }
                if matches!(trust_region, TrustRegion::MeanStd { .. }) {
                    return self.missing("pi_p", "a softmax policy has no mean: its trust region is whole, or off");
                }
                if self.estimate.next != Next::Target {
                    return self.missing("estimate", "all actions of the previous policy are shared with a target of next = \"target\"");
                }
                Ok(Algorithm::EmAllActions)
            }
            (Weights::Unnormalised { .. }, Actions::Mixture, Eta::Fixed { .. }) => self.lambda_of_v(trust_region),
            _ => self.missing("pi_p", "a softmax policy runs on all actions weighed by state, eta fixed or a dual, or on replay actions with unnormalised weights, eta fixed"),
        }
    }

    /// The cells of an iteration over data that are left: advantages of TD(lambda) returns over a state value.
    fn lambda_of_v(&self, trust_region: TrustRegion) -> Result<Algorithm, Error> {
        if self.g != G::A {
            return self.missing("g", "unnormalised weights run on advantages");
        }
        if trust_region != TrustRegion::Off {
            return self.missing("pi_p", "replay actions run without a trust region");
        }
        let Estimate { target, critics, next, .. } = self.estimate;
        if !matches!(target, Target::Lambda { .. }) || critics != Critics::Single || next != Next::Online {
            return self.missing(
                "estimate",
                "advantages run on TD(lambda) returns of a single critic with next = \"online\"",
            );
        }
        match self.pi.penalty {
            Penalty::Samples { .. } => {
                self.missing("pi", "the penalty of sampled actions needs samples of the previous policy")
            }
            Penalty::Off | Penalty::MeanL2 { .. } | Penalty::LogitL2 { .. } => Ok(Algorithm::EmData),
        }
    }

    /// The cells of critics of state and action that learn from batches.
    fn target_of_q(&self) -> Result<(), Error> {
        if !self.g.is_q() {
            return self.missing("g", "G runs as Q or soft Q");
        }
        let by_samples = matches!(self.pi_q, PiQ::Analytic { weights: Weights::PerState, .. });
        match self.estimate.target {
            Target::Td => Ok(()),
            Target::NStep { n: 2.. } if self.g != G::Q => self.missing(
                "estimate",
                "the n rewards of a soft Q would need the entropies between them: n-step targets run with g = \"q\"",
            ),
            Target::NStep { .. } => Ok(()),
            Target::Retrace { .. } if by_samples => Ok(()),
            Target::Retrace { .. } => self.missing(
                "estimate",
                "Retrace runs where samples of the previous policy give the values of states; TD(0) and n-step targets run here",
            ),
            _ => self.missing("estimate", "critics of state and action run on TD(0), n-step or Retrace targets"),
        }
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.cells().join(" | "))
    }
}
