//! Checkpoints come back whole, are replaced in one move, and are refused when damaged or foreign.

use super::*;
use crate::config::Config;

fn config() -> Config {
    let method = toml::from_str("batch = 256").unwrap();
    Config {
        algo: "sac".into(),
        env: "Pendulum-v1".into(),
        seed: 0,
        steps: 100,
        task: Default::default(),
        method,
    }
}

fn manifest(step: u64) -> Manifest {
    Manifest {
        step,
        between_steps: true,
        wall_milliseconds: 1500,
        config: config().to_toml().unwrap(),
        mujoco: Some("3.3.0".into()),
        instructions: Some("avx2".into()),
        package_version: "0.1.0".into(),
        commit: "unknown".into(),
        logs: [("metrics.jsonl".to_string(), FileDigest { bytes: 12, crc32: "00c0ffee".into() })].into(),
        files: Default::default(),
    }
}

fn write_at(run: &Path, step: u64) -> PathBuf {
    let values: Vec<f32> = (0..200_000).map(|i| (i as f32).sin() + step as f32).collect();
    let arrays = [Array { name: "replay".into(), shape: vec![values.len()], data: &values }];
    write(run, manifest(step), "{\"step\":0.1}", &arrays).unwrap()
}

fn names(run: &Path) -> Vec<String> {
    fs::read_dir(run.join(FOLDER))
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn the_newest_comes_back_and_the_older_are_gone() {
    let run = tempfile::tempdir().unwrap();
    assert!(newest(run.path()).unwrap().is_none());
    fs::create_dir_all(run.path().join("checkpoint/.writing-step-000000007")).unwrap();
    write_at(run.path(), 50_000);
    write_at(run.path(), 1_000_000_000_000);
    assert_eq!(names(run.path()), ["step-1000000000000"]);
    let mut found = newest(run.path()).unwrap().unwrap();
    let digests = std::mem::take(&mut found.manifest.files);
    assert_eq!(found.manifest, manifest(1_000_000_000_000));
    assert_eq!((found.state.as_str(), digests.len()), ("{\"step\":0.1}", 2));
    let mut values = vec![0.0; 200_000];
    found.arrays.read("replay", &mut values).unwrap();
    assert_eq!(values[199_999], 199_999_f32.sin() + 1e12);
}

#[test]
fn a_second_one_at_the_same_step_wins() {
    let run = tempfile::tempdir().unwrap();
    assert!(write_at(run.path(), 5).ends_with("step-000000005"));
    assert!(write_at(run.path(), 5).ends_with("step-000000005.1"));
    assert!(write_at(run.path(), 5).ends_with("step-000000005.2"));
    assert_eq!(names(run.path()), ["step-000000005.2"]);
}

#[test]
fn every_damage_names_its_file() {
    let run = tempfile::tempdir().unwrap();
    for file in [STATE, ARRAYS, MANIFEST] {
        let path = write_at(run.path(), 1).join(file);
        let whole = fs::read(&path).unwrap();
        for place in [0, whole.len() / 2, whole.len() - 2] {
            let mut flipped = whole.clone();
            flipped[place] ^= 1;
            fs::write(&path, &flipped).unwrap();
            let error = format!("{:#}", newest(run.path()).unwrap_err());
            assert!(error.contains(file) && error.contains("damaged"), "{error}");
        }
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(format!("{:#}", newest(run.path()).unwrap_err()).contains(file));
        fs::remove_file(&path).unwrap();
        assert!(format!("{:#}", newest(run.path()).unwrap_err()).contains(file));
    }
}

#[test]
fn a_foreign_one_says_what_differs() {
    let mut other = config();
    other.steps = 900;
    manifest(1).require_run(&other, Some("3.3.0")).unwrap();
    let error = manifest(1).require_run(&config(), Some("3.2.1")).unwrap_err().to_string();
    assert!(error.contains("MuJoCo 3.3.0, and this is MuJoCo 3.2.1"), "{error}");
    other.method.insert("batch".into(), toml::Value::Integer(64));
    let error = manifest(1).require_run(&other, Some("3.3.0")).unwrap_err().to_string();
    assert!(error.contains("its method.batch is 256, the run's config.toml says 64"), "{error}");
}

#[test]
fn another_format_is_refused_before_it_is_read() {
    let run = tempfile::tempdir().unwrap();
    let path = write_at(run.path(), 1).join(MANIFEST);
    let text = fs::read_to_string(&path).unwrap().replace("\"format_version\": 3", "\"format_version\": 1");
    fs::write(&path, text).unwrap();
    let error = format!("{:#}", newest(run.path()).unwrap_err());
    assert!(error.contains("checkpoint format 1, and this program reads format 3"), "{error}");
}

#[test]
fn a_write_that_fails_leaves_the_one_before() {
    let run = tempfile::tempdir().unwrap();
    let kept = write_at(run.path(), 1);
    // A folder where the unfinished file wants to go cannot be written, whoever runs the test.
    let huge = [Array { name: "x".into(), shape: vec![1], data: &[1.0] }];
    let blocked = run.path().join(FOLDER);
    fs::rename(&blocked, run.path().join("moved")).unwrap();
    fs::write(&blocked, "a file, not a folder").unwrap();
    let error = format!("{:#}", write(run.path(), manifest(2), "{}", &huge).unwrap_err());
    assert!(error.contains("checkpoint"), "{error}");
    fs::remove_file(&blocked).unwrap();
    fs::rename(run.path().join("moved"), &blocked).unwrap();
    assert_eq!(newest(run.path()).unwrap().unwrap().folder, kept);
}
