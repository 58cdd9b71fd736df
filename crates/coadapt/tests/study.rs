//! The whole program on a study: killed at bad moments it ends as if it had never been, damaged runs are set
//! aside, studies share runs, longer budgets continue shorter ones.
#![allow(clippy::unwrap_used)]

mod program;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use program::{Folder, signal};

const STUDY: &str = r#"
title = "small"
[[arm]]
label = "twin"
algo = "sac"
[[arm]]
label = "single"
algo = "sac"
set = { "estimate.critics" = "single" }
[budget.smoke]
tasks = { "Pendulum-v1" = 1500 }
seeds = 2
set = { "schedule.eval_every" = 500, "schedule.learn_after" = 200, "schedule.warmup" = 200, "schedule.batch" = 16, "schedule.log_every" = 100, "schedule.eval_episodes" = 2, "schedule.replay_capacity" = 2000, "code.sizes" = "S" }
[budget.longer]
tasks = { "Pendulum-v1" = 2000 }
seeds = 2
set = { "schedule.eval_every" = 500, "schedule.learn_after" = 200, "schedule.warmup" = 200, "schedule.batch" = 16, "schedule.log_every" = 100, "schedule.eval_episodes" = 2, "schedule.replay_capacity" = 2000, "code.sizes" = "S" }
"#;

fn folder_with(text: &str) -> Folder {
    let folder = Folder::new();
    std::fs::write(folder.path("small.toml"), text).unwrap();
    folder
}

fn runs(folder: &Folder, store: &str) -> BTreeMap<String, PathBuf> {
    let task = folder.path(store).join("Pendulum-v1");
    let entries = std::fs::read_dir(task).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path)).collect()
}

/// What of every run in a store does not depend on the clock.
fn results(folder: &Folder, store: &str) -> BTreeMap<String, Vec<Vec<u8>>> {
    let read = |place: &Path, name: &str| {
        std::fs::read(place.join(name)).unwrap_or_else(|e| panic!("{place:?}: {e}"))
    };
    let files = ["metrics.jsonl", "config.toml", "curve.svg"];
    runs(folder, store)
        .into_iter()
        .map(|(name, place)| (name, files.map(|file| read(&place, file)).to_vec()))
        .collect()
}

fn arguments<'a>(store: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["study", "run", "small.toml", "--store", store, "--quiet", "--checkpoint-every", "300"], more].concat()
}

#[test]
fn killed_at_any_moment_it_ends_as_if_it_had_never_been() {
    let folder = folder_with(STUDY);
    folder.must(&arguments("calm", &["--budget", "smoke"]));
    let calm = results(&folder, "calm");
    assert_eq!(calm.len(), 4);
    for moment in 0..8_u64 {
        let mut command = folder.command(&arguments("torn", &["--budget", "smoke", "--jobs", "2"]));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Whatever the moment, the outcome must be the same, so let it differ from test to test run.
        std::thread::sleep(Duration::from_micros(
            30_000 + 120_000 * moment + 7_919 * u64::from(std::process::id() % 11),
        ));
        signal(&child, if moment % 3 == 2 { "TERM" } else { "KILL" });
        child.wait().unwrap();
    }
    let told = folder.must(&arguments("torn", &["--budget", "smoke"]));
    assert!(told.contains("4 of 4 runs done"), "{told}");
    assert_eq!(results(&folder, "torn"), calm);
}

#[test]
fn two_crews_on_one_store_do_not_get_in_each_others_way() {
    let folder = folder_with(STUDY);
    let spawn = || {
        folder.command(&arguments("shared", &["--budget", "smoke"])).stdout(Stdio::null()).spawn().unwrap()
    };
    let (mut one, mut other) = (spawn(), spawn());
    assert!(one.wait().unwrap().success() && other.wait().unwrap().success());
    assert_eq!(runs(&folder, "shared").len(), 4);
    assert!(
        folder
            .must(&["study", "status", "small.toml", "--store", "shared", "--budget", "smoke"])
            .contains("4 of 4")
    );
}

#[test]
fn only_what_changed_runs_again_and_longer_budgets_continue() {
    let folder = folder_with(STUDY);
    folder.must(&arguments("store", &["--budget", "smoke"]));
    let seen = |store| {
        let time = |place: PathBuf| std::fs::metadata(place.join("result.json")).unwrap().modified().unwrap();
        runs(&folder, store).into_iter().map(|(name, place)| (name, time(place))).collect::<BTreeMap<_, _>>()
    };
    let before = seen("store");
    folder.must(&arguments("store", &["--budget", "smoke"]));
    assert_eq!(seen("store"), before, "finished runs were repeated");
    // A changed arm is another run; the other arm's runs stay.
    std::fs::write(folder.path("small.toml"), STUDY.replace("\"single\" }", "\"mean\" }")).unwrap();
    let stale =
        folder.must(&["study", "explain-stale", "small.toml", "--store", "store", "--budget", "smoke"]);
    assert!(stale.contains("single on Pendulum-v1 would start again:"), "{stale}");
    assert!(stale.contains("method.estimate.critics.kind: \"single\" is now \"mean\""), "{stale}");
    folder.must(&arguments("store", &["--budget", "smoke"]));
    let after = seen("store");
    assert_eq!(after.len(), 6);
    assert!(before.iter().all(|(name, time)| after[name] == *time));
    // A longer budget goes on where the shorter one ended, and equals a run that never stopped.
    folder.must(&arguments("store", &["--budget", "longer"]));
    folder.must(&arguments("fresh", &["--budget", "longer"]));
    let (continued, fresh) = (results(&folder, "store"), results(&folder, "fresh"));
    assert_eq!(fresh.len(), 4);
    assert!(fresh.iter().all(|(name, files)| continued[name] == *files));
    let told = folder.must(&["study", "status", "small.toml", "--store", "store", "--budget", "smoke"]);
    assert!(told.contains("4 of 4 runs done"), "{told}");
}

#[test]
fn damaged_runs_are_named_and_set_aside_and_the_rest_goes_on() {
    let folder = folder_with(STUDY);
    folder.must(&arguments("store", &["--budget", "smoke"]));
    let calm = results(&folder, "store");
    let places: Vec<PathBuf> = runs(&folder, "store").into_values().collect();
    std::fs::write(places[0].join("config.toml"), "seed = ").unwrap();
    std::fs::write(places[1].join("result.json"), "{").unwrap();
    std::fs::remove_file(places[2].join("metrics.jsonl")).unwrap();
    let status = folder.must(&["study", "status", "small.toml", "--store", "store", "--budget", "smoke"]);
    assert!(status.contains("1 of 4 runs done, 3 damaged (!)"), "{status}");
    let output = folder.run(&arguments("store", &["--budget", "smoke"]));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    assert_eq!(told.matches("set aside: ").count(), 3, "{told}");
    assert_eq!(results(&folder, "store"), calm);
}

#[test]
fn a_store_of_another_version_is_refused() {
    let folder = folder_with(STUDY);
    std::fs::create_dir(folder.path("store")).unwrap();
    std::fs::write(folder.path("store/layout"), "2\n").unwrap();
    let told = folder.refused(&arguments("store", &["--budget", "smoke"]));
    assert!(told.contains("has layout 2, this program knows layout 1"), "{told}");
    let told = folder.refused(&["study", "run", "small.toml", "--budget", "lunch"]);
    assert!(told.contains("the study has no budget `lunch`; it has `longer`, `smoke`"), "{told}");
    let told = folder.refused(&["study", "check", "other.toml"]);
    assert!(told.contains("could not read other.toml"), "{told}");
}
