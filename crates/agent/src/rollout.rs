//! What a policy has just done in each copy of a task, and then all of it as one piece.

use crate::arrays::{Arrays, Read};
use crate::episodes::Episodes;
use crate::transition::Transition;

/// A store of the transitions of one rollout, by copy while it is collected, whole once it is complete.
#[derive(Debug)]
pub(crate) struct Rollout {
    /// Transitions that make it complete.
    steps: usize,
    copies: Vec<Episodes>,
    whole: Episodes,
}

impl Rollout {
    /// An empty one of `steps` transitions of `copies` copies together.
    pub(crate) fn new(steps: usize, copies: usize, (obs_dim, action_dim): (usize, usize)) -> Self {
        let of = |steps| Episodes::new(steps, obs_dim, action_dim);
        Rollout { steps, copies: (0..copies).map(|_| of(steps)).collect(), whole: of(steps) }
    }

    /// Appends what happened in copy number `copy`.
    pub(crate) fn push(&mut self, copy: usize, transition: Transition<'_>) {
        self.copies[copy].push(transition);
    }

    /// Whether every copy has done its part.
    pub(crate) fn is_complete(&self) -> bool {
        let stored: usize = self.copies.iter().map(|copy| copy.len() + copy.running()).sum();
        stored >= self.steps
    }

    /// Puts the parts together, copy after copy; an episode that runs goes on with the value of where it is.
    pub(crate) fn close(&mut self) {
        self.whole.clear();
        for copy in &mut self.copies {
            copy.cut();
            self.whole.take(copy);
        }
    }

    /// The whole, between [`Rollout::close`] and [`Rollout::forget`].
    pub(crate) fn whole(&self) -> &Episodes {
        &self.whole
    }

    /// Begins anew.
    pub(crate) fn forget(&mut self) {
        self.whole.clear();
    }

    /// Everything stored, borrowed.
    pub(crate) fn arrays(&self) -> Arrays<'_> {
        let copies = self.copies.iter().enumerate().filter(|(_, copy)| copy.position().0 > 0);
        let mut arrays: Arrays<'_> =
            copies.flat_map(|(number, copy)| copy.arrays(&format!("rollout.{number}"))).collect();
        if !self.whole.is_empty() {
            arrays.extend(self.whole.arrays("rollout"));
        }
        arrays
    }

    /// How many transitions and observations each part has, the whole at last.
    pub(crate) fn positions(&self) -> Vec<(usize, usize)> {
        self.copies.iter().chain([&self.whole]).map(Episodes::position).collect()
    }

    /// Puts back what [`Rollout::arrays`] gave.
    pub(crate) fn restore(
        &mut self,
        positions: &[(usize, usize)],
        read: &mut Read<'_>,
    ) -> Result<(), String> {
        let Some((whole, copies)) = positions.split_last().filter(|(_, c)| c.len() == self.copies.len())
        else {
            return Err("its rollout is of another number of copies".to_owned());
        };
        for (number, (copy, position)) in self.copies.iter_mut().zip(copies).enumerate() {
            copy.restore(&format!("rollout.{number}"), *position, read)?;
        }
        self.whole.restore("rollout", *whole, read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transition(obs: &[f32; 2], [terminated, truncated]: [bool; 2]) -> Transition<'_> {
        Transition {
            obs: &obs[..1],
            action: &obs[..1],
            reward: obs[0],
            terminated,
            truncated,
            next_obs: &obs[1..],
        }
    }

    #[test]
    fn copies_lie_one_behind_the_other_and_running_episodes_are_cut_not_ended() {
        let mut rollout = Rollout::new(6, 2, (1, 1));
        for (t, ends) in [(0.0, [false; 2]), (1.0, [true, false]), (2.0, [false; 2])] {
            assert!(!rollout.is_complete());
            rollout.push(0, transition(&[t, t + 0.5], ends));
            rollout.push(1, transition(&[10.0 + t, 10.5 + t], [false, t == 0.0]));
        }
        assert!(rollout.is_complete());
        rollout.close();
        let whole = rollout.whole();
        assert_eq!((whole.lengths(), whole.len(), whole.rows()), (&[2, 1, 1, 2][..], 6, 10));
        let ends: Vec<_> = whole.iter().map(|episode| episode.last.discount(0.9)).collect();
        assert_eq!(ends, [0.0, 0.9, 0.9, 0.9]);
        let last: Vec<_> = whole.iter().map(|episode| episode.last.next_obs[0]).collect();
        assert_eq!(last, [1.5, 2.5, 10.5, 12.5]);
        rollout.forget();
        assert!(rollout.whole().is_empty() && !rollout.is_complete());
    }
}
