//! Reads the trajectories that `tools/record_gym.py` wrote (which describes the format).

use std::path::Path;

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
    /// The state after the step, where it was recorded.
    pub state: Option<Vec<f64>>,
}

struct Numbers(std::vec::IntoIter<f64>);

impl Numbers {
    fn take(&mut self, n: usize) -> Vec<f64> {
        let taken: Vec<f64> = self.0.by_ref().take(n).collect();
        assert_eq!(taken.len(), n, "the recording is cut short");
        taken
    }

    fn one(&mut self) -> f64 {
        self.take(1)[0]
    }

    fn size(&mut self) -> usize {
        self.one() as usize
    }
}

impl Recording {
    /// The recording of `task`.
    pub fn of(task: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(format!("{task}.f64"));
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let numbers: Vec<f64> =
            bytes.chunks(8).map(|word| f64::from_le_bytes(word.try_into().unwrap())).collect();
        let mut numbers = Numbers(numbers.into_iter());
        let [obs, action, state, every, episodes] = std::array::from_fn(|_| numbers.size());
        let episodes = (0..episodes)
            .map(|_| {
                let steps = numbers.size();
                let (start, first_obs) = (numbers.take(state), numbers.take(obs));
                let rows = (1..=steps).map(|step| {
                    let (action, obs) = (numbers.take(action), numbers.take(obs));
                    let (reward, ending) = (numbers.one(), numbers.size());
                    let state = (step % every == 0).then(|| numbers.take(state));
                    Row { action, obs, reward, terminated: ending & 1 > 0, truncated: ending & 2 > 0, state }
                });
                let rows = rows.collect();
                Episode { start, first_obs, rows }
            })
            .collect();
        assert_eq!(numbers.0.len(), 0, "the recording goes on after its end");
        Recording { episodes }
    }
}
