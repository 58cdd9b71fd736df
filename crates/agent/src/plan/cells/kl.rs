//! The lowering of a row of KL control.

use super::Cells;
use crate::columns::{self, Bounds, Divergence, Eta, Mean, Penalty, PiP, PiQ, TrustRegion};
use crate::error::Error;
use crate::plan::{Critic, EntropyBonus, Head, NextActions, PolicyForm, Posterior, Prior, Temperature};
use crate::row::Row;

impl Row {
    /// The cells of KL control: a network stepped up the objective, against a prior that is given.
    pub(super) fn kl(&self) -> Result<Cells, Error> {
        let PiQ::Gradient { eta, divergence: Divergence::QToP } = self.pi_q else {
            return self.missing("pi_q", "KL control steps pi_q by gradient, with the divergence q_to_p");
        };
        let (prior, eta) = self.prior_of_kl(eta)?;
        let critic = self.q_critic()?;
        if matches!(critic.next, NextActions::Smoothed(_)) && critic.bonus != EntropyBonus::None {
            return self.missing(
                "estimate",
                "an action with clipped noise has no density that an entropy could be of: next = \"smoothed\" runs with g = \"q\"",
            );
        }
        let head = match self.head() {
            Some(head @ Head::Normal { .. }) => head,
            Some(head @ Head::Delta { mean }) => {
                self.without_noise(mean, eta, critic.bonus).map(|()| head)?
            }
            Some(Head::Softmax) | None => {
                return self.missing("pi", "KL control runs with a Gaussian policy, or one without noise");
            }
        };
        match self.pi.penalty {
            Penalty::Samples { samples: 0, .. } => self.missing(
                "pi",
                "KL control draws the penalty's samples for it alone: pi.penalty.samples must be at least 1",
            ),
            Penalty::LogitL2 { .. } => self.missing("pi", "only a softmax policy has logits to penalise"),
            Penalty::Samples { .. } if eta == Temperature::Zero => {
                self.missing("pi", "the penalty of samples is weighed by eta, which is zero")
            }
            penalty @ (Penalty::Off | Penalty::MeanL2 { .. } | Penalty::Samples { .. }) => Ok(Cells {
                critic: Critic::Q(critic),
                posterior: Posterior::Reparameterised { eta },
                prior,
                region: TrustRegion::Off,
                policy: PolicyForm { head, penalty },
            }),
        }
    }

    /// Refuses what needs a density beside a policy that has none.
    fn without_noise(&self, mean: Mean, eta: Temperature, bonus: EntropyBonus) -> Result<(), Error> {
        if eta != Temperature::Zero {
            return self.missing("pi_q", "a policy without noise has no entropy and no KL: its eta is zero");
        }
        if bonus != EntropyBonus::None {
            return self.missing("g", "a policy without noise has no entropy: its G is Q");
        }
        if self.pi.bounds != Bounds::None {
            return self.missing(
                "pi",
                "a policy without noise is squashed by pi.head.mean = \"tanh\": its pi.bounds must be none",
            );
        }
        if mean == Mean::Tanh && matches!(self.pi.penalty, Penalty::MeanL2 { .. }) {
            return self.missing(
                "pi",
                "a squashed action is never outside the box: pi.penalty runs with pi.head.mean = \"linear\"",
            );
        }
        Ok(())
    }

    fn prior_of_kl(&self, eta: Eta) -> Result<(Prior, Temperature), Error> {
        use columns::Prior::{Any, Behaviour, Uniform};
        match self.pi_p {
            PiP::Fixed { to: Uniform | Any } => match Temperature::of(eta) {
                Some(eta @ (Temperature::Zero | Temperature::Fixed { .. } | Temperature::Entropy { .. })) => {
                    Ok((Prior::Fixed, eta))
                }
                Some(Temperature::Dual { .. } | Temperature::Adaptive { .. }) | None => self.missing(
                    "pi_q",
                    "against a fixed uniform prior eta is zero, fixed or learned against an entropy",
                ),
            },
            PiP::Lagged { period } => match Temperature::of(eta) {
                Some(eta @ (Temperature::Fixed { .. } | Temperature::Dual { .. })) => {
                    Ok((Prior::Copy { period }, eta))
                }
                Some(Temperature::Zero | Temperature::Entropy { .. } | Temperature::Adaptive { .. })
                | None => self.missing("pi_q", "against a lagged prior eta is fixed or a dual of the KL"),
            },
            PiP::Fixed { to: Behaviour } | PiP::Sg { .. } | PiP::Analytic | PiP::Posterior => {
                self.missing("pi_p", "KL control runs against a fixed uniform prior or a lagged copy")
            }
        }
    }
}
