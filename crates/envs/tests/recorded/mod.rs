//! The recorded trajectories of the classic tasks (`tools/record_gym.py` describes the format).

use crate::words::Words;

/// The recording of one task.
pub struct Recording {
    pub episodes: Vec<Episode>,
}

/// One episode, from its start state.
pub struct Episode {
    pub start: Vec<f64>,
    pub first_obs: Vec<f64>,
    pub rows: Vec<Row>,
}

/// One step.
pub struct Row {
    pub action: Vec<f64>,
    pub obs: Vec<f64>,
    pub reward: f64,
    pub terminated: bool,
    pub truncated: bool,
    /// The state after the step.
    pub state: Vec<f64>,
}

impl Recording {
    /// The recording of `task`.
    pub fn of(task: &str) -> Self {
        let mut words = Words::of(task);
        let [obs, action, state, episodes] = std::array::from_fn(|_| words.size());
        let episodes = (0..episodes)
            .map(|_| {
                let steps = words.size();
                let (start, first_obs) = (words.take(state), words.take(obs));
                let rows = (0..steps).map(|_| {
                    let (action, obs) = (words.take(action), words.take(obs));
                    let (reward, ending) = (words.one(), words.size());
                    let (terminated, truncated) = (ending & 1 > 0, ending & 2 > 0);
                    Row { action, obs, reward, terminated, truncated, state: words.take(state) }
                });
                let rows = rows.collect();
                Episode { start, first_obs, rows }
            })
            .collect();
        words.end();
        Recording { episodes }
    }
}
