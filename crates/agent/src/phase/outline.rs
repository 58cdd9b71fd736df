//! A plan in words: when an iteration is due, what it does phase by phase, and the memory it needs.

use crate::code::LrDecay;
use crate::collect::Iteration;
use crate::memory::Memory;
use crate::plan::{Experience, Plan};

impl Plan {
    /// The plan in lines for people: when an iteration is due; then every phase with its number, and under it what
    /// happens, each with the paper's equation or its source; then the memory.
    pub fn outline(&self) -> Vec<String> {
        let mut lines = vec![self.due()];
        lines.extend(self.decay());
        let steps = self.steps();
        for (number, step) in steps.iter().enumerate() {
            let about = step.about(self);
            lines.push(format!("{}. {}", number + 1, about.name));
            lines.extend(about.lines.iter().map(|line| format!("   - {line}")));
        }
        lines.push(self.memory().to_string());
        lines
    }

    /// That learning rates fall, where they do.
    fn decay(&self) -> Option<String> {
        match self.code.lr_decay {
            LrDecay::Off => None,
            LrDecay::Linear { steps } => Some(format!(
                "learning rates fall linearly to 0 at step {steps}, those of policy and critics"
            )),
        }
    }

    /// When an iteration is due, and on what.
    fn due(&self) -> String {
        let Plan { warmup, learn_after, .. } = self;
        let random = match warmup {
            0 => String::new(),
            steps => format!("; the first {steps} actions are random"),
        };
        let random = format!("{random}{}", self.exploration.about());
        match self.experience {
            Experience::Replay { capacity, update_every, updates } => {
                let often = match (updates, update_every) {
                    (1, 1) => "every step".to_owned(),
                    (1, every) => format!("every {every} steps"),
                    (updates, 1) => format!("{updates} times every step"),
                    (updates, every) => format!("{updates} times every {every} steps"),
                };
                format!(
                    "an iteration {often} after step {learn_after}, on a replay of {capacity} transitions{random}"
                )
            }
            Experience::Rollout { steps, copies, epochs } => of_rollout((steps, copies, epochs), self.batch),
            Experience::Episodes { capacity, iteration } => {
                let (when, steps) = match iteration {
                    Iteration::Fixed { every, critic_steps, policy_steps } => {
                        (format!("every {every} steps"), [critic_steps, policy_steps])
                    }
                    Iteration::ByEpisodes { samples, critic_steps, policy_steps } => (
                        format!("whenever episodes of {samples} new transitions have ended"),
                        [critic_steps, policy_steps],
                    ),
                };
                let [critic, policy] = steps;
                let after =
                    if *learn_after == 0 { String::new() } else { format!(" after step {learn_after}") };
                format!(
                    "an iteration {when}{after}, on the newest {capacity} transitions of whole episodes, with {critic} \
                     minibatches for the critic and {policy} for the policy{random}"
                )
            }
        }
    }
}

/// What an iteration over a rollout goes through.
fn of_rollout((steps, copies, epochs): (u64, u64, u64), batch: usize) -> String {
    let of = if copies == 1 { String::new() } else { format!(" of {copies} copies of the task") };
    let minibatches = (steps * epochs).div_ceil(batch as u64);
    format!(
        "an iteration every {steps} steps{of}, on those steps alone, {epochs} times through them: {minibatches} minibatches"
    )
}

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mib = |bytes: usize| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
        write!(
            f,
            "memory: experience {} once it is full, networks {}, optimisers {}",
            mib(self.experience),
            mib(self.networks),
            mib(self.optimisers)
        )
    }
}
