//! Where a run of the store stands.

/// The state of a run in the store.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Nothing yet.
    Missing,
    /// Begun and not done; the last checkpoint is at `step`.
    Partial {
        /// Environment steps.
        step: u64,
    },
    /// A process is at it.
    Running {
        /// Environment steps at its last line of metrics.
        step: u64,
        /// Its speed there.
        steps_per_second: f64,
    },
    /// It took its steps.
    Finished,
    /// It diverged within its steps: the paper's dagger.
    Diverged {
        /// Environment step.
        step: u64,
        /// What was not finite.
        what: String,
    },
    /// What lies there is not a run of this address, or broken.
    Damaged {
        /// How.
        why: String,
    },
}

impl State {
    /// Whether there is nothing left to do.
    pub fn is_done(&self) -> bool {
        matches!(self, State::Finished | State::Diverged { .. })
    }
}
