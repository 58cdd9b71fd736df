//! A store of whole episodes: the newest that fit, each in one piece, for updates that go over all data.
//!
//! Transitions are counted as they stand one behind the other, episode by episode. An episode of T transitions
//! has T + 1 observations. The one that still runs is kept at the end and is invisible until it ends.

use crate::arrays::{Arrays, Read};
use crate::transition::Transition;
use std::ops::Range;

/// A first-in-first-out store of episodes.
#[derive(Debug)]
pub struct Episodes {
    capacity: usize,
    obs_dim: usize,
    action_dim: usize,
    obs: Vec<f32>,
    actions: Vec<f32>,
    rewards: Vec<f32>,
    /// 1 where the episode terminated, else 0.
    terminated: Vec<f32>,
    /// 1 where the clock ended the episode, else 0.
    truncated: Vec<f32>,
    /// Transitions of each episode that ended, oldest first.
    lengths: Vec<usize>,
    /// Transitions of all of these.
    len: usize,
}

/// An episode that ended.
#[derive(Debug, Clone, Copy)]
pub struct Episode<'a> {
    /// s_0 to s_T, one behind the other.
    pub obs: &'a [f32],
    /// r_0 to r_{T-1}
    pub rewards: &'a [f32],
    /// The transition to s_T, with the episode's end.
    pub last: Transition<'a>,
}

impl Episodes {
    /// An empty store of at most `capacity` transitions; the newest episode stays even if it is longer.
    pub fn new(capacity: usize, obs_dim: usize, action_dim: usize) -> Self {
        Episodes {
            capacity,
            obs_dim,
            action_dim,
            obs: Vec::new(),
            actions: Vec::new(),
            rewards: Vec::new(),
            terminated: Vec::new(),
            truncated: Vec::new(),
            lengths: Vec::new(),
            len: 0,
        }
    }

    /// Bytes that `capacity` transitions of these sizes take, when episodes are long.
    pub fn bytes(capacity: usize, obs_dim: usize, action_dim: usize) -> usize {
        capacity * 4 * (obs_dim + action_dim + 3)
    }

    /// Transitions of episodes that ended.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no episode has ended.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Transitions of each episode that ended, oldest first.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// Transitions of the episode that still runs.
    pub fn running(&self) -> usize {
        self.rewards.len() - self.len
    }

    /// Appends a transition. Where it ends its episode the oldest ones make room, and the length is returned.
    pub fn push(&mut self, transition: Transition<'_>) -> Option<usize> {
        if self.running() == 0 {
            self.obs.extend_from_slice(transition.obs);
        }
        self.obs.extend_from_slice(transition.next_obs);
        self.actions.extend_from_slice(transition.action);
        self.rewards.push(transition.reward);
        self.terminated.push(f32::from(transition.terminated));
        self.truncated.push(f32::from(transition.truncated));
        if !transition.ended() {
            return None;
        }
        let length = self.running();
        self.lengths.push(length);
        self.len += length;
        self.make_room();
        Some(length)
    }

    /// Ends the episode that runs where it is, without an end of its own: its last state has a value, as after a time limit.
    pub(crate) fn cut(&mut self) {
        let length = self.running();
        if length > 0 {
            if let Some(last) = self.truncated.last_mut() {
                *last = 1.0;
            }
            self.lengths.push(length);
            self.len += length;
        }
    }

    /// Takes all episodes of `other`, none of which runs, and leaves it empty.
    pub(crate) fn take(&mut self, other: &mut Episodes) {
        self.obs.append(&mut other.obs);
        self.actions.append(&mut other.actions);
        self.rewards.append(&mut other.rewards);
        self.terminated.append(&mut other.terminated);
        self.truncated.append(&mut other.truncated);
        self.lengths.append(&mut other.lengths);
        self.len += std::mem::take(&mut other.len);
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        let arrays =
            [&mut self.obs, &mut self.actions, &mut self.rewards, &mut self.terminated, &mut self.truncated];
        arrays.into_iter().for_each(Vec::clear);
        self.lengths.clear();
        self.len = 0;
    }

    fn make_room(&mut self) {
        let mut gone = 0;
        let mut steps = 0;
        while self.len - steps > self.capacity && gone + 1 < self.lengths.len() {
            steps += self.lengths[gone];
            gone += 1;
        }
        self.lengths.drain(..gone);
        self.len -= steps;
        self.obs.drain(..(steps + gone) * self.obs_dim);
        self.actions.drain(..steps * self.action_dim);
        for each in [&mut self.rewards, &mut self.terminated, &mut self.truncated] {
            each.drain(..steps);
        }
    }

    /// The episodes that ended, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = Episode<'_>> {
        let mut start = 0;
        self.lengths.iter().enumerate().map(move |(number, &length)| {
            let first = start;
            start += length;
            let rows = first + number..first + number + length + 1;
            let last = Transition {
                obs: self.obs_rows(rows.end - 2..rows.end - 1),
                action: self.action(start - 1),
                reward: self.rewards[start - 1],
                terminated: self.terminated[start - 1] != 0.0,
                truncated: self.truncated[start - 1] != 0.0,
                next_obs: self.obs_rows(rows.end - 1..rows.end),
            };
            Episode { obs: self.obs_rows(rows), rewards: &self.rewards[first..start], last }
        })
    }

    /// Observations of all episodes that ended: one more than transitions for each.
    pub fn rows(&self) -> usize {
        self.len + self.lengths.len()
    }

    /// Observations `rows`, counted over all episodes.
    pub fn obs_rows(&self, rows: Range<usize>) -> &[f32] {
        &self.obs[rows.start * self.obs_dim..rows.end * self.obs_dim]
    }

    /// The observations of each episode that were acted on: all but its last.
    pub fn acted_on(&self) -> impl Iterator<Item = &[f32]> + Clone {
        let mut start = 0;
        self.lengths.iter().map(move |&length| {
            let first = start;
            start += length + 1;
            self.obs_rows(first..first + length)
        })
    }

    /// The observations of the newest `count` episodes.
    pub fn newest_obs(&self, count: usize) -> &[f32] {
        let newest = &self.lengths[self.lengths.len().saturating_sub(count)..];
        let rows = newest.iter().sum::<usize>() + newest.len();
        self.obs_rows(self.rows() - rows..self.rows())
    }

    /// The action of transition `index`.
    pub fn action(&self, index: usize) -> &[f32] {
        &self.actions[index * self.action_dim..(index + 1) * self.action_dim]
    }

    /// Everything that is stored, borrowed; the episode that still runs too.
    ///
    /// The names begin with `prefix`.
    pub(crate) fn arrays(&self, prefix: &str) -> Arrays<'_> {
        let array = |name: &str, width: usize, values| {
            let rows = <[f32]>::len(values) / width;
            (format!("{prefix}.{name}"), vec![rows, width], values)
        };
        vec![
            array("obs", self.obs_dim, &self.obs[..]),
            array("action", self.action_dim, &self.actions[..]),
            array("reward", 1, &self.rewards[..]),
            array("terminated", 1, &self.terminated[..]),
            array("truncated", 1, &self.truncated[..]),
        ]
    }

    /// How many transitions and how many observations [`Episodes::arrays`] gives.
    pub(crate) fn position(&self) -> (usize, usize) {
        (self.rewards.len(), self.obs.len() / self.obs_dim)
    }

    /// Puts back what [`Episodes::arrays`] gave, read through `read` by name.
    pub(crate) fn restore(
        &mut self,
        prefix: &str,
        (steps, rows): (usize, usize),
        read: &mut Read<'_>,
    ) -> Result<(), String> {
        let mut array = |name: &str, into: &mut Vec<f32>, count: usize| {
            into.clear();
            into.resize(count, 0.0);
            if count == 0 { Ok(()) } else { read(&format!("{prefix}.{name}"), into) }
        };
        array("obs", &mut self.obs, rows * self.obs_dim)?;
        array("action", &mut self.actions, steps * self.action_dim)?;
        array("reward", &mut self.rewards, steps)?;
        array("terminated", &mut self.terminated, steps)?;
        array("truncated", &mut self.truncated, steps)?;
        self.lengths.clear();
        self.len = 0;
        for step in 0..steps {
            if self.terminated[step] != 0.0 || self.truncated[step] != 0.0 {
                self.lengths.push(step + 1 - self.len);
                self.len = step + 1;
            }
        }
        let running = usize::from(self.running() > 0);
        if rows != steps + self.lengths.len() + running {
            return Err("the episodes' ends and observations do not match".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
