//! Iterations of whole runs on copies of a task: the rollout as it was collected, its scaled rewards, the input statistics, the
//! minibatches as they were shuffled, and what the log says of it all.

use super::Iteration;
use super::case::{assert_logged, assert_states};
use crate::reference::{Sample, State, mean};
use crate::toy::{Toy, small};
use coadapt_agent::{Event, Method, Status, Trainer};
use coadapt_envs::Env;
use serde_json::Value;
use std::collections::BTreeMap;

const COPIES: usize = 3;
/// Steps of a rollout, of each of its minibatches, and how many of those an iteration has.
const STEPS: usize = 72;
const BATCH: usize = 24;
const MINIBATCHES: usize = 6;
/// Largest reward, as `method` says it.
const CLIP: f64 = 0.3;

fn method(algo: &str, changes: &[(&str, &str)]) -> Method {
    let mut method = small(algo);
    let own = [
        ("collect.steps", "72"),
        ("collect.copies", "3"),
        ("collect.batch", "24"),
        ("collect.epochs", "2"),
        ("code.policy_sizes", "[6, 4]"),
        ("code.critic_sizes", "[6, 4]"),
        ("code.adam_eps", "1e-3"),
        ("code.policy_lr", "2e-2"),
        ("code.reward_norm", "{ kind = \"running\", clip = 0.3 }"),
        ("schedule.eval_every", "1000"),
        // A line for each iteration.
        ("schedule.log_every", "72"),
    ];
    for (path, value) in own.iter().chain(changes) {
        method.set(path, value).unwrap();
    }
    method
}

fn start(method: &Method) -> Trainer {
    let copies = (0..COPIES).map(|_| Box::new(Toy::new()) as Box<dyn Env>).collect();
    Trainer::of_copies(method, copies, Toy::boxed(), 4, 1).unwrap()
}

/// What a run is when an iteration of it begins.
struct Begun {
    state: State,
    episodes: Vec<Vec<Sample>>,
}

/// A rollout's episodes as they are written down, copy after copy.
fn episodes(arrays: &[(String, Vec<usize>, &[f32])]) -> Vec<Vec<Sample>> {
    let array = |name: &str| {
        let name = format!("rollout.{name}");
        arrays.iter().find(|(n, ..)| *n == name).unwrap_or_else(|| panic!("no {name}")).2
    };
    let (mut obs, mut all, mut episode) = (array("obs").chunks(2).peekable(), Vec::new(), Vec::new());
    for (t, action) in array("action").iter().enumerate() {
        let [terminated, truncated] = ["terminated", "truncated"].map(|name| array(name)[t] != 0.0);
        let obs_of = obs.next().unwrap().to_vec();
        let next_obs = obs.peek().unwrap().to_vec();
        let reward = array("reward")[t];
        episode.push(Sample { obs: obs_of, action: vec![*action], reward, terminated, truncated, next_obs });
        if terminated || truncated {
            obs.next();
            all.push(std::mem::take(&mut episode));
        }
    }
    assert!(episode.is_empty() && obs.next().is_none());
    all
}

/// Goes on until an iteration is due.
fn collect(trainer: &mut Trainer) -> Begun {
    while trainer.is_between_steps() {
        assert_eq!(trainer.piece(&mut |_| {}).unwrap(), Status::Running);
    }
    let snapshot = trainer.snapshot().unwrap();
    Begun { state: State::of_arrays(&snapshot.arrays), episodes: episodes(&snapshot.arrays) }
}

/// Goes through the iteration; gives the rows of its minibatches, and what its line of the log says.
fn learn(trainer: &mut Trainer) -> (Vec<Vec<usize>>, BTreeMap<&'static str, f64>) {
    let (mut rows, mut logged) = (Vec::new(), BTreeMap::new());
    let mut order = Vec::new();
    while !trainer.is_between_steps() {
        let piece = trainer.piece(&mut |event| {
            if let Event::Train { values, .. } = event {
                logged = values.iter().copied().collect();
            }
        });
        assert_eq!(piece.unwrap(), Status::Running);
        let state: Value = serde_json::from_str(&trainer.snapshot().unwrap().state).unwrap();
        let fitting = &state["learning"]["learner"]["fitting"];
        let Some(at) = fitting["at"].as_u64().filter(|_| fitting["steps"].as_u64() > Some(0)) else {
            continue;
        };
        order = serde_json::from_value::<Vec<usize>>(fitting["order"].clone()).unwrap();
        rows.push(order[at as usize - BATCH..at as usize].to_vec());
    }
    // The last minibatch is the rest of the last order: when it is done so is the phase, and nothing is kept of it.
    rows.push(order[STEPS - BATCH..].to_vec());
    assert_eq!(rows.len(), MINIBATCHES);
    (rows, logged)
}

/// The length of each episode of copy after copy that really ended, over both rollouts: the others were cut.
struct Clock([usize; COPIES]);

impl Clock {
    /// Whether the step of `sample` in copy `copy` ended the task's own episode: it left the line, or its time was up.
    fn ends(&mut self, copy: usize, sample: &Sample) -> bool {
        self.0[copy] += 1;
        let ends = sample.next_obs[0].abs() > 2.0 || self.0[copy] == 20;
        if ends {
            self.0[copy] = 0;
        }
        ends
    }
}

/// What the rewards of `rollouts` are after scaling, in the order in which they lie there.
fn scaled(method: &Method, rollouts: [&Begun; 2]) -> Vec<Vec<f64>> {
    let (mut clock, mut open, mut sums) = (Clock([0; COPIES]), [0.0; COPIES], Vec::new());
    let of_rollout = |rollout: &Begun| {
        let samples: Vec<&Sample> = rollout.episodes.iter().flatten().collect();
        let mut rewards = vec![0.0; STEPS];
        for step in 0..STEPS {
            let copy = step % COPIES;
            let place = copy * STEPS / COPIES + step / COPIES;
            let sample = samples[place];
            let (x, a) = (f64::from(sample.next_obs[0]), f64::from(sample.action[0]));
            let reward = -(x - 0.5).powi(2) - 0.01 * a * a;
            open[copy] = open[copy] * method.estimate.discount + reward;
            sums.push(open[copy]);
            if clock.ends(copy, sample) {
                open[copy] = 0.0;
            }
            let center = mean(sums.iter().copied());
            let variance = mean(sums.iter().map(|sum| (sum - center).powi(2)));
            let variance = if sums.len() < 2 { 1.0 } else { variance };
            rewards[place] = (reward / (variance + 1e-8).sqrt()).clamp(-CLIP, CLIP);
        }
        rewards
    };
    rollouts.map(of_rollout).to_vec()
}

fn assert_rewards(method: &Method, rollouts: [&Begun; 2]) {
    for (expected, rollout) in scaled(method, rollouts).into_iter().zip(rollouts) {
        let found: Vec<f64> = rollout.episodes.iter().flatten().map(|s| f64::from(s.reward)).collect();
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(&expected) {
            assert!((f - e).abs() < 1e-4 * e.abs() + 1e-5, "{found:?}, expected {expected:?}");
        }
        let clipped = expected.iter().filter(|r| r.abs() == CLIP).count();
        assert!((1..STEPS / 2).contains(&clipped), "{clipped} rewards at the clip");
    }
}

/// Mean and one over the standard deviation of what was acted on in `rollouts`.
fn assert_statistics(what: &str, state: &State, rollouts: &[&Begun]) {
    let samples = || rollouts.iter().flat_map(|rollout| rollout.episodes.iter().flatten());
    for d in 0..2 {
        let of = || samples().map(|sample| f64::from(sample.obs[d]));
        let center = mean(of());
        let scale = 1.0 / (mean(of().map(|x| (x - center).powi(2))) + 1e-8).sqrt();
        let found = [state.get("input_norm.mean")[d], state.get("input_norm.scale")[d]];
        for (f, e) in found.into_iter().zip([center, scale]) {
            assert!((f - e).abs() < 1e-5 * e.abs().max(0.1), "{what}: {f}, expected {e}");
        }
    }
}

/// Two iterations of a run, the second of which goes on with what the first left: moments, statistics, sums of rewards.
fn assert_run(algo: &str, changes: &[(&str, &str)]) {
    let (method, what) = (method(algo, changes), format!("{algo}, {changes:?}"));
    let mut trainer = start(&method);
    let first = collect(&mut trainer);
    assert!(first.episodes.len() > COPIES, "no episode ended: {:?}", first.episodes.len());
    assert_eq!(first.state.get("input_norm.scale"), [1.0, 1.0], "{what}");
    let mut begun = first;
    let mut past: Vec<Begun> = Vec::new();
    for number in 0..2 {
        let what = format!("{what}, iteration {number}");
        let updates = trainer.updates();
        let (minibatches, mut logged) = learn(&mut trainer);
        let expected = Iteration::of(&method, &begun.episodes, updates).run(&begun.state, &minibatches);
        let snapshot = trainer.snapshot().unwrap();
        let found = State::of_arrays(&snapshot.arrays);
        past.push(begun);
        assert_statistics(&what, &found, &past.iter().collect::<Vec<_>>());
        assert_states(&what, &found.without("input_norm."), &expected.state.without("input_norm."));
        for of_task in ["episodes", "episode_return", "episode_length"] {
            logged.remove(of_task);
        }
        assert_logged(&what, &logged, &expected.logged);
        begun = collect(&mut trainer);
    }
    assert_rewards(&method, [&past[0], &past[1]]);
}

/// Away from a parameter of 0, of which a difference is no part.
const WIDE: (&str, &str) = ("pi.head.std.initial", "1.5");

#[test]
fn what_a_run_learns_and_logs_is_what_the_formulas_make_of_its_rollouts() {
    assert_run("ppo", &[WIDE]);
    assert_run("ppo_clip", &[WIDE, ("code.lr_decay", "{ kind = \"linear\", steps = 288 }")]);
    assert_run("vmpo", &[("code.targets.period", "6")]);
}
