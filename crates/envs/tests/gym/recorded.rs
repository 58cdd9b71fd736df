//! The recorded trajectories of the MuJoCo tasks (`tools/record_gym.py` describes the format).

use crate::words::Words;

/// The recording of one task.
pub struct Recording {
    pub episodes: Vec<Episode>,
}

/// One episode, from its start state.
pub struct Episode {
    pub action_seed: u64,
    pub qpos: Vec<f64>,
    pub qvel: Vec<f64>,
    pub first_obs: Vec<f64>,
    pub rows: Vec<Row>,
}

/// One step.
pub struct Row {
    pub reward: f64,
    pub terminated: bool,
    pub truncated: bool,
    /// Hash of positions and velocities.
    pub state_hash: u64,
    /// Weighted sum of the observation.
    pub obs_sum: f64,
    /// Observation, positions, velocities, where they were kept.
    pub sample: Option<[Vec<f64>; 3]>,
}

impl Recording {
    /// The recording of `task`.
    pub fn of(task: &str) -> Self {
        let mut words = Words::of(task);
        let [obs, _action, nq, nv, every, episodes] = std::array::from_fn(|_| words.size());
        let episodes = (0..episodes)
            .map(|_| {
                let (steps, action_seed) = (words.size(), words.one() as u64);
                let (qpos, qvel, first_obs) = (words.take(nq), words.take(nv), words.take(obs));
                let rows = (1..=steps).map(|step| {
                    let (reward, ending) = (words.one(), words.size());
                    let (terminated, truncated) = (ending & 1 > 0, ending & 2 > 0);
                    let (state_hash, obs_sum) = (words.word(), words.one());
                    let sample = (step % every == 0).then(|| [obs, nq, nv].map(|n| words.take(n)));
                    Row { reward, terminated, truncated, state_hash, obs_sum, sample }
                });
                let rows = rows.collect();
                Episode { action_seed, qpos, qvel, first_obs, rows }
            })
            .collect();
        words.end();
        Recording { episodes }
    }

    /// Every step of every episode.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.episodes.iter().flat_map(|episode| &episode.rows)
    }
}

/// The hash of positions and velocities: 64-bit FNV-1a, a word at a time.
pub fn hash(numbers: &[f64]) -> u64 {
    numbers.iter().fold(0xcbf2_9ce4_8422_2325, |state: u64, number| {
        (state ^ number.to_bits()).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The weighted sum of an observation.
pub fn weighted_sum(obs: &[f64]) -> f64 {
    obs.iter().enumerate().fold(0.0, |total, (i, value)| total + value * (1.0 + i as f64 / 64.0))
}
