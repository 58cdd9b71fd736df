//! The simulator library: what is refused, and what a fatal error inside it does.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use coadapt_envs::mujoco::{Library, Model, Sim, Warning, prepare};
use coadapt_envs::{Cache, EnvError, make};

fn own_library(path: &Path) -> Cache {
    Cache { root: None, library: Some(path.to_owned()) }
}

fn refusal(path: &Path) -> EnvError {
    match make("Hopper-v4", &own_library(path), &mut |_| {}) {
        Err(error) => error,
        Ok(_) => panic!("{} was accepted", path.display()),
    }
}

/// Compiles a library that claims to be some MuJoCo.
fn pretender(folder: &Path, version: i32) -> PathBuf {
    let (source, library) = (folder.join("fake.c"), folder.join(format!("libmujoco{version}.so")));
    std::fs::write(&source, format!("int mj_version(void) {{ return {version}; }}\n")).unwrap();
    let status = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    assert!(status.unwrap().success());
    library
}

#[test]
fn another_version_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for (number, name) in [(337, "3.3.7"), (3_018_000, "3.18.0")] {
        let path = pretender(folder.path(), number);
        assert_eq!(
            refusal(&path).to_string(),
            format!(
                "{} is MuJoCo {name}, but coadapt knows the struct layout of 3.17.0 only; set COADAPT_MUJOCO \
                 to a library of that version, or unset it to have one fetched",
                path.display()
            )
        );
    }
    let empty = pretender(folder.path(), 3_017_000);
    let said = refusal(&empty).to_string();
    assert!(said.contains("cannot be used as the MuJoCo library: it has no mj_loadXML"), "{said}");
}

#[test]
fn what_is_no_library_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.so");
    let text = folder.path().join("text.so");
    std::fs::write(&text, "not a library").unwrap();
    for path in [missing, text] {
        let said = refusal(&path).to_string();
        assert!(matches!(refusal(&path), EnvError::Library { .. }));
        assert!(said.starts_with(path.to_str().unwrap()) && said.contains("COADAPT_MUJOCO"), "{said}");
    }
}

fn fetched() -> &'static Library {
    prepare(&Cache::from_environment(), &mut |line| eprintln!("{line}")).unwrap()
}

#[test]
fn the_fetched_library_is_loaded_once_and_can_be_named() {
    let library = fetched();
    assert_eq!(library.version(), "3.17.0");
    assert!(std::ptr::eq(library, fetched()));
    assert!(std::ptr::eq(library, prepare(&own_library(library.path()), &mut |_| {}).unwrap()));
}

#[test]
fn a_faulty_model_is_refused_in_mujocos_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("faulty.xml");
    std::fs::write(&path, "<mujoco><worldbody><geom/></worldbody></mujoco>").unwrap();
    let said = Model::load(fetched(), &path).unwrap_err().to_string();
    let start = format!("MuJoCo cannot load the model {}: ", path.display());
    assert!(said.starts_with(&start) && said.len() > start.len() + 10, "{said}");
}

/// MuJoCo leaves out what finds no room, and goes on; a task ends there.
#[test]
fn full_buffers_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let boxes: String = (0..12)
        .map(|i| {
            let x = f64::from(i) / 100.0;
            format!("<body pos='{x} 0 .05'><freejoint/><geom type='box' size='.1 .1 .1'/></body>")
        })
        .collect();
    let seen = |memory: &str| {
        let path = folder.path().join("boxes.xml");
        let plane = "<geom type='plane' size='5 5 1'/>";
        let size = format!("<size memory='{memory}'/>");
        let xml = format!("<mujoco>{size}<worldbody>{plane}{boxes}</worldbody></mujoco>");
        std::fs::write(&path, xml).unwrap();
        let mut sim = Sim::new(Model::load(fetched(), &path).unwrap()).unwrap();
        sim.step(20);
        sim.instability()
    };
    assert_eq!(seen("100K"), Some("there are more contacts than its buffer holds"));
    assert_eq!(seen("300K"), Some("there are more constraints than its buffer holds"));
    assert_eq!(seen("20M"), None);
}

#[test]
fn threads_may_share_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ball.xml");
    let ball = "<mujoco><worldbody><geom type='plane' size='1 1 1'/><body pos='0 0 1'><freejoint/>\
                <geom size='.1'/></body></worldbody></mujoco>";
    std::fs::write(&path, ball).unwrap();
    let model = Model::load(fetched(), &path).unwrap();
    let heights: Vec<f64> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut sim = Sim::new(std::sync::Arc::clone(&model)).unwrap();
                    sim.step(1000);
                    sim.qpos()[2]
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(heights.iter().all(|height| (height - 0.1).abs() < 0.01 && *height == heights[0]), "{heights:?}");
}

/// A model with too little memory for its contacts is a fatal error in MuJoCo.
#[test]
fn a_fatal_error_is_an_outcome_of_its_simulation_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("starved.xml");
    let starved = "<mujoco><size memory='1K'/><worldbody><geom type='plane' size='1 1 1'/><body pos='0 0 .1'>\
                   <freejoint/><geom type='box' size='.1 .1 .1'/></body></worldbody></mujoco>";
    std::fs::write(&path, starved).unwrap();
    let mut sim = Sim::new(Model::load(fetched(), &path).unwrap()).unwrap();
    let start = sim.qpos().to_vec();
    for _ in 0..3 {
        sim.step(1000);
        let what = sim.instability().unwrap();
        assert!(what.starts_with("MuJoCo cannot go on: ") && what.len() > 30, "{what}");
        assert!(matches!(sim.warning(), Some(Warning::Unstable(warned)) if warned == what));
        sim.reset();
        assert_eq!((sim.instability(), sim.qpos()), (None, &start[..]));
    }
    // Other simulations, in this thread and in others, know nothing of it.
    let fed = starved.replace("1K", "1M");
    std::fs::write(&path, fed).unwrap();
    let mut sim = Sim::new(Model::load(fetched(), &path).unwrap()).unwrap();
    sim.step(1000);
    assert_eq!(sim.instability(), None);
    assert!(!Path::new("MUJOCO_LOG.TXT").exists());
}

/// half_cheetah.xml raises a warning when it is compiled, which MuJoCo would write to a log.
#[test]
fn warnings_leave_no_log() {
    make("HalfCheetah-v4", &Cache::from_environment(), &mut |_| {}).unwrap();
    assert!(!Path::new("MUJOCO_LOG.TXT").exists());
}
