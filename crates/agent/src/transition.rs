//! Transitions: what one environment step leaves for learning.

/// One transition, (s, a, r, s').
#[derive(Debug, Clone, Copy)]
pub struct Transition<'a> {
    /// s
    pub obs: &'a [f32],
    /// a
    pub action: &'a [f32],
    /// r
    pub reward: f32,
    /// Whether s' is terminal.
    pub terminated: bool,
    /// Whether the clock ended the episode; s' has a value all the same, unless it is terminal too.
    pub truncated: bool,
    /// s'
    pub next_obs: &'a [f32],
}

impl Transition<'_> {
    /// Whether it is the last of its episode.
    pub fn ended(&self) -> bool {
        self.terminated || self.truncated
    }

    /// `gamma`, or 0 where s' is terminal: the only place where termination enters an update.
    pub fn discount(&self, gamma: f32) -> f32 {
        if self.terminated { 0.0 } else { gamma }
    }
}

/// A transition as the replay stores it: with the probability that its behaviour policy mu gave the action.
#[derive(Debug, Clone, Copy)]
pub struct StoredTransition<'a> {
    /// (s, a, r, s').
    pub transition: Transition<'a>,
    /// ln mu(a|s); NaN where nobody kept it.
    pub log_mu: f32,
}
