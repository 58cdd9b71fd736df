//! A method: a row of Table 1, its code details, its experience and its schedule; everything that gives a run its
//! meaning.

mod check;
mod columns;
mod settings;

use crate::code::Code;
use crate::collect::Collect;
use crate::columns::{Estimate, Family, G, PiP, PiQ, PiTheta};
use crate::error::Error;
use crate::row::Row;
use crate::schedule::Schedule;
use check::Check;
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

/// The most weights that hidden layers may have between them: 400 MB, and five times that with gradients, moments
/// and targets.
const MOST_WEIGHTS: u128 = 100_000_000;

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
        let checks = columns::checks(self).into_iter().chain(settings::of_code(self));
        let mut checks = checks.chain(settings::of_collect(&self.collect)).chain(settings::of_schedule(self));
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
}
