//! The replay: transitions in a ring, each observation stored once.
//!
//! The next observation of a transition is the observation of the one after it. Only where an episode ended is
//! there none, and the last observation is kept apart, in a second ring that grows with the number of episodes.

use crate::arrays::{Arrays, Read};
use crate::error::Error;
use crate::transition::{StoredTransition, Transition};
use coadapt_nn::prefetch;

/// A first-in-first-out store of transitions.
#[derive(Debug)]
pub struct Replay {
    capacity: usize,
    obs_dim: usize,
    action_dim: usize,
    /// One row more than the capacity: the newest transition's next observation stands in the row after it.
    obs: Vec<f32>,
    actions: Vec<f32>,
    rewards: Vec<f32>,
    /// 1 where the episode terminated, else 0.
    terminated: Vec<f32>,
    /// 1 where the clock ended the episode, else 0.
    truncated: Vec<f32>,
    /// ln mu of each action, where some target asks for it.
    log_mu: Option<Vec<f32>>,
    /// For an ended transition, the number of its last observation since the start of the run.
    last_number: Vec<u32>,
    lasts: LastObservations,
    /// Row of the oldest transition.
    oldest: usize,
    len: usize,
}

/// A ring of last observations, numbered from the start of the run.
#[derive(Debug, Default)]
struct LastObservations {
    rows: Vec<f32>,
    capacity: usize,
    first: u32,
    count: usize,
}

impl LastObservations {
    fn place(&self, number: u32) -> usize {
        number as usize & (self.capacity - 1)
    }

    fn push(&mut self, obs: &[f32]) -> u32 {
        if self.count == self.capacity {
            self.grow(obs.len());
        }
        let number = self.first.wrapping_add(self.count as u32);
        let at = self.place(number) * obs.len();
        self.rows[at..at + obs.len()].copy_from_slice(obs);
        self.count += 1;
        number
    }

    /// Doubles the ring; a power of two keeps places right when the numbers wrap around.
    fn grow(&mut self, width: usize) {
        let capacity = (self.capacity * 2).max(16);
        let mut rows = vec![0.0; capacity * width];
        for i in 0..self.count {
            let number = self.first.wrapping_add(i as u32);
            let (from, to) = (self.place(number) * width, (number as usize & (capacity - 1)) * width);
            rows[to..to + width].copy_from_slice(&self.rows[from..from + width]);
        }
        (self.rows, self.capacity) = (rows, capacity);
    }

    fn forget_oldest(&mut self) {
        self.first = self.first.wrapping_add(1);
        self.count -= 1;
    }

    fn get(&self, number: u32, width: usize) -> &[f32] {
        let at = self.place(number) * width;
        &self.rows[at..at + width]
    }
}

impl Replay {
    /// An empty replay of `capacity` transitions. The system backs the memory as it fills, but must be willing to
    /// promise it now.
    pub fn new(capacity: usize, obs_dim: usize, action_dim: usize) -> Result<Self, Error> {
        let rows = capacity + 1;
        promised(capacity, Replay::bytes(capacity, obs_dim, action_dim))?;
        Ok(Replay {
            capacity,
            obs_dim,
            action_dim,
            obs: vec![0.0; rows * obs_dim],
            actions: vec![0.0; rows * action_dim],
            rewards: vec![0.0; rows],
            terminated: vec![0.0; rows],
            truncated: vec![0.0; rows],
            log_mu: None,
            last_number: vec![0; rows],
            lasts: LastObservations::default(),
            oldest: 0,
            len: 0,
        })
    }

    /// The same, which also keeps how likely each action was under the policy that took it.
    pub fn keeping_log_mu(capacity: usize, obs_dim: usize, action_dim: usize) -> Result<Self, Error> {
        promised(capacity, Replay::bytes(capacity, obs_dim, action_dim + 1))?;
        let replay = Replay::new(capacity, obs_dim, action_dim)?;
        Ok(Replay { log_mu: Some(vec![f32::NAN; capacity + 1]), ..replay })
    }

    /// Transitions in it.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes a full replay of these sizes takes, when episodes are long.
    pub fn bytes(capacity: usize, obs_dim: usize, action_dim: usize) -> usize {
        (capacity + 1) * 4 * (obs_dim + action_dim + 4)
    }

    fn ended(&self, row: usize) -> bool {
        self.terminated[row] != 0.0 || self.truncated[row] != 0.0
    }

    fn rows(&self) -> usize {
        self.capacity + 1
    }

    /// Appends a transition of whose behaviour policy nothing is known.
    pub fn push(&mut self, transition: Transition<'_>) {
        self.push_step(StoredTransition { transition, log_mu: f32::NAN });
    }

    /// Appends a transition; the oldest makes room.
    pub fn push_step(&mut self, StoredTransition { transition, log_mu }: StoredTransition<'_>) {
        if self.len == self.capacity {
            if self.ended(self.oldest) {
                self.lasts.forget_oldest();
            }
            self.oldest = (self.oldest + 1) % self.rows();
            self.len -= 1;
        }
        let row = (self.oldest + self.len) % self.rows();
        let (o, a) = (self.obs_dim, self.action_dim);
        self.obs[row * o..(row + 1) * o].copy_from_slice(transition.obs);
        self.actions[row * a..(row + 1) * a].copy_from_slice(transition.action);
        self.rewards[row] = transition.reward;
        self.terminated[row] = f32::from(transition.terminated);
        self.truncated[row] = f32::from(transition.truncated);
        if let Some(kept) = &mut self.log_mu {
            kept[row] = log_mu;
        }
        if transition.ended() {
            self.last_number[row] = self.lasts.push(transition.next_obs);
        } else {
            let next = (row + 1) % self.rows();
            self.obs[next * o..(next + 1) * o].copy_from_slice(transition.next_obs);
        }
        self.len += 1;
    }

    /// Transition number `index`, the oldest being 0.
    pub fn get(&self, index: usize) -> Transition<'_> {
        assert!(index < self.len, "transition {index} of {}", self.len);
        let row = (self.oldest + index) % self.rows();
        let (o, a) = (self.obs_dim, self.action_dim);
        let next_obs = if self.ended(row) {
            self.lasts.get(self.last_number[row], o)
        } else {
            let next = (row + 1) % self.rows();
            &self.obs[next * o..(next + 1) * o]
        };
        Transition {
            obs: &self.obs[row * o..(row + 1) * o],
            action: &self.actions[row * a..(row + 1) * a],
            reward: self.rewards[row],
            terminated: self.terminated[row] != 0.0,
            truncated: self.truncated[row] != 0.0,
            next_obs,
        }
    }

    /// Sends for the memory of transition number `index`, for which it will be asked soon.
    pub(crate) fn prefetch(&self, index: usize) {
        let row = (self.oldest + index) % self.rows();
        // The next observation follows, most of the time.
        let end = (row + 2).min(self.rows());
        prefetch(&self.obs[row * self.obs_dim..end * self.obs_dim]);
        prefetch(&self.actions[row * self.action_dim..(row + 1) * self.action_dim]);
        [&self.rewards, &self.terminated, &self.truncated]
            .iter()
            .for_each(|column| prefetch(&column[row..=row]));
    }

    /// Transition number `index` and those that followed it in its episode, `length` of them at most; fewer where
    /// the episode or the data end.
    pub fn window(&self, index: usize, length: usize) -> impl Iterator<Item = StoredTransition<'_>> {
        let end = index.saturating_add(length).min(self.len);
        let row = |at: usize| (self.oldest + at) % self.rows();
        let stop = (index..end).find(|&at| self.ended(row(at))).map_or(end, |last| last + 1);
        (index..stop).map(move |at| {
            let log_mu = self.log_mu.as_ref().map_or(f32::NAN, |kept| kept[row(at)]);
            StoredTransition { transition: self.get(at), log_mu }
        })
    }

    /// The oldest row, the number of transitions, the number of rows ever touched.
    pub(crate) fn position(&self) -> (usize, usize) {
        (self.oldest, self.len)
    }

    /// Rows that hold anything: all of them once the ring has come round.
    fn used_rows(&self) -> usize {
        if self.oldest == 0 && self.len < self.capacity { self.len + 1 } else { self.rows() }
    }

    /// Everything that is stored, borrowed.
    pub(crate) fn arrays(&self) -> Arrays<'_> {
        let used = self.used_rows();
        let array = |name: &str, width: usize, values| (format!("replay.{name}"), vec![used, width], values);
        let mut arrays = vec![
            array("obs", self.obs_dim, &self.obs[..used * self.obs_dim]),
            array("action", self.action_dim, &self.actions[..used * self.action_dim]),
            array("reward", 1, &self.rewards[..used]),
            array("terminated", 1, &self.terminated[..used]),
            array("truncated", 1, &self.truncated[..used]),
            ("replay.last_obs".to_owned(), vec![self.lasts.capacity, self.obs_dim], &self.lasts.rows[..]),
        ];
        arrays.extend(self.log_mu.as_ref().map(|kept| array("log_mu", 1, &kept[..used])));
        arrays
    }

    /// Where the second ring stands.
    pub(crate) fn lasts_position(&self) -> (u32, usize, usize) {
        (self.lasts.first, self.lasts.count, self.lasts.capacity)
    }

    /// Puts back what [`Replay::arrays`] gave, read through `read` by name.
    pub(crate) fn restore(
        &mut self,
        (oldest, len): (usize, usize),
        (first, count, capacity): (u32, usize, usize),
        read: &mut Read<'_>,
    ) -> Result<(), String> {
        let fits = oldest < self.rows() && len <= self.capacity && count <= capacity && count <= len;
        if !fits || !(capacity == 0 || capacity.is_power_of_two()) {
            return Err("the replay's position does not fit its capacity".to_owned());
        }
        (self.oldest, self.len) = (oldest, len);
        let used = self.used_rows();
        read("replay.obs", &mut self.obs[..used * self.obs_dim])?;
        read("replay.action", &mut self.actions[..used * self.action_dim])?;
        read("replay.reward", &mut self.rewards[..used])?;
        read("replay.terminated", &mut self.terminated[..used])?;
        read("replay.truncated", &mut self.truncated[..used])?;
        if let Some(kept) = &mut self.log_mu {
            read("replay.log_mu", &mut kept[..used])?;
        }
        self.lasts = LastObservations { rows: vec![0.0; capacity * self.obs_dim], capacity, first, count };
        read("replay.last_obs", &mut self.lasts.rows)?;
        // The numbers follow from the order of the ends.
        let mut number = first;
        for i in 0..len {
            let row = (oldest + i) % self.rows();
            if self.ended(row) {
                self.last_number[row] = number;
                number = number.wrapping_add(1);
            }
        }
        if number.wrapping_sub(first) as usize != count {
            return Err("the replay's episode ends and last observations do not match".to_owned());
        }
        Ok(())
    }
}

/// Asks the system for `bytes` and gives them back at once.
fn promised(capacity: usize, bytes: usize) -> Result<(), Error> {
    let mut trial = Vec::<u8>::new();
    let field = "collect.capacity";
    trial.try_reserve_exact(bytes).map_err(|_| Error::Memory { field, value: capacity, bytes })
}

#[cfg(test)]
mod tests;
