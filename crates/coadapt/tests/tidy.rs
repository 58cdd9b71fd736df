//! The house rules that no compiler checks: sizes, first lines, names, walls.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
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

/// The crates whose files must know each other in one direction only.
const WITHOUT_CIRCLES: [&str; 6] = ["chart", "run", "study", "report", "coadapt", "testing"];
/// The same where a mod.rs is the face of its folder: what it takes from the files below it makes no circle with them.
const WITH_FACES: [&str; 4] = ["nn", "envs", "stats", "agent"];
/// The crates from the ground up, one floor an entry: each may depend on those below it.
const FLOORS: [&[&str]; 6] =
    [&["nn", "envs", "stats", "chart"], &["agent"], &["run"], &["study"], &["report"], &["coadapt"]];
/// Tools of tests, which no program may contain.
const OF_TESTS: &str = "testing";

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
    let of_program = [
        "crates/chart/src/",
        "crates/run/src/",
        "crates/study/src/",
        "crates/report/src/",
        "crates/coadapt/src/",
    ];
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

/// The module that the file `name` is, as a path from its crate's root; nothing for a program's own file.
fn module(name: &str) -> Option<Vec<String>> {
    let within = name.split_once("/src/")?.1.strip_suffix(".rs")?;
    let mut path: Vec<String> = within.split('/').map(str::to_owned).collect();
    match path.last()?.as_str() {
        "main" | "tests" => return None,
        "mod" | "lib" => path.truncate(path.len() - 1),
        _ => {}
    }
    Some(path)
}

/// Every path in the code of a file, `use` trees spelled out; comments and tests say nothing of its place in the crate.
fn paths(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
    let code: String = code.lines().map(|line| line.split("//").next().unwrap().to_owned() + "\n").collect();
    let mut found = Vec::new();
    for statement in code.split(';') {
        let tree =
            statement.rfind("use ").map(|start| statement[start + 4..].replace(char::is_whitespace, " "));
        tree.filter(|tree| tree.contains("::")).iter().for_each(|tree| spell_out("", tree, &mut found));
    }
    // A path that a brace cuts short is a tree, and spelled out already.
    let is_path = |path: &&str| path.contains("::") && !path.ends_with("::");
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    found.extend(code.split(|c| !word(c)).filter(is_path).map(str::to_owned));
    found
}

/// The paths of the tree `a::{b, c::d}`.
fn spell_out(before: &str, tree: &str, found: &mut Vec<String>) {
    let Some((head, inner)) = tree.trim().split_once('{') else {
        let name = tree.split(" as ").next().unwrap().trim();
        return found.push(format!("{before}{name}"));
    };
    let (mut depth, mut branch) = (0, String::new());
    for c in inner.strip_suffix('}').unwrap_or(inner).chars().chain([',']) {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c == ',' && depth == 0 {
            spell_out(&format!("{before}{head}"), &std::mem::take(&mut branch), found);
        } else {
            branch.push(c);
        }
    }
}

/// The module among `all` that `path`, written in the module `here`, leads to.
fn target(here: &[String], path: &str, all: &BTreeSet<Vec<String>>) -> Option<Vec<String>> {
    let mut words: Vec<&str> = path.split("::").collect();
    let mut at = here.to_vec();
    match words[0] {
        "crate" => at.clear(),
        "self" => {}
        "super" => {
            let up = words.iter().take_while(|word| **word == "super").count();
            at.truncate(at.len().saturating_sub(up));
            words.drain(..up - 1);
        }
        child => {
            let inner = [here, &[child.to_owned()]].concat();
            return all.contains(&inner).then_some(inner);
        }
    }
    for word in &words[1..] {
        at.push((*word).to_owned());
        if !all.contains(&at) {
            at.pop();
            break;
        }
    }
    Some(at)
}

#[test]
fn no_files_of_a_crate_go_round_in_a_circle() {
    let strict = WITHOUT_CIRCLES.map(|house| (house, true));
    for (house, strict) in strict.into_iter().chain(WITH_FACES.map(|house| (house, false))) {
        let of_house = format!("crates/{house}/src/");
        let files = sources().into_iter().filter(|(name, _)| name.starts_with(&of_house));
        let texts: BTreeMap<Vec<String>, String> =
            files.filter_map(|(name, text)| Some((module(&name)?, text))).collect();
        let all: BTreeSet<Vec<String>> = texts.keys().cloned().collect();
        let uses: BTreeMap<&Vec<String>, BTreeSet<Vec<String>>> = texts
            .iter()
            .map(|(here, text)| {
                let of_face =
                    |there: &Vec<String>| !strict && (there.starts_with(here) || here.starts_with(there));
                let there = paths(text).into_iter().filter_map(|path| target(here, &path, &all));
                (here, there.filter(|there| !of_face(there)).collect())
            })
            .collect();
        for start in &all {
            let (mut seen, mut next) = (BTreeSet::new(), vec![start]);
            while let Some(here) = next.pop() {
                for there in uses[here].iter().filter(|there| *there != here) {
                    assert!(
                        there != start,
                        "{of_house}: {} and {} use each other",
                        start.join("/"),
                        here.join("/")
                    );
                    if seen.insert(there) {
                        next.push(there);
                    }
                }
            }
        }
    }
}

#[test]
fn crates_depend_downward_and_no_program_contains_tools_of_tests() {
    let floor = |name: &str| FLOORS.iter().position(|crates| crates.contains(&name));
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        let own = floor(&name);
        assert!(own.is_some() || name == OF_TESTS, "the crate {name} has no floor");
        for needed in
            manifest.get("dependencies").and_then(|all| all.as_table()).iter().flat_map(|all| all.keys())
        {
            if let Some(below) = needed.strip_prefix("coadapt-") {
                assert!(
                    floor(below).is_some() && floor(below) < own,
                    "{name} depends on {below}, which is not below it"
                );
            }
        }
    }
}

#[test]
fn the_crate_of_the_program_is_less_than_a_quarter_of_the_house() {
    let lines = |of: &str| -> usize {
        sources().iter().filter(|(name, _)| name.starts_with(of)).map(|(_, text)| text.lines().count()).sum()
    };
    let (own, all) = (lines("crates/coadapt/"), lines("crates/"));
    assert!(own * 4 < all, "{own} of {all} lines are in the crate of the program");
}
