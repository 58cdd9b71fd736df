//! Reads the episodes that `tools/dmc_episodes.py` wrote (which describes the format), and replays them.

use std::path::Path;

use coadapt_envs::Env;
use coadapt_envs::dmc::Suite;

/// The recording of one task.
pub struct Recording {
    pub action_dim: usize,
    pub episodes: Vec<Episode>,
}

/// One episode, from its start state.
pub struct Episode {
    pub stride: usize,
    pub actions: Actions,
    pub qpos: Vec<f64>,
    pub qvel: Vec<f64>,
    pub model: Vec<f64>,
    pub first_obs: Vec<f64>,
    pub rewards: Vec<f64>,
    /// Every stride-th step.
    pub samples: Vec<Sample>,
}

/// Record of the state after a step.
pub struct Sample {
    pub qpos: Vec<f64>,
    pub qvel: Vec<f64>,
    pub obs: Vec<f64>,
    /// The observations since the sample before, added up.
    pub obs_sum: Vec<f64>,
}

/// The actions of an episode: the recorder makes the same from the same seed, to the bit.
#[derive(Debug, Clone)]
pub struct Actions {
    state: u64,
    amplitude: f64,
    hold: usize,
    count: usize,
}

impl Actions {
    /// Writes the next action.
    pub fn next(&mut self, action: &mut [f64]) {
        if self.count.is_multiple_of(self.hold) {
            for number in action {
                self.state = self.state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                *number = self.amplitude * ((self.state >> 33) as f64 / f64::from(1u32 << 30) - 1.0);
            }
        }
        self.count += 1;
    }
}

/// The largest differences of a replay from its recording.
#[derive(Debug, Default, Clone, Copy)]
pub struct Differences {
    pub qpos: f64,
    pub qvel: f64,
    pub obs: f64,
    pub reward: f64,
    /// Of the sums of observations, relative to 1 + the sum.
    pub obs_sum: f64,
    pub steps: usize,
    /// Steps with a reward that is not zero.
    pub rewarded: usize,
    pub episodes: usize,
}

struct Numbers(std::vec::IntoIter<f64>);

impl Numbers {
    fn take(&mut self, n: usize) -> Vec<f64> {
        let taken: Vec<f64> = self.0.by_ref().take(n).collect();
        assert_eq!(taken.len(), n, "the recording is cut short");
        taken
    }

    fn size(&mut self) -> usize {
        self.take(1)[0] as usize
    }
}

impl Recording {
    /// The recording in a file.
    pub fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let (words, rest) = bytes.as_chunks::<8>();
        assert!(rest.is_empty(), "{} is cut short", path.display());
        let words: Vec<f64> = words.iter().map(|word| f64::from_le_bytes(*word)).collect();
        let mut numbers = Numbers(words.into_iter());
        let [nq, nv, model, obs, action_dim, episodes] = std::array::from_fn(|_| numbers.size());
        let episodes = (0..episodes).map(|_| Episode::read(&mut numbers, [nq, nv, model, obs])).collect();
        assert_eq!(numbers.0.len(), 0, "the recording goes on after its end");
        Recording { action_dim, episodes }
    }
}

impl Episode {
    fn read(numbers: &mut Numbers, [nq, nv, model, obs]: [usize; 4]) -> Self {
        let (steps, stride, seed) = (numbers.size(), numbers.size(), numbers.size());
        let (amplitude, hold) = (numbers.take(1)[0], numbers.size());
        let mut episode = Episode {
            stride,
            actions: Actions { state: seed as u64, amplitude, hold, count: 0 },
            qpos: numbers.take(nq),
            qvel: numbers.take(nv),
            model: numbers.take(model),
            first_obs: numbers.take(obs),
            rewards: numbers.take(steps),
            samples: Vec::new(),
        };
        for _ in 0..steps / stride {
            let (qpos, qvel) = (numbers.take(nq), numbers.take(nv));
            let (obs, obs_sum) = (numbers.take(obs), numbers.take(obs));
            episode.samples.push(Sample { qpos, qvel, obs, obs_sum });
        }
        episode
    }
}

/// Replays every episode from its start and holds it against what was recorded.
pub fn replay(env: &mut Suite, recording: &Recording) -> Differences {
    let mut found = Differences::default();
    for episode in &recording.episodes {
        replay_episode(env, recording.action_dim, episode, &mut found);
        found.episodes += 1;
    }
    found
}

fn replay_episode(env: &mut Suite, action_dim: usize, episode: &Episode, found: &mut Differences) {
    let mut obs = vec![0.0; env.spec().obs_dim];
    let (mut sum, mut action) = (vec![0.0; obs.len()], vec![0.0; action_dim]);
    let mut actions = episode.actions.clone();
    env.start_from(&episode.qpos, &episode.qvel, &episode.model, &mut obs).unwrap();
    found.obs = found.obs.max(gap(&obs, &episode.first_obs));
    for (t, reward) in episode.rewards.iter().enumerate() {
        actions.next(&mut action);
        let step = env.step(&action, &mut obs).unwrap();
        assert_eq!((step.terminated, step.truncated), (false, t + 1 == 1000), "{} step {t}", env.spec().id);
        found.reward = found.reward.max(gap(&[step.reward], &[*reward]));
        found.steps += 1;
        found.rewarded += usize::from(*reward != 0.0);
        sum.iter_mut().zip(&obs).for_each(|(sum, obs)| *sum += obs);
        if (t + 1).is_multiple_of(episode.stride) {
            let sample = &episode.samples[t / episode.stride];
            let (qpos, qvel) = env.state();
            found.qpos = found.qpos.max(gap(qpos, &sample.qpos));
            found.qvel = found.qvel.max(gap(qvel, &sample.qvel));
            found.obs = found.obs.max(gap(&obs, &sample.obs));
            let size = sample.obs_sum.iter().map(|x| x.abs()).fold(1.0, f64::max);
            found.obs_sum = found.obs_sum.max(gap(&sum, &sample.obs_sum) / size);
            sum.fill(0.0);
        }
    }
}

/// The largest difference; infinite if one side is not a number.
fn gap(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let each = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    each.fold(0.0, |most, gap| if gap.is_nan() { f64::INFINITY } else { most.max(gap) })
}
