//! Column 5: how G is estimated.

use coadapt_nn::{Axis, Node};
use serde::{Deserialize, Serialize};

/// The estimate of G.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// Discount factor gamma.
    pub discount: f64,
    /// How many critics, and what is made of them.
    pub critics: Critics,
}

/// The critics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Critics {
    /// One.
    Single,
    /// Two, of which the smaller counts: clipped double Q-learning (TD3).
    Twin,
}

impl Critics {
    /// How many networks.
    pub fn count(self) -> usize {
        match self {
            Critics::Single => 1,
            Critics::Twin => 2,
        }
    }

    /// One value of what the critics say: [critics, B, 1] -> [1, B, 1].
    pub fn combine(self, q: Node<'_>) -> Node<'_> {
        match self {
            Critics::Single => q,
            Critics::Twin => q.minimum(Axis::Group),
        }
    }
}

impl Estimate {
    /// TD(0): y = r + discount V(s'); all [1, B, 1]. `discount` is 0 where the episode terminated.
    pub fn target<'g>(self, reward: Node<'g>, discount: Node<'g>, next_value: Node<'g>) -> Node<'g> {
        reward + discount * next_value
    }

    /// Half the mean squared error to the target, summed over critics: q [critics, B, 1], target [1, B, 1].
    pub fn critic_loss<'g>(self, q: Node<'g>, target: Node<'g>) -> Node<'g> {
        let error = (q - target.stop_gradient()).square().mean(Axis::Row);
        0.5 * error.sum(Axis::Group)
    }
}

impl std::fmt::Display for Estimate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.critics {
            Critics::Single => write!(f, "TD(0)"),
            Critics::Twin => write!(f, "TD(0) + TD3"),
        }
    }
}
