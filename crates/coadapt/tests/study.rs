//! The whole program on a study: damaged runs are set aside, studies share runs, longer budgets continue shorter ones,
//! what fails is reported.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use coadapt_testing::study::{arguments, folder_with, results, runs, text};

fn status<'a>(store: &'a str, budget: &'a str) -> [&'a str; 7] {
    ["study", "status", "small.toml", "--store", store, "--budget", budget]
}

#[test]
fn only_what_changed_runs_again_and_longer_budgets_continue() {
    let folder = folder_with(|text| text);
    folder.must(&arguments("store", &["--budget", "smoke"]));
    let seen = |store| {
        let time = |place: PathBuf| std::fs::metadata(place.join("result.json")).unwrap().modified().unwrap();
        runs(&folder, store).into_iter().map(|(name, place)| (name, time(place))).collect::<BTreeMap<_, _>>()
    };
    let before = seen("store");
    folder.must(&arguments("store", &["--budget", "smoke"]));
    assert_eq!(seen("store"), before, "finished runs were repeated");
    // A changed arm is another run; the other arm's runs stay.
    std::fs::write(folder.path("small.toml"), text().replace("\"single\" }", "\"mean\" }")).unwrap();
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
    let told = folder.must(&status("store", "smoke"));
    assert!(told.contains("4 of 4 runs done"), "{told}");
}

#[test]
fn studies_that_share_an_arm_share_its_runs() {
    let folder = folder_with(|text| text);
    folder.must(&arguments("store", &["--budget", "smoke"]));
    let before = results(&folder, "store");
    let other = text().replace("small", "other").replace("label = \"twin\"", "label = \"as it is\"");
    std::fs::write(folder.path("small.toml"), other.replace("\"single\" }", "\"mean\" }")).unwrap();
    let told = folder.must(&status("store", "smoke"));
    assert!(told.contains("2 of 4 runs done"), "{told}");
    folder.must(&arguments("store", &["--budget", "smoke"]));
    let after = results(&folder, "store");
    assert_eq!(after.len(), 6);
    assert!(before.iter().all(|(name, files)| after[name] == *files));
}

#[test]
fn a_study_may_change_its_tasks() {
    let folder = folder_with(|text| {
        text.replace(
            "label = \"single\"",
            "label = \"repeated\"\ntask = { action_repeat = 2, clip_action = true }",
        )
        .replace("set = { \"estimate.critics\" = \"single\" }", "")
        .replace("tasks = {", "task = { time_limit = 100 }\ntasks = {")
    });
    folder.must(&arguments("store", &["--budget", "smoke"]));
    let places = runs(&folder, "store");
    let configs = places.values().map(|place| std::fs::read_to_string(place.join("config.toml")).unwrap());
    let mut tasks: Vec<String> = configs
        .map(|text| text.split("[task]\n").nth(1).unwrap().split("\n\n").next().unwrap().to_owned())
        .collect();
    tasks.sort();
    let plain = "clip_action = false\naction_repeat = 1\ntime_limit = 100";
    let changed = "clip_action = true\naction_repeat = 2\ntime_limit = 100";
    assert_eq!(tasks, [plain, plain, changed, changed]);
    let before = results(&folder, "store");
    let told = folder.must(&arguments("store", &["--budget", "smoke"]));
    assert!(told.contains("4 of 4 runs done"), "{told}");
    assert_eq!(results(&folder, "store"), before);
}

#[test]
fn what_diverges_is_a_result_and_what_fails_is_tried_again_and_then_reported() {
    let folder = folder_with(|text| {
        text.replace("\"estimate.critics\" = \"single\"", "\"code.critic_lr\" = 1e30")
            .replace("seeds = 2", "seeds = 1")
    });
    let told = folder.must(&arguments("store", &["--budget", "smoke"]));
    assert!(told.contains("2 of 2 runs done, 1 of them diverged (†)"), "{told}");
    assert!(told.contains("single  1/1†"), "{told}");
    // Nothing is done again, whatever came of it.
    let output = folder.run(&arguments("store", &["--budget", "smoke"]));
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // A place that no run can be begun in: a file where the task's folder should be.
    std::fs::create_dir_all(folder.path("other")).unwrap();
    std::fs::write(folder.path("other/Pendulum-v1"), "mine").unwrap();
    let output = folder.run(&arguments("other", &["--budget", "smoke"]));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert_eq!(told.matches("; trying again").count(), 4, "{told}");
    assert_eq!(told.matches("; given up after 3 attempts").count(), 2, "{told}");
    let failed: Vec<_> = told.lines().filter(|line| line.starts_with("failed: ")).collect();
    assert_eq!(failed.len(), 2, "{told}");
    assert!(failed[0].contains("on Pendulum-v1, seed 0: could not create the run directory"), "{told}");
}

#[test]
fn damaged_runs_are_named_and_set_aside_and_the_rest_goes_on() {
    let folder = folder_with(|text| text);
    folder.must(&arguments("store", &["--budget", "smoke"]));
    let calm = results(&folder, "store");
    let places: Vec<PathBuf> = runs(&folder, "store").into_values().collect();
    std::fs::write(places[0].join("config.toml"), "seed = ").unwrap();
    std::fs::write(places[1].join("result.json"), "{").unwrap();
    std::fs::remove_file(places[2].join("metrics.jsonl")).unwrap();
    let status = folder.must(&status("store", "smoke"));
    assert!(status.contains("1 of 4 runs done, 3 damaged (!)"), "{status}");
    let output = folder.run(&arguments("store", &["--budget", "smoke"]));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    assert_eq!(told.matches("set aside: ").count(), 3, "{told}");
    assert_eq!(results(&folder, "store"), calm);
}

#[test]
fn a_store_of_another_version_is_refused() {
    let folder = folder_with(|text| text);
    std::fs::create_dir(folder.path("store")).unwrap();
    std::fs::write(folder.path("store/layout"), "2\n").unwrap();
    let told = folder.refused(&arguments("store", &["--budget", "smoke"]));
    assert!(told.contains("has layout 2, this program knows layout 1"), "{told}");
    let told = folder.refused(&["study", "run", "small.toml", "--budget", "lunch"]);
    assert!(told.contains("the study has no budget `lunch`; it has `longer`, `smoke`"), "{told}");
    let told = folder.refused(&["study", "check", "other.toml"]);
    assert!(told.contains("could not read other.toml"), "{told}");
}
