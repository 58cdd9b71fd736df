//! The house rules that no compiler checks: sizes, first lines, names, walls.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

const FORBIDDEN_NAMES: [&str; 7] = ["util", "utils", "common", "misc", "helpers", "types", "manager"];
const UNSAFE_HOMES: [&str; 5] = [
    "crates/nn/src/kernels",
    "crates/nn/src/exec",
    "crates/envs/src/mujoco",
    "crates/run/src/forked_writer.rs",
    "crates/testing/src/counting_allocator.rs",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every Rust file of the house: its path from the root, and its text.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 50, "the walk found {} files", found.len());
    found
}

#[test]
fn files_are_short_and_begin_with_what_they_are_for() {
    for (name, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{name} has {lines} lines: look for its second noun and give that a room");
        assert!(text.starts_with("//! "), "{name} does not begin with a sentence that says what it is for");
        let stem = Path::new(&name).file_stem().unwrap().to_string_lossy().into_owned();
        assert!(!FORBIDDEN_NAMES.contains(&stem.as_str()), "{name}: a file without a name of its own");
    }
}

#[test]
fn unsafe_code_stays_in_its_homes() {
    for (name, text) in sources().iter().filter(|(name, _)| name.contains("/src/")) {
        let home = UNSAFE_HOMES.iter().any(|home| name.starts_with(home));
        let used = text.lines().any(|line| line.contains("allow(unsafe_code)"));
        assert!(home || !used, "{name} allows unsafe code");
    }
}

#[test]
fn a_column_knows_no_column_no_network_and_no_learner() {
    let forbidden = ["super::", "crate::columns", "crate::nets", "crate::learner", "crate::paper"];
    let columns: Vec<_> = sources()
        .into_iter()
        .filter(|(name, _)| name.starts_with("crates/agent/src/columns/") && !name.ends_with("/mod.rs"))
        .collect();
    assert_eq!(columns.len(), 6, "one file for each column of Table 1");
    for (name, text) in columns {
        for import in text.lines().filter(|line| line.starts_with("use ")) {
            let bad = forbidden.iter().find(|f| import.contains(*f));
            assert!(bad.is_none(), "{name}: `{import}`");
        }
    }
}

#[test]
fn the_paper_module_alone_knows_algorithms_by_name() {
    for (name, text) in sources() {
        let of_paper = name.starts_with("crates/agent/src/paper/");
        if !name.starts_with("crates/agent/src/") || of_paper || name.ends_with("/tests.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for algorithm in coadapt_agent::ALGORITHMS {
                let quoted = format!("\"{algorithm}\"");
                assert!(!line.to_lowercase().contains(&quoted), "{name}: {line}");
            }
        }
    }
}

#[test]
fn no_word_of_the_program_can_end_it() {
    let of_program = ["crates/run/src/", "crates/study/src/", "crates/report/src/", "crates/coadapt/src/"];
    let speaks = |name: &str| of_program.iter().any(|folder| name.starts_with(folder));
    for (name, text) in sources().iter().filter(|(name, _)| speaks(name)) {
        let bare = text.lines().find(|line| line.contains("println!(") || line.contains("print!("));
        assert!(
            bare.is_none(),
            "{name} panics where nobody reads, unlike terminal::{{tell, answer}}: {bare:?}"
        );
    }
}

#[test]
fn ci_runs_the_test_command_of_the_readme() {
    let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let command = "cargo test --workspace";
    assert!(ci.lines().any(|line| line == command) && readme.lines().any(|line| line == command));
}
