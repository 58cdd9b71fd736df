//! What a run changes about its task belongs to the run: kept, resumed to the bit, used in evaluations.

// The functions beside the tests are part of them.
#![allow(clippy::unwrap_used)]

use coadapt_testing::{Folder, signal, small};
use serde_json::Value;

const CHANGED: [&str; 5] = ["--clip-action", "--action-repeat", "2", "--time-limit", "50"];

#[test]
fn a_changed_task_is_kept_in_the_configuration_and_resumed_to_the_bit() {
    let folder = Folder::new();
    folder.must(&small("whole", &CHANGED));
    let config = folder.read("whole/config.toml");
    assert!(config.contains("[task]\nclip_action = true\naction_repeat = 2\ntime_limit = 50\n"), "{config}");

    let child = folder.start_until("cut", 9, &small("cut", &CHANGED));
    signal(&child, "TERM");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(75));
    folder.must(&["train", "--resume", "cut"]);
    for name in ["config.toml", "metrics.jsonl", "curve.svg"] {
        assert_eq!(folder.read(&format!("cut/{name}")), folder.read(&format!("whole/{name}")), "{name}");
    }

    let evaluations = folder.read("whole/metrics.jsonl");
    let lines = evaluations.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lengths: Vec<Value> = lines.filter_map(|line| line.get("length_mean").cloned()).collect();
    assert!(!lengths.is_empty() && lengths.iter().all(|length| *length == 25.0), "{lengths:?}");
    assert!(folder.must(&["evaluate", "whole", "--episodes", "1"]).contains("over 1 episode"));
}

#[test]
fn a_task_that_is_not_changed_leaves_no_trace() {
    let folder = Folder::new();
    folder.must(&small("plain", &["--steps", "300"]));
    folder.must(&small("named", &["--steps", "300", "--action-repeat", "1"]));
    assert!(!folder.read("plain/config.toml").contains("task"));
    for name in ["config.toml", "metrics.jsonl"] {
        assert_eq!(folder.read(&format!("plain/{name}")), folder.read(&format!("named/{name}")), "{name}");
    }
}

#[test]
fn options_that_fit_nowhere_are_refused() {
    let folder = Folder::new();
    assert!(folder.refused(&["train", "--action-repeat", "0"]).contains("--action-repeat"));
    assert!(folder.refused(&["train", "--resume", "run", "--time-limit", "9"]).contains("--time-limit"));
    folder.must(&small("run", &["--steps", "300", "--action-repeat", "2"]));
    let config = folder.read("run/config.toml");
    std::fs::write(folder.path("run/config.toml"), config.replace("repeat = 2", "repeat = 0")).unwrap();
    let error = folder.refused(&["evaluate", "run"]);
    assert!(error.contains("action_repeat is 0, but must be 1 or more"), "{error}");
    std::fs::write(folder.path("run/config.toml"), config.replace("repeat = 2", "repeat = 3")).unwrap();
    let error = folder.refused(&["evaluate", "run"]);
    assert!(error.contains("task.action_repeat"), "{error}");
}
