//! A run that was stopped, killed or starved of disk continues to the bit.

// The functions beside the tests are part of them.
#![allow(clippy::unwrap_used)]

use std::process::Stdio;
use std::time::{Duration, Instant};

use coadapt_testing::{Folder, signal, small};
use serde_json::Value;

const CHECKPOINTS: [&str; 2] = ["--checkpoint-every", "150"];

/// Compares everything a run leaves that does not name a clock.
fn assert_same(folder: &Folder, run: &str, whole: &str) {
    let file = |run: &str, name: &str| folder.read(&format!("{run}/{name}"));
    assert_eq!(file(run, "metrics.jsonl"), file(whole, "metrics.jsonl"));
    assert_eq!(file(run, "curve.svg"), file(whole, "curve.svg"));
    assert_eq!(file(run, "config.toml"), file(whole, "config.toml"));
    let (mut result, mut expected) = (folder.result(run), folder.result(whole));
    for object in [&mut result, &mut expected] {
        assert_eq!(object["outcome"], "finished");
        object.as_object_mut().unwrap().remove("wall_seconds");
    }
    assert_eq!(result, expected);
}

#[test]
fn a_run_stopped_by_a_signal_continues_to_the_bit() {
    let folder = Folder::new();
    folder.must(&small("whole", &[]));
    for (name, lines) in [("TERM", 3), ("INT", 12), ("USR1", 23)] {
        let child = folder.start_until(name, lines, &small(name, &[]));
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(75), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains(&format!("coadapt train --resume {name}")));
        assert_eq!(folder.result(name)["outcome"], "interrupted");
        folder.must(&["train", "--resume", name]);
        assert_same(&folder, name, "whole");
    }
}

#[test]
fn a_killed_run_continues_to_the_bit_from_its_last_checkpoint() {
    let folder = Folder::new();
    folder.must(&small("whole", &[]));
    let mut child = folder.start_until("killed", 4, &small("killed", &CHECKPOINTS));
    child.kill().unwrap();
    child.wait().unwrap();
    // A torn line, as a power failure would leave it, and an unfinished checkpoint.
    let torn = folder.read("killed/metrics.jsonl") + "{\"kind\":\"tra";
    std::fs::write(folder.path("killed/metrics.jsonl"), torn).unwrap();
    std::fs::create_dir_all(folder.path("killed/checkpoint/.writing-step-000000001")).unwrap();

    let resume = [&["train", "--resume", "killed"][..], &CHECKPOINTS].concat();
    let mut child = folder.start_until("killed", 20, &resume);
    child.kill().unwrap();
    child.wait().unwrap();
    folder.must(&resume);
    assert_same(&folder, "killed", "whole");
    let left = std::fs::read_dir(folder.path("killed/checkpoint")).unwrap().count();
    assert_eq!(left, 1, "only the newest checkpoint stays");
}

#[test]
fn a_run_killed_before_its_first_checkpoint_starts_again() {
    let folder = Folder::new();
    folder.must(&small("whole", &[]));
    let mut child = folder.start_until("early", 5, &small("early", &[]));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(folder.refused(&["evaluate", "early"]).contains("no checkpoint yet"));
    folder.must(&["train", "--resume", "early"]);
    assert_same(&folder, "early", "whole");
}

#[test]
fn a_full_disk_costs_nothing_but_the_time_since_the_last_checkpoint() {
    let folder = Folder::new();
    folder.must(&small("whole", &[]));
    let child = folder.start_until("full", 10, &small("full", &[]));
    signal(&child, "TERM");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(75));
    let before = checkpoint_names(&folder, "full");

    // No file may grow past a few kilobytes: the logs fit, the arrays do not.
    let line = format!(
        "trap '' XFSZ; ulimit -f 32; exec {} train --resume full --checkpoint-every 150",
        env!("CARGO_BIN_EXE_coadapt")
    );
    let output =
        std::process::Command::new("sh").args(["-c", &line]).current_dir(folder.path("")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("could not write the checkpoint full/checkpoint/step-"), "{text}");
    assert!(text.contains("`coadapt train --resume full` continues the run"), "{text}");
    assert_eq!(checkpoint_names(&folder, "full"), before, "the old checkpoint stays, the torn one is gone");

    folder.must(&["train", "--resume", "full"]);
    assert_same(&folder, "full", "whole");
}

#[test]
fn a_finished_run_can_be_extended() {
    let folder = Folder::new();
    folder.must(&small("run", &["--set", "schedule.eval_every=1000"]));
    assert!(folder.refused(&["train", "--resume", "run"]).contains("is finished"));
    folder.must(&["train", "--resume", "run", "--steps", "4000"]);
    folder.must(&small("whole", &["--set", "schedule.eval_every=1000", "--steps", "4000"]));
    assert_same(&folder, "run", "whole");
}

#[test]
fn a_run_can_be_evaluated_while_it_goes_on() {
    let folder = Folder::new();
    let arguments = small("run", &["--steps", "1000000", "--checkpoint-every", "20"]);
    let child = folder.start_until("run", 3, &arguments);
    for _ in 0..20 {
        assert!(folder.must(&["evaluate", "run", "--episodes", "1"]).contains("over 1 episode"));
    }
    signal(&child, "TERM");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(75));
}

#[test]
fn a_diverged_run_is_a_result() {
    let folder = Folder::new();
    let diverging = ["--set", "code.critic_lr=1e30", "--checkpoint-every", "100"];
    let text = folder.must(&small("run", &diverging));
    assert!(text.contains("† diverged at step "), "{text}");
    let result = folder.result("run");
    assert_eq!(result["outcome"], "diverged");
    assert_eq!(result["diverged_at_step"], result["steps"]);
    assert!(result["diverged_what"].as_str().is_some_and(|what| !what.is_empty()), "{result}");
    assert!(folder.read("run/curve.svg").contains("† diverged at step"));
    assert!(folder.refused(&["train", "--resume", "run"]).contains("nothing to continue"));
    folder.must(&["evaluate", "run"]);
}

#[test]
fn threads_and_checkpoints_change_no_number() {
    let folder = Folder::new();
    folder.must(&small("one", &[]));
    folder.must(&small("two", &["--threads", "2", "--checkpoint-every", "333"]));
    assert_eq!(folder.read("one/metrics.jsonl"), folder.read("two/metrics.jsonl"));
}

#[test]
fn measuring_the_bias_changes_no_other_number() {
    let folder = Folder::new();
    folder.must(&small("measured", &[]));
    folder.must(&small("plain", &["--set", "schedule.bias_episodes=0"]));
    let lines = |run: &str| -> Vec<serde_json::Value> {
        let text = folder.read(&format!("{run}/metrics.jsonl"));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (mut measured, plain) = (lines("measured"), lines("plain"));
    for line in measured.iter_mut().map(|line| line.as_object_mut().unwrap()) {
        for name in ["q_bias", "q_bias_relative", "mc_return_mean"] {
            let found = line.remove(name);
            assert_eq!(found.is_some_and(|x| x.is_f64()), line["kind"] == "evaluation", "{name}");
        }
    }
    assert_eq!(measured, plain);
}

fn checkpoint_names(folder: &Folder, run: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path(run).join("checkpoint")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// An iteration of AWR that takes about a second, twice.
const LONG_ITERATIONS: [&str; 18] = [
    "train",
    "--algo",
    "awr",
    "--env",
    "Pendulum-v1",
    "--steps",
    "800",
    "--set",
    "collect.iteration={ kind = \"fixed\", every = 400, critic_steps = 16000, policy_steps = 64000 }",
    "--set",
    "collect.batch=8",
    "--set",
    "collect.learn_after=0",
    "--set",
    "code.policy_sizes=[8, 8]",
    "--set",
    "schedule.eval_every=400",
    "--out",
];

#[test]
fn a_run_stopped_in_the_middle_of_an_iteration_continues_to_the_bit() {
    let folder = Folder::new();
    let run = |name| [&LONG_ITERATIONS[..], &[name, "--checkpoint-every", "100"]].concat();
    folder.must(&run("whole"));
    let mut inside = 0;
    for (name, how, wait) in [("early", "TERM", 100), ("late", "INT", 400), ("killed", "KILL", 300)] {
        // The checkpoint of step 300 is there, so the iteration of step 400 begins at once.
        let mut child =
            folder.command(&run(name)).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = || folder.path(name).join("checkpoint/step-000000300").exists();
        let started = Instant::now();
        while !begun() && child.try_wait().unwrap().is_none() {
            assert!(started.elapsed() < Duration::from_secs(60), "no checkpoint came");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(wait));
        signal(&child, how);
        let told = Instant::now();
        child.wait().unwrap();
        assert!(told.elapsed() < Duration::from_secs(2), "{how} was not honoured in the iteration");
        inside += newest_manifest(&folder, name)
            .is_some_and(|manifest| manifest["manifest"]["between_steps"] == false) as u32;
        folder.must(&["train", "--resume", name]);
        assert_same(&folder, name, "whole");
    }
    assert!(inside > 0, "no stop fell into an iteration");
}

/// The manifest of the newest checkpoint.
fn newest_manifest(folder: &Folder, run: &str) -> Option<Value> {
    let entries = std::fs::read_dir(folder.path(run).join("checkpoint")).unwrap();
    let newest = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).max()?;
    serde_json::from_str(&std::fs::read_to_string(newest.join("manifest.json")).ok()?).ok()
}
