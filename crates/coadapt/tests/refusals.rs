//! Bad input: one sentence, a non-zero exit, nothing overwritten, nothing lost.

use std::fs;
use std::process::Command;

use coadapt_testing::{Folder, signal, small};

#[test]
fn names_that_do_not_exist_are_answered_with_names_that_do() {
    let folder = Folder::new();
    assert!(folder.refused(&["train", "--algo", "sca"]).contains("sac"));
    assert!(folder.refused(&["train", "--env", "Pendlum-v1"]).contains("Pendulum-v1"));
    let path = folder.refused(&["train", "--set", "estimate.critic=single"]);
    assert!(path.contains("estimate.critic") && path.contains("critics"), "{path}");
    let value = folder.refused(&["train", "--set", "collect.batch=many"]);
    assert!(value.contains("collect.batch") && value.contains("many"), "{value}");
    assert!(folder.refused(&["train", "--set", "collect.batch=0"]).contains("at least 1"));
    assert!(!folder.path("runs").exists(), "nothing is written before everything is checked");
}

#[test]
fn bad_usage_has_an_exit_code_of_its_own() {
    let folder = Folder::new();
    for arguments in [
        &["train", "--set", "collect.batch"][..],
        &["train", "--steps", "0"],
        &["train", "--steps", "many"],
        &["train", "--seed", "-1"],
        &["train", "--threads", "0"],
        &["train", "--resume", "x", "--algo", "sac"],
        &["evaluate"],
        &["frobnicate"],
        &[],
    ] {
        assert_eq!(folder.run(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_place_that_is_taken_is_left_alone() {
    let folder = Folder::new();
    folder.must(&small("run", &[]));
    let before = (folder.read("run/metrics.jsonl"), folder.read("run/result.json"));
    let text = folder.refused(&small("run", &[]));
    assert!(text.contains("`coadapt train --resume run`") && text.contains("--out"), "{text}");
    assert_eq!((folder.read("run/metrics.jsonl"), folder.read("run/result.json")), before);
    fs::write(folder.path("file"), "mine").unwrap();
    assert!(folder.refused(&small("file", &[])).contains("is not a run"));
    assert_eq!(folder.read("file"), "mine");
    assert!(folder.refused(&["train", "--resume", "nowhere"]).contains("no run directory nowhere"));
    fs::create_dir(folder.path("empty")).unwrap();
    assert!(folder.refused(&["evaluate", "empty"]).contains("has no config.toml"));
}

#[test]
fn a_creation_that_found_no_room_leaves_the_place_free() {
    let folder = Folder::new();
    let arguments = small("run", &[]).join(" ").replace("[16, 16]", "'[16, 16]'");
    let line = format!("trap '' XFSZ; ulimit -f 0; exec {} {arguments}", env!("CARGO_BIN_EXE_coadapt"));
    for place_exists in [false, true] {
        let output = Command::new("sh").args(["-c", &line]).current_dir(folder.path("")).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("could not write run/config.toml"), "{text}");
        assert_eq!(folder.path("run").exists(), place_exists, "{text}");
        // What was there before stays there, as empty as it was.
        fs::create_dir_all(folder.path("run")).unwrap();
        assert_eq!(fs::read_dir(folder.path("run")).unwrap().count(), 0);
    }
    folder.must(&small("run", &[]));
}

#[test]
fn more_threads_than_the_machine_has_are_not_started() {
    let folder = Folder::new();
    let output = folder.run(&small("run", &["--threads", "1024"]));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.starts_with("--threads 1024 is more than this machine has: running on "), "{text}");
    let available = std::thread::available_parallelism().unwrap().get() as u64;
    assert_eq!(folder.result("run")["threads"], available);
}

#[test]
fn the_order_of_overrides_does_not_matter() {
    let folder = Folder::new();
    let (batch, replay) = ("collect.batch=2000000", "collect.capacity=3000000");
    for (first, second) in [(batch, replay), (replay, batch)] {
        let text = folder.must(&["explain", "--set", first, "--set", second]);
        assert!(text.contains("batch = 2000000"), "{text}");
    }
    assert!(folder.refused(&["explain", "--set", batch]).contains("collect.batch"));
}

#[test]
fn a_damaged_checkpoint_is_refused_by_name_and_left_alone() {
    let folder = Folder::new();
    let child = folder.start_until("run", 8, &small("run", &[]));
    signal(&child, "TERM");
    child.wait_with_output().unwrap();
    let metrics = folder.read("run/metrics.jsonl");
    let checkpoint = fs::read_dir(folder.path("run/checkpoint")).unwrap().next().unwrap().unwrap().path();
    for name in ["arrays.safetensors", "state.json", "manifest.json"] {
        let whole = fs::read(checkpoint.join(name)).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 3] ^= 4;
        for damage in [&flipped[..], &whole[..whole.len() / 2], b""] {
            fs::write(checkpoint.join(name), damage).unwrap();
            for command in [&["train", "--resume", "run"][..], &["evaluate", "run"]] {
                let text = folder.refused(command);
                assert!(text.contains(name) && text.contains("damaged"), "{text}");
            }
        }
        fs::write(checkpoint.join(name), whole).unwrap();
    }
    assert_eq!(folder.read("run/metrics.jsonl"), metrics);
    folder.must(&["train", "--resume", "run"]);
}

#[test]
fn a_foreign_checkpoint_is_refused() {
    let folder = Folder::new();
    folder.must(&small("run", &[]));
    folder.must(&small("other", &["--seed", "1"]));
    fs::rename(folder.path("run/checkpoint"), folder.path("away")).unwrap();
    fs::rename(folder.path("other/checkpoint"), folder.path("run/checkpoint")).unwrap();
    let text = folder.refused(&["train", "--resume", "run", "--steps", "4000"]);
    assert!(text.contains("its seed is 1, the run's config.toml says 0"), "{text}");
    assert!(folder.read("run/config.toml").contains("steps = 3000"), "a refused extension changes nothing");
}

#[test]
fn two_programs_do_not_write_one_run() {
    let folder = Folder::new();
    let child = folder.start_until("run", 3, &small("run", &["--steps", "1000000"]));
    let text = folder.refused(&["train", "--resume", "run"]);
    assert!(text.contains("another coadapt process") && text.contains(&child.id().to_string()), "{text}");
    signal(&child, "TERM");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(75));
}

#[test]
fn evaluation_reads_and_prints() {
    let folder = Folder::new();
    folder.must(&small("run", &[]));
    let before = folder.read("run/result.json");
    let text = folder.must(&["evaluate", "run", "--episodes", "3"]);
    assert!(text.contains("episode   3: ") && text.contains("over 3 episodes"), "{text}");
    let json = folder.must(&["evaluate", "run", "--episodes", "3", "--json"]);
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((found["step"].as_u64(), found["returns"].as_array().map(Vec::len)), (Some(3000), Some(3)));
    assert_eq!(json, folder.must(&["evaluate", "run", "--episodes", "3", "--json"]));
    assert_eq!(folder.read("run/result.json"), before);
}
