//! The critic of a plan: what it estimates, what it is regressed on, whose next actions it is asked about.

use crate::columns::{Critics, Score, Smoothing};
use coadapt_nn::{Axis, Node};

/// The critic: the estimator of G.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Critic {
    /// Critics of state and action.
    Q(QCritic),
    /// A critic of states alone.
    V(VCritic),
}

/// Critics of state and action, stepped on batches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QCritic {
    /// How many, and what is made of them.
    pub critics: Critics,
    /// The entropy in their values.
    pub bonus: EntropyBonus,
    /// The target of their regression.
    pub target: Target,
    /// Who draws the next actions.
    pub next: NextActions,
    /// What of them a policy climbs that is stepped up the critics themselves.
    pub score: Score,
}

/// A critic of states alone, regressed on returns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VCritic {
    /// The returns.
    pub returns: Returns,
    /// The factor between a value and the network's output: 1 - gamma keeps it at the size of a reward (AWR).
    pub scale: f64,
}

/// The returns that a critic of states is regressed on, and whose excess over it is an advantage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Returns {
    /// TD(lambda); their excess is GAE(lambda).
    Lambda {
        /// lambda: 1 is Monte Carlo.
        lambda: f64,
    },
    /// n rewards as they came, then a value.
    NStep {
        /// How many.
        n: usize,
    },
}

/// The entropy in a value (Sec. 4.2.3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EntropyBonus {
    /// Nothing: Q of the reward alone.
    None,
    /// eta ln pi, eta the temperature of the objective.
    Eta,
    /// The same at a price of its own (Table 11).
    Fixed {
        /// The price.
        value: f64,
    },
}

/// The target of a regression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// r + gamma V(s').
    OneStep,
    /// n rewards as they came, then a value.
    NStep {
        /// How many.
        n: usize,
    },
    /// Retrace(lambda) (Munos et al. 2016).
    Retrace {
        /// lambda.
        lambda: f64,
        /// Transitions of a window at most.
        length: usize,
    },
}

/// The policy that draws the next actions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NextActions {
    /// The policy as it is.
    Online,
    /// The previous policy, averaged over the E-step's samples where there are any.
    Previous,
    /// The previous policy's action without its own noise, with this one.
    Smoothed(Smoothing),
}

impl Critic {
    /// How many networks.
    pub fn count(self) -> usize {
        match self {
            Critic::Q(critic) => critic.critics.count(),
            Critic::V(_) => 1,
        }
    }

    /// Whether its target asks the previous policy for next actions.
    pub fn asks_previous_policy(self) -> bool {
        match self {
            Critic::Q(critic) => critic.next != NextActions::Online,
            Critic::V(_) => false,
        }
    }

    /// The entropy in its values.
    pub fn bonus(self) -> EntropyBonus {
        match self {
            Critic::Q(critic) => critic.bonus,
            Critic::V(_) => EntropyBonus::None,
        }
    }

    /// Whether its target asks how likely the stored actions were under the policy that took them.
    pub fn needs_log_mu(self) -> bool {
        matches!(self, Critic::Q(QCritic { target: Target::Retrace { .. }, .. }))
    }
}

impl EntropyBonus {
    /// The values of states, from Q at actions drawn there and what they cost beside it; all [N, B, 1].
    ///
    /// V_soft(s) = E [Q_soft(s, a) - eta ln pi(a|s)] (Sec. 4.2.3); against a prior that is not uniform,
    /// `log_ratio` stands for ln pi_q - ln pi_p; there is none where actions have no density.
    ///
    /// # Panics
    /// Where there is an entropy of actions without a density.
    pub fn value<'g>(self, q: Node<'g>, log_ratio: Option<Node<'g>>, eta: Node<'g>) -> Node<'g> {
        match (self, log_ratio) {
            (EntropyBonus::None, _) => q,
            (EntropyBonus::Eta, Some(log_ratio)) => q - eta * log_ratio,
            (EntropyBonus::Fixed { value }, Some(log_ratio)) => q - log_ratio * value as f32,
            (EntropyBonus::Eta | EntropyBonus::Fixed { .. }, None) => {
                panic!("a plan with an entropy of actions that have no density")
            }
        }
    }
}

impl Target {
    /// How many transitions of an episode it reads at most.
    pub fn reach(self) -> usize {
        match self {
            Target::OneStep => 1,
            Target::NStep { n } => n,
            Target::Retrace { length, .. } => length,
        }
    }

    /// How many transitions after the first stand apart in a batch; those of n steps are summed.
    pub fn apart(self) -> usize {
        match self {
            Target::OneStep | Target::NStep { .. } => 0,
            Target::Retrace { length, .. } => length - 1,
        }
    }
}

/// y = r + discount V(s'); all [1, B, 1]. `discount` is 0 where the episode terminated.
pub fn one_step<'g>(reward: Node<'g>, discount: Node<'g>, next_value: Node<'g>) -> Node<'g> {
    reward + discount * next_value
}

/// How far Retrace follows an action taken by mu: lambda min(1, pi / mu), from ln pi - ln mu.
pub fn trace(lambda: f64, log_rho: Node<'_>) -> Node<'_> {
    // Capped before the exponential, which thus cannot overflow.
    log_rho.clamp(f32::NEG_INFINITY, 0.0).exp() * lambda as f32
}

/// Half the mean squared error to the target, summed over critics: `q` [critics, B, 1], `target` [1, B, 1].
pub fn regression_loss<'g>(q: Node<'g>, target: Node<'g>) -> Node<'g> {
    let error = (q - target.stop_gradient()).square().mean(Axis::Row);
    0.5 * error.sum(Axis::Group)
}
