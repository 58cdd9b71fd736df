//! A study so small that a test has time for it, its store, and what of it does not depend on the clock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::folder::Folder;

/// Overrides that make a run take about a second.
pub const SMALL: &str = r#""collect.learn_after" = 200, "collect.warmup" = 200, "collect.batch" = 16, "schedule.log_every" = 100, "schedule.eval_every" = 500, "schedule.eval_episodes" = 2, "collect.capacity" = 2000, "code.sizes" = "S""#;

/// Two arms, two seeds, and a longer budget.
pub fn text() -> String {
    format!(
        r#"
title = "small"
[[arm]]
label = "twin"
algo = "sac"
[[arm]]
label = "single"
algo = "sac"
set = {{ "estimate.critics" = "single" }}
[budget.smoke]
tasks = {{ "Pendulum-v1" = 1500 }}
seeds = 2
set = {{ {SMALL} }}
[budget.longer]
tasks = {{ "Pendulum-v1" = 2000 }}
seeds = 2
set = {{ {SMALL} }}
"#
    )
}

/// A folder with that study in it, changed by `change`.
pub fn folder_with(change: impl Fn(String) -> String) -> Folder {
    let folder = Folder::new();
    std::fs::write(folder.path("small.toml"), change(text())).unwrap();
    folder
}

/// The command line that runs it in `store`.
pub fn arguments<'a>(store: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["study", "run", "small.toml", "--store", store, "--checkpoint-every", "300"], more].concat()
}

/// Every run of the store by its name.
pub fn runs(folder: &Folder, store: &str) -> BTreeMap<String, PathBuf> {
    let task = folder.path(store).join("Pendulum-v1");
    let entries = std::fs::read_dir(task).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path)).collect()
}

/// The part of every run in a store that does not depend on the clock: texts, the learner's last state, the result.
pub fn results(folder: &Folder, store: &str) -> BTreeMap<String, Vec<Vec<u8>>> {
    runs(folder, store).into_iter().map(|(name, place)| (name, timeless(&place))).collect()
}

fn timeless(place: &Path) -> Vec<Vec<u8>> {
    let read = |path: PathBuf| std::fs::read(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
    let mut all: Vec<_> =
        ["metrics.jsonl", "config.toml", "curve.svg"].map(|name| read(place.join(name))).into();
    let mut result: Value = serde_json::from_slice(&read(place.join("result.json"))).unwrap();
    result.as_object_mut().unwrap().remove("wall_seconds").unwrap();
    all.push(result.to_string().into_bytes());
    let checkpoints: Vec<_> =
        std::fs::read_dir(place.join("checkpoint")).unwrap().map(|e| e.unwrap().path()).collect();
    let [last] = &checkpoints[..] else { panic!("{checkpoints:?}: one checkpoint stays") };
    all.extend(["state.json", "arrays.safetensors"].map(|name| read(last.join(name))));
    all
}

/// The processes that `parent` has started and that have not ended.
pub fn children(parent: u32) -> Vec<u32> {
    let field =
        |text: &str, name: &str| text.lines().find_map(|l| Some(l.strip_prefix(name)?.trim().to_owned()));
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let Ok(pid) = name.parse() else { continue };
        // One that ends meanwhile is none.
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let dead = field(&status, "State:").is_none_or(|state| state.starts_with('Z'));
        if !dead && field(&status, "PPid:") == Some(parent.to_string()) {
            found.push(pid);
        }
    }
    found
}

/// How many processes work in the folder `home`.
pub fn at_work_in(home: &Path) -> usize {
    let all = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path().join("cwd"));
    all.filter(|cwd| std::fs::read_link(cwd).is_ok_and(|at| at == home)).count()
}
