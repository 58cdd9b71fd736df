//! Collected files: their arrays, their bytes, the motions put back through the library, and what is refused.

// The functions beside the tests are part of them.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use coadapt::run::evaluate::newest_policy;
use coadapt_agent::rng::derived_seed;
use coadapt_envs::{Cache, Env, Options, make_with};
use coadapt_testing::{Folder, small};

/// An array: its shape and its numbers.
#[derive(Debug, Clone, PartialEq)]
struct Array {
    shape: Vec<usize>,
    values: Vec<f64>,
}

impl Array {
    fn row(&self, i: usize) -> &[f64] {
        let width = self.shape.get(1).copied().unwrap_or(1);
        &self.values[i * width..(i + 1) * width]
    }
}

/// Reads a file of arrays, and what it says of itself.
fn read(path: &Path) -> (BTreeMap<String, Array>, serde_json::Value) {
    let mut zip = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let (mut arrays, mut about) = (BTreeMap::new(), serde_json::Value::Null);
    for i in 0..zip.len() {
        let mut file = zip.by_index(i).unwrap();
        let name = file.name().unwrap().strip_suffix(".npy").unwrap().to_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!((10 + length) % 64, 0);
        let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
        let descr = header.split('\'').nth(3).unwrap();
        let tuple = header.split(['(', ')']).nth(1).unwrap();
        let shape: Vec<usize> =
            tuple.split(',').map(str::trim).filter(|n| !n.is_empty()).map(|n| n.parse().unwrap()).collect();
        let body = &bytes[10 + length..];
        if descr.starts_with("|S") {
            about = serde_json::from_slice(body).unwrap();
            continue;
        }
        let words = || body.as_chunks::<8>().0.iter();
        let values: Vec<f64> = match descr {
            "<f8" => words().map(|word| f64::from_le_bytes(*word)).collect(),
            "<i8" => words().map(|word| i64::from_le_bytes(*word) as f64).collect(),
            "|b1" => body.iter().map(|byte| f64::from(*byte)).collect(),
            other => panic!("{name} is an array of {other}"),
        };
        assert_eq!(shape.iter().product::<usize>(), values.len(), "{name}");
        arrays.insert(name, Array { shape, values });
    }
    (arrays, about)
}

fn task(id: &str, options: &Options) -> Box<dyn Env> {
    make_with(id, options, &Cache::from_environment(), &mut |line| eprintln!("{line}")).unwrap()
}

#[test]
fn a_file_holds_every_transition_of_every_copy() {
    let folder = Folder::new();
    let arguments = ["--env", "CartPole-v1", "--steps", "300", "--envs", "3", "--seed", "5"];
    let told = folder.must(&[&["collect", "--out", "a.npz"], &arguments[..]].concat());
    assert!(told.starts_with("CartPole-v1: 300 steps, ") && told.ends_with("a.npz\n"), "{told}");
    folder.must(&[&["collect", "--out", "b.npz", "--threads", "2"], &arguments[..]].concat());
    assert!(std::fs::read(folder.path("a.npz")).unwrap() == std::fs::read(folder.path("b.npz")).unwrap());

    let (arrays, about) = read(&folder.path("a.npz"));
    assert_eq!(
        (&about["env"], &about["envs"], &about["policy"]),
        (&"CartPole-v1".into(), &3.into(), &"random".into())
    );
    assert_eq!(arrays["observations"].shape, [300, 4]);
    assert_eq!(arrays["actions"].shape, [300]);
    assert!([0.0, 1.0].iter().all(|choice| arrays["actions"].values.contains(choice)));
    let finals = &arrays["final_rows"].values;
    assert!(finals.len() > 6, "episodes end and begin within the file");
    let mut ends_seen = 0;
    for copy in 0..3 {
        let mut env = task("CartPole-v1", &Options::NONE);
        env.seed(derived_seed(5, "collect-env", copy as u64));
        let (mut obs, mut start) = ([0.0; 4], true);
        for row in (copy..300).step_by(3) {
            if start {
                env.reset(&mut obs).unwrap();
            }
            assert_eq!(arrays["episode_starts"].values[row] == 1.0, start);
            assert_eq!(arrays["observations"].row(row), obs);
            let step = env.step(arrays["actions"].row(row), &mut obs).unwrap();
            assert_eq!(arrays["rewards"].values[row], step.reward);
            assert_eq!(arrays["terminated"].values[row] == 1.0, step.terminated);
            assert_eq!(arrays["truncated"].values[row] == 1.0, step.truncated);
            start = step.ended();
            let end = finals.iter().position(|end| *end == row as f64);
            assert_eq!(end.is_some(), start || row + 3 >= 300);
            if let Some(end) = end {
                assert_eq!(arrays["final_observations"].row(end), obs);
                ends_seen += 1;
            }
        }
    }
    assert_eq!(ends_seen, finals.len());
}

/// Goes through the motions of the file again from the starts of its episodes, and gives the largest difference of a
/// reward or an observation.
fn replayed(path: &Path, mut env: Box<dyn Env>) -> f64 {
    let (arrays, _) = read(path);
    let mut obs = vec![0.0; env.spec().obs_dim];
    let (mut starts, mut worst) = (0, 0.0_f64);
    for row in 0..arrays["rewards"].values.len() {
        if arrays["episode_starts"].values[row] == 1.0 {
            assert_eq!(arrays["start_rows"].values[starts], row as f64);
            put(&arrays, (row, starts), &mut *env, &mut obs);
            starts += 1;
        }
        worst = farthest(arrays["observations"].row(row), &obs, worst);
        let reward = env.step(arrays["actions"].row(row), &mut obs).unwrap().reward;
        worst = farthest(&[reward], &[arrays["rewards"].values[row]], worst);
    }
    assert!(starts > 2, "{starts} episodes began");
    worst
}

/// Takes every step of the file alone, and gives how far from the recorded state one of them leads.
fn stepped(path: &Path, mut env: Box<dyn Env>) -> f64 {
    let (arrays, _) = read(path);
    let mut obs = vec![0.0; env.spec().obs_dim];
    let (mut starts, mut worst) = (0, 0.0_f64);
    for row in 0..arrays["rewards"].values.len() - 1 {
        starts += usize::from(arrays["episode_starts"].values[row] == 1.0);
        put(&arrays, (row, starts - 1), &mut *env, &mut obs);
        env.step(arrays["actions"].row(row), &mut obs).unwrap();
        if arrays["episode_starts"].values[row + 1] == 0.0 {
            let simulated = env.simulated().unwrap();
            worst = farthest(arrays["qpos"].row(row + 1), simulated.qpos(), worst);
            worst = farthest(arrays["qvel"].row(row + 1), simulated.qvel(), worst);
        }
    }
    worst
}

fn put(arrays: &BTreeMap<String, Array>, (row, start): (usize, usize), env: &mut dyn Env, obs: &mut [f64]) {
    let simulated = env.simulated_mut().unwrap();
    let [qpos, qvel] = ["qpos", "qvel"].map(|name| arrays[name].row(row));
    simulated.start_from(qpos, qvel, arrays["model"].row(start), obs).unwrap();
    simulated.set_warm_start(arrays["qacc_warmstart"].row(row));
}

fn farthest(a: &[f64], b: &[f64], least: f64) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(least, f64::max)
}

#[test]
fn recorded_physics_put_back_gives_the_same_motions() {
    let folder = Folder::new();
    let options = Options { time_limit: Some(45), ..Options::NONE };
    let shared = ["--steps", "150", "--time-limit", "45", "--physics"];
    for id in
        ["Hopper-v4", "Reacher-v4", "Ant-v4", "reacher-easy", "cheetah-run", "fish-swim", "humanoid-walk"]
    {
        let id = if id.contains("-v") { id.to_owned() } else { format!("dm_control/{id}-v0") };
        let file = format!("{}.npz", id.replace('/', "-"));
        folder.must(&[&["collect", "--env", &id, "--out", &file], &shared[..]].concat());
        assert_eq!(replayed(&folder.path(&file), task(&id, &options)), 0.0, "{id}, from the starts");
        assert_eq!(stepped(&folder.path(&file), task(&id, &options)), 0.0, "{id}, from every row");
    }
    let (arrays, about) = read(&folder.path("dm_control-reacher-easy-v0.npz"));
    assert_eq!(about["model_parts"][0][0], "geom_pos");
    assert_eq!(arrays["model"].shape, [4, 3]);
    assert_ne!(arrays["model"].row(0), arrays["model"].row(1), "each reset draws another target");
}

#[test]
fn a_run_acts_as_in_training_or_without_noise() {
    let folder = Folder::new();
    let options = ["--steps", "400", "--action-repeat", "2", "--time-limit", "60"];
    folder.must(&small("run", &options));
    let collect = |out: &str, more: &[&str]| {
        folder.must(
            &[&["collect", "--policy", "run", "--steps", "90", "--envs", "2", "--out", out], more].concat(),
        );
        read(&folder.path(out))
    };
    let before = folder.contents("run");
    let (sampled, about) = collect("sampled.npz", &[]);
    let (mode, _) = collect("mode.npz", &["--mode", "--env", "Pendulum-v1"]);
    assert!(before == folder.contents("run"), "the run is only read");
    assert_eq!((&about["action_repeat"], &about["time_limit"]), (&2.into(), &60.into()));
    assert_eq!((&about["policy"]["algo"], &about["policy"]["step"]), (&"sac".into(), &400.into()));
    assert_ne!(sampled["actions"], mode["actions"]);
    let (_, mut trainer) = newest_policy(&folder.path("run")).unwrap();
    for row in 0..90 {
        let mut action = [0.0];
        trainer.act_at(mode["observations"].row(row), None, &mut action);
        assert_eq!(mode["actions"].row(row), action);
    }
    let ends: Vec<usize> = (0..90).filter(|row| mode["truncated"].values[*row] == 1.0).collect();
    assert_eq!(ends, [58, 59], "60 steps of the task are 30 actions, and of each copy every second row");
}

#[test]
fn what_cannot_be_collected_is_refused_and_leaves_nothing() {
    let folder = Folder::new();
    let refused =
        |more: &[&str]| folder.refused(&[&["collect", "--out", "x.npz", "--steps", "10"], more].concat());
    assert!(refused(&[]).contains("--env names one"));
    assert!(refused(&["--env", "Pendlum-v1"]).contains("Pendulum-v1"));
    assert!(refused(&["--policy", "nowhere"]).contains("there is no run directory nowhere"));
    assert!(refused(&["--env", "Pendulum-v1", "--mode"]).contains("--mode needs the policy of a run"));
    assert!(refused(&["--env", "Pendulum-v1", "--envs", "3"]).contains("give a multiple of 3"));
    assert!(refused(&["--env", "Pendulum-v1", "--physics"]).contains("runs in no simulator"));
    folder.must(&small("run", &["--steps", "300"]));
    let other = refused(&["--policy", "run", "--env", "CartPole-v1"]);
    assert!(other.contains("run learned Pendulum-v1, and --env is CartPole-v1"), "{other}");
    assert!(refused(&["--policy", "run", "--action-repeat", "2"]).contains("with other options"));
    std::fs::remove_dir_all(folder.path("run/checkpoint")).unwrap();
    assert!(refused(&["--policy", "run"]).contains("has no checkpoint yet"));
    assert!(!folder.path("x.npz").exists());

    folder.must(&["collect", "--env", "Pendulum-v1", "--steps", "10", "--out", "x.npz"]);
    let bytes = std::fs::read(folder.path("x.npz")).unwrap();
    assert!(refused(&["--env", "Pendulum-v1"]).contains("x.npz already exists"));
    assert_eq!(std::fs::read(folder.path("x.npz")).unwrap(), bytes);
    let left =
        std::fs::read_dir(folder.path("")).unwrap().map(|e| e.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(left.len(), 2, "{left:?}");
}
